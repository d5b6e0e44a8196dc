import Domain
import ReplicationClient
import ReplicationEngine
import SQLiteStore
import Synchronization
import WebSocketTransport

/// Devices as apps have them: the client library with a store of its own, over a socket.
enum RealDevice {
    /// Enrols a new device and opens it, offline.
    static func open(_ hub: Host, _ code: String, folder: String) async throws -> Replica {
        let store = try SQLiteDeviceStore(folder: folder) { try SchemaLoader.load(text: $0, file: "schema") }
        try await Replica.enrol(
            store: store, endpoint: hub.endpoint, code: code, deviceName: "device",
            transport: { try WebSocketConnector(onEvent: $0) }
        ) { try SchemaLoader.load(text: $0, file: "schema") }
        return try Replica.open(store: store, transport: { try WebSocketConnector(onEvent: $0) })
    }
}

/// Raised once, from anywhere.
final class Raised: Sendable {
    private let value = Atomic(false)
    var isRaised: Bool { value.load(ordering: .sequentiallyConsistent) }
    func raise() { value.store(true, ordering: .sequentiallyConsistent) }
}
