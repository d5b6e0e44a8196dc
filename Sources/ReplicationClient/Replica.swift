import Dispatch
import ReplicationCore
import ReplicationEngine
import Synchronization
import WireProtocol

/// A device's copy of the data: read and write it at once, online or not, and let it keep itself in step
/// with the hub.
///
/// All methods may be called from any thread. Writes and reads touch the local store only; everything
/// that the network does happens on a queue of the replica's own.
public final class Replica: Sendable {
    public typealias WriteTransaction = LocalTransaction
    /// Makes the transport, which calls the closure with its events.
    public typealias TransportMaker = (@escaping @Sendable (TransportEvent) -> Void) throws -> any ConnectingTransport

    let store: any DeviceStore
    let core: Mutex<ReplicaCore>
    let queue = DispatchQueue(label: "converge.replica")
    let clock: @Sendable () -> DeviceInstant
    private let trustedCertificates: String?
    /// Events of the transport that were not looked at yet.
    private let waiting = Atomic(0)

    /// What an app may choose.
    public struct Options: Sendable {
        /// Name and version of the app, for the hub's log.
        public var app = "converge"
        /// The device's clocks.
        public var clock: @Sendable () -> DeviceInstant = { SystemClock.now() }
        public var random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
        /// Reads a schema file. An app that gives it takes later schemas from the hub as they are published; any other
        /// goes on with the schema that it was enrolled with, and hub and device understand each other all the same.
        public var parse: (@Sendable (String) throws -> Schema)?

        /// Sends and takes bulk in fragments, by credit, so that nothing urgent waits behind it on a slow line. A network that
        /// is known to be fast does without.
        public var takesFragments = true
        /// Where blobs are kept; nil for an app that has none to do with them.
        public var blobs: (any BlobStore)?
        /// Which blobs come by themselves.
        public var blobPolicy = BlobPolicy.all
        public var blobLimits = BlobLimits()

        /// Compares the device with the hub once a day, when it has caught up, and mends what differs.
        public var verifiesItself = true

        /// PEM file with the certificates to trust instead of the system's, where `goOnline()` connects.
        public var trustedCertificates: String?

        public init() {}
    }

    /// Opens the replica of an enrolled device. It is offline until `goOnline`.
    ///
    /// - Throws: `DeviceStoreError`, or `DeviceError.notEnrolled`.
    public static func open(
        store: any DeviceStore, transport: TransportMaker, options: Options = Options()
    ) throws -> Replica {
        guard let privateKey = try store.read({ try $0.identity?.privateKey }) else {
            throw DeviceError(.notEnrolled, "This device is not enrolled. Enrol it with a code from an administrator.")
        }
        var driver = try DeviceDriver(
            store: store, app: options.app, random: options.random, parse: options.parse
        ) {
            try ReplicaProof.sign($0, privateKey: privateKey)
        }
        driver.takesFragments = options.takesFragments
        driver.verifiesItself = options.verifiesItself
        driver.blobStore = options.blobs
        driver.blobPolicy = options.blobPolicy
        driver.blobLimits = options.blobLimits
        let replica = Replica(store: store, driver: driver, options)
        let made = try transport { [weak replica] event in replica?.receive(event) }
        replica.core.withLock { $0.transport = made }
        replica.scheduleTick()
        return replica
    }

    private init(store: any DeviceStore, driver: DeviceDriver, _ options: Options) {
        self.store = store
        clock = options.clock
        trustedCertificates = options.trustedCertificates
        core = Mutex(ReplicaCore(driver: driver))
    }

    // MARK: Reading

    /// Runs SQL on what the device shows, read-only. Collections are tables; `_alive` is 0 for deleted
    /// rows.
    public func query(_ sql: String, _ arguments: [Value] = []) throws -> [Row] {
        try store.query(sql, arguments).map(Row.init)
    }

    /// The living rows of a collection as records. The condition is SQL that follows `WHERE`, with `?` for arguments.
    public func records<R: Record>(
        _ type: R.Type, where condition: String = "1", _ arguments: [Value] = []
    ) throws -> [R] {
        try query(Self.sql(for: type, condition), arguments).map { try R(row: $0) }
    }

    /// The living rows of a collection as records now, and again after each commit that touches a collection which the condition reads; see
    /// `records` and `observe(_:_:)`. The stream ends with the error of a row that is no such record.
    public func observe<R: Record & Sendable>(
        _ type: R.Type, where condition: String = "1", _ arguments: [Value] = []
    ) -> AsyncThrowingStream<[R], any Error> {
        observe(Self.sql(for: type, condition), arguments) { try $0.map { try R(row: $0) } }
    }

