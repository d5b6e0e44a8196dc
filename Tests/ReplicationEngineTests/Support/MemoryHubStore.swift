import ReplicationCore
@testable import ReplicationEngine
import Synchronization
import WireProtocol

/// A hub's store in dictionaries. It decides every batch twice and remembers if the plans ever differed.
final class MemoryHubStore: HubStore {
    private let state: Mutex<MemoryHubState>

    init(_ state: MemoryHubState) { self.state = Mutex(state) }

    /// Thrown by commits when all is written: what happens when the disk is full.
    let failure = Mutex<HubStoreError?>(nil)

    func commit<Extra>(
        _ decide: (any HubReader) throws -> (CommitPlan, Extra), lastStep: (Extra) throws -> Void
    ) throws -> (Committed, Extra) {
        let before = state.withLock { $0 }
        let (plan, extra) = try decide(before)
        let (again, _) = try decide(before)
        var after = before
        if !plan.isEqual(to: again) { after.differingPlans += 1 }
        let committed = try after.apply(plan)
        try lastStep(extra)
        if let failure = failure.withLock({ $0 }) { throw failure }
        state.withLock { $0 = after }
        return (committed, extra)
    }

    func read<Result>(_ body: (any HubReader) throws -> Result) throws -> Result { try body(state.withLock { $0 }) }
    var now: MemoryHubState { state.withLock { $0 } }
    /// Changes the state behind the hub's back: what an administrator does.
    func change(_ body: (inout MemoryHubState) -> Void) { state.withLock { body(&$0) } }
    func backup(to path: String) throws {}
    func scrub(compacting: Bool) throws {}
    func close() throws {}
    // Collecting is the SQLite store's.
    func collectBlobs(endedBefore before: UInt64, limit: Int, remove: (BlobHash) throws -> Void) throws -> Int { 0 }
    func noteUnnamed(_ blobs: [BlobHash], at milliseconds: UInt64) throws {}
}

extension CommitPlan {
    func isEqual(to other: CommitPlan) -> Bool {
        entries == other.entries && rows == other.rows && quarantine == other.quarantine
            && settled == other.settled && releases == other.releases && taken == other.taken && replicas == other.replicas && enrolmentCodes == other.enrolmentCodes
    }
}

/// What the store holds: a value, so that a reader is a copy.
struct MemoryHubState: HubReader {
    let schema: Schema
    var hub: HubIdentity
    var entries: [LogEntry] = []
    var rows: [RowKey: RowState] = [:]
    /// The rows as they were after each sequence.
    var past: [CommitSequence: [RowKey: RowState]] = [:]
    var replicasByID: [ReplicaID: ReplicaRecord] = [:]
    var codes: [[UInt8]: EnrolmentRecord] = [:]
    var quarantine: [QuarantinedOperation] = []
    var releases: [Release] = []
    var takenRows: [RowKey: TakenRow] = [:]
    var standing: [[UInt8]: Revocation] = [:]
    var recordedErasures: [TakenPlan.Recorded] = []
    var erasuresDone: [ReplicaID: ChangesetID] = [:]
    var sites: Site = 0
    var latestEffective: HybridTime = .zero
    var differingPlans = 0
    var adoptedChangesets: [AdoptedChangeset] = []
    var containedPlaces: [ContainedPlace] = []
    var toldPlaces: [ToldPlace] = []
    var withheldOperations: [WithheldOperation] = []
    var offeredBackups: [BackupRecord] = []
    var services: [ServiceKey: ServiceRecord] = [:]

    init(schema: Schema, hub: HubIdentity) {
        self.schema = schema
        self.hub = hub
    }

    struct Broken: Error { let what: String }

