import ReplicationCore
import ReplicationEngine
import WireProtocol

/// The simulated hub: the shipped value and store, with commits and reads that take simulated time.
final class HubNode {
    private let world: World
    private let network: Network
    private let machine: any Machine
    /// The schemas that it works with, one after the other.
    private var stages: [(schema: Schema, text: String)]
    private let makeCommitSchema: (Schema) -> Schema
    private var commitSchema: Schema
    var schema: Schema { stages[0].schema }
    private var schemaText: String { stages[0].text }
    var hasUpdates: Bool { stages.count > 1 }
    private let observer: any Observer
    private(set) var store: (any HubStore)?
    private var hub: Hub?
    private var works: [CommitWork] = []
    private var isCommitting = false
    /// Counts the starts: what an earlier one had under way is nothing to a later one.
    private var incarnation = 0
    private var isFull = false
    /// What was imported, by job.
    private(set) var imports: [ChangesetID: ImportBatch] = [:]
    private var backups = 0
    private var erasedRows: Set<RowKey> = []

    /// The bases below which the hub takes none of a device's changeset, by its place: what the device had confirmed
    /// before it wrote it. A twin of the run has to know them.
    private(set) var floors: [Dot: CommitSequence] = [:]

    /// The devices of the run, for the observer.
    var devices: () -> [DeviceNode] = { [] }

    var isUp: Bool { hub != nil }

    /// - Parameters:
    ///   - stages: the schemas that it works with, one after the other.
    ///   - commitSchema: makes of a schema what commits go by.
    init(
        world: World, network: Network, machine: any Machine, stages: [(schema: Schema, text: String)],
        commitSchema: @escaping (Schema) -> Schema = { $0 }, observer: any Observer
    ) {
        self.stages = stages
        makeCommitSchema = commitSchema
        self.commitSchema = commitSchema(stages[0].schema)
        self.world = world
        self.network = network
        self.machine = machine
        self.observer = observer
    }

    /// Makes the store with its first rows, and starts.
    ///
    /// - Returns: an enrolment code for each of these users.
    func found(firstRows: ImportBatch, users: [String]) throws -> [String] {
        let store = try machine.makeHubStore(
            schema: schema, schemaText: schemaText, milliseconds: wall, random: &world.random)
        self.store = store
        let nobody = ConnectionID(rawValue: 0)
        var codes: [String] = []
        imports[firstRows.job] = firstRows
        var works: [CommitWork] = [.importLines(nobody, request: 0, firstRows)]
        for user in users {
            let code = EnrolmentCode.make(using: &world.random)
            codes.append(code)
            works.append(.makeCode(nobody, request: 0, CodeRequest(
                user: user, codeHash: EnrolmentCode.hash(code), code: code, expiresMilliseconds: wall + 86_400_000)))
        }
        // One after the other: codes need the users that the import makes.
        for work in works {
            for outcome in commit([work]) { try check(outcome) }
        }
        try begin(store)
        return codes
    }

    /// The users that have devices.
    private(set) var users: Set<RowID> = []

    /// Takes a device in, at once.
    func enrol(_ request: [UInt8]) throws -> WireEnrolled {
        let connection = ConnectionID(rawValue: 0)
        var events: [HubEvent] = [.transport(.opened(connection, peer: "enrolment")), .transport(.received(connection, request))]
        defer { handle(.transport(.closed(connection, .lost("enrolled")))) }
        while !events.isEmpty {
            for action in hub?.handle(events.removeFirst(), now: wall) ?? [] {
                switch action {
                case .commit(let work):
                    for outcome in commit([work]) {
                        if case .committed(_, let committed) = outcome { note(committed) }
                        events.append(outcome.event)
                    }
                case .send(_, let bytes, _):
                    switch try Enrolment.answer(bytes) {
                    case .enrolled(let enrolled):
                        if let user = RowID(bytes: enrolled.user) { users.insert(user) }
                        return enrolled
                    case .refused(let reason): throw SimulationMistake("A device cannot be enrolled: \(reason)")
                    }
                case .close, .read, .backup, .blob, .show: break
                }
            }
        }
        throw SimulationMistake("The hub did not answer an enrolment.")
    }

