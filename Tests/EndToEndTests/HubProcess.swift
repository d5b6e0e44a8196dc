import ChildProcesses
import Foundation
import Testing

/// A real `converge serve` in a process of its own, which may be killed at any moment.
final class HubProcess {
    let folder: String
    private(set) var url = ""
    /// Where customers reach its pages; empty without.
    private(set) var pages = ""
    private var process: ChildProcess?
    private var port: UInt16 = 0

    init(folder: String) { self.folder = folder }

    /// The programs stand beside the test bundle.
    static var binaries: URL {
        get throws {
            let candidates = [Bundle.main.bundleURL, URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()]
            for candidate in candidates where FileManager.default.isExecutableFile(atPath: candidate.appendingPathComponent("converge").path) {
                return candidate
            }
            throw Failure("the program converge is not beside the tests")
        }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    /// Starts on the port of the first start, so that devices find it again.
    func start(_ more: [String] = []) throws {
        let process = try ChildProcess(
            try Self.binaries.appendingPathComponent("converge").path,
            ["serve", "--data", folder, "--listen", "127.0.0.1:\(port)", "--json"] + more)
        self.process = process
        guard let line = try process.readLine(within: 60) else { throw Failure("the hub ended before it listened") }
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        url = try #require(object["url"] as? String)
        pages = object["pages"] as? String ?? ""
        port = try #require(URL(string: url)?.port.flatMap { UInt16(exactly: $0) })
    }

    func kill() throws {
        try process?.killNow()
        process = nil
    }

    /// Asks it to end. A hub that does not, or that crashes, fails the test.
    func stop() {
        guard let process else { return }
        process.send(SIGTERM)
        do { try process.waitForSuccess(within: 60) } catch { Issue.record(error) }
        self.process = nil
    }

    /// Runs a command of the program to its end.
    func command(_ arguments: [String]) throws -> (code: Int32, output: String, errors: String) {
        try Self.run("converge", [arguments[0], "--data", folder] + arguments.dropFirst())
    }

    static func run(_ program: String, _ arguments: [String]) throws -> (code: Int32, output: String, errors: String) {
        let run = try ChildProcess.run(try binaries.appendingPathComponent(program).path, arguments, within: 300)
        guard case .exited(let code) = run.end else { throw Failure("\(program) \(arguments) \(run.end): \(run.errors)") }
        return (code, run.output, run.errors)
    }

    func enrolmentCode(for user: String) throws -> String {
        let result = try command(["enrol", user, "--json"])
        let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        return try #require(object?["code"] as? String, "\(result.errors)")
    }
}

/// A folder that is removed with its owner.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "converge-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { print("left behind: \(path): \(error)") }
    }
}

/// The top of the project, from where its files are found.
let projectFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
