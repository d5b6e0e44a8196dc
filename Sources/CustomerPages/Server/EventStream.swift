import Synchronization

/// What one browser that watches a visit is to be told. Only the newest view waits for a slow one.
final class EventStream: Sendable {
    enum Event {
        case view(TrackingView)
        /// Nothing new; keeps proxies from cutting the line.
        case heartbeat
        /// The visit is over.
        case end
    }

    private struct State {
        var view: TrackingView?
        var isBeating = false
        var isFinished = false
        var isCut = false
    }

    private let state = Mutex(State())
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init() { (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func put(_ view: TrackingView) { change { $0.view = view } }
    func beat() { change { $0.isBeating = true } }
    /// No more views will come.
    func finish() { change { $0.isFinished = true } }
    /// Ends it at once: the browser has gone, or the server stops.
    func cut() { change { $0.isCut = true } }

    /// Hands events over until the stream is at its end.
    func run(_ write: (Event) async throws -> Void) async throws {
        for await _ in wakes {
            while let event = next() {
                try await write(event)
                if case .end = event { return }
            }
            if state.withLock({ $0.isCut }) { return }
        }
    }

    private func next() -> Event? {
        state.withLock { state in
            if state.isCut { return nil }
            if let view = state.view {
                state.view = nil
                return .view(view)
            }
            if state.isFinished { return .end }
            defer { state.isBeating = false }
            return state.isBeating ? .heartbeat : nil
        }
    }

    private func change(_ change: (inout State) -> Void) {
        state.withLock { change(&$0) }
        wake.yield()
    }
}
