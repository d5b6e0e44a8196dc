import ChildProcesses
import Foundation
import ReplicationEngine

/// A hub, or a bare echo server, in a process of its own, so that its memory can be told from ours.
final class Host {
    let endpoint: Endpoint
    let token: [UInt8]
    private let process: ChildProcess

    enum Kind: String {
        case hub
        case echo
    }

    init(_ kind: Kind, folder: String) throws {
        process = try ChildProcess(
            URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path, ["child", kind.rawValue, "--folder", folder])
        guard let line = try process.readLine(within: 60) else { throw BenchmarkFailure("the child process ended before it listened") }
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let port = UInt16(words[0]), let token = Data(base64Encoded: String(words[1])) else {
            throw BenchmarkFailure("the child process said something else")
        }
        endpoint = Endpoint(host: "127.0.0.1", port: port, isSecure: false)
        self.token = Array(token)
    }

    /// Resident memory in KiB, once it has stopped growing.
    func residentMemory() throws -> Double {
        usleep(1_500_000)
        return try memory("VmRSS:")
    }

    /// The most memory that was ever resident, in KiB.
    func peakMemory() throws -> Double { try memory("VmHWM:") }

    /// Processor time of all its threads since it was started, in seconds; counted in hundredths.
    func processorSeconds() throws -> Double {
        let stat = try String(contentsOfFile: "/proc/\(process.pid)/stat", encoding: .utf8)
        // The program's name stands in parentheses and may hold anything; behind it come the fields from the third on.
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else {
            throw BenchmarkFailure("the system does not tell the processor time of process \(process.pid)")
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private func memory(_ name: String) throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .utf8)
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
            let value = line.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
        else { throw BenchmarkFailure("the system does not tell the memory of process \(process.pid)") }
        return value
    }

    /// It ends when its input does, so also when this process is killed. A child that crashes, or does not
    /// end, fails the benchmark.
    func stop() throws {
        process.closeInput()
        try process.waitForSuccess(within: 60)
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
