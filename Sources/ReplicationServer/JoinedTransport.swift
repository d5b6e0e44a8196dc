import ReplicationEngine
import Synchronization

/// Several listeners as one transport: a hub's public port, and its administrative one on loopback.
public final class JoinedTransport: Transport {
    private let parts = Mutex<[any Transport]>([])
    private let count: UInt64

    /// - Parameter makers: each starts a transport, given where its events go. If one throws, those before
    ///   it are stopped.
    public init(
        _ makers: [(@escaping @Sendable (TransportEvent) -> Void) throws -> any Transport],
        onEvent: @escaping @Sendable (TransportEvent) -> Void
    ) throws {
        let count = UInt64(makers.count)
        self.count = count
        var made: [any Transport] = []
        do {
            for (index, make) in makers.enumerated() {
                made.append(try make { onEvent(Self.outer($0, UInt64(index), count)) })
            }
        } catch {
            for transport in made { transport.stop() }
            throw error
        }
        let transports = made
        parts.withLock { $0 = transports }
    }

    public func send(_ message: [UInt8], lane: Lane, to connection: ConnectionID) {
        part(of: connection)?.send(message, lane: lane, to: inner(connection))
    }

    public func close(_ connection: ConnectionID, reason: CloseReason) {
        part(of: connection)?.close(inner(connection), reason: reason)
    }

    public func stop() {
        for part in parts.withLock({ $0 }) { part.stop() }
    }

    private func part(of connection: ConnectionID) -> (any Transport)? {
        let index = Int(connection.rawValue % count)
        return parts.withLock { $0.indices.contains(index) ? $0[index] : nil }
    }

    private func inner(_ connection: ConnectionID) -> ConnectionID {
        ConnectionID(rawValue: connection.rawValue / count)
    }

    private static func outer(_ event: TransportEvent, _ index: UInt64, _ count: UInt64) -> TransportEvent {
        func id(_ connection: ConnectionID) -> ConnectionID {
            ConnectionID(rawValue: connection.rawValue * count + index)
        }
        return switch event {
        case .opened(let connection, let peer): .opened(id(connection), peer: peer)
        case .received(let connection, let bytes): .received(id(connection), bytes)
        case .drained(let connection): .drained(id(connection))
        case .closed(let connection, let reason): .closed(id(connection), reason)
        }
    }
}
