import ChildProcesses
import CustomerDesk
import Foundation
import MailTransport
import TestSupport
import Testing

/// A real mail server (aiosmtpd) in a process of its own, which refuses what it is told to refuse. It ends with this value.
final class MailServer: Sendable {
    let port: Int
    private let process: ChildProcess

    struct Mail: Decodable {
        struct Part: Decodable {
            let type: String
            let text: String?
            let path: String?
        }

        let names: [String]
        let values: [String]
        let subject: String
        let rcptTo: [String]
        let parts: [Part]

        func header(_ name: String) -> String? { zip(names, values).first { $0.0.lowercased() == name.lowercased() }?.1 }
        var text: String { parts.first { $0.type == "text/plain" }?.text ?? "" }
    }

    private struct Start: Decodable { let port: Int }

    private static let folder = Fixture.root.appendingPathComponent("Tests/MailTransportTests/Servers").path
    private static let python = Result {
        let run = try ChildProcess.run(
            Fixture.root.appendingPathComponent("tools/python-environment").path, ["mail-servers", "Tests/MailTransportTests/Servers/requirements.txt"], within: 300
        )
        try #require(run.end == .exited(0), "\(run.errors)")
        return run.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// - Parameter answers: by command, as the script says.
    init(_ folder: TemporaryFolder, answers: [String: String] = [:]) throws {
        let json = try JSONSerialization.data(withJSONObject: ["folder": folder.path, "answers": answers])
        process = try ChildProcess(try Self.python.get(), ["-B", Self.folder + "/smtp_server.py", String(decoding: json, as: UTF8.self)])
        let line = try #require(try process.readLine(within: 60))
        port = try JSONDecoder().decode(Start.self, from: Data(line.utf8)).port
    }

    var post: Post {
        get throws { Post(server: try SMTPServer("smtp://127.0.0.1:\(port)", clientName: "hub.test"), sender: try Mailbox(name: "Harbor Lift", "office@harborlift.example")) }
    }

    /// The next mail that it has taken.
    func next() throws -> Mail {
        let line = try #require(try process.readLine(within: 30), "no mail came")
        return try JSONDecoder().decode(Mail.self, from: Data(line.utf8))
    }
}
