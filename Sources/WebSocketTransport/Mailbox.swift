import CLibwebsockets
import Glibc
import ReplicationEngine
import Synchronization

/// Where other threads leave work for the loop.
///
/// The only state that threads share. `lws_cancel_service` is called under the same lock that guards the
/// context's address, so that it can never reach a context that is being destroyed.
final class Mailbox: Sendable {
    /// What the loop finds when it looks.
    struct Work {
        var touched: [ConnectionID] = []
        var connects: [(ConnectionID, Endpoint)] = []
        var isStopping = false
    }

    private struct State {
        var outboxes: [ConnectionID: Outbox] = [:]
        var work = Work()
        var lastID: UInt64 = 0
        /// Address of the lws context while it may be woken, otherwise 0. A number, because a pointer
        /// would not be Sendable and this one is only handed back to C.
        var context: UInt = 0
        var loopThread: pthread_t = 0
        var isWakePending = false

        /// Wakes the loop once per batch of work. Work left by the loop's own thread needs no wake: the
        /// loop looks after each event that it delivers.
        mutating func wake(evenFromLoop: Bool = false) {
            guard !isWakePending, context != 0 else { return }
            guard evenFromLoop || pthread_equal(pthread_self(), loopThread) == 0 else { return }
            isWakePending = true
            lws_cancel_service(OpaquePointer(bitPattern: context))
        }
    }

    private let state = Mutex(State())
    let limits: TransportLimits

    init(limits: TransportLimits) {
        self.limits = limits
    }

    // MARK: For any thread

    func send(_ message: [UInt8], lane: Lane, to connection: ConnectionID) {
        state.withLock { state in
            guard state.outboxes[connection]?.enqueue(message, lane: lane, limits: limits) == true else { return }
            state.work.touched.append(connection)
            state.wake()
        }
    }

    func close(_ connection: ConnectionID, reason: CloseReason) {
        state.withLock { state in
            guard state.outboxes[connection]?.close(reason) == true else { return }
            state.work.touched.append(connection)
            state.wake()
        }
    }

    /// Registers a connection that the loop is to make. Nil if the loop is stopping.
    func connect(to endpoint: Endpoint) -> ConnectionID? {
        state.withLock { state in
            guard !state.work.isStopping else { return nil }
            state.lastID += 1
            let connection = ConnectionID(rawValue: state.lastID)
            state.outboxes[connection] = Outbox()
            state.work.connects.append((connection, endpoint))
            // Always through the event pipe, even from inside an event: a connect can fail before it
            // returns, and an application that tries again at once must not starve the loop.
            state.wake(evenFromLoop: true)
            return connection
        }
    }

    func requestStop() {
        state.withLock { state in
            guard !state.work.isStopping else { return }
            state.work.isStopping = true
            state.wake()
        }
    }

    var isLoopThread: Bool {
        state.withLock { $0.context != 0 && pthread_equal(pthread_self(), $0.loopThread) != 0 }
    }

    // MARK: For the loop

    /// From now on the loop can be woken.
    func attach(context: OpaquePointer) {
        state.withLock { state in
            state.loopThread = pthread_self()
            state.context = UInt(bitPattern: context)
        }
    }

    /// Must be called before the context is destroyed. Nothing wakes the loop afterwards.
    func detach() {
        state.withLock { $0.context = 0 }
    }

    func nextID() -> ConnectionID {
        state.withLock { state in
            state.lastID += 1
            return ConnectionID(rawValue: state.lastID)
        }
    }

    func add(_ connection: ConnectionID) {
        state.withLock { $0.outboxes[connection] = Outbox() }
    }

    func remove(_ connection: ConnectionID) {
        state.withLock { _ = $0.outboxes.removeValue(forKey: connection) }
    }

    /// Takes what was left. `connects` stay for the call that asks for them.
    func takeWork(includingConnects: Bool) -> Work {
        state.withLock { state in
            if includingConnects { state.isWakePending = false }
            var work = Work()
            work.isStopping = state.work.isStopping
            swap(&work.touched, &state.work.touched)
            if includingConnects { swap(&work.connects, &state.work.connects) }
            return work
        }
    }

    func takeBatch(for connection: ConnectionID) -> Outbox.Batch {
        state.withLock { $0.outboxes[connection]?.takeBatch(limits: limits) ?? Outbox.Batch() }
    }

    func closing(of connection: ConnectionID) -> CloseReason? {
        state.withLock { $0.outboxes[connection]?.closing }
    }
}
