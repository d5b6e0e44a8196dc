import Crypto
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// A hub's store with a planted bug; everything else goes through.
struct PlantedHubStore: HubStore {
    private let base: any HubStore
    private let schema: Schema
    private let bug: PlantedBug

    init(_ base: any HubStore, schema: Schema, bug: PlantedBug) {
        self.base = base
        self.schema = schema
        self.bug = bug
    }

    func commit<Extra>(
        _ decide: (any HubReader) throws -> (CommitPlan, Extra), lastStep: (Extra) throws -> Void
    ) throws -> (Committed, Extra) {
        var (committed, extra) = try base.commit({ reader in
            var (plan, extra) = try decide(PlantedHubReader(base: reader, bug: bug))
            try spoil(&plan, reader)
            return (plan, extra)
        }, lastStep: lastStep)
        if bug == .lostEviction {
            for index in committed.rows.indices { committed.rows[index].scopesAfter.formUnion(committed.rows[index].scopesBefore) }
        }
        return (committed, extra)
    }

    private func spoil(_ plan: inout CommitPlan, _ reader: any HubReader) throws {
        if bug == .lostQuarantine { plan.quarantine = [] }
        if bug == .lostRevokedWork { plan.quarantine.removeAll { $0.refusal.rule == .revoked } }
        if bug == .lostContainedPlace { plan.contained = [] }
        if bug == .keptLog { plan.taken.log = nil }
        if bug == .tornChangeset { try tear(&plan, try reader.hub) }
        for row in plan.rows.indices {
            let before = try reader.row(plan.rows[row].key)
            guard let collection = schema.collection(plan.rows[row].key.collection) else { continue }
            for cell in plan.rows[row].cells.indices {
                spoil(&plan.rows[row].cells[cell], before?[plan.rows[row].cells[cell].part], collection)
            }
        }
    }

    private func tear(_ plan: inout CommitPlan, _ hub: HubIdentity) throws {
        plan.quarantine.removeAll { $0.refusal.rule == .atomicPeerRefused }
        for entry in plan.entries.indices where !plan.entries[entry].receipt.isEmpty {
            var receipt = try ReceiptCodec.decode(WireReceipt(serializedBytes: plan.entries[entry].receipt))
            for position in receipt.verdicts.indices {
                guard case .refused(let refusal) = receipt.verdicts[position].outcome, refusal.rule == .atomicPeerRefused else { continue }
                receipt.verdicts[position].outcome = .accepted
            }
            let seal = ReceiptSeal(key: SymmetricKey(data: hub.sealKey))
            plan.entries[entry].receipt = try ReceiptCodec.encode(receipt, seal: seal).serializedBytes()
        }
    }

    private func spoil(_ cell: inout CellState, _ before: CellState?, _ collection: ReplicationCore.Collection) {
        switch bug {
        case .arrivalOrder:
            guard cell.siblings.count > 1, let last = cell.siblings.indices.max(by: {
                cell.siblings[$0].write.sequence < cell.siblings[$1].write.sequence
            }) else { return }
            cell.siblings[last].write.effective = HybridTime(milliseconds: HybridTime.largestMilliseconds)
            cell.siblings[last].write.rank = .max
        case .forgottenLoser:
            guard cell.siblings.count > 1, let shown = Shown.sibling(of: cell, policy: collection.policy(of: cell.part)) else { return }
            cell.siblings = [shown]
        case .appliedTwice:
            guard let sum = cell.tally?.sum else { return }
            cell.tally?.sum = sum &+ (sum &- (before?.tally?.sum ?? 0))
        case .lostFormerPlace:
            for sibling in cell.siblings.indices { cell.siblings[sibling].write.former = nil }
        case .lyingHubDisk, .lyingDeviceDisk, .skippedIdentityCheck, .lostEviction, .lostChange, .lostQuarantine, .lostRefusal,
            .vanishingWrite, .forgottenOutbox, .lostContainedPlace, .droppedTooSoon, .lostSalvage, .epochNotBegun, .sitesNotMoved,
            .forgottenRevocation, .lostRevokedWork, .skippedLens, .lostJournal, .keptLog, .keptOwnWork,
            .tornChangeset:
            return
        }
    }

