import ChildProcesses
import Foundation
import Scenarios

/// A real `converge serve`, and its commands, each a process of its own. One that somebody else has started is only spoken to.
final class ServedHub {
    let program: URL
    let folder: String
    private(set) var url = ""
    /// Where customers reach its pages; empty without.
    private(set) var pages = ""
    private var process: ChildProcess?
    private var port = 0
    private var pagesPort = 0
    /// Where it hands mail to customers in; nil: it writes to none, and has no pages.
    private let mailPort: UInt16?
    /// Whether it is started and ended here.
    let isOwn: Bool
    /// Of the schema; nil: the built-in one.
    private let schema: String?

    init(program: URL, folder: String, schema: String? = nil, mailPort: UInt16? = nil) {
        self.program = program
        self.folder = folder
        self.schema = schema
        self.mailPort = mailPort
        isOwn = true
    }

    /// A hub that runs already.
    ///
    /// - Parameters:
    ///   - folder: its data folder, on this machine.
    ///   - url: where devices reach it.
    init(program: URL, running folder: String, url: String, schema: String?) {
        self.program = program
        self.folder = folder
        self.schema = schema
        self.url = url
        mailPort = nil
        isOwn = false
    }

    /// Who visits the pages says from where, as behind a proxy.
    private var customerOptions: [String] {
        guard let mailPort else { return [] }
        return [
            "--pages", "127.0.0.1:\(pagesPort)", "--behind-proxy", "--mail", "smtp://127.0.0.1:\(mailPort)", "--mail-from", "Scenario <office@scenario.example>",
        ]
    }

    private var schemaOption: [String] { schema.map { ["--schema", $0] } ?? [] }

    var isUp: Bool { !isOwn || process != nil }

    /// Starts on the port of the first start, so that devices find it again.
    func start(name: String = "Scenario") throws {
        guard isOwn else { return }
        let process = try ChildProcess(
            program.path, ["serve", "--data", folder, "--listen", "127.0.0.1:\(port)", "--name", name, "--json"] + schemaOption + customerOptions)
        self.process = process
        guard let line = try process.readLine(within: 60) else { throw StageError("The hub ended before it listened.") }
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        url = object?["url"] as? String ?? ""
        port = URL(string: url)?.port ?? 0
        pages = object?["pages"] as? String ?? ""
        pagesPort = URL(string: pages)?.port ?? 0
    }

    /// - Throws: if it does not end by itself, or crashes.
    func stop() throws {
        defer { process = nil }
        process?.send(SIGTERM)
        try process?.waitForSuccess(within: 60)
    }

    /// Ends it at once, as a machine ends that loses its power.
    func kill() throws {
        try process?.killNow()
        process = nil
    }

    func load(_ company: String) throws { _ = try command("load", [company] + schemaOption) }

    /// Runs a command of the hub's program and reads the JSON that it prints.
    func command(_ name: String, _ arguments: [String]) throws -> [String: Any] {
        let run = try ChildProcess.run(program.path, [name, "--data", folder, "--json"] + arguments, within: 300)
        // 3: some lines were refused, which the reply names.
        guard [.exited(0), .exited(3)].contains(run.end) else {
            throw StageError("converge \(name) \(run.end): \(run.errors)")
        }
        return try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any] ?? [:]
    }
}
