import Dispatch
import Foundation
import ReplicationEngine
import Synchronization
import WireProtocol

/// A hub in the same process, behind the transport's port: it answers uploads at once with verdicts and
/// changes. Events come on a queue of its own, as from a real transport.
final class LoopTransport: ConnectingTransport {
    private let queue = DispatchQueue(label: "loop")
    private let onEvent: @Sendable (TransportEvent) -> Void
    private let state: Mutex<State>

    struct State {
        var hub = ScriptedHub()
        var connection: UInt64 = 0
        var isReachable = true
    }

    init(onEvent: @escaping @Sendable (TransportEvent) -> Void) {
        self.onEvent = onEvent
        state = Mutex(State())
    }

    func with<Result: Sendable>(_ body: (inout State) -> sending Result) -> Result { state.withLock { body(&$0) } }

    /// Sends the hub's rows to whoever is connected.
    func push() {
        queue.async { [self] in
            let (id, body) = state.withLock { ($0.connection, $0.hub.changes()) }
            onEvent(.received(ConnectionID(rawValue: id), WireFrame.bytes(body)))
        }
    }

    func cut() {
        queue.async { [self] in
            let id = state.withLock { state in
                state.isReachable = false
                return state.connection
            }
            onEvent(.closed(ConnectionID(rawValue: id), .lost("cut")))
        }
    }

    func connect(to endpoint: Endpoint) throws -> ConnectionID {
        let (id, isReachable) = state.withLock { state in
            state.connection += 1
            return (ConnectionID(rawValue: state.connection), state.isReachable)
        }
        queue.async { [self] in
            onEvent(isReachable ? .opened(id, peer: "loop") : .closed(id, .unreachable("no network")))
        }
        return id
    }

    func send(_ message: [UInt8], lane: Lane, to connection: ConnectionID) {
        queue.async { [self] in
            let answers = state.withLock { state -> [WireMessage.OneOf_Body] in
                guard let frame = try? WireFrame(serializedBytes: message) else { return [] }
                return frame.messages.flatMap { message -> [WireMessage.OneOf_Body] in
                    var answers = state.hub.receive(message)
                    switch message.body {
                    case .upload: answers += [state.hub.verdicts(), state.hub.changes()]
                    case .proof: answers.append(state.hub.changes())
                    default: break
                    }
                    return answers
                }
            }
            for answer in answers { onEvent(.received(connection, WireFrame.bytes(answer))) }
        }
    }

    func close(_ connection: ConnectionID, reason: CloseReason) {
        queue.async { [self] in onEvent(.closed(connection, reason)) }
    }

    func stop() { queue.sync {} }
}
