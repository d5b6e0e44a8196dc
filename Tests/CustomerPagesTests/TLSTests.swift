import CustomerPages
import Foundation
import PagesTrial
import Testing
import TestTraits

/// The pages over TLS, as `openssl` sees them.
@Suite(.realTime)
struct TLSTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("pages-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    private func openssl(_ arguments: [String], input: String = "") async -> String {
        let folder = folder
        return await onThread {
            let process = Process(), output = Pipe(), source = Pipe()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["openssl"] + arguments
            process.currentDirectoryURL = folder
            (process.standardOutput, process.standardInput, process.standardError) = (output, source, FileHandle.nullDevice)
            do {
                try process.run()
                try source.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            } catch {
                return "\(error)"
            }
            let read = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return String(decoding: read, as: UTF8.self)
        }
    }

    private func makeCertificate(_ name: String) async {
        _ = await openssl(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "\(name).key", "-out", "\(name).pem"])
    }

    @Test func pagesAreServedOverTLS() async throws {
        await makeCertificate("a")
        let files = PageServerOptions.TLSFiles(certificates: path("a.pem"), key: path("a.key"))
        try await Site.run({ $0.tls = files }) { site in
            let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            let answer = await openssl(
                ["s_client", "-quiet", "-verify_return_error", "-CAfile", "a.pem", "-servername", "localhost", "-connect", "127.0.0.1:\(site.browser.port)"], input: request)
            #expect(answer.hasPrefix("HTTP/1.1 200") && answer.hasSuffix("ok\n"))
            #expect(answer.lowercased().contains("strict-transport-security"))
            let old = await openssl(["s_client", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-connect", "127.0.0.1:\(site.browser.port)"])
            #expect(old.contains("(NONE)"))
            #expect(await site.browser.get("/healthz").status == 0)
        }
    }

    @Test func aKeyOfAnotherCertificateIsRefusedBeforeAnybodyComes() async throws {
        await makeCertificate("a")
        await makeCertificate("b")
        for (certificates, key) in [("a.pem", "b.key"), ("none.pem", "a.key"), ("a.pem", "none.key"), ("a.key", "a.pem")] {
            let options = PageServerOptions(tls: .init(certificates: path(certificates), key: path(key)), sender: TrialLinks.harbor)
            let outcome = Result { try PageServer(service: MemoryLinks(), options: options) }
            #expect("\(certificates) \(key)") {
                try outcome.get()
            } throws: {
                ($0 as? PageServerError)?.code == .certificate
            }
        }
    }
}
