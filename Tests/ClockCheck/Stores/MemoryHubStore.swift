import ReplicationCore
import ReplicationEngine
import Synchronization

/// A hub's store in dictionaries, whose whole state can be kept and put back.
final class MemoryHubStore: HubStore {
    private let content: Mutex<MemoryHubState>

    init(_ state: MemoryHubState) { content = Mutex(state) }

    var state: MemoryHubState {
        get { content.withLock { $0 } }
        set { content.withLock { $0 = newValue } }
    }

    func commit<Extra>(
        _ decide: (any HubReader) throws -> (CommitPlan, Extra), lastStep: (Extra) throws -> Void
    ) throws -> (Committed, Extra) {
        var next = state
        let (plan, extra) = try decide(next)
        let committed = next.apply(plan)
        try lastStep(extra)
        state = next
        return (committed, extra)
    }

    func read<Result>(_ body: (any HubReader) throws -> Result) throws -> Result { try body(state) }
    func backup(to path: String) throws {}
    func scrub(compacting: Bool) throws {}
    func close() throws {}
    // There are no blobs in the clocks' world.
    func collectBlobs(endedBefore before: UInt64, limit: Int, remove: (BlobHash) throws -> Void) throws -> Int { 0 }
    func noteUnnamed(_ blobs: [BlobHash], at milliseconds: UInt64) throws {}
}

/// What the store holds: a value, so that a reader is a copy.
struct MemoryHubState: HubReader, Sendable {
    let schema: Schema
    let hub: HubIdentity
    private(set) var head: CommitSequence
    private(set) var latestEffective: HybridTime = .zero
    private(set) var rows: [RowKey: RowState] = [:]
    private var entries: [CommitSequence: LogEntry] = [:]
    private var places: [ChangesetID: CommitSequence] = [:]
    private(set) var replicasByID: [ReplicaID: ReplicaRecord] = [:]
    /// The scopes of each row, with the sequence from which on they were so, by rising sequence.
    private var memberships: [RowKey: [(from: CommitSequence, scopes: Set<Scope>)]] = [:]

    init(schema: Schema, hub: HubIdentity) {
        self.schema = schema
        self.hub = hub
        head = CommitSequence(epoch: hub.epoch, number: 0)
    }

    mutating func apply(_ plan: CommitPlan) -> Committed {
        let before = head
        for entry in plan.entries {
            entries[entry.sequence] = entry
            places[entry.identity] = entry.sequence
            head = entry.sequence
        }
        for replica in plan.replicas { replicasByID[replica.id] = replica }
        var changed: [CommittedRow] = []
        for row in plan.rows {
            let scopesBefore = scopes(of: row.key)
            rows[row.key] = row
            let scopesAfter = scopes(of: row)
            if scopesAfter != scopesBefore { memberships[row.key, default: []].append((head, scopesAfter)) }
            latestEffective = max(latestEffective, row.cells.lazy.flatMap(\.siblings).map(\.write.effective).max() ?? .zero)
            changed.append(CommittedRow(state: row, scopesBefore: scopesBefore, scopesAfter: scopesAfter))
        }
        return Committed(before: before, head: head, rows: changed, resubscribed: [])
    }

    func row(_ key: RowKey) -> RowState? { rows[key] }

    func rows(of collection: UInt32, where field: String, equals value: Value, limit: Int) -> [RowKey] {
        guard let kind = schema.collection(collection) else { return [] }
        return Array(rows.values.filter { $0.key.collection == collection && $0.shownValue(of: field, in: kind) == value }
            .map(\.key).sorted().prefix(limit))
    }

    func count(of collection: UInt32) -> Int { rows.values.count { $0.key.collection == collection && $0.isAlive } }
    func entry(at sequence: CommitSequence) -> LogEntry? { entries[sequence] }
    func entry(of identity: ChangesetID) -> LogEntry? { places[identity].flatMap { entries[$0] } }
    func entry(at dot: Dot) -> LogEntry? { entries.values.first { $0.dot == dot } }
    func replica(_ id: ReplicaID) -> ReplicaRecord? { replicasByID[id] }
    func replica(site: Site) -> ReplicaRecord? { replicasByID.values.first { $0.site == site } }
    func replicas() -> [ReplicaRecord] { replicasByID.values.sorted { $0.site < $1.site } }
    func lastSite() -> Site { replicasByID.values.map(\.site).max() ?? 0 }
    func enrolmentCode(hash: [UInt8]) -> EnrolmentRecord? { nil }
    // Nothing is refused in the clocks' world.
    func quarantined(limit: Int) -> [QuarantinedOperation] { [] }
    func quarantineCount() -> Int { 0 }
    func serviceRecord(_ key: ServiceKey) -> ServiceRecord? { nil }
    func serviceRecords(of kind: String, owner: RowID, limit: Int) -> [ServiceRecord] { [] }
    func serviceRecords(of kind: String, dueBy moment: UInt64, limit: Int) -> [ServiceRecord] { [] }
    func nextDue(of kind: String) -> UInt64? { nil }
    func isNamed(_ blob: BlobName) -> Bool { false }
    func uses(of blob: BlobName, receivedBy user: RowID, limit: Int) -> [(key: RowKey, group: UInt32)] { [] }
    func quarantined(of identity: ChangesetID) -> [QuarantinedOperation] { [] }
    func waiting(for key: RowKey) -> [QuarantinedOperation] { [] }
    func waitingCount(of author: RowID?, limit: Int) -> Int { 0 }
    func latestRelease(of identity: ChangesetID) -> LogEntry? { nil }
    func releases(to replica: ReplicaID, after sequence: CommitSequence) -> [LogEntry] { [] }
    // Nor is anything lost.
    func adopted(_ identity: ChangesetID) -> AdoptedChangeset? { nil }
    func told(of identity: ChangesetID) -> [ToldPlace] { [] }
    func withheld(of identity: ChangesetID) -> Set<UInt32> { [] }
    func adopted(upTo lost: CommitSequence) -> CommitSequence? { nil }
    func contained(of key: RowKey) -> [ContainedPlace] { [] }
    func parked(limit: Int) -> [QuarantinedOperation] { [] }
    func backups() -> [BackupRecord] { [] }

