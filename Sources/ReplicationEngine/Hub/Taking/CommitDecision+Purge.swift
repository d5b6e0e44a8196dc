import ReplicationCore
import WireProtocol

extension CommitDecision {
    /// One step of a purge: takes the values of deleted rows away, with those of the deleted rows below them.
    mutating func purge(_ order: PurgeOrder) throws -> Result<PurgeOutcome, ControlRefusal> {
        var outcome = PurgeOutcome()
        var found: [TakenRow] = []
        if let key = order.row {
            if let refusal = try refusalOfPurge(key) { return .failure(refusal) }
            guard let rows = try purgeable(key, order) else {
                return .failure(ControlRefusal("The row stays: something that belongs to it is not deleted, or the row was deleted too short a time ago. Delete what belongs to it first."))
            }
            found = rows
        } else {
            let page = try candidates(order)
            outcome.next = page.next
            for key in page.keys where try takenRow(key) == nil && !found.contains(where: { $0.key == key }) {
                if let rows = try purgeable(key, order) { found += rows } else { outcome.held += 1 }
            }
        }
        var seen: Set<RowKey> = []
        found.removeAll { !seen.insert($0.key).inserted }
        outcome.purged = found.map(\.key).sorted()
        if found.isEmpty || order.isDryRun { return .success(outcome) }
        try take(found, outcome.purged, order)
        return .success(outcome)
    }

    private mutating func take(_ found: [TakenRow], _ keys: [RowKey], _ order: PurgeOrder) throws {
        for row in found {
            let place = try rows.place(of: row.key)
            guard let state = rows[place] else { continue }
            note(row)
            rows.replace(state.stripped, at: place)
        }
        let hash = Erasure.hash(of: keys)
        try commitAct(
            AdministrativeAct(
                .purge, administrator: order.administrator, reason: order.reason, rows: UInt64(keys.count), rowsHash: hash),
            identity: DerivedIdentifier.make("act", [hash, Array("\(nextSequence) \(moment.wallMilliseconds)".utf8)]),
            stamp: receiptTime())
    }

    private mutating func refusalOfPurge(_ key: RowKey) throws -> ControlRefusal? {
        guard let state = try rows.row(key) else { return ControlRefusal("The hub has never known this row. Look at the collection and the id.") }
        if try takenRow(key) != nil { return ControlRefusal("The row was removed for good already.") }
        return state.isDeleted ? nil : ControlRefusal("The row is not deleted. Delete it first; or erase it, if nobody may keep it (converge erase).")
    }

    /// The next deleted rows to look at.
    private func candidates(_ order: PurgeOrder) throws -> (keys: [RowKey], next: RowKey?) {
        var keys: [RowKey] = []
        for collection in schema.collections.sorted(by: { $0.number < $1.number }) {
            if let only = order.collection, only != collection.number { continue }
            if let after = order.after, after.collection > collection.number { continue }
            let room = HubLimits.rowsPerPurge - keys.count
            let after = order.after.flatMap { $0.collection == collection.number ? $0.row : nil }
            let page = try reader.deletedRows(of: collection.number, after: after, limit: room)
            keys += page
            if page.count == room { return (keys, keys.last) }
        }
        return (keys, nil)
    }

    /// A deleted row with all that belongs to it, if all of it has been deleted for long enough; nil otherwise.
    private mutating func purgeable(_ key: RowKey, _ order: PurgeOrder) throws -> [TakenRow]? {
        let search = ErasureSearch(reader: reader, schema: schema, keep: inbox)
        var found: [TakenRow] = []
        for key in try search.belongings(to: key).sorted() where try takenRow(key) == nil {
            guard let state = try rows.row(key), state.isDeleted, let deleted = state[.liveness]?.sequence,
                let entry = try reader.entry(at: deleted),
                entry.receivedMilliseconds + order.olderThanMilliseconds <= moment.wallMilliseconds
            else { return nil }
            found.append(TakenRow(key: key, kind: .purged, sequence: nextSequence, parent: search.parent(of: state)))
        }
        return found
    }

    /// Conflicts and reviews about a deleted row do not hold it.
    private var inbox: Set<UInt32> {
        Set(["conflict", "review"].compactMap { schema.collection(named: $0)?.number })
    }
}
