import Foundation
import ReplicationEngine
import Synchronization
import WebSocketTransport

/// A hub and a device on loopback.
final class Pair: Sendable {
    let hub: WebSocketListener
    let device: WebSocketConnector
    let hubLog = EventLog()
    let deviceLog = EventLog()

    init(
        tls: TLSIdentity? = nil, limits: TransportLimits = TransportLimits(), deviceLimits: TransportLimits? = nil,
        echoes: Bool = false
    ) throws {
        let reply = Reply()
        hub = try WebSocketListener(address: ListenAddress(port: 0), tls: tls, limits: limits) { [hubLog] event in
            hubLog.add(event)
            if echoes, case .received(let id, let message) = event { reply.send(message, to: id) }
        }
        reply.set(hub)
        device = try WebSocketConnector(limits: deviceLimits ?? limits) { [deviceLog] in deviceLog.add($0) }
    }

    func endpoint(host: String = "127.0.0.1", trusting file: String? = nil) -> Endpoint {
        Endpoint(host: host, port: hub.port, isSecure: file != nil, trustedCertificates: file)
    }

    /// Connects, and returns the connection's two names.
    func open(trusting file: String? = nil) throws -> (device: ConnectionID, hub: ConnectionID) {
        let id = try device.connect(to: endpoint(trusting: file))
        _ = try deviceLog.wait("opened") { $0.contains { if case .opened(id, _) = $0 { true } else { false } } ? true : nil }
        return (id, try hubLog.waitForOpened())
    }

    func stop() {
        device.stop()
        hub.stop()
    }
}

/// The listener as its own event handler sees it: it exists only after the handler was given away.
final class Reply: Sendable {
    // Unowned, because the handler that holds this is held by the listener's thread.
    private struct Weak { weak var listener: WebSocketListener? }
    private let target = Mutex(Weak())

    func set(_ listener: WebSocketListener) { target.withLock { $0.listener = listener } }

    func send(_ message: [UInt8], to id: ConnectionID) {
        target.withLock { $0.listener }?.send(message, lane: .changes, to: id)
    }
}

/// Bytes that differ from place to place, so that a lost or swapped piece shows.
func pattern(_ count: Int, seed: UInt8 = 7) -> [UInt8] {
    var state = UInt32(seed) &+ 1
    return (0..<count).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(truncatingIfNeeded: state >> 24)
    }
}
