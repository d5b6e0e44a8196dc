import Crypto
import ReplicationCore
import WireProtocol

/// Decides what a batch of changesets does: the heart of the hub. Depends on nothing but what it is given
/// and what it reads; deciding twice on the same state gives the same plan.
///
/// Changesets are taken in order. Each consumes its place in its stream and gets a place in the log,
/// whatever its verdicts; what follows from it (conflicts, reviews, derived values) is a changeset of
/// the hub's own, at the next sequence.
struct CommitDecision {
    let reader: any HubReader
    let check: OperationCheck
    let hub: HubIdentity
    let seal: ReceiptSeal
    let moment: CommitMoment

    private(set) var plan = CommitPlan()
    var rows: WorkingRows
    var lostTime: WorkingLostTime
    private var clock: HybridClock
    private(set) var head: CommitSequence
    private var replicas: WorkingReplicas
    /// Indexes of `plan.entries`.
    private var entriesByIdentity: [ChangesetID: Int] = [:]
    private var lastSite: Site?
    private var subscriptionsByUser: [RowID: Set<Scope>] = [:]
    /// Which rows were given which values of unique fields in this commit.
    private var uniqueValues: [UniqueValues: [RowKey]] = [:]

    private struct UniqueValues: Hashable {
        let collection: UInt32
        let fields: [String]
        let values: [Value]
    }
    /// What an administrator has defined, by collection, as far as somebody asked.
    var customDefinitions: [UInt32: CustomDefinitions] = [:]
    /// The conflicts that this commit raises, by the row that they are about.
    var raisedConflicts: [RowKey: [RowKey]] = [:]
    /// Whether anything waited for a row before this commit; nil until somebody asks.
    var hadWaiting: Bool?
    /// Something was refused for want of a right that may be known once this commit is in the store.
    var hasParked = false
    /// New receipts for work that was taken in before, by the replica that is to be told.
    var released: [(replica: ReplicaID, receipt: WireReceipt)] = []

    var schema: Schema { check.schema }

    init(reader: any HubReader, schema: Schema, moment: CommitMoment) throws {
        self.reader = reader
        check = OperationCheck(schema: schema)
        hub = try reader.hub
        seal = ReceiptSeal(key: SymmetricKey(data: hub.sealKey))
        self.moment = moment
        rows = WorkingRows(reader: reader)
        lostTime = WorkingLostTime(reader: reader)
        replicas = WorkingReplicas(reader: reader)
        clock = HybridClock(last: try reader.latestEffective)
        head = try reader.head
    }

    /// Makes room for a batch of changesets, most of which write one row.
    mutating func reserve(changesets: Int) {
        rows.reserve(changesets)
        plan.entries.reserveCapacity(changesets)
        entriesByIdentity.reserveCapacity(changesets)
    }

    /// Everything decided so far, ready to commit.
    mutating func finish() throws -> CommitPlan {
        plan.rows = rows.changedRows
        try updateRoles(by: plan.rows)
        plan.replicas = replicas.changed
        return plan
    }

    // MARK: Replicas

    mutating func replica(_ id: ReplicaID) throws -> ReplicaRecord? { try replicas.replica(id) }

    mutating func update(_ record: ReplicaRecord) { replicas.update(record) }

    /// Replicas that this commit has made or changed.
    var changedReplicas: [ReplicaRecord] { replicas.changed }

    /// The hub's own replica. It is made with its first changeset.
    mutating func hubReplica() throws -> ReplicaRecord {
        if let known = try replica(hub.id) { return known }
        return ReplicaRecord(
            id: hub.id, site: 0, name: hub.name, publicKey: [], user: .zero, role: 0,
            enrolledMilliseconds: moment.wallMilliseconds, lastSeenMilliseconds: moment.wallMilliseconds)
    }

    mutating func nextSite() throws -> Site {
        let last: Site
        if let known = lastSite { last = known } else { last = try reader.lastSite() }
        lastSite = last + 1
        return last + 1
    }

    /// What a user receives now.
    mutating func subscriptions(of user: RowID) throws -> Set<Scope> {
        if let known = subscriptionsByUser[user] { return known }
        let scopes = try reader.subscriptions(of: user)
        subscriptionsByUser[user] = scopes
        return scopes
    }

    /// Notes that a row has these values of unique fields now.
    /// - Returns: the rows that were given the same in this commit, this one among them.
    mutating func noteValues(_ values: [Value], of fields: [String], _ key: RowKey) -> [RowKey] {
        let name = UniqueValues(collection: key.collection, fields: fields, values: values)
        if uniqueValues[name]?.contains(key) != true { uniqueValues[name, default: []].append(key) }
        return uniqueValues[name] ?? []
    }

    // MARK: The log

    mutating func entry(of identity: ChangesetID) throws -> LogEntry? {
        if let planned = entriesByIdentity[identity] { return plan.entries[planned] }
        return try reader.entry(of: identity)
    }

    /// The sequence of the entry that is being decided.
    var nextSequence: CommitSequence { CommitSequence(epoch: hub.epoch, number: nextNumber) }

    private var nextNumber: UInt64 { head.epoch == hub.epoch ? head.number + 1 : 1 }

    mutating func append(_ entry: LogEntry) {
        entriesByIdentity[entry.identity] = plan.entries.count
        plan.entries.append(entry)
        head = entry.sequence
    }

    /// Changes what leaves and enters quarantine, and what is released.
    mutating func change(_ body: (inout CommitPlan) -> Void) { body(&plan) }

    mutating func add(_ code: EnrolmentRecord) { plan.enrolmentCodes.append(code) }

    /// The hub's hybrid time for what is being taken in: never behind any effective time committed.
    mutating func receiptTime() -> HybridTime { clock.tick(wallMilliseconds: moment.wallMilliseconds) }

    /// Takes notice of an effective time that is adopted.
    mutating func observe(_ time: HybridTime) { clock.observe(time) }
}
