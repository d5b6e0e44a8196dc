import Foundation
import ReplicationEngine

/// A hub, or a bare echo server, in a process of its own, so that its memory can be told from ours.
final class ChildProcess {
    let endpoint: Endpoint
    let token: [UInt8]
    private let process = Process()
    private let input = Pipe()

    enum Kind: String {
        case hub
        case echo
    }

    init(_ kind: Kind, folder: String) throws {
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["child", kind.rawValue, "--folder", folder]
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while !line.contains(0x0A) {
            let data = output.fileHandleForReading.availableData
            if data.isEmpty { throw BenchmarkFailure("the child process ended before it listened") }
            line.append(data)
        }
        let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let port = UInt16(words[0]), let token = Data(base64Encoded: String(words[1])) else {
            throw BenchmarkFailure("the child process said something else")
        }
        endpoint = Endpoint(host: "127.0.0.1", port: port, isSecure: false)
        self.token = Array(token)
    }

    /// Resident memory in KiB, once it has stopped growing.
    func residentMemory() throws -> Double {
        usleep(1_500_000)
        let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
            let value = line.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
        else { throw BenchmarkFailure("the system does not tell the memory of process \(process.processIdentifier)") }
        return value
    }

    /// It ends when its input does, so also when this process is killed.
    func stop() throws {
        try input.fileHandleForWriting.close()
        // The system is asked, with a bound: a run once stood still in waiting for a child that had ended.
        for _ in 0..<1_000 where isRunning { usleep(10_000) }
    }

    private var isRunning: Bool {
        guard let stat = FileManager.default.contents(atPath: "/proc/\(process.processIdentifier)/stat") else { return false }
        return !String(decoding: stat, as: UTF8.self).contains(") Z ")
    }

    /// What the child does: says where it listens, and serves until its input ends.
    static func serve(_ kind: Kind, folder: String) throws {
        func announce(_ port: UInt16, _ token: [UInt8]) {
            let line = "\(port) \(Data(token).base64EncodedString())\n"
            FileHandle.standardOutput.write(Data(line.utf8))
            _ = FileHandle.standardInput.readDataToEndOfFile()
        }
        switch kind {
        case .hub:
            let hub = try BenchmarkHub(folder: folder, schema: try BenchmarkSchema.load())
            announce(hub.endpoint.port, hub.token)
            try hub.stop()
        case .echo:
            let echo = try EchoServer()
            announce(echo.endpoint.port, [0])
            echo.stop()
        }
    }
}