    // Nothing is taken away in the clocks' world.
    func taken(_ key: RowKey) -> TakenRow? { nil }
    func purged(under parent: RowKey, limit: Int) -> [RowKey] { [] }
    func deletedRows(of collection: UInt32, after: RowID?, limit: Int) -> [RowKey] { [] }
    func entries(after sequence: CommitSequence, limit: Int) -> [LogEntry] {
        Array(entries.values.filter { $0.sequence > sequence }.sorted { $0.sequence < $1.sequence }.prefix(limit))
    }
    func revocation(of subject: [UInt8]) -> Revocation? { nil }
    func revocations() -> [Revocation] { [] }
    func erasures(after identity: ChangesetID?) -> [Erasure] { [] }
    func hasUnclearedErasures() -> Bool { false }
    func lastErasureDone(by replica: ReplicaID) -> ChangesetID? { nil }

    // MARK: Scopes

    private func scopes(of row: RowState) -> Set<Scope> {
        guard let collection = schema.collection(row.key.collection) else { return [] }
        var scopes: Set<Scope> = []
        for rule in collection.scopes {
            guard case .field(let kind, let field, _) = rule else { continue }
            if let user = row.shownValue(of: field, in: collection)?.row { scopes.insert(Scope(kind: kind, key: user.description)) }
        }
        return scopes
    }

    func scopes(of key: RowKey) -> Set<Scope> { memberships[key]?.last?.scopes ?? [] }

    /// Users' roles do not change here.
    func subscriptions(of user: RowID) -> Set<Scope> { [Scope(kind: "user", key: user.description)] }

    func days() -> [String: Int64] { [:] }

    func subscriptions(of user: RowID, after cursor: CatchUpCursor) -> [Subscription] {
        subscriptions(of: user).map { Subscription(scope: $0, since: .zero) }
    }

    func received(_ key: RowKey, by user: RowID, since sequence: CommitSequence) -> Bool {
        let spans = memberships[key] ?? []
        return spans.indices.contains { place in
            (place + 1 == spans.endIndex || spans[place + 1].from > sequence)
                && !spans[place].scopes.isDisjoint(with: subscriptions(of: user))
        }
    }

    func changeCount(after cursor: CatchUpCursor, in subscriptions: [Subscription], limit: Int) -> Int? {
        let count = changes(after: cursor, in: subscriptions, limit: .max, bytes: .max).items.count
        return count > limit ? nil : count
    }

    /// Pages are bounded by rows alone: rows are small here.
    func changes(after cursor: CatchUpCursor, in subscriptions: [Subscription], limit: Int, bytes: Int) -> ChangePage {
        let scopes = Set(subscriptions.map(\.scope))
        var found: [ChangePage.Item] = []
        for (key, spans) in memberships {
            let isIn = spans.last.map { !$0.scopes.isDisjoint(with: scopes) } ?? false
            // When it last entered, or left.
            guard let turn = spans.lastIndex(where: { $0.scopes.isDisjoint(with: scopes) == isIn }).map({ $0 + 1 }) ?? (isIn ? 0 : nil),
                turn < spans.count, let row = rows[key]
            else { continue }
            let since = spans[turn].from
            let place = ChangeCursor(sequence: isIn ? max(row.sequence, since) : since, row: key)
            guard cursor.place < place else { continue }
            found.append(.init(place: place, content: isIn ? .row(row, isHeld: since <= cursor.base) : .left(key)))
        }
        found.sort { $0.place < $1.place }
        let isLast = found.count <= limit
        let page = found.prefix(limit)
        let next = isLast ? CatchUpCursor(complete: head) : CatchUpCursor(
            place: page.last?.place ?? cursor.place, base: cursor.base, begun: cursor.begun(at: head))
        return ChangePage(items: Array(page), next: next, isLast: isLast)
    }

    func members(of scope: Scope, after: RowKey?, limit: Int) -> [RowKey] {
        let members = memberships.filter { $0.value.last?.scopes.contains(scope) == true }.keys
        return Array(members.filter { key in after.map { key > $0 } ?? true }.sorted().prefix(limit))
    }
}
