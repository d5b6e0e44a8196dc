import ReplicationCore
import WireProtocol

/// A device as one value: its replica, its store and, while there is one, its session.
///
/// It decides when to connect, performs what the session asks for, and leaves what touches the world to
/// its host as effects. It is given the time and its randomness, so a simulation runs this very code.
public struct DeviceDriver: Sendable {
    public internal(set) var replica: DeviceReplica
    let store: any DeviceStore
    /// Reads a schema that the hub offers; nil if the app works with its own one only.
    let parse: (@Sendable (String) throws -> Schema)?
    /// The last version that was offered and cannot be taken here.
    var declinedSchema: UInt32 = 0
    let app: String
    let sign: @Sendable ([UInt8]) throws -> [UInt8]
    var random: AnyRandom

    var session: DeviceSession?
    var connection: ConnectionID?
    /// What the hub sent in this session and cannot be taken in before it has answered more of the outbox.
    var deferred = DeferredDeliveries()
    /// What is sent in bulk, if that goes in fragments.
    var lane: PacedLane?
    /// Changes that wait for more of the catch-up, to be stored with it.
    var gathered = GatheredChanges()
    /// What lives now, as the hub has given it.
    var live = LiveSignals()
    var backoff = Backoff()
    /// The network between here and the hub may be slow: bulk goes in fragments, by credit, so that what is urgent never
    /// waits behind it.
    public var takesFragments = false
    /// The device compares itself with the hub by itself when that was long ago, and mends what differs.
    public var verifiesItself = false
    /// Of more rows that differ than these, everything is sent anew.
    public var rowsRepaired = DeviceLimits.rowsRepaired
    /// How far catching up is; nil if there is not much to catch up with.
    public internal(set) var catchUp: CatchUpProgress?
    /// The comparison that is going on.
    var verification: DeviceVerification?
    /// When a comparison that a sum had begun was of no use, on the monotonic clock.
    var vainAlarm: UInt64?
    /// Where the app keeps blobs; nil if it keeps none.
    public var blobStore: (any BlobStore)?
    public var blobPolicy = BlobPolicy.all
    public var blobLimits = BlobLimits()
    /// What the app has fetched and is not here, in order.
    var fetches: [BlobName] = []
    /// Of those that were asked for last: what the hub had not got.
    var lastAwaited: Set<BlobName> = []
    var blobSession: BlobSession?
    /// The app wants to be online.
    public internal(set) var isWanted = false
    /// When to connect next, on the monotonic clock; nil: not at all.
    var attemptAt: UInt64?
    public internal(set) var block: SessionEnd.Block?
    /// The device uploads, and receives nothing before somebody has acted.
    public internal(set) var obstacle: SessionEnd.Block?
    /// Why the last session ended, until one is welcomed.
    public internal(set) var lastReason: String?
    /// Forks since the hub last judged something, and how long to wait after too many.
    var forks = 0
    var forkBackoff = Backoff()
    /// Attempts to hand in what was written, since the hub last judged something.
    var handIns = 0
    var effects: [Effect] = []
    var lastRequest: UInt64 = 0
    /// How many changesets have no receipt.
    public internal(set) var unanswered: Int

    /// What the host has to do, in order.
    public enum Effect: Sendable, Equatable {
        /// Connect to the endpoint, and say so by `connecting`.
        case connect
        case send(ConnectionID, [UInt8], Lane)
        case close(ConnectionID, reason: String)
        case event(ReplicaEvent)
        /// Rows of these collections look otherwise now.
        case touched(Set<UInt32>)
        /// Other live values are shown now.
        case signals
    }

    /// - Parameters:
    ///   - store: of an enrolled device.
    ///   - app: name and version, for the hub's log.
    ///   - random: for identities, salts and waits.
    ///   - parse: reads a schema file, of an app that takes later schemas from the hub.
    ///   - sign: Ed25519 with the replica's private key.
    public init(
        store: any DeviceStore, app: String, random: any RandomNumberGenerator & Sendable,
        parse: (@Sendable (String) throws -> Schema)? = nil,
        sign: @escaping @Sendable ([UInt8]) throws -> [UInt8]
    ) throws {
        guard let schema = store.schema else {
            throw DeviceError(.notEnrolled, "This device is not enrolled. Enrol it with a code from an administrator.")
        }
        self.store = store
        self.parse = parse
        self.app = app
        self.sign = sign
        self.random = AnyRandom(base: random)
        (replica, unanswered) = try store.read { (try DeviceReplica(from: $0, schema: schema), try $0.unansweredCount()) }
        if !replica.damaged.isEmpty { try reportDamage() }
    }

    /// Puts changesets that cannot be read any more before the user. Everything else goes on.
    private mutating func reportDamage() throws {
        let damaged = replica.damaged
        try store.write { store in
            for identity in damaged { try store.put(RefusedOperation(damaged: identity)) }
        }
        effects.append(.event(.storeFailed("\(damaged.count) changesets written on this device are damaged and cannot be read any more. Look at what was refused; everything else goes on.")))
    }

    public mutating func takeEffects() -> [Effect] {
        defer { effects = [] }
        return effects
    }

    public var isOnline: Bool { session?.isOpen ?? false }
    /// The device holds everything that its scopes held when it connected.
    public var isCaughtUp: Bool {
        guard let session, session.isOpen else { return false }
        return session.isCaughtUp || (replica.progress.basis >= session.head && !replica.progress.isRestarting)
    }
    /// Something that the hub sent waits for its answers.
    public var isDeferring: Bool { !deferred.isEmpty }
    /// Everything written here is judged, and everything of the hub up to the connecting is here.
    public var isSynced: Bool { isCaughtUp && unanswered == 0 }
    /// Beyond `isSynced`: the hub has also sent what it accepted.
    public var isEchoed: Bool { isSynced && replica.pending.isEchoed }

