import Foundation
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// Hosts a hub: joins a store and a transport with the pure hub, on threads of its own.
///
/// One thread runs the hub, one commits, and a few read. The transport's thread only hands over.
public final class HubServer: Sendable {
    public struct Options: Sendable {
        /// Lets local administrative connections in; at least 16 random bytes, or empty for none.
        public var controlToken: [UInt8] = []
        /// Threads that read pages of catch-up and digests.
        public var readers = 2
        /// The hub's wall clock, in Unix milliseconds.
        public var wallMilliseconds: @Sendable () -> UInt64 = {
            UInt64(max(0, Date().timeIntervalSince1970 * 1_000))
        }
        /// Connects the gateways of one store; nil for a hub that has its store alone.
        public var hints: (any HintBus)?
        /// Names this gateway on the bus.
        public var gateway = GatewayID(rawValue: UInt64.random(in: .min ... .max))
        /// Remembers erasures outside of the store. Without it none is carried out.
        public var erasures: (any ErasureJournal)?
        /// Where blobs are kept; nil for a hub that takes none.
        public var blobs: (any BlobStore)?
        public var blobLimits = BlobLimits()
        /// Told of each commit, on the thread that commits: it must not wait for anything.
        public var onCommit: @Sendable (CommitSequence) -> Void = { _ in }
        /// Told of each live value that comes, on the hub's thread: it must not wait for anything.
        public var onLiveValue: @Sendable (LiveValue) -> Void = { _ in }
        /// Takes a line for the log. Never holds personal data.
        public var log: @Sendable (String) -> Void = { _ in }

        public init() {}
    }

    private let store: any HubStore
    private let schema: Schema
    private let options: Options
    private let events: Mailbox<HubEvent>
    private let works = Mailbox<CommitWork>()
    private let reads = Mailbox<Reading>()
    /// Short reads that somebody waits for: they do not queue behind pages of catch-up.
    private let urgentReads = Mailbox<Reading>()
    /// What is done with blobs, in order.
    private let blobWorks = Mailbox<BlobWork>()
    private let transport: any Transport
    private let running = DispatchGroup()

    /// The most that one commit takes in: larger ones delay everybody's verdicts.
    private static let commitBytes = 4 << 20
    private static let commitWorks = 2_000

    /// Starts to serve.
    ///
    /// - Parameter makeTransport: starts the listener, given where its events go.
    /// - Throws: what the store or the transport throws.
    public init(
        store: any HubStore, schema: Schema, options: Options = Options(),
        makeTransport: (@escaping @Sendable (TransportEvent) -> Void) throws -> any Transport
    ) throws {
        self.store = store
        self.schema = schema
        self.options = options
        let (identity, head) = try store.read { (try $0.hub, try $0.head) }
        let events = Mailbox<HubEvent>()
        self.events = events
        let keeping = options.blobs.map {
            BlobKeeping(schema: schema, blobs: $0, limits: options.blobLimits, log: options.log)
        }
        try keeping?.begin(store, atMilliseconds: options.wallMilliseconds())
        // Nothing fails behind it: nobody would stop it.
        transport = try makeTransport { events.put(.transport($0)) }
        var hub = Hub(
            schema: schema, identity: identity, head: head, controlToken: options.controlToken,
            random: SystemRandomNumberGenerator())
        if let keeping {
            hub.blobLimits = options.blobLimits
            spawn("blobs") { $0.runBlobs(keeping) }
        }
        options.hints?.subscribe(options.gateway) { events.put(.hint($0)) }
        spawn("hub") { [hub] in $0.runHub(hub) }
        spawn("commit") { $0.runCommits() }
        for _ in 0..<options.readers { spawn("read") { $0.runReads(of: $0.reads) } }
        spawn("read urgent") { $0.runReads(of: $0.urgentReads) }
    }

    /// Tells connected devices, finishes what is being committed and ends the threads. The store stays open:
    /// it belongs to whoever opened it.
    public func stop() {
        options.hints?.unsubscribe(options.gateway)
        events.put(.closing)
        works.close()
        // Nobody waits for what is still to be read.
        reads.close(discarding: true)
        urgentReads.close(discarding: true)
        blobWorks.close(discarding: true)
        events.close()
        running.wait()
        transport.stop()
    }

    /// Lets a service of this process write. What it wants is decided in turn with everything else.
    public func serve(_ work: ServiceWork) { works.put(.service(work)) }

    private func spawn(_ name: String, _ body: @escaping @Sendable (HubServer) -> Void) {
        running.enter()
        let thread = Thread { [self] in
            body(self)
            running.leave()
        }
        thread.name = "converge-\(name)"
        thread.stackSize = 4 << 20
        thread.start()
    }

