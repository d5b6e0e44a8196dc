import Synchronization

/// The event streams that are open, within their bounds.
final class EventStreams: Sendable {
    private struct State {
        var streams: [LinkToken: [ObjectIdentifier: EventStream]] = [:]
        var count = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let limits: PageLimits

    init(_ limits: PageLimits) { self.limits = limits }

    /// Nil if there are too many already, of this link or in all.
    func open(_ token: LinkToken) -> EventStream? {
        state.withLock { state in
            let ofLink = state.streams[token]?.count ?? 0
            guard !state.isClosed, state.count < limits.streams, ofLink < limits.streamsOfLink else { return nil }
            let stream = EventStream()
            state.streams[token, default: [:]][ObjectIdentifier(stream)] = stream
            state.count += 1
            return stream
        }
    }

    func close(_ stream: EventStream, of token: LinkToken) {
        state.withLock { state in
            guard state.streams[token]?.removeValue(forKey: ObjectIdentifier(stream)) != nil else { return }
            if state.streams[token]?.isEmpty == true { state.streams[token] = nil }
            state.count -= 1
        }
    }

    /// Cuts all, and opens none any more.
    func closeAll() {
        let all = state.withLock { state in
            state.isClosed = true
            return state.streams.values.flatMap(\.values)
        }
        for stream in all { stream.cut() }
    }

    var count: Int { state.withLock { $0.count } }
}