    private func check(_ outcome: CommitBatch.Outcome) throws {
        switch outcome {
        case .failed(_, let reason): throw SimulationMistake("The hub cannot be founded: \(reason)")
        case .committed(let results, let committed):
            note(committed)
            for result in results {
                switch result {
                case .controlRefused(_, _, let reason): throw SimulationMistake(reason)
                case .imported(_, _, let report):
                    if let line = report.lines.first(where: { $0.outcome == .refused }) {
                        throw SimulationMistake("Line \(line.line) of the first rows is refused: \(line.reason)")
                    }
                case .outcomes, .released, .forked, .enrolled, .enrolmentRefused, .code, .salvaged, .parked, .daysBegun, .backupRegistered, .backups, .served,
                    .revoked, .purged, .erased:
                    break
                }
            }
        }
    }

    private var wall: UInt64 { World.start + world.now }

    // MARK: Starting and stopping

    private func begin(_ store: any HubStore) throws {
        self.store = store
        let (identity, head) = try store.read { (try $0.hub, try $0.head) }
        hub = Hub(
            schema: schema, identity: identity, head: head, controlToken: [], random: SplitMix(seed: world.random.next()))
        world.trace("hub starts at \(head)")
        tick(incarnation)
    }

    /// The machine stops at once, and starts again after a while.
    func crash(for milliseconds: UInt64, chance: UInt64) {
        guard isUp else { return }
        machine.crash()
        stop(for: milliseconds, chance: chance)
    }

    /// The machine stops at once, until `startAgain`.
    func halt(chance: UInt64) {
        guard isUp else { return }
        machine.crash()
        stop(for: nil, chance: chance)
    }

    func startAgain(chance: UInt64) {
        if !isUp { start(chance: chance, isRestore: false) }
    }

    /// The machine stops within the next writes to its disk.
    func tear(chance: UInt64) {
        guard isUp else { return }
        machine.crash(afterOperations: 1 + chance % 40)
    }

    /// Its disk does not stop by itself any more.
    func stayWell() { machine.crash(afterOperations: 0) }

    func setFull(_ isFull: Bool) {
        self.isFull = isFull
        machine.setFull(isFull)
    }

    /// An administrator takes a device's access away, or gives it back. A hub that is not up is not asked.
    func setAccess(of device: String, isRevoked: Bool) {
        guard isUp else { return }
        world.trace("an administrator \(isRevoked ? "revokes" : "reinstates") \(device)")
        works.append(.revoke(ConnectionID(rawValue: 0), request: 0, RevocationOrder(
            .device(device), reason: "simulated", administrator: "simulation", isReinstating: !isRevoked)))
        commitSoon()
    }

    /// - Parameter milliseconds: until it starts again by itself; nil: it does not.
    private func stop(for milliseconds: UInt64?, chance: UInt64, isRestore: Bool = false) {
        world.trace("hub stops")
        incarnation += 1
        hub = nil
        works = []
        isCommitting = false
        network.hubStopped()
        close()
        guard let milliseconds else { return }
        world.after(milliseconds) { [self] in start(chance: chance, isRestore: isRestore) }
    }

    private func close() {
        do {
            try store?.close()
        } catch {
            // A disk that has stopped lets nobody close in order; the connections are gone all the same.
        }
        store = nil
    }

    private func start(chance: UInt64, isRestore: Bool) {
        do {
            try machine.recover(seed: chance)
            let isRestored = isRestore ? try machine.restoreHubStore() : false
            let store = try machine.openHubStore(schema: schema, schemaText: schemaText)
            self.store = store
            if isRestored { observer.hubRestored(try store.read { try $0.hub }, devices()) }
            // Before anybody is served, as `converge serve` does it.
            let erased = erasedRows.union(try machine.erasures.erasures().flatMap(\.rows))
            if !erased.isEmpty {
                observer.erased(erased.sorted())
                try ErasureReplay.carryOut(
                    machine.erasures, in: store, schema: schema, moment: CommitMoment(wallMilliseconds: wall))
            }
            try begin(store)
            try observer.hubStarted(self)
        } catch {
            // A disk that stops or is full now is tried again, as a supervisor does.
            if machine.isCrashed || isFull { return stop(for: 1_000, chance: chance) }
            observer.violation(of: "defect", "The hub cannot start again: \(error)")
        }
    }

    // MARK: Backups

