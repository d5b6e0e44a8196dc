import CBaseline
import Domain
import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import SQLiteStore
import Synchronization
import WebSocketTransport

/// A real replica with a real store, of which every byte is counted that the hub sends to it.
final class CountedDevice {
    let folder: String
    private let endpoint: Endpoint
    private let counter: Counter
    private(set) var replica: Replica

    private final class Counter: Sendable {
        let bytes = Mutex(0)

        func connector(_ onEvent: @escaping @Sendable (TransportEvent) -> Void) throws -> WebSocketConnector {
            try WebSocketConnector { event in
                if case .received(_, let bytes) = event { self.bytes.withLock { $0 += bytes.count } }
                onEvent(event)
            }
        }
    }

    /// Enrolled, and offline.
    init(_ scene: Scene, user: RowID, folder: String) async throws {
        self.folder = folder
        endpoint = scene.hub.endpoint
        let store = try Self.store(folder)
        try await Replica.enrol(
            store: store, endpoint: endpoint, code: try scene.administrator.makeCodes(for: [user])[0], deviceName: "device",
            transport: { try WebSocketConnector(onEvent: $0) }
        ) { try SchemaLoader.load(text: $0, file: "schema") }
        let counter = Counter()
        self.counter = counter
        replica = try Self.open(store, counter)
    }

    private static func store(_ folder: String) throws -> SQLiteDeviceStore {
        try SQLiteDeviceStore(folder: folder) { try SchemaLoader.load(text: $0, file: "schema") }
    }

    private static func open(_ store: SQLiteDeviceStore, _ counter: Counter) throws -> Replica {
        var options = Replica.Options()
        // What is measured is asked for.
        options.verifiesItself = false
        return try Replica.open(store: store, transport: { try counter.connector($0) }, options: options)
    }

    /// Connects, and waits until everything is here.
    ///
    /// - Returns: the seconds that it took, and what the hub sent in bytes.
    @discardableResult
    func catchUp() async throws -> (seconds: Double, bytes: Double) {
        counter.bytes.withLock { $0 = 0 }
        let events = replica.events()
        let clock = Stopwatch()
        replica.goOnline(endpoint)
        for await event in events { if case .caughtUp = event { break } }
        return (clock.seconds, Double(counter.bytes.withLock { $0 }))
    }

    func goOffline() { replica.goOffline() }

    /// Ends the program, lets something be done to its file, and starts it again, offline.
    func restart(_ sql: String) throws {
        try replica.stop()
        let code = baseline_execute(folder + "/device.sqlite", sql)
        if code != 0 { throw BenchmarkFailure("the device's file cannot be changed: code \(code)") }
        replica = try Self.open(try Self.store(folder), counter)
    }

    /// What a program in C takes to read the table, as the limit of everything that reads all rows.
    func read(_ table: String) throws -> (rowsPerSecond: Double, bytes: Double) {
        var (rows, bytes, seconds) = (Int32(0), Int64(0), 0.0)
        let code = baseline_read(folder + "/device.sqlite", "SELECT * FROM \(table)", &rows, &bytes, &seconds)
        if code != 0 || rows == 0 { throw BenchmarkFailure("the device's file cannot be read: code \(code), \(rows) rows") }
        return (Double(rows) / seconds, Double(bytes))
    }

    func stop() throws {
        try replica.stop()
        try FileManager.default.removeItem(atPath: folder)
    }
}
