import ChildProcesses
import Foundation
import WebSocketTransport

/// Self-signed certificates in a temporary directory, made once per test run with the openssl command.
struct TestCertificates: Sendable {
    let directory: String
    /// Names `localhost`, 127.0.0.1 and ::1.
    let hub: TLSIdentity
    /// Names `elsewhere.example` only.
    let elsewhere: TLSIdentity

    static let shared = Result { try TestCertificates() }

    private init() throws {
        directory = NSTemporaryDirectory() + "/converge-transport-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        hub = try Self.make("hub", names: "DNS:localhost,IP:127.0.0.1,IP:::1", in: directory)
        elsewhere = try Self.make("elsewhere", names: "DNS:elsewhere.example", in: directory)
    }

    private static func make(_ name: String, names: String, in directory: String) throws -> TLSIdentity {
        let identity = TLSIdentity(certificateFile: "\(directory)/\(name).pem", keyFile: "\(directory)/\(name).key")
        let run = try ChildProcess.run("/usr/bin/openssl", [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(names)",
            "-keyout", identity.keyFile, "-out", identity.certificateFile,
        ], within: 60)
        guard run.end == .exited(0) else { throw RawClient.Failure(message: "openssl \(run.end): \(run.errors)") }
        return identity
    }
}
