import ChildProcesses
import Foundation

/// The hub of a day: a real `converge serve` and its commands, each a process of its own.
final class DayHub {
    let program: URL
    let folder: String
    private(set) var url = ""
    private var process: ChildProcess?

    init(program: URL, folder: String) {
        self.program = program
        self.folder = folder
    }

    func start(name: String) throws {
        let process = try ChildProcess(
            program.path, ["serve", "--data", folder, "--listen", "127.0.0.1:0", "--name", name, "--json"])
        self.process = process
        guard let line = try process.readLine(within: 60) else { throw DayFailure("The hub ended before it listened.") }
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        url = object?["url"] as? String ?? ""
    }

    /// - Throws: if it does not end by itself, or crashes.
    func stop() throws {
        defer { process = nil }
        process?.send(SIGTERM)
        try process?.waitForSuccess(within: 60)
    }

    /// Runs a command of the hub's program and reads the JSON that it prints.
    func command(_ name: String, _ arguments: [String]) throws -> [String: Any] {
        let run = try ChildProcess.run(program.path, [name, "--data", folder, "--json"] + arguments, within: 300)
        // 3: some lines were refused, which the reply names.
        guard [.exited(0), .exited(3)].contains(run.end) else {
            throw DayFailure("converge \(name) \(run.end): \(run.errors)")
        }
        return try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any] ?? [:]
    }
}