    // MARK: The app

    /// Runs a local transaction. When this returns, it is durable.
    ///
    /// - Returns: what the body gave, and the commit; nil if nothing was written.
    public mutating func write<Result>(
        at now: DeviceInstant, _ body: (LocalTransaction) throws -> Result
    ) throws -> (Result, LocalCommit?) {
        var next = replica
        var random = random
        let seed = random.next()
        let outcome: (Result, LocalCommit?)
        do {
            outcome = try store.write { store in
                let transaction = next.begin(in: store, at: now, random: SplitMix(seed: seed))
                let result = try body(transaction)
                return (result, try next.commit(transaction, in: store, at: now, random: &random))
            }
        } catch {
            // `replica` still stands as the store does; only randomness has moved on.
            self.random = random
            throw error
        }
        replica = next
        self.random = random
        if let commit = outcome.1 {
            unanswered += 1
            touch(commit.rows)
            noteNamedBlobs()
            session?.outboxGrew()
            perform(at: now)
        }
        return outcome
    }

    public mutating func goOnline(at now: DeviceInstant) {
        isWanted = true
        block = nil
        backoff.reset()
        noteAnswer()
        if connection == nil { attemptAt = now.monotonic }
        tick(at: now)
    }

    /// Does not wait for the next attempt to connect.
    public mutating func hurry(at now: DeviceInstant) {
        guard isWanted, block == nil, connection == nil else { return }
        attemptAt = now.monotonic
        tick(at: now)
    }

    public mutating func goOffline() {
        isWanted = false
        attemptAt = nil
        if let connection { effects.append(.close(connection, reason: "going offline")) }
        connection = nil
        lane = nil
        gathered = GatheredChanges()
        catchUp = nil
        verification = nil
        if session != nil { effects.append(.event(.offline(reason: "The app went offline.", retryAfter: nil))) }
        session = nil
        blobSession = nil
        deferred = DeferredDeliveries()
    }

    /// Uploads the stream again from a counter on, although it was answered: for tests of exactly-once.
    public mutating func uploadAgain(from counter: UInt64, at now: DeviceInstant) {
        session?.uploadAgain(from: counter)
        perform(at: now)
    }

    // MARK: The world

    /// The host has begun to connect.
    public mutating func connecting(_ connection: ConnectionID) { self.connection = connection }

    /// The host could not even begin.
    public mutating func couldNotConnect(_ reason: String, at now: DeviceInstant) {
        finish(.offline(reason: reason, retryAfter: 0), at: now)
    }

    /// - Parameters:
    ///   - event: what the transport has said.
    ///   - now: the device's clocks.
    ///   - moreFollows: another event is there already, and will be told next. What this one brings of a catch-up may
    ///     wait for it.
    public mutating func handle(_ event: TransportEvent, at now: DeviceInstant, moreFollows: Bool = false) {
        gathered.moreFollows = moreFollows
        // Also if the event is none of the session's.
        defer { if !moreFollows, !gathered.isEmpty { perform(at: now) } }
        switch event {
        case .opened(let id, _):
            guard id == connection else { return }
            open(at: now)
        case .received(let id, let bytes):
            guard id == connection else { return }
            session?.received(bytes, at: now)
        case .drained: break
        case .closed(let id, let reason):
            guard id == connection else { return }
            connection = nil
            if session == nil { return finish(.offline(reason: reason.words, retryAfter: 0), at: now) }
            session?.disconnected(reason.words)
        }
        perform(at: now)
    }

    public mutating func tick(at now: DeviceInstant) {
        if isWanted, block == nil, connection == nil, let due = attemptAt, due <= now.monotonic {
            attemptAt = nil
            effects.append(.connect)
        }
        if let session, session.isOpen,
            now.monotonic - min(session.since.monotonic, now.monotonic) >= DeviceLimits.quietMilliseconds {
            backoff.reset()
            noteAnswer()
        }
        expireSignals(at: now)
        session?.tick(at: now)
        perform(at: now)
    }

    /// The stream has gone on: what forks from now on is another matter.
    mutating func noteAnswer() {
        forks = 0
        forkBackoff.reset()
        handIns = 0
    }

    mutating func touch(_ rows: Set<RowKey>) { touch(Set(rows.map(\.collection))) }

    mutating func touch(_ collections: Set<UInt32>) {
        if !collections.isEmpty { effects.append(.touched(collections)) }
    }
}

/// A generator of any kind, so that a value can hold one.
struct AnyRandom: RandomNumberGenerator, Sendable {
    var base: any RandomNumberGenerator & Sendable
    mutating func next() -> UInt64 { base.next() }
}

extension CloseReason {
    /// What people read.
    public var words: String {
        switch self {
        case .remote(let code, let reason): "The hub closed the connection (\(code)\(reason.isEmpty ? "" : ", \(reason)"))."
        case .local(_, let reason): "Closed: \(reason)."
        case .lost(let text): "The connection was lost: \(text)"
        case .unreachable(let text): "The hub cannot be reached: \(text)"
        case .timeout(let text): "The hub stayed silent: \(text)"
        case .violation(let text): "The hub broke the transport's rules: \(text)"
        case .overflow: "The hub did not read fast enough."
        }
    }
}
