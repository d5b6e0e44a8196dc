import Foundation

/// A `fieldsim shell` of its own process, driven through its standard input and output.
final class ShellProcess {
    let name: String
    private let arguments: [String]
    private let program: URL
    private var process: Process
    private var input: FileHandle
    private var output: FileHandle
    private var buffer = Data()
    /// Events that came while a reply was waited for.
    private(set) var events: [[String: Any]] = []

    init(name: String, program: URL, arguments: [String]) throws {
        self.name = name
        self.program = program
        self.arguments = arguments
        (process, input, output) = try Self.start(program, arguments)
    }

    private static func start(_ program: URL, _ arguments: [String]) throws -> (Process, FileHandle, FileHandle) {
        let process = Process()
        let inputPipe = Pipe()
        let outputPipe = Pipe()
        process.executableURL = program
        process.arguments = arguments
        process.standardInput = inputPipe
        process.standardOutput = outputPipe
        try process.run()
        return (process, inputPipe.fileHandleForWriting, outputPipe.fileHandleForReading)
    }

    var pid: Int32 { process.processIdentifier }

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

    func send(_ command: String) throws {
        try input.write(contentsOf: Data((command + "\n").utf8))
    }

    /// Waits for an event; replies on the way are dropped.
    func waitForEvent(_ name: String) throws -> [String: Any] {
        while true {
            let line = try nextLine(after: name)
            if line["event"] as? String == name { return line }
        }
    }

    /// Ends the process at once, as a phone ends whose battery fails.
    func kill() {
        Foundation.kill(pid, SIGKILL)
        process.waitUntilExit()
    }

    func restart() throws {
        buffer.removeAll()
        (process, input, output) = try Self.start(program, arguments)
    }

    func quit() throws {
        guard process.isRunning else { return }
        try send("quit")
        process.waitUntilExit()
    }

    private func nextLine(after what: String) throws -> [String: Any] {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let line = buffer[buffer.startIndex..<end]
                buffer.removeSubrange(buffer.startIndex...end)
                guard let object = try JSONSerialization.jsonObject(with: line) as? [String: Any] else { continue }
                return object
            }
            let data = output.availableData
            if data.isEmpty { throw DayFailure("\(name): the process ended while waiting for '\(what.prefix(80))'.") }
            buffer.append(data)
        }
    }
}

struct DayFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
