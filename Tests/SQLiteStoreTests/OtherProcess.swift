import Foundation

/// A run of `StoreHelper`, which is built beside the tests.
struct OtherProcess {
    let process = Process()
    let output = Pipe()

    init(_ command: String, _ path: String) throws {
        let tests = URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0])
        process.executableURL = tests.deletingLastPathComponent().appending(path: "StoreHelper")
        process.arguments = [command, path]
        process.standardOutput = output
        try process.run()
    }

    /// What it printed, once it has ended.
    func result() throws -> String {
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func kill() { _ = Foundation.kill(process.processIdentifier, SIGKILL) }
}
