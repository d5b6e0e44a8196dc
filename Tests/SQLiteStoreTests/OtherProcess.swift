import ChildProcesses
import Foundation

/// A run of `StoreHelper`, which is built beside the tests.
struct OtherProcess {
    private let process: ChildProcess

    init(_ command: String, _ path: String) throws {
        let tests = URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0])
        process = try ChildProcess(tests.deletingLastPathComponent().appending(path: "StoreHelper").path, [command, path])
    }

    /// What it printed, once it has ended; without its last line's end.
    func result() throws -> String {
        var lines: [String] = []
        while let line = try process.readLine(within: 60) { lines.append(line) }
        _ = try process.wait(within: 60)
        return lines.joined(separator: "\n")
    }

    func kill() { process.send(SIGKILL) }
}