    /// The result of a query now, and again after each commit, local or from the hub, that touches a
    /// collection which it reads. A slow reader misses results, never the last one.
    public func observe(_ sql: String, _ arguments: [Value] = []) -> AsyncThrowingStream<[Row], any Error> {
        observe(sql, arguments) { $0 }
    }

    private static func sql<R: Record>(for type: R.Type, _ condition: String) -> String {
        "SELECT * FROM \"\(R.collection)\" WHERE _alive AND (\(condition))"
    }

    private func observe<Result: Sendable>(
        _ sql: String, _ arguments: [Value], _ make: @escaping @Sendable ([Row]) throws -> Result
    ) -> AsyncThrowingStream<Result, any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: Result.self, bufferingPolicy: .bufferingNewest(1))
        do {
            let collections = Set(try store.collections(readBy: sql).compactMap { schema.collection(named: $0)?.number })
            let fire: @Sendable () -> Void = { [weak self] in
                guard let self else { return }
                do {
                    continuation.yield(try make(self.query(sql, arguments)))
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            let id = core.withLock { $0.observe(collections, fire) { continuation.finish() } }
            continuation.onTermination = { [weak self] _ in self?.letGo { $0.stopObserving(id) } }
            queue.async(execute: fire)
        } catch {
            continuation.finish(throwing: error)
        }
        return stream
    }

    public var schema: Schema { core.withLock { $0.driver.replica.schema } }
    public var identity: DeviceIdentity { core.withLock { $0.driver.replica.identity } }
    /// Site, basis, role, scopes and the rest of what the replica knows of its own state.
    public var progress: DeviceProgress { core.withLock { $0.driver.replica.progress } }
    /// How many changesets the hub has not answered.
    public var pendingCount: Int { core.withLock { $0.driver.unanswered } }

    /// How a row stands between the device and the hub; nil if the device does not know it.
    public func status(of collection: String, _ id: RowID) throws -> RowStatus? {
        guard let number = schema.collection(named: collection)?.number else { return nil }
        let key = RowKey(collection: number, row: id)
        return try core.withLock { core in try store.read { try core.driver.replica.status(of: key, in: $0) } }
    }

    /// Own operations that the hub did not accept, until they are dealt with.
    public func refused() throws -> [RefusedOperation] { try store.read { try $0.refusals() } }

    /// Why a field shows what it shows, from what this device holds; online or not.
    /// - Throws: `ExplanationError` if there is no such field, or the device does not hold the row.
    public func explain(_ question: ExplainQuestion) throws -> Explanation {
        try core.withLock { core in
            try store.read { try DeviceExplainer(replica: core.driver.replica, store: $0).explain(question) }
        }
    }

    /// Lets go of a refused changeset on purpose: here with this call, at the hub once it has heard of it.
    /// - Returns: the changeset that says so.
    /// - Throws: `DeviceError.notRefused`.
    @discardableResult
    public func discardRefused(_ identity: ChangesetID) throws -> ChangesetID? {
        try write { try $0.discard(identity) }
    }

    /// Writes what was refused of a changeset anew, with what the user has corrected, by row, and without the fields that
    /// she gives up.
    /// - Returns: the changeset that mends it; nil if nothing is left to write, and nothing has changed then.
    /// - Throws: `DeviceError`: nothing has changed then.
    @discardableResult
    public func mendRefused(
        _ identity: ChangesetID, _ changes: [RowKey: [String: Value]] = [:], without omitted: [RowKey: Set<String>] = [:]
    ) throws -> ChangesetID? {
        try write { try $0.mend(identity, changes, without: omitted) }
    }

    // MARK: Writing

    /// Writes, all or nothing. When this returns, the work is durable here and visible in queries, and
    /// waits to be uploaded.
    ///
    /// - Returns: the changeset; nil if nothing was written.
    /// - Throws: `DeviceError` for a rule that the hub would refuse too, with nothing changed.
    @discardableResult
    public func write(_ body: (WriteTransaction) throws -> Void) throws -> ChangesetID? {
        try core.withLock { core in
            let now = core.adjusted(clock())
            let (_, commit) = try core.driver.write(at: now, body)
            core.perform(at: now, on: queue)
            return commit?.identity
        }
    }

    // MARK: Connection

    /// Connects to the hub at which this device was enrolled, and keeps connecting, until `goOffline`.
    /// - Throws: `EndpointError` if what was stored of its address is none.
    public func goOnline() throws(EndpointError) {
        var endpoint = try Endpoint(parsing: identity.endpoint)
        endpoint.trustedCertificates = trustedCertificates
        goOnline(endpoint)
    }

    /// Connects, and keeps connecting with growing waits, until `goOffline`.
    public func goOnline(_ endpoint: Endpoint) {
        with { core, now in
            core.endpoint = endpoint
            core.driver.goOnline(at: now)
        }
    }

    /// Ends the connection and stays offline. Work goes on locally.
    public func goOffline() {
        with { core, _ in core.driver.goOffline() }
    }

    public var connection: ConnectionState { core.withLock { $0.connection } }

    /// How far catching up is, for a bar or a line of text; nil if there is not much to catch up with. Every `changes` event
    /// brings it anew.
    public var catchUp: CatchUpProgress? { core.withLock { $0.driver.catchUp } }

    /// How many events wait for one reader.
    public static let eventsKept = 1_000

    /// What happens to the replica from now on. A reader that falls behind by more than `eventsKept` misses
    /// the oldest ones.
    public func events() -> AsyncStream<ReplicaEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ReplicaEvent.self, bufferingPolicy: .bufferingNewest(Self.eventsKept))
        let id = core.withLock { $0.subscribe(continuation) }
        continuation.onTermination = { [weak self] _ in self?.letGo { $0.unsubscribe(id) } }
        return stream
    }

    /// Uploads the stream again from a counter on, although it was answered: for tests of exactly-once.
    public func resend(from counter: UInt64 = 1) {
        with { core, now in core.driver.uploadAgain(from: counter, at: now) }
    }

    /// Moves the device's wall clock, as a user might: for simulations.
    public func setClockOffset(milliseconds: Int64) { core.withLock { $0.clockOffset = milliseconds } }

    /// Ends the connection and all streams, and closes the store. Nothing may follow; stopping again does
    /// nothing.
    public func stop() throws {
        let (isFirst, transport) = core.withLock { core -> (Bool, (any ConnectingTransport)?) in
            guard !core.isStopped else { return (false, nil) }
            core.driver.goOffline()
            core.perform(at: core.adjusted(clock()), on: queue)
            return (true, core.stop())
        }
        guard isFirst else { return }
        // Behind everything that the transport has said already.
        queue.sync {}
        transport?.stop()
        try store.close()
    }

    // MARK: The queue

    /// Forgets a reader, later: who cancels a task holds its lock while the stream ends, and whoever yields to the stream under the
    /// replica's lock waits for that one.
    func letGo(_ change: @escaping @Sendable (inout ReplicaCore) -> Void) {
        queue.async { [weak self] in self?.core.withLock { change(&$0) } }
    }

    func now() -> DeviceInstant {
        let instant = clock()
        return core.withLock { $0.adjusted(instant) }
    }

    func with(_ body: (inout ReplicaCore, DeviceInstant) -> Void) {
        core.withLock { core in
            guard !core.isStopped else { return }
            let now = core.adjusted(clock())
            body(&core, now)
            core.perform(at: now, on: queue)
        }
    }

    /// Called by the transport, which must not wait.
    private func receive(_ event: TransportEvent) {
        waiting.add(1, ordering: .relaxed)
        queue.async { [weak self] in
            guard let self else { return }
            // Those that come from here on find this one done.
            let rest = waiting.subtract(1, ordering: .relaxed).newValue
            with { core, now in core.driver.handle(event, at: now, moreFollows: rest > 0) }
        }
    }

    private func scheduleTick() {
        queue.asyncAfter(deadline: .now() + .milliseconds(Int(DeviceLimits.tickMilliseconds))) { [weak self] in
            guard let self, !self.core.withLock({ $0.isStopped }) else { return }
            self.with { core, now in core.driver.tick(at: now) }
            self.scheduleTick()
        }
    }
}

/// Whether a replica is connected, and how far it has come.
public enum ConnectionState: Sendable, Equatable {
    /// Nobody asked for a connection.
    case offline
    /// Not connected at the moment; it connects by itself.
    case connecting
    /// Connected, and still receiving what changed meanwhile.
    case catchingUp
    case online
    /// Somebody has to act first.
    case blocked(SessionEnd.Block)
}
