import Foundation

/// The hub of a day: a real `converge serve` and its commands, each a process of its own.
final class DayHub {
    let program: URL
    let folder: String
    private(set) var url = ""
    private var process: Process?

    init(program: URL, folder: String) {
        self.program = program
        self.folder = folder
    }

    func start(name: String) throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = program
        process.arguments = ["serve", "--data", folder, "--listen", "127.0.0.1:0", "--name", name, "--json"]
        process.standardOutput = output
        try process.run()
        self.process = process
        var buffer = Data()
        while true {
            let data = output.fileHandleForReading.availableData
            if data.isEmpty { throw DayFailure("The hub ended before it listened.") }
            buffer.append(data)
            guard let end = buffer.firstIndex(of: 0x0A) else { continue }
            let object = try JSONSerialization.jsonObject(with: buffer[..<end]) as? [String: Any]
            url = object?["url"] as? String ?? ""
            return
        }
    }

    func stop() {
        process?.terminate()
        process?.waitUntilExit()
        process = nil
    }

    /// Runs a command of the hub's program and reads the JSON that it prints.
    func command(_ name: String, _ arguments: [String]) throws -> [String: Any] {
        let process = Process()
        let output = Pipe()
        process.executableURL = program
        process.arguments = [name, "--data", folder, "--json"] + arguments
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 || process.terminationStatus == 3 else {
            throw DayFailure("converge \(name) failed with code \(process.terminationStatus).")
        }
        return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }
}
