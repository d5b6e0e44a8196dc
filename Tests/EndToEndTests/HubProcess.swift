import Foundation
import Testing

/// A real `converge serve` in a process of its own, which may be killed at any moment.
final class HubProcess {
    let folder: String
    private(set) var url = ""
    private var process: Process?
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
    func start() throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = try Self.binaries.appendingPathComponent("converge")
        process.arguments = ["serve", "--data", folder, "--listen", "127.0.0.1:\(port)", "--json"]
        process.standardOutput = output
        try process.run()
        self.process = process
        var buffer = Data()
        while !buffer.contains(0x0A) {
            let data = output.fileHandleForReading.availableData
            if data.isEmpty { throw Failure("the hub ended before it listened") }
            buffer.append(data)
        }
        let object = try #require(try JSONSerialization.jsonObject(with: buffer) as? [String: Any])
        url = try #require(object["url"] as? String)
        port = try #require(URL(string: url)?.port.flatMap { UInt16(exactly: $0) })
    }

    func kill() {
        guard let process else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    func stop() {
        process?.terminate()
        process?.waitUntilExit()
        process = nil
    }

    /// Runs a command of the program to its end.
    func command(_ arguments: [String]) throws -> (code: Int32, output: String, errors: String) {
        try Self.run("converge", [arguments[0], "--data", folder] + arguments.dropFirst())
    }

    static func run(_ program: String, _ arguments: [String]) throws -> (code: Int32, output: String, errors: String) {
        let process = Process()
        let output = Pipe(), errors = Pipe()
        process.executableURL = try binaries.appendingPathComponent(program)
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: text, as: UTF8.self), String(decoding: complaint, as: UTF8.self))
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