    func read<Result>(_ body: (any HubReader) throws -> Result) throws -> Result {
        try base.read { try body(PlantedHubReader(base: $0, bug: bug)) }
    }

    func scrub(compacting: Bool) throws { try base.scrub(compacting: compacting) }
    func backup(to path: String) throws { try base.backup(to: path) }
    func collectBlobs(endedBefore before: UInt64, limit: Int, remove: (BlobHash) throws -> Void) throws -> Int {
        try base.collectBlobs(endedBefore: before, limit: limit, remove: remove)
    }
    func noteUnnamed(_ blobs: [BlobHash], at milliseconds: UInt64) throws { try base.noteUnnamed(blobs, at: milliseconds) }
    func close() throws { try base.close() }
}

private struct PlantedHubReader: HubReader {
    let base: any HubReader
    let bug: PlantedBug

    func changes(after cursor: CatchUpCursor, in subscriptions: [Subscription], limit: Int, bytes: Int) throws -> ChangePage {
        try changes(after: cursor, in: subscriptions, limit: limit, bytes: bytes, taking: .none)
    }

    func changes(
        after cursor: CatchUpCursor, in subscriptions: [Subscription], limit: Int, bytes: Int, taking ready: ReadyChanges
    ) throws -> ChangePage {
        var page = try base.changes(after: cursor, in: subscriptions, limit: limit, bytes: bytes, taking: ready)
        if bug == .lostEviction { page.items.removeAll { if case .left = $0.content { true } else { false } } }
        if bug == .lostChange, page.items.count(where: Self.isRow) > 2 {
            page.items.remove(at: page.items.lastIndex(where: Self.isRow) ?? 0)
        }
        return page
    }

    private static func isRow(_ item: ChangePage.Item) -> Bool { if case .left = item.content { false } else { true } }

    func entry(of identity: ChangesetID) throws -> LogEntry? {
        bug == .skippedIdentityCheck ? nil : try base.entry(of: identity)
    }

    func entry(at dot: Dot) throws -> LogEntry? { bug == .skippedIdentityCheck ? nil : try base.entry(at: dot) }

    func taken(_ key: RowKey) throws -> TakenRow? { try base.taken(key) }
    func purged(under parent: RowKey, limit: Int) throws -> [RowKey] { try base.purged(under: parent, limit: limit) }
    func deletedRows(of collection: UInt32, after: RowID?, limit: Int) throws -> [RowKey] {
        try base.deletedRows(of: collection, after: after, limit: limit)
    }
    func entries(after sequence: CommitSequence, limit: Int) throws -> [LogEntry] { try base.entries(after: sequence, limit: limit) }
    func revocation(of subject: [UInt8]) throws -> Revocation? { try base.revocation(of: subject) }

    func revocations() throws -> [Revocation] { try base.revocations() }
    func serviceRecord(_ key: ServiceKey) throws -> ServiceRecord? { try base.serviceRecord(key) }
    func serviceRecords(of kind: String, owner: RowID, limit: Int) throws -> [ServiceRecord] {
        try base.serviceRecords(of: kind, owner: owner, limit: limit)
    }
    func serviceRecords(of kind: String, dueBy moment: UInt64, limit: Int) throws -> [ServiceRecord] {
        try base.serviceRecords(of: kind, dueBy: moment, limit: limit)
    }
    func nextDue(of kind: String) throws -> UInt64? { try base.nextDue(of: kind) }
    func erasures(after identity: ChangesetID?) throws -> [Erasure] { try base.erasures(after: identity) }
    func hasUnclearedErasures() throws -> Bool { try base.hasUnclearedErasures() }
    func lastErasureDone(by replica: ReplicaID) throws -> ChangesetID? { try base.lastErasureDone(by: replica) }
    var hub: HubIdentity {
        get throws {
            var hub = try base.hub
            if bug == .sitesNotMoved { hub.lastSiteBefore &= Self.jump - 1 }
            return hub
        }
    }

