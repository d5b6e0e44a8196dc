import ChildProcesses
import Foundation
import TestSupport

struct TestFailure: Error, CustomStringConvertible {
    let description: String
}

/// What tests share, made once for each run: a folder, certificates of the openssl program, and the Python of the servers.
struct TestFolder: Sendable {
    struct Identity: Sendable {
        let certificate: String
        let key: String
    }

    let path: String
    let python: String
    /// Names `localhost` and 127.0.0.1.
    let here: Identity
    /// Names `elsewhere.example` only.
    let elsewhere: Identity

    static let servers = Fixture.root.appendingPathComponent("Tests/MailTransportTests/Servers").path

    static var shared: TestFolder { get throws { try made.get() } }
    private static let made = Result { try TestFolder() }

    private init() throws {
        path = NSTemporaryDirectory() + "/converge-mail-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        here = try Self.identity("here", names: "DNS:localhost,IP:127.0.0.1", in: path)
        elsewhere = try Self.identity("elsewhere", names: "DNS:elsewhere.example", in: path)
        let run = try ChildProcess.run(
            Fixture.root.appendingPathComponent("tools/python-environment").path, ["mail-servers", "Tests/MailTransportTests/Servers/requirements.txt"], within: 300
        )
        guard run.end == .exited(0) else { throw TestFailure(description: "No Python for the test servers: \(run.errors)") }
        python = run.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func identity(_ name: String, names: String, in folder: String) throws -> Identity {
        let identity = Identity(certificate: "\(folder)/\(name).pem", key: "\(folder)/\(name).key")
        let run = try ChildProcess.run("/usr/bin/openssl", [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=\(name)",
            "-addext", "subjectAltName=\(names)", "-keyout", identity.key, "-out", identity.certificate,
        ], within: 60)
        guard run.end == .exited(0) else { throw TestFailure(description: "openssl \(run.end): \(run.errors)") }
        return identity
    }

    /// A file of a name that no other test has.
    func file(_ bytes: [UInt8]) throws -> String {
        let file = "\(path)/\(UUID().uuidString)"
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }
}
