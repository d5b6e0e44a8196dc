import GRDB
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// By how much the sums of cohorts change with some rows: collected in memory, and written once for each cohort.
struct CohortChanges {
    private let classes: ReaderClasses
    /// In the order in which they were first touched, so that equal commits write equally.
    private var changes: [(cohort: Cohort, change: Change)] = []
    private var places: [Cohort: Int] = [:]

    private struct Change {
        var shares: [ReaderClasses.Share] = []
        /// Of a row that is a cohort of its own.
        var joined: [ScopeNumber] = []
        var left: [ScopeNumber] = []
        var isLeft = false
    }

    init(_ classes: ReaderClasses) { self.classes = classes }

    /// How many cohorts are touched.
    var count: Int { changes.count }

    /// Takes a row out of the cohort that it was in, and into the one that it is in.
    ///
    /// - Parameters:
    ///   - former: nil if the hub did not know the row.
    ///   - before: the scopes that it was in.
    ///   - state: nil if it is not known any more.
    mutating func move(
        _ key: RowKey, from former: RowState?, in before: [ScopeNumber], to state: RowState?, in after: [ScopeNumber]
    ) {
        let from = former == nil ? nil : Cohort(key, in: before)
        let to = state == nil ? nil : before == after && from != nil ? from : Cohort(key, in: after)
        if from == to {
            if let to { add(classes.differences(from: former, to: state), to: to) }
        } else {
            if let from { add(classes.differences(from: former, to: nil), to: from) }
            if let to { add(classes.differences(from: nil, to: state), to: to) }
        }
        guard from == .own(key) || to == .own(key), before != after || from != to else { return }
        let old = from == .own(key) ? Set(before) : [], new = to == .own(key) ? Set(after) : []
        let place = place(of: .own(key))
        changes[place].change.joined += new.subtracting(old).sorted()
        changes[place].change.left += old.subtracting(new).sorted()
        changes[place].change.isLeft = to != .own(key)
    }

    private mutating func add(_ shares: [ReaderClasses.Share], to cohort: Cohort) {
        if shares.isEmpty { return }
        let place = place(of: cohort)
        for share in shares {
            if let known = changes[place].change.shares.firstIndex(where: { $0.readers == share.readers }) {
                changes[place].change.shares[known].held += share.held
            } else {
                changes[place].change.shares.append(share)
            }
        }
    }

    private mutating func place(of cohort: Cohort) -> Int {
        if let known = places[cohort] { return known }
        changes.append((cohort, Change()))
        places[cohort] = changes.count - 1
        return changes.count - 1
    }

    func write(in database: Database) throws {
        for (cohort, change) in changes { try write(cohort, change, in: database) }
    }

    private func write(_ cohort: Cohort, _ change: Change, in database: Database) throws {
        let shares = change.shares.filter { !$0.held.isEmpty }
        let scopes: [ScopeNumber]
        switch cohort {
        case .shared(let all):
            // Rows may have come and gone alike.
            if shares.isEmpty { return }
            scopes = all
        case .own: scopes = change.joined
        }
        let number: Int64
        if let known = try CohortTables.number(of: cohort, in: database) {
            number = known
            if case .own = cohort {
                try CohortTables.delete(change.left, of: number, in: database)
                try CohortTables.insert(change.joined, of: number, in: database)
            }
        } else {
            number = try CohortTables.insert(cohort, in: database)
            try CohortTables.insert(scopes, of: number, in: database)
        }
        for share in shares {
            var held = try CohortTables.held(by: share.readers, of: number, in: database)
            held += share.held
            try CohortTables.write(held, by: share.readers, of: number, in: database)
        }
        switch cohort {
        case .shared(let all):
            if try CohortTables.hasSums(number, in: database) { return }
            try CohortTables.delete(all, of: number, in: database)
        case .own: if !change.isLeft { return }
        }
        try CohortTables.delete(cohort: number, in: database)
    }
}