    func serviceRecord(_ key: ServiceKey) throws -> ServiceRecord? { services[key] }
    func serviceRecords(of kind: String, owner: RowID, limit: Int) throws -> [ServiceRecord] {
        Array(services.values.filter { $0.key.kind == kind && $0.owner == owner }.sorted { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) }.prefix(limit))
    }
    func serviceRecords(of kind: String, dueBy moment: UInt64, limit: Int) throws -> [ServiceRecord] {
        Array(services.values.filter { $0.key.kind == kind && $0.due.map { $0 <= moment } == true }.sorted { ($0.due ?? 0) < ($1.due ?? 0) }.prefix(limit))
    }
    func nextDue(of kind: String) throws -> UInt64? { services.values.filter { $0.key.kind == kind }.compactMap(\.due).min() }

    mutating func apply(_ plan: CommitPlan) throws -> Committed {
        let before = self
        for entry in plan.entries {
            let next = CommitSequence(epoch: hub.epoch, number: head.epoch == hub.epoch ? head.number + 1 : 1)
            if entry.sequence != next { throw Broken(what: "\(entry.sequence) does not follow \(head)") }
            if entries.contains(where: { $0.identity == entry.identity }) { throw Broken(what: "identity \(entry.identity) twice") }
            if entries.contains(where: { $0.dot == entry.dot }) { throw Broken(what: "dot \(entry.dot) twice") }
            entries.append(entry)
        }
        if Set(plan.rows.map(\.key)).count != plan.rows.count { throw Broken(what: "a row twice in a plan") }
        if Set(plan.replicas.map(\.id)).count != plan.replicas.count { throw Broken(what: "a replica twice in a plan") }
        for row in plan.rows {
            rows[row.key] = row
            for cell in row.cells { latestEffective = max(latestEffective, cell.siblings.map(\.write.effective).max() ?? .zero) }
        }
        try apply(plan.taken)
        for entry in plan.entries { past[entry.sequence] = rows }
        for replica in plan.replicas {
            replicasByID[replica.id] = replica
            sites = max(sites, replica.site)
        }
        for code in plan.enrolmentCodes { codes[code.hash] = code }
        adoptedChangesets += plan.adopted
        containedPlaces += plan.contained
        toldPlaces += plan.told
        withheldOperations += plan.withheld
        offeredBackups.removeAll { plan.withdrawnBackups.contains($0.path) }
        offeredBackups += plan.backups
        for change in plan.services {
            switch change {
            case .put(let record): services[record.key] = record
            case .remove(let key): services[key] = nil
            }
        }
        let gone = Set(plan.settled + plan.quarantine.map(\.place))
        quarantine.removeAll { gone.contains($0.place) }
        quarantine = (quarantine + plan.quarantine).sorted { ($0.sequence, $0.position) < ($1.sequence, $1.position) }
        releases.append(contentsOf: plan.releases)
        let changed = Set(plan.rows.map(\.key))
        let touched = rows.keys.sorted().filter { key in
            changed.contains(key) || before.scopes(of: key) != scopes(of: key)
        }
        return Committed(
            before: before.head, head: head,
            rows: try touched.map { key in
                CommittedRow(
                    state: rows[key] ?? RowState(key: key), scopesBefore: before.scopes(of: key),
                    scopesAfter: scopes(of: key), contained: offeredBackups.isEmpty ? [] : try contained(of: key))
            },
            resubscribed: Set(replicasByID.values.map(\.user).filter {
                before.subscriptions(of: $0) != subscriptions(of: $0)
            }),
            backedUp: offeredBackups.map(\.sequence).min())
    }

    private mutating func apply(_ plan: TakenPlan) throws {
        for subject in plan.reinstated { standing[subject] = nil }
        for revocation in plan.revoked { standing[revocation.subject] = revocation }
        for row in plan.rows { takenRows[row.key] = row }
        recordedErasures += plan.erasures
        for done in plan.erasuresDone { erasuresDone[done.replica] = done.identity }
        guard let log = plan.log else { return }
        for index in entries.indices where log.sequences.contains(entries[index].sequence) {
            entries[index].changeset = ChangesetCodec.erase(
                rows: log.rows, fromLogged: entries[index].changeset, root: entries[index].root)
        }
        // `past` stays: scopes are computed from it.
    }

    // MARK: What was taken away

    func taken(_ key: RowKey) throws -> TakenRow? { takenRows[key] }
    func purged(under parent: RowKey, limit: Int) throws -> [RowKey] {
        Array(takenRows.values.filter { $0.kind == .purged && $0.parent == parent }.map(\.key).sorted().prefix(limit))
    }
    func deletedRows(of collection: UInt32, after: RowID?, limit: Int) throws -> [RowKey] {
        Array(rows.values.filter { row in
            row.key.collection == collection && !row.isAlive && (after.map { row.key.row > $0 } ?? true)
        }.map(\.key).sorted().prefix(limit))
    }
    func entries(after sequence: CommitSequence, limit: Int) throws -> [LogEntry] {
        Array(entries.filter { $0.sequence > sequence }.prefix(limit))
    }
    func revocation(of subject: [UInt8]) throws -> Revocation? { standing[subject] }
    func revocations() throws -> [Revocation] { standing.values.sorted { $0.sequence < $1.sequence } }
    func erasures(after identity: ChangesetID?) throws -> [Erasure] {
        let first = recordedErasures.firstIndex { $0.identity == identity }.map { $0 + 1 } ?? 0
        return recordedErasures[first...].map { erasure in
            let rows = takenRows.values.filter { $0.kind == .erased && $0.erasure == erasure.identity }.map(\.key)
            return Erasure(identity: erasure.identity, rows: rows.sorted(), milliseconds: erasure.milliseconds)
        }
    }
    func hasUnclearedErasures() throws -> Bool { false }
    func lastErasureDone(by replica: ReplicaID) throws -> ChangesetID? { erasuresDone[replica] }

    // MARK: Reading

    var head: CommitSequence {
        let start = CommitSequence(epoch: hub.epoch, number: 0)
        return max(start, entries.last?.sequence ?? start)
    }
    func row(_ key: RowKey) throws -> RowState? { rows[key] }

    func rows(of collection: UInt32, where field: String, equals value: Value, limit: Int) throws -> [RowKey] {
        guard let kind = schema.collection(collection) else { return [] }
        return Array(rows.values.filter { $0.key.collection == collection && $0.shownValue(of: field, in: kind) == value }
            .map(\.key).sorted().prefix(limit))
    }

    func count(of collection: UInt32) throws -> Int { rows.values.count { $0.key.collection == collection && $0.isAlive } }
    func entry(at sequence: CommitSequence) throws -> LogEntry? { entries.first { $0.sequence == sequence } }
    func entry(of identity: ChangesetID) throws -> LogEntry? { entries.first { $0.identity == identity } }
    func entry(at dot: Dot) throws -> LogEntry? { entries.first { $0.dot == dot } }
    func replica(_ id: ReplicaID) throws -> ReplicaRecord? { replicasByID[id] }
    func replica(site: Site) throws -> ReplicaRecord? { replicasByID.values.first { $0.site == site } }
    func replicas() throws -> [ReplicaRecord] { replicasByID.values.sorted { $0.site < $1.site } }
    func lastSite() throws -> Site { sites }
    func enrolmentCode(hash: [UInt8]) throws -> EnrolmentRecord? { codes[hash] }
    func quarantined(limit: Int) throws -> [QuarantinedOperation] { Array(quarantine.prefix(limit)) }
    func quarantineCount() throws -> Int { quarantine.count }

    func isNamed(_ blob: BlobName) throws -> Bool {
        rows.values.contains { row in
            schema.collection(row.key.collection)?.blobUses(of: row).contains { $0.blob == blob } ?? false
        }
    }

    func uses(of blob: BlobName, receivedBy user: RowID, limit: Int) throws -> [(key: RowKey, group: UInt32)] {
        let scopes = subscriptions(of: user)
        var found: [(key: RowKey, group: UInt32)] = []
        for row in rows.values where !self.scopes(of: row.key).isDisjoint(with: scopes) {
            let uses = schema.collection(row.key.collection)?.blobUses(of: row) ?? []
            found += uses.filter { $0.blob == blob }.map { (row.key, $0.group) }
        }
        return found
    }

    func quarantined(of identity: ChangesetID) throws -> [QuarantinedOperation] { quarantine.filter { $0.identity == identity } }
    func waiting(for key: RowKey) throws -> [QuarantinedOperation] { quarantine.filter { $0.awaits == key } }

    func waitingCount(of author: RowID?, limit: Int) throws -> Int {
        min(limit, quarantine.count { $0.awaits != nil && (author == nil || $0.author == author) })
    }

    func latestRelease(of identity: ChangesetID) throws -> LogEntry? {
        try releases.last { $0.identity == identity }.flatMap { try entry(at: $0.sequence) }
    }

    func releases(to replica: ReplicaID, after sequence: CommitSequence) throws -> [LogEntry] {
        try releases.filter { $0.replica == replica && $0.sequence > sequence }.compactMap { try entry(at: $0.sequence) }
    }

    func adopted(_ identity: ChangesetID) throws -> AdoptedChangeset? {
        let known = adoptedChangesets.filter { $0.identity == identity }
        guard let first = known.first, let former = FormerPlaces(known.flatMap(\.former.places)) else { return nil }
        return AdoptedChangeset(
            identity: identity, former: former, sequence: first.sequence, receipt: known.compactMap(\.receipt).last)
    }

    func withheld(of identity: ChangesetID) throws -> Set<UInt32> {
        Set(withheldOperations.filter { $0.identity == identity }.map(\.position))
    }
    func told(of identity: ChangesetID) throws -> [ToldPlace] { toldPlaces.filter { $0.identity == identity } }

    func adopted(upTo lost: CommitSequence) throws -> CommitSequence? {
        adoptedChangesets.filter { $0.former.places.contains { $0.epoch == lost.epoch && $0 <= lost } }.map(\.sequence).max()
    }

    func contained(of key: RowKey) throws -> [ContainedPlace] {
        var latest: [ContainedPlace] = []
        for place in containedPlaces.sorted(by: { $0.sequence > $1.sequence }) where place.key == key {
            let isKnown = latest.contains { $0.part == place.part && $0.sequence.epoch == place.sequence.epoch }
            if !isKnown { latest.append(place) }
        }
        return latest
    }

    func parked(limit: Int) throws -> [QuarantinedOperation] { Array(quarantine.filter(\.isParked).prefix(limit)) }
    func backups() throws -> [BackupRecord] { offeredBackups }

    /// The store as it was after a commit, as the beginning of a new epoch: what a backup makes of it.
    mutating func restore(to sequence: CommitSequence, from backup: MemoryHubState) {
        self = backup
        hub.kept.append(sequence)
        hub.epoch += 1
        sites += 1_000
        hub.lastSiteBefore = sites
        if let hubReplica = replicasByID[hub.id] {
            replicasByID[hub.id]?.lastCounter = hubReplica.lastCounter + 1_000
        }
    }

    // MARK: Scopes, computed from scratch

    static let everyone = Scope(kind: "all", key: "all")

    /// As a store does that keeps a sequence in an integer.
    private func check(_ sequence: CommitSequence) throws {
        if !sequence.isPossible { throw Broken(what: "asked for \(sequence), which cannot be stored") }
    }

    private func rows(at sequence: CommitSequence) throws -> [RowKey: RowState] {
        try check(sequence)
        return sequence.number == 0 ? [:] : past[sequence] ?? [:]
    }

    func scopes(of key: RowKey) -> Set<Scope> { scopes(of: key, in: rows) }

    private func scopes(of key: RowKey, in rows: [RowKey: RowState]) -> Set<Scope> {
        guard let row = rows[key], let collection = schema.collection(key.collection), isIn(key, rows) else { return [] }
        var scopes: Set<Scope> = []
        for rule in collection.scopes {
            switch rule {
            case .everyone: scopes.insert(Self.everyone)
            case .own(let kind): scopes.insert(Scope(kind: kind, key: key.row.description))
            case .field(let kind, let field, _):
                let value = row.shownValue(of: field, in: collection)
                if let text = value?.row?.description ?? value?.text { scopes.insert(Scope(kind: kind, key: text)) }
            case .parent(let name, _):
                if let field = collection.field(named: name), let value = row.shownValue(of: name, in: collection),
                    let parent = schema.referenced(by: field, value) {
                    scopes.formUnion(self.scopes(of: parent, in: rows))
                }
            case .referrer, .newest: break
            }
        }
        return scopes
    }

    /// A row that was taken away is in no scope from then on.
    private func isIn(_ key: RowKey, _ rows: [RowKey: RowState]) -> Bool {
        takenRows[key] == nil || rows[key]?.isStripped == false
    }

    func subscriptions(of user: RowID) -> Set<Scope> { subscriptions(of: user, in: rows) }

    private func subscriptions(of user: RowID, in rows: [RowKey: RowState]) -> Set<Scope> {
        let row = rows[RowKey(collection: schema.userCollection, row: user)]
        guard let row, let users = schema.collection(schema.userCollection),
            let role = row.shownValue(of: "role", in: users)?.text.flatMap({ schema.role(named: $0) })
        else { return [] }
        return Set(role.subscriptions.map { Scope(kind: $0.kind, key: user.description) } + [Self.everyone])
    }

    func received(_ key: RowKey, by user: RowID, since sequence: CommitSequence) throws -> Bool {
        try ([sequence] + entries.map(\.sequence).filter { $0 > sequence }).contains { moment in
            let rows = try rows(at: moment)
            return !scopes(of: key, in: rows).isDisjoint(with: subscriptions(of: user, in: rows))
        }
    }

    func days() -> [String: Int64] { [:] }

    func subscriptions(of user: RowID, after cursor: CatchUpCursor) throws -> [Subscription] {
        try check(cursor.place.sequence)
        var all: [Subscription] = []
        for entry in entries {
            let scopes = subscriptions(of: user, in: past[entry.sequence] ?? [:])
            for index in all.indices where all[index].until == nil && !scopes.contains(all[index].scope) {
                all[index].until = entry.sequence
            }
            for scope in scopes where !all.contains(where: { $0.scope == scope && $0.until == nil }) {
                all.append(Subscription(scope: scope, since: entry.sequence))
            }
        }
        return all.filter { $0.until.map { $0 >= cursor.place.sequence } ?? true }
    }

    func changes(after cursor: CatchUpCursor, in subscriptions: [Subscription], limit: Int, bytes: Int) throws -> ChangePage {
        try check(cursor.place.sequence)
        var found: [ChangePage.Item] = []
        for (key, row) in rows {
            // Since when the row has been as it is now: received, or not.
            var isIn = false
            var since: CommitSequence?
            for entry in entries {
                let rows = past[entry.sequence] ?? [:]
                let received = subscriptions.filter { entry.sequence >= $0.since && ($0.until.map { entry.sequence < $0 } ?? true) }
                let isNow = !self.scopes(of: key, in: rows).isDisjoint(with: received.map(\.scope))
                if isNow != isIn { since = entry.sequence }
                isIn = isNow
            }
            guard let since else { continue }
            let place = ChangeCursor(sequence: isIn ? max(row.sequence, since) : since, row: key)
            guard cursor.place < place else { continue }
            found.append(.init(place: place, content: isIn ? .row(row, isHeld: since <= cursor.base) : .left(key)))
        }
        found.sort { $0.place < $1.place }
        var page = ChangePage(items: [], next: CatchUpCursor(complete: head), isLast: true)
        var weight = 0
        for item in found {
            if page.items.count == limit || weight >= bytes && !page.items.isEmpty {
                let next = CatchUpCursor(place: page.items.last?.place ?? cursor.place, base: cursor.base, begun: cursor.begun(at: head))
                return ChangePage(items: page.items, next: next, isLast: false)
            }
            if case .row(let row, _) = item.content { weight += row.weight }
            page.items.append(item)
        }
        return page
    }

    func changeCount(after cursor: CatchUpCursor, in subscriptions: [Subscription], limit: Int) throws -> Int? {
        let count = try changes(after: cursor, in: subscriptions, limit: .max, bytes: .max).items.count
        return count > limit ? nil : count
    }

    /// From all rows, each time anew.
    func held(in scopes: Set<Scope>, by role: UInt32) throws -> HeldSum? {
        let encoder = ChangeEncoder(schema: schema)
        var sum = HeldSum()
        for row in rows.values where !self.scopes(of: row.key).isDisjoint(with: scopes) {
            guard let cells = encoder.cells(of: row, role: role) else { continue }
            sum.rows += 1
            for cell in cells { sum.cells.add(CellDigest(of: cell, in: row.key)) }
        }
        return sum
    }

    func members(of scope: Scope, after: RowKey?, limit: Int) throws -> [RowKey] {
        Array(rows.keys.sorted().filter { key in
            (after.map { key > $0 } ?? true) && self.scopes(of: key, in: rows).contains(scope)
        }.prefix(limit))
    }
}