    /// Makes a backup, which is the only one that is offered from then on.
    func backUp() {
        guard isUp else { return }
        backups += 1
        works.append(.registerBackup(ConnectionID(rawValue: 0), request: 0, path: "backup-\(backups)", keep: 1))
        commitSoon()
    }

    private func copyStore(_ path: String, _ request: UInt64, _ keep: Int, for connection: ConnectionID) {
        var failure: String?
        do {
            try machine.backUp()
            world.trace("hub makes \(path)")
        } catch {
            failure = "\(error)"
            observer.violation(of: "defect", "The hub's files cannot be copied: \(error)")
        }
        handle(.backedUp(connection, request: request, path: path, keep: keep, failure: failure))
    }

    /// The machine stops, and comes back with the last backup in the place of its store.
    func restore(for milliseconds: UInt64, chance: UInt64) {
        guard isUp else { return }
        machine.crash()
        stop(for: milliseconds, chance: chance, isRestore: true)
    }

    /// The program is stopped in order, and the next one knows a later version of the schema.
    func update(for milliseconds: UInt64, chance: UInt64) {
        guard isUp, hasUpdates else { return }
        stages.removeFirst()
        commitSchema = makeCommitSchema(schema)
        world.trace("hub is updated to schema version \(schema.version)")
        stop(for: milliseconds, chance: chance)
    }

    /// If the disk has stopped by itself, the machine does.
    private func notice() -> Bool {
        guard machine.isCrashed, isUp else { return machine.isCrashed }
        stop(for: 1_000, chance: world.random.next())
        return true
    }

    func end() {
        hub = nil
        incarnation += 1
        close()
        machine.discard()
    }

    // MARK: Events

    func transport(_ event: TransportEvent) {
        if case .received(_, let bytes) = event { world.trace("hub receives", bytes) }
        handle(.transport(event))
    }

    private func tick(_ started: Int) {
        world.after(1_000) { [self] in
            guard started == incarnation else { return }
            handle(.tick)
            tick(started)
        }
    }

    private func handle(_ event: HubEvent) {
        guard let actions = hub?.handle(event, now: wall) else { return }
        for action in actions {
            switch action {
            case .send(let connection, let bytes, let lane): network.sendDown(connection, bytes, lane)
            case .close(let connection, let code, let reason):
                network.closeFromHub(connection, code: code, reason: reason)
            case .commit(let work):
                works.append(work)
                commitSoon()
            case .read(let work): readSoon(work)
            case .backup(let connection, let request, let path, let keep):
                copyStore(path, request, keep, for: connection)
            // A hub in the simulation keeps no blobs and has no services.
            case .blob, .show: break
            }
        }
    }

    // MARK: Commits and reads

    /// One commit at a time; what comes meanwhile waits for the next.
    private func commitSoon() {
        guard !isCommitting, !works.isEmpty else { return }
        isCommitting = true
        let started = incarnation
        world.after(world.chance(0...5)) { [self] in
            guard started == incarnation else { return }
            let batch = works
            works = []
            let outcomes = commit(batch)
            if notice() { return }
            // The flush takes its time; until it is over nobody has been answered.
            world.after(world.chance(0...20)) { [self] in
                guard started == incarnation else { return }
                isCommitting = false
                for outcome in outcomes { handle(outcome.event) }
                commitSoon()
            }
            // What is in the store is committed, whether or not somebody is told.
            for case .committed(_, let committed) in outcomes { note(committed) }
        }
    }

    /// An administrator orders rows that were deleted so long ago to be purged.
    func purge(olderThanMilliseconds: UInt64) {
        guard isUp else { return }
        world.trace("an administrator purges what was deleted \(olderThanMilliseconds) ms ago")
        works.append(.purge(Self.nobody, request: 0, PurgeOrder(
            olderThanMilliseconds: olderThanMilliseconds, reason: "simulated", administrator: "simulation")))
        commitSoon()
    }

    /// An administrator orders a row to be erased.
    func erase(_ subject: RowKey, chance: UInt64) {
        guard isUp else { return }
        world.trace("an administrator erases \(subject)")
        readSoon(.planErasure(Self.nobody, request: 0, ErasureOrder(
            identity: ChangesetID(high: 3, low: chance), subject: subject, reason: "simulated", administrator: "simulation")))
    }

    /// Nobody waits for the answer to what an administrator ordered.
    private static let nobody = ConnectionID(rawValue: 0)

