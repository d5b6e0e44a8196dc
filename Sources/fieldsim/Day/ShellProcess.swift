import ChildProcesses
import Foundation

/// A `fieldsim repl` of its own process, driven through its standard input and output.
final class ShellProcess {
    let name: String
    private let arguments: [String]
    private let program: URL
    private var process: ChildProcess
    /// Events that came while a reply was waited for.
    private(set) var events: [[String: Any]] = []

    /// Longer than anything that a shell waits for by itself.
    private static let patience = 120.0

    init(name: String, program: URL, arguments: [String]) throws {
        self.name = name
        self.program = program
        self.arguments = arguments
        process = try ChildProcess(program.path, arguments)
    }

    /// Gives a command and waits for its reply.
    @discardableResult
    func run(_ command: String) throws -> [String: Any] {
        try send(command)
        while true {
            let line = try nextLine(after: command)
            guard let isOK = line["ok"] as? Bool else {
                events.append(line)
                continue
            }
            if isOK { return line }
            throw DayFailure("\(name): \(command.prefix(120)): \(line["error"] ?? "failed")")
        }
    }

    /// Gives a command, and returns what it says also when it fails.
    func attempt(_ command: String) throws -> [String: Any] {
        try send(command)
        while true {
            let line = try nextLine(after: command)
            if line["ok"] is Bool { return line }
            events.append(line)
        }
    }

    /// Rows of a query, each a dictionary by column.
    func query(_ sql: String) throws -> [[String: Any]] {
        try run("query \(sql)")["rows"] as? [[String: Any]] ?? []
    }

    func send(_ command: String) throws { try process.write(command + "\n") }

    /// Waits for an event; replies on the way are dropped.
    func waitForEvent(_ name: String) throws -> [String: Any] {
        while true {
            let line = try nextLine(after: name)
            if line["event"] as? String == name { return line }
        }
    }

    /// Ends the process at once, as a phone ends whose battery fails.
    func kill() throws { try process.killNow() }

    func restart() throws { process = try ChildProcess(program.path, arguments) }

    /// Does nothing if it has ended already.
    func quit() throws {
        guard process.ended == nil else { return }
        try send("quit")
        try process.waitForSuccess(within: 30)
    }

    private func nextLine(after what: String) throws -> [String: Any] {
        while true {
            guard let line = try process.readLine(within: Self.patience) else {
                throw DayFailure("\(name): the process \(try process.wait(within: 10)) while waiting for '\(what.prefix(80))'.")
            }
            if let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] { return object }
        }
    }
}

struct DayFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
