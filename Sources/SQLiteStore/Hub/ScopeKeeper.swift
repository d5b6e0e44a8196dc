import GRDB
import ReplicationCore
import ReplicationEngine

/// Brings the scope tables up to a commit: feeds the tracker with the rows and writes what came of it.
struct ScopeKeeper {
    private let database: Database
    private let layout: HubLayout
    private let ledger: ScopeLedger
    private let rowsBefore: RowsBefore
    private let before: CommitSequence
    private let head: CommitSequence
    private var tracker: ScopeTracker<ScopeLedger>
    /// By the row's place in `tracker.rows`.
    private var taken: [Taken?] = []
    /// What becomes of the sums of those who receive the rows.
    private(set) var cohorts: CohortChanges

    private struct Taken {
        let state: RowState
        /// As it stood before; nil if the hub did not know the row.
        let former: RowState?
        /// Nil if the hub did not know the row.
        let changedBefore: CommitSequence?
        let changed: CommitSequence
    }

    /// - Parameter rows: how many will be written.
    init(
        database: Database, layout: HubLayout, ledger: ScopeLedger, rowsBefore: RowsBefore, rows: Int,
        before: CommitSequence, head: CommitSequence
    ) {
        self.database = database
        self.layout = layout
        self.ledger = ledger
        self.rowsBefore = rowsBefore
        self.before = before
        self.head = head
        tracker = ScopeTracker(rules: layout.rules, memory: ledger, rows: rows)
        cohorts = CohortChanges(layout.classes)
    }

    /// Takes in a row and writes it to its table.
    ///
    /// The row's change is its own sequence, or the head for cells that were taken over from before this
    /// commit; either way it is after every cursor that was given out.
    ///
    /// - Parameter isTaken: the row is taken away by this commit, and is in no scope by itself from now on. It is never
    ///   written again.
    mutating func write(_ state: RowState, _ collection: HubCollection, isTaken: Bool) throws {
        let old = try rowsBefore.row(state.key, collection)
        let former = old == nil ? nil : try rowsBefore.whole(state.key, collection)
        let sequence = state.sequence
        precondition(sequence <= head, "row \(state.key) is ahead of the log")
        let changed = sequence > before ? sequence : head
        let new = collection.shown(of: state)
        let scopeFields = collection.scopeFields
        let place = try tracker.take(
            state.key, from: old.map { ScopeValues(Array($0.values[..<scopeFields]), isAlive: $0.isAlive) },
            to: isTaken ? nil : ScopeValues(Array(new[..<scopeFields]), isAlive: state.isAlive))
        while taken.count <= place { taken.append(nil) }
        precondition(taken[place] == nil, "row \(state.key) stands twice in a plan")
        taken[place] = Taken(state: state, former: former, changedBefore: old?.changed, changed: changed)
        if old?.values == new {
            try collection.table.updateKeepingIndexes(state, changed: changed, in: database)
        } else {
            try collection.table.upsert(state, changed: changed, in: database)
        }
    }

    /// Writes the memberships of all rows that the commit touched, once they are in their tables.
    mutating func writeScopes() throws -> [CommittedRow] {
        try tracker.settle()
        for (list, change) in tracker.changedLists { try ledger.write(change, to: list) }
        // An edge may pass on another part from now on: then it is among both.
        for edge in tracker.removedEdges { try ledger.delete(edge) }
        for edges in tracker.addedEdges.values {
            for edge in edges { try ledger.write(edge) }
        }
        var committed: [CommittedRow] = []
        committed.reserveCapacity(tracker.rows.count)
        for (place, row) in tracker.rows.enumerated() {
            if let taken = place < taken.count ? taken[place] : nil {
                try write(row, changedBefore: taken.changedBefore, changed: taken.changed)
                cohorts.move(
                    row.key, from: taken.former, in: isPositive(row.before), to: taken.state, in: isPositive(row.after))
                committed.append(try committedRow(taken.state, row, wasKnown: taken.changedBefore != nil))
            } else if row.before != row.after {
                // The row itself stands as it was; only its scopes changed, through others.
                let changed = try layout.collection(row.key.collection)?.table.changed(row.key.row, in: database)
                try write(row, changedBefore: changed, changed: changed)
                guard changed != nil, isPositive(row.before) != isPositive(row.after),
                    let state = try layout.collection(row.key.collection)?.table.row(row.key.row, in: database)
                else { continue }
                cohorts.move(row.key, from: state, in: isPositive(row.before), to: state, in: isPositive(row.after))
                committed.append(try committedRow(state, row, wasKnown: true))
            }
        }
        return committed
    }

    /// Memberships begin and end at the head, as subscriptions do: nobody is shown what lies between the changesets of a
    /// commit, and so nobody receives a row that came into a scope in the commit that took the scope from them.
    ///
    /// - Parameters:
    ///   - changedBefore: when the row had last changed; nil if it was not known.
    ///   - changed: when it has last changed now; nil if it is still not known.
    private func write(
        _ row: ScopeTracker<ScopeLedger>.Row, changedBefore: CommitSequence?, changed: CommitSequence?
    ) throws {
        for (index, after) in row.after.enumerated() {
            let before = index < row.before.count ? row.before[index] : nil
            let oldPlace = before.flatMap { before in changedBefore.map { max($0, before.since) } }
            guard after.count > 0 else {
                guard let before else { continue }
                try ledger.delete(row.key, after.scope)
                guard let oldPlace else { continue }
                try ledger.deleteChange(after.scope, oldPlace, row.key)
                try ledger.writePast(row.key, after.scope, since: before.since, until: head)
                continue
            }
            var membership = after
            if membership.since == .zero, changed != nil { membership.since = head }
            if membership != before { try ledger.write(row.key, membership) }
            guard let changed else { continue }
            let place = max(changed, membership.since)
            if place == oldPlace { continue }
            if let oldPlace { try ledger.deleteChange(after.scope, oldPlace, row.key) }
            try ledger.insertChange(after.scope, place, row.key)
        }
    }

    private func committedRow(
        _ state: RowState, _ row: ScopeTracker<ScopeLedger>.Row, wasKnown: Bool
    ) throws -> CommittedRow {
        CommittedRow(
            state: state, scopesBefore: wasKnown ? try ledger.scopes(isPositive(row.before)) : [],
            scopesAfter: try ledger.scopes(isPositive(row.after)))
    }

    private func isPositive(_ memberships: [ScopeMembership]) -> [ScopeNumber] {
        memberships.compactMap { $0.count > 0 ? $0.scope : nil }
    }
}