    var head: CommitSequence { get throws { try base.head } }
    var latestEffective: HybridTime { get throws { try base.latestEffective } }
    func row(_ key: RowKey) throws -> RowState? { try base.row(key) }
    func rows(of collection: UInt32, where field: String, equals value: Value, limit: Int) throws -> [RowKey] {
        try base.rows(of: collection, where: field, equals: value, limit: limit)
    }
    func count(of collection: UInt32) throws -> Int { try base.count(of: collection) }
    func entry(at sequence: CommitSequence) throws -> LogEntry? { try base.entry(at: sequence) }
    func replica(_ id: ReplicaID) throws -> ReplicaRecord? {
        var record = try base.replica(id)
        if bug == .forgottenRevocation { record?.isRevoked = false }
        return record
    }

    func replica(site: Site) throws -> ReplicaRecord? { try base.replica(site: site) }
    func replicas() throws -> [ReplicaRecord] { try base.replicas() }
    func lastSite() throws -> Site {
        guard bug == .sitesNotMoved else { return try base.lastSite() }
        return try base.replicas().map(\.site).filter { $0 < Self.jump }.max() ?? 0
    }

    /// By how much a restore moves sites and counters.
    private static let jump: Site = 1 << 20

    func enrolmentCode(hash: [UInt8]) throws -> EnrolmentRecord? { try base.enrolmentCode(hash: hash) }
    func scopes(of key: RowKey) throws -> Set<Scope> { try base.scopes(of: key) }
    func received(_ key: RowKey, by user: RowID, since sequence: CommitSequence) throws -> Bool {
        try base.received(key, by: user, since: sequence)
    }
    func subscriptions(of user: RowID) throws -> Set<Scope> { try base.subscriptions(of: user) }
    func days() throws -> [String: Int64] { try base.days() }
    func subscriptions(of user: RowID, after cursor: CatchUpCursor) throws -> [Subscription] {
        try base.subscriptions(of: user, after: cursor)
    }
    func changeCount(after cursor: CatchUpCursor, in subscriptions: [Subscription], limit: Int) throws -> Int? {
        try base.changeCount(after: cursor, in: subscriptions, limit: limit)
    }
    func members(of scope: Scope, after: RowKey?, limit: Int) throws -> [RowKey] {
        try base.members(of: scope, after: after, limit: limit)
    }
    func held(in scopes: Set<Scope>, by role: UInt32) throws -> HeldSum? { try base.held(in: scopes, by: role) }
    func compareSums() throws -> SumComparison? { try base.compareSums() }
    func quarantined(limit: Int) throws -> [QuarantinedOperation] { try base.quarantined(limit: limit) }
    func quarantineCount() throws -> Int { try base.quarantineCount() }
    func isNamed(_ blob: BlobName) throws -> Bool { try base.isNamed(blob) }
    func uses(of blob: BlobName, receivedBy user: RowID, limit: Int) throws -> [(key: RowKey, group: UInt32)] {
        try base.uses(of: blob, receivedBy: user, limit: limit)
    }
    func quarantined(of identity: ChangesetID) throws -> [QuarantinedOperation] { try base.quarantined(of: identity) }
    func waiting(for key: RowKey) throws -> [QuarantinedOperation] { try base.waiting(for: key) }
    func waitingCount(of author: RowID?, limit: Int) throws -> Int { try base.waitingCount(of: author, limit: limit) }
    func latestRelease(of identity: ChangesetID) throws -> LogEntry? { try base.latestRelease(of: identity) }
    func releases(to replica: ReplicaID, after sequence: CommitSequence) throws -> [LogEntry] {
        try base.releases(to: replica, after: sequence)
    }
    func adopted(_ identity: ChangesetID) throws -> AdoptedChangeset? { try base.adopted(identity) }
    func told(of identity: ChangesetID) throws -> [ToldPlace] { try base.told(of: identity) }
    func withheld(of identity: ChangesetID) throws -> Set<UInt32> { try base.withheld(of: identity) }
    func adopted(upTo lost: CommitSequence) throws -> CommitSequence? { try base.adopted(upTo: lost) }
    func contained(of key: RowKey) throws -> [ContainedPlace] { try base.contained(of: key) }
    func parked(limit: Int) throws -> [QuarantinedOperation] { try base.parked(limit: limit) }
    func backups() throws -> [BackupRecord] { try base.backups() }
}
