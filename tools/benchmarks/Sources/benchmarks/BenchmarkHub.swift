import Foundation
import ReplicationCore
import ReplicationEngine
import ReplicationServer
import SQLiteStore
import Synchronization
import WebSocketTransport

/// A real hub: WebSocket on loopback, `HubServer`, and a SQLite store in a file.
final class BenchmarkHub {
    let store: MeasuredStore
    let endpoint: Endpoint
    let token: [UInt8]
    private let server: HubServer

    /// - Parameter folder: holds the store; it is made if it is not there.
    init(folder: String, schema: Schema) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/hub.sqlite"
        let inner: SQLiteHubStore
        if FileManager.default.fileExists(atPath: path) {
            inner = try SQLiteHubStore.open(at: path, schema: schema, schemaText: BenchmarkSchema.text)
        } else {
            var random = SystemRandomNumberGenerator()
            inner = try SQLiteHubStore.create(
                at: path, schema: schema, schemaText: BenchmarkSchema.text, hubName: "benchmark",
                milliseconds: UInt64(Date().timeIntervalSince1970 * 1_000), random: &random)
        }
        let store = MeasuredStore(inner)
        self.store = store
        token = (0..<32).map { _ in UInt8.random(in: 0...255) }
        var options = HubServer.Options()
        options.controlToken = token
        options.blobs = try FileBlobStore(folder: folder + "/blobs")
        options.log = { Progress.say("hub: \($0)") }
        let port = Mutex<UInt16>(0)
        server = try HubServer(store: store, schema: schema, options: options) { onEvent in
            let listener = try WebSocketListener(address: ListenAddress(port: 0), onEvent: onEvent)
            port.withLock { $0 = listener.port }
            return listener
        }
        endpoint = Endpoint(host: "127.0.0.1", port: port.withLock { $0 }, isSecure: false)
    }

    func stop() throws {
        server.stop()
        try store.close()
    }
}

/// What a person sees while it runs: on standard error, so that standard output is the result alone.
enum Progress {
    static func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

    /// The load of the machine, which tells how far a figure can be trusted.
    static var load: String {
        var averages = [Double](repeating: 0, count: 3)
        guard getloadavg(&averages, 3) == 3 else { return "unknown" }
        return String(format: "%.1f", averages[0])
    }
}

struct BenchmarkFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
