import Dispatch
import ReplicationCore
import ReplicationEngine

/// What a replica's lock guards. Effects are performed under it, so that messages leave in the order in
/// which they were decided.
struct ReplicaCore: Sendable {
    var driver: DeviceDriver
    var transport: (any ConnectingTransport)?
    var endpoint: Endpoint?
    var clockOffset: Int64 = 0
    private(set) var isStopped = false
    private var lastID: UInt64 = 0
    private var subscribers: [UInt64: AsyncStream<ReplicaEvent>.Continuation] = [:]
    private var observers: [UInt64: Observer] = [:]
    private var waiters: [UInt64: Waiter] = [:]
    /// Since when everything is judged, on the monotonic clock.
    private var syncedSince: UInt64?

    struct Observer: Sendable {
        /// Nil for one of live values.
        let collections: Set<UInt32>?
        let fire: @Sendable () -> Void
        let finish: @Sendable () -> Void
    }

    struct Waiter: Sendable {
        let goal: Goal
        /// On the monotonic clock.
        let deadline: UInt64
        let finish: @Sendable (Result<DigestReport?, ReplicaError>) -> Void

        enum Goal: Sendable, Equatable {
            case synced
            case digest(UInt64)
        }
    }

    /// How long the hub may take to send what it accepted before that is taken as never coming: it is in
    /// none of the device's scopes any more.
    private static let echoGraceMilliseconds: UInt64 = 2_000

    init(driver: DeviceDriver) { self.driver = driver }

    func adjusted(_ instant: DeviceInstant) -> DeviceInstant {
        var instant = instant
        instant.wall = clockOffset < 0
            ? instant.wall - min(instant.wall, clockOffset.magnitude) : instant.wall + clockOffset.magnitude
        return instant
    }

    var connection: ConnectionState {
        if let block = driver.block { return .blocked(block) }
        if !driver.isWanted { return .offline }
        if !driver.isOnline { return .connecting }
        return driver.isCaughtUp ? .online : .catchingUp
    }

    /// Does what the driver asks for.
    mutating func perform(at now: DeviceInstant, on queue: DispatchQueue) {
        while case let effects = driver.takeEffects(), !effects.isEmpty {
            for effect in effects { perform(effect, at: now, on: queue) }
        }
        serveWaiters(at: now)
    }

    private mutating func perform(_ effect: DeviceDriver.Effect, at now: DeviceInstant, on queue: DispatchQueue) {
        switch effect {
        case .connect:
            guard let transport, let endpoint else {
                return driver.couldNotConnect("No endpoint was given.", at: now)
            }
            do {
                driver.connecting(try transport.connect(to: endpoint))
            } catch {
                driver.couldNotConnect("\(error)", at: now)
            }
        case .send(let connection, let bytes, let lane): transport?.send(bytes, lane: lane, to: connection)
        case .close(let connection, let reason):
            transport?.close(connection, reason: .local(code: 1000, reason: reason))
        case .event(let event):
            for subscriber in subscribers.values { subscriber.yield(event) }
            switch event {
            case .digest(let report): finishWaiters(for: report)
            case .offline(let reason, _): endComparisons(reason)
            default: break
            }
        case .touched(let collections):
            // Queries run outside the lock.
            for observer in observers.values where observer.collections?.isDisjoint(with: collections) == false {
                queue.async(execute: observer.fire)
            }
        case .signals:
            for observer in observers.values where observer.collections == nil { queue.async(execute: observer.fire) }
        }
    }

    // MARK: Those who listen

    mutating func subscribe(_ continuation: AsyncStream<ReplicaEvent>.Continuation) -> UInt64 {
        lastID += 1
        if isStopped { continuation.finish() } else { subscribers[lastID] = continuation }
        return lastID
    }

    mutating func unsubscribe(_ id: UInt64) { subscribers[id] = nil }

    mutating func observe(
        _ collections: Set<UInt32>, _ fire: @escaping @Sendable () -> Void, finish: @escaping @Sendable () -> Void
    ) -> UInt64 {
        lastID += 1
        if isStopped { finish() } else { observers[lastID] = Observer(collections: collections, fire: fire, finish: finish) }
        return lastID
    }

    mutating func observeSignals(_ fire: @escaping @Sendable () -> Void, finish: @escaping @Sendable () -> Void) -> UInt64 {
        lastID += 1
        if isStopped { finish() } else { observers[lastID] = Observer(collections: nil, fire: fire, finish: finish) }
        return lastID
    }

    mutating func stopObserving(_ id: UInt64) { observers[id] = nil }

    /// - Returns: the transport, which has to be stopped outside the lock.
    mutating func stop() -> (any ConnectingTransport)? {
        isStopped = true
        // Finishing calls back into the lock: not before it is free.
        let finished = (Array(subscribers.values), Array(observers.values), Array(waiters.values))
        subscribers = [:]
        observers = [:]
        waiters = [:]
        DispatchQueue.global().async {
            for subscriber in finished.0 { subscriber.finish() }
            for observer in finished.1 { observer.finish() }
            for waiter in finished.2 { waiter.finish(.failure(ReplicaError(.stopped, "The replica was stopped."))) }
        }
        defer { transport = nil }
        return transport
    }

    // MARK: Those who wait

    mutating func wait(_ waiter: Waiter) {
        lastID += 1
        waiters[lastID] = waiter
    }

    private mutating func serveWaiters(at now: DeviceInstant) {
        syncedSince = driver.isSynced ? syncedSince ?? now.monotonic : nil
        guard !waiters.isEmpty else { return }
        let isSettled = syncedSince.map { now.monotonic >= $0 + Self.echoGraceMilliseconds } ?? false
        for (id, waiter) in waiters {
            if waiter.goal == .synced, driver.isEchoed || isSettled {
                waiters[id] = nil
                waiter.finish(.success(nil))
            } else if let block = driver.block {
                waiters[id] = nil
                waiter.finish(.failure(ReplicaError(.blocked, block.message)))
            } else if waiter.goal == .synced, driver.unanswered == 0, let obstacle = driver.obstacle {
                waiters[id] = nil
                waiter.finish(.failure(ReplicaError(.blocked, obstacle.message)))
            } else if now.monotonic >= waiter.deadline {
                waiters[id] = nil
                waiter.finish(.failure(ReplicaError(.timedOut, timeoutMessage)))
            }
        }
    }

    private mutating func finishWaiters(for report: DigestReport) {
        for (id, waiter) in waiters where waiter.goal == .digest(report.request) {
            waiters[id] = nil
            waiter.finish(.success(report))
        }
    }

    /// A comparison ends with its session.
    private mutating func endComparisons(_ reason: String) {
        for (id, waiter) in waiters {
            guard case .digest = waiter.goal else { continue }
            waiters[id] = nil
            waiter.finish(.failure(ReplicaError(.offline, "The connection ended before the comparison did: \(reason) Nothing was lost; verify again when it is back.")))
        }
    }

    private var timeoutMessage: String {
        if driver.isOnline {
            return "The hub has not answered everything yet; \(driver.unanswered) changesets wait. They are kept, and it goes on."
        }
        let reason = driver.lastReason.map { " The last attempt ended with: \($0)" } ?? ""
        return "The hub was not reached in time; \(driver.unanswered) changesets wait. They are kept, and go up with the next connection.\(reason)"
    }
}
