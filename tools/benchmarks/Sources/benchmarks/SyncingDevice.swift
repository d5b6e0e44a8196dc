import ChildProcesses
import Domain
import Foundation
import ReplicationClient
import ReplicationEngine
import SQLiteStore
import WebSocketTransport

/// A device in a process of its own, which catches up from the moment it is made: as phones are, it shares no thread with anybody.
final class SyncingDevice: Sendable {
    private let process: ChildProcess

    /// - Parameter folder: of a device that is enrolled and that nobody has open.
    init(folder: String, endpoint: Endpoint) throws {
        process = try ChildProcess(
            URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path,
            ["child", "device", "--folder", folder, "--port", "\(endpoint.port)"])
    }

    /// Blocks until it holds everything.
    func waitUntilCaughtUp() throws {
        guard try process.readLine(within: 300) != nil else { throw BenchmarkFailure("the device ended before it had caught up") }
    }

    func stop() throws {
        process.closeInput()
        try process.waitForSuccess(within: 60)
    }

    /// What the child does.
    static func run(folder: String, port: UInt16) async throws {
        let store = try SQLiteDeviceStore(folder: folder) { try SchemaLoader.load(text: $0, file: "schema") }
        let replica = try Replica.open(store: store, transport: { try WebSocketConnector(onEvent: $0) })
        let events = replica.events()
        replica.goOnline(Endpoint(host: "127.0.0.1", port: port, isSecure: false))
        for await event in events { if case .caughtUp = event { break } }
        FileHandle.standardOutput.write(Data("caught up\n".utf8))
        _ = FileHandle.standardInput.readDataToEndOfFile()
        try replica.stop()
    }
}
