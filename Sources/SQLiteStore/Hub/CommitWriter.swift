import GRDB
import ReplicationCore
import ReplicationEngine

/// Writes a plan, within the transaction on whose state it was made.
struct CommitWriter {
    let database: Database
    let layout: HubLayout
    let ledger: ScopeLedger
    let rowsBefore: RowsBefore

    func write(_ plan: CommitPlan) throws -> Committed {
        let before = try HubHead.read(database)
        let head = try writeLog(plan.entries, after: before)
        precondition(plan.rows.isEmpty && plan.days.isEmpty || !plan.entries.isEmpty, "rows and days change only with an entry in the log")
        var keeper = ScopeKeeper(
            database: database, layout: layout, ledger: ledger, rowsBefore: rowsBefore, rows: plan.rows.count,
            before: before.sequence, head: head.sequence)
        let taken = Set(plan.taken.rows.map(\.key))
        for row in plan.rows {
            guard let collection = layout.collection(row.key.collection) else {
                preconditionFailure("a row of collection \(row.key.collection), which the schema does not have")
            }
            try keeper.write(row, collection, isTaken: taken.contains(row.key))
        }
        let rows = try keeper.writeScopes()
        try keeper.cohorts.write(in: database)
        let resubscribed = try writeSubscriptions(plan, head.sequence)
        try QuarantineRow.write(plan, in: database)
        try BlobTables.write(plan, layout.schema, head.sequence, in: database)
        if !plan.taken.isEmpty { try TakenTables.write(plan.taken, layout, in: database) }
        for replica in plan.replicas { try ReplicaRow.write(replica, in: database) }
        for code in plan.enrolmentCodes { try EnrolmentRow.write(code, in: database) }
        try RestoreRows.write(plan, in: database)
        try ServiceTables.write(plan, in: database)
        try writeHead(head, plan, before)
        var committed = Committed(
            before: before.sequence, head: head.sequence, rows: rows, resubscribed: resubscribed,
            backedUp: try RestoreRows.backedUp(in: database))
        // A hub in its first epoch has lost nothing.
        if committed.backedUp != nil, head.sequence.epoch > 1 {
            for index in rows.indices {
                committed.rows[index].contained = try RestoreRows.contained(of: rows[index].state.key, in: database)
            }
        }
        return committed
    }

    private func writeLog(_ entries: [LogEntry], after before: HubHead) throws -> HubHead {
        var head = before
        for entry in entries {
            let next = CommitSequence(epoch: head.sequence.epoch, number: head.sequence.number + 1)
            precondition(entry.sequence == next, "entry \(entry.sequence) does not follow \(head.sequence)")
            let touched = LogRow.pack(touched: entry.touched)
            head.chain = LogRow.link(entry, touched: touched, after: head.chain)
            head.sequence = next
            try LogRow.insert(entry, touched: touched, chain: head.chain, in: database)
        }
        return head
    }

    private func writeHead(_ head: HubHead, _ plan: CommitPlan, _ before: HubHead) throws {
        var head = head
        for row in plan.rows {
            head.latestEffective = max(head.latestEffective, row.latestEffective)
        }
        for replica in plan.replicas { head.lastSite = max(head.lastSite, replica.site) }
        if head != before { try head.write(in: database) }
    }

    private func writeSubscriptions(_ plan: CommitPlan, _ head: CommitSequence) throws -> Set<RowID> {
        let rules = layout.rules
        let subscriptions = SubscriptionRows(database: database, ledger: ledger)
        for day in plan.days { try subscriptions.write(day) }
        for zone in plan.unusedZones { try subscriptions.forget(zone) }
        var users = plan.rows.filter { $0.key.collection == layout.schema.userCollection }
        if rules.hasWindows, !plan.days.isEmpty || plan.rows.contains(where: { $0.key.collection == rules.zoneCollection }) {
            users = try layout.collection(layout.schema.userCollection)?.table.all(in: database) ?? users
        }
        let days = rules.hasWindows && !users.isEmpty ? try subscriptions.days() : [:]
        var changed: Set<RowID> = []
        for user in users {
            var today: ZoneDay?
            if !days.isEmpty {
                let zone = try rules.timeZone(of: user) { try layout.collection($0.collection)?.table.row($0.row, in: database) }
                today = days[zone].map { ZoneDay(zone: zone, day: $0) }
            }
            if try subscriptions.update(user.key.row, to: rules.subscriptions(of: user, today: today), at: head) {
                changed.insert(user.key.row)
            }
        }
        return changed
    }
}

/// Where the log ends, and what else every commit carries forward.
struct HubHead: Equatable {
    var sequence: CommitSequence
    /// The last link of the log's chain.
    var chain: [UInt8]
    var latestEffective: HybridTime
    var lastSite: Site

    static func read(_ database: Database) throws -> HubHead {
        let statement = try RawStatement(database, "SELECT sequence, chain, latest_effective, last_site FROM _head")
        let head = try statement.first {
            HubHead(
                sequence: $0.sequence(0), chain: $0.bytes(1),
                latestEffective: HybridTime(rawValue: $0.unsigned(2)), lastSite: $0.unsigned32(3))
        }
        guard let head else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the store has no head") }
        return head
    }

    func write(in database: Database) throws {
        let statement = try RawStatement(database, """
            INSERT OR REPLACE INTO _head (one, sequence, chain, latest_effective, last_site) VALUES (1, ?, ?, ?, ?)
            """)
        try statement.bind(sequence, at: 1)
        try statement.bind(chain, at: 2)
        try statement.bind(unsigned: latestEffective.rawValue, at: 3)
        try statement.bind(Int64(lastSite), at: 4)
        try statement.run()
    }
}
