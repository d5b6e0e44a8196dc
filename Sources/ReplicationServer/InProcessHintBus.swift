import ReplicationEngine
import Synchronization

/// The hint bus of gateways that live in one process, as they do on the embedded store.
public final class InProcessHintBus: HintBus {
    private let receivers = Mutex<[GatewayID: @Sendable (CommitHint) -> Void]>([:])

    public init() {}

    public func publish(_ hint: CommitHint, from gateway: GatewayID) {
        let others = receivers.withLock { $0.filter { $0.key != gateway }.map(\.value) }
        for receive in others { receive(hint) }
    }

    public func subscribe(_ gateway: GatewayID, _ receive: @escaping @Sendable (CommitHint) -> Void) {
        receivers.withLock { $0[gateway] = receive }
    }

    public func unsubscribe(_ gateway: GatewayID) {
        receivers.withLock { $0[gateway] = nil }
    }
}
