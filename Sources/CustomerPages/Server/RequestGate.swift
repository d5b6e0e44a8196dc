import Synchronization

/// Counts what is under way, so that a server that stops lets it end.
final class RequestGate: Sendable {
    private struct State {
        var passages = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    /// A request under way: until its answer is written, or dropped with its connection.
    final class Passage: Sendable {
        private let gate: RequestGate

        fileprivate init(_ gate: RequestGate) { self.gate = gate }

        deinit { gate.state.withLock { $0.passages -= 1 } }
    }

    /// Nil after the gate was closed.
    func enter() -> Passage? {
        let isOpen = state.withLock { state in
            if !state.isClosed { state.passages += 1 }
            return !state.isClosed
        }
        return isOpen ? Passage(self) : nil
    }

    func close() { state.withLock { $0.isClosed = true } }

    var isEmpty: Bool { state.withLock { $0.passages == 0 } }
}
