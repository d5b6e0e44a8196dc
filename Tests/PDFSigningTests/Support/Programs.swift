import ChildProcesses
import Foundation

/// The programs that tests run.
enum Programs {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    static func fixture(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: root + "/Fixtures/documents/pdf/" + name)))
    }

    /// Ends with 0, or throws what it said.
    @discardableResult
    static func run(_ program: String, _ arguments: [String], within seconds: Double = 300) throws -> String {
        let outcome = try ChildProcess.run(program, arguments, within: seconds)
        guard outcome.end == .exited(0) else {
            throw Failure(description: "\(program) \(arguments.joined(separator: " ")) \(outcome.end): \(outcome.output)\(outcome.errors)")
        }
        return outcome.output
    }

    @discardableResult
    static func openssl(_ arguments: String...) throws -> String { try run("/usr/bin/openssl", arguments) }
}
