import ChildProcesses
import Foundation
import Testing

/// A real mail server (aiosmtpd) in a process of its own, and what it has taken.
final class MailBox {
    let port: Int
    private let process: ChildProcess
    private var known: [[String: Any]] = []

    init(_ folder: String) throws {
        let servers = projectFolder + "/Tests/MailTransportTests/Servers"
        let python = try ChildProcess.run(
            projectFolder + "/tools/python-environment", ["mail-servers", "Tests/MailTransportTests/Servers/requirements.txt"], within: 300
        )
        try #require(python.end == .exited(0), "\(python.errors)")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        process = try ChildProcess(
            python.output.trimmingCharacters(in: .whitespacesAndNewlines), ["-B", servers + "/smtp_server.py", "{\"folder\":\"\(folder)\"}"])
        let line = try #require(try process.readLine(within: 60))
        port = try #require((try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["port"] as? Int)
    }

    /// The next mail, as it comes.
    func next() throws -> Mail {
        let line = try #require(try process.readLine(within: 120), "no mail came")
        return Mail(parts: try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]))
    }

    struct Mail {
        let parts: [String: Any]

        var subject: String { parts["subject"] as? String ?? "" }
        var to: [String] { parts["rcptTo"] as? [String] ?? [] }
        private var list: [[String: Any]] { parts["parts"] as? [[String: Any]] ?? [] }
        func text(_ type: String) -> String { list.first { $0["type"] as? String == type }?["text"] as? String ?? "" }
        /// Where a file that was attached stands.
        func file(_ type: String) -> String? { list.first { $0["type"] as? String == type }?["path"] as? String }

        /// The address of the first link to the pages.
        func link(_ pages: String) -> String? {
            text("text/plain").split(whereSeparator: \.isWhitespace).first { $0.hasPrefix(pages) }.map(String.init)
        }
    }
}