    /// What has been taken away, before the log is looked at.
    private func noteTaken(_ outcome: CommitBatch.Outcome) {
        guard case .committed(let results, let committed) = outcome else { return }
        for result in results {
            switch result {
            case .purged(_, _, let outcome): observer.purged(outcome.purged, at: committed.head)
            case .erased(_, _, let order, .done(let done)):
                erasedRows.formUnion(done.erasure.rows)
                observer.erased(done.erasure.rows)
                scrub(order)
            case .erased, .outcomes, .released, .forked, .enrolled, .enrolmentRefused, .code, .imported, .controlRefused, .revoked,
                .salvaged, .parked, .daysBegun, .backupRegistered, .backups, .served:
                break
            }
        }
    }

    /// A store that cannot be cleared now is when the hub starts again.
    private func scrub(_ order: ErasureOrder) {
        do {
            try store?.scrub(compacting: order.isCompacting)
        } catch {
            if !machine.isCrashed, !isFull { observer.violation(of: "defect", "What was erased cannot be cleared from the files: \(error)") }
        }
    }

    /// The office changes rows. What a stop of the hub catches under way is not done.
    func takeIn(_ batch: ImportBatch) {
        guard isUp else { return }
        imports[batch.job] = batch
        works.append(.importLines(ConnectionID(rawValue: 0), request: 0, batch))
        commitSoon()
    }

    /// Commits works that no connection brought, at once.
    func take(_ works: [CommitWork]) {
        for outcome in commit(works) {
            if case .committed(_, let committed) = outcome { note(committed) }
            handle(outcome.event)
        }
    }

    private func commit(_ batch: [CommitWork]) -> [CommitBatch.Outcome] {
        guard let store else { return [] }
        let batch = machine.passed(batch)
        if batch.isEmpty { return [] }
        noteFloors(batch, store)
        let outcomes = CommitBatch.commit(
            batch, to: store, schema: commitSchema, moment: CommitMoment(wallMilliseconds: wall),
            erasures: machine.erasures
        ) { line in
            if !machine.isCrashed, !isFull { observer.violation(of: "defect", line) }
        }
        for outcome in outcomes { noteTaken(outcome) }
        return outcomes
    }

    private func noteFloors(_ batch: [CommitWork], _ store: any HubStore) {
        var known: [ReplicaID: ReplicaRecord] = [:]
        func replica(_ id: ReplicaID) -> ReplicaRecord? {
            // A store that cannot be read now cannot commit either.
            if known[id] == nil { known[id] = try? store.read { try $0.replica(id) } }
            return known[id]
        }
        for work in batch {
            switch work {
            case .confirm(let id, let sequence, let counter):
                guard var record = replica(id), sequence > record.confirmed else { continue }
                record.confirmed = sequence
                record.announcedCounter = max(record.announcedCounter, counter)
                known[id] = record
            case .changesets(_, let submissions):
                for submission in submissions {
                    guard let record = replica(submission.replica), submission.counter > record.lastCounter else { continue }
                    floors[Dot(site: record.site, counter: submission.counter)] =
                        submission.counter > record.announcedCounter && record.confirmed > .zero ? record.confirmed : nil
                }
            case .fork, .enrol, .makeCode, .importLines, .revoke, .purge, .erase, .erasuresDone, .salvage, .noteSeen,
                .judgeParked, .beginDays, .registerBackup, .withdrawBackups, .service:
                break
            }
        }
    }

    private func note(_ committed: Committed) {
        world.trace("hub commits up to \(committed.head)")
        guard let store else { return }
        do {
            try observer.committed(committed, in: store)
        } catch {
            if !machine.isCrashed { observer.violation(of: "defect", "The log cannot be read: \(error)") }
        }
    }

    private func readSoon(_ work: ReadWork) {
        let started = incarnation
        world.after(world.chance(0...10)) { [self] in
            guard started == incarnation, let store else { return }
            do {
                let result = try store.read { try HubReading(schema: schema).perform(work, $0) }
                world.after(world.chance(0...10)) { [self] in
                    if started == incarnation { handle(.readDone(result)) }
                }
            } catch {
                if notice() { return }
                if !isFull { observer.violation(of: "defect", "A read failed: \(error)") }
                handle(work.failure)
            }
        }
    }
}
