import ReplicationClient
import ReplicationEngine
import Synchronization
import WireProtocol

/// Listens to the connections of a device: counts always, and decodes what passes while it is watched.
public final class FrameTap: Sendable {
    /// What passed since the device was opened, whether it is watched or not.
    public struct Count: Sendable, Equatable {
        /// Transport messages: frames of the protocol, of which some are joined.
        public var frames = 0
        public var bytes = 0
    }

    private struct State {
        var names = FrameNames(nil)
        var isWatching = false
        var sent = Count()
        var received = Count()
        var lines: [FrameLine] = []
        var last: UInt64 = 0
        var readers: [ConnectionID: FrameReader] = [:]
    }

    private let state = Mutex(State())
    /// The most lines that are kept; the oldest go first.
    public let capacity: Int

    init(capacity: Int) { self.capacity = max(capacity, 1) }

    public var sent: Count { state.withLock { $0.sent } }
    public var received: Count { state.withLock { $0.received } }

    /// Whether what passes is decoded. That costs about as much as the device's own decoding.
    public var isWatching: Bool {
        get { state.withLock { $0.isWatching } }
        set {
            state.withLock { state in
                state.isWatching = newValue
                // What was begun before is not whole.
                state.readers = [:]
            }
        }
    }

    /// The kept lines, oldest first.
    /// - Parameter number: only those after the line of this number.
    public func lines(after number: UInt64 = 0) -> [FrameLine] {
        state.withLock { state in
            let first = state.lines.firstIndex { $0.number > number } ?? state.lines.endIndex
            return Array(state.lines[first...])
        }
    }

    var names: FrameNames {
        get { state.withLock { $0.names } }
        set { state.withLock { $0.names = newValue } }
    }

    func note(_ event: TransportEvent) {
        switch event {
        case .received(let connection, let bytes): note(bytes, .received, on: connection)
        case .closed(let connection, _): state.withLock { $0.readers[connection] = nil }
        case .opened, .drained: break
        }
    }

    func noteSent(_ bytes: [UInt8], _ lane: Lane, on connection: ConnectionID) { note(bytes, .sent, lane, on: connection) }

    private func note(
        _ bytes: [UInt8], _ direction: FrameLine.Direction, _ lane: Lane? = nil, on connection: ConnectionID
    ) {
        state.withLock { state in
            switch direction {
            case .sent: state.sent.count(bytes)
            case .received: state.received.count(bytes)
            }
            guard state.isWatching else { return }
            let now = SystemClock.now().wall
            for message in state.readers[connection, default: FrameReader()].read(bytes, direction, state.names) {
                state.last += 1
                state.lines.append(FrameLine(
                    number: state.last, milliseconds: now, direction: direction, lane: lane ?? message.lane,
                    message: message.name, bytes: message.bytes, fragments: message.fragments, contents: message.contents))
            }
            if state.lines.count > capacity { state.lines.removeFirst(state.lines.count - capacity) }
        }
    }
}

extension FrameTap.Count {
    fileprivate mutating func count(_ message: [UInt8]) {
        frames += 1
        bytes += message.count
    }
}