    private func runHub(_ initial: Hub) {
        var hub = initial
        var lastTick = DispatchTime.now()
        // What fell due while no hub was running comes before whoever is at the door.
        for action in hub.handle(.tick, now: options.wallMilliseconds()) { perform(action) }
        while var batch = events.takeAll(timeout: 1) {
            let now = options.wallMilliseconds()
            // A hub that is never idle has to be told the time as well.
            if batch.isEmpty || DispatchTime.now() >= lastTick + .seconds(1) {
                batch.append(.tick)
                lastTick = .now()
            }
            for event in batch {
                for action in hub.handle(event, now: now) { perform(action) }
            }
        }
    }

    private func perform(_ action: HubAction) {
        switch action {
        case .send(let connection, let bytes, let lane): transport.send(bytes, lane: lane, to: connection)
        case .close(let connection, let code, let reason):
            transport.close(connection, reason: .local(code: code, reason: reason))
        case .commit(let work): works.put(work)
        case .read(let work): (work.isUrgent ? urgentReads : reads).put(.read(work))
        case .backup(let connection, let request, let path, let keep):
            reads.put(.backup(connection, request: request, path: path, keep: keep))
        case .blob(let work): blobWorks.put(work)
        case .show(let value): options.onLiveValue(value)
        }
    }

    /// What the reading threads do beside the commits.
    private enum Reading: Sendable {
        case read(ReadWork)
        case backup(ConnectionID, request: UInt64, path: String, keep: Int)
    }

    private func runCommits() {
        while true {
            var bytes = 0
            var count = 0
            let batch = works.take { work in
                bytes += work.weight
                count += 1
                return bytes <= Self.commitBytes && count <= Self.commitWorks
            }
            guard let batch else { return }
            commit(batch)
        }
    }

    private func commit(_ batch: [CommitWork]) {
        let moment = CommitMoment(wallMilliseconds: options.wallMilliseconds())
        let outcomes = CommitBatch.commit(
            batch, to: store, schema: schema, moment: moment, erasures: options.erasures, log: options.log)
        for outcome in outcomes {
            let outcome = scrubbed(outcome)
            tellServices(of: outcome)
            events.put(outcome.event)
            guard let hints = options.hints, case .committed(_, let committed) = outcome else { continue }
            let scopes = committed.rows.reduce(into: Set<Scope>()) {
                $0.formUnion($1.scopesBefore)
                $0.formUnion($1.scopesAfter)
            }
            // A user's row says what role the user's devices have.
            let concernsReplicas = outcome.concernsReplicas
                || committed.rows.contains { $0.state.key.collection == schema.userCollection }
            hints.publish(
                CommitHint(scopes: scopes, head: committed.head, concernsReplicas: concernsReplicas), from: options.gateway)
        }
    }

    private func tellServices(of outcome: CommitBatch.Outcome) {
        switch outcome {
        case .committed(let results, let committed):
            for case .served(let work, let refusal) in results { work.done(refusal.map { .refused($0.detail) } ?? .done) }
            if committed.head > committed.before { options.onCommit(committed.head) }
        case .failed(let works, let reason):
            for case .service(let work) in works { work.done(.refused(reason)) }
        }
    }

    /// What was erased is unreadable in the store's files before anybody is told that it is gone.
    private func scrubbed(_ outcome: CommitBatch.Outcome) -> CommitBatch.Outcome {
        guard case .committed(let results, let committed) = outcome else { return outcome }
        let cleared = results.map { result -> CommitResult in
            guard case .erased(let connection, let request, let order, .done(var done)) = result else { return result }
            do {
                try store.scrub(compacting: order.isCompacting)
            } catch {
                done.notCleared = "\(error)"
                options.log("the store's files could not be cleared of what was erased: \(error)")
            }
            return .erased(connection, request: request, order, .done(done))
        }
        return .committed(cleared, committed)
    }

    private func runBlobs(_ keeping: BlobKeeping) {
        while let batch = blobWorks.take(while: { _ in false }) {
            for work in batch { events.put(.blob(keeping.perform(work, store))) }
        }
    }

    private func runReads(of reads: Mailbox<Reading>) {
        let reading = HubReading(schema: schema)
        while let batch = reads.take(while: { _ in false }) {
            for work in batch {
                switch work {
                case .read(let work): perform(work, reading)
                case .backup(let connection, let request, let path, let keep):
                    events.put(.backedUp(connection, request: request, path: path, keep: keep, failure: backUp(to: path)))
                }
            }
        }
    }

    private func perform(_ work: ReadWork, _ reading: HubReading) {
        do {
            events.put(.readDone(try store.read { try reading.perform(work, $0) }))
        } catch {
            options.log("a read failed: \(error)")
            events.put(work.failure)
        }
    }

    /// - Returns: what went wrong; nil if nothing did.
    private func backUp(to path: String) -> String? {
        do {
            try store.backup(to: path)
            return nil
        } catch let error as HubStoreError {
            return error.message
        } catch {
            return "The backup failed: \(error)"
        }
    }
}
