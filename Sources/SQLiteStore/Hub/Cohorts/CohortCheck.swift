import GRDB
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// Goes through all rows: to make the sums of cohorts anew, or to compare them with the rows.
struct CohortCheck {
    private let database: Database
    private let layout: HubLayout
    private let ledger: ScopeLedger

    /// Rows whose sums are collected before they are written.
    private static let rowsPerWrite = 5_000
    private static let rowsPerPage = 500

    init(_ database: Database, _ layout: HubLayout, _ ledger: ScopeLedger) {
        self.database = database
        self.layout = layout
        self.ledger = ledger
    }

    /// Makes all sums from the rows, in portions.
    func rebuild() throws {
        try CohortTables.forget(in: database)
        var changes = CohortChanges(layout.classes)
        var waiting = 0
        try forEachRow { state, scopes in
            changes.move(state.key, from: nil, in: [], to: state, in: scopes)
            waiting += 1
            guard waiting == Self.rowsPerWrite else { return }
            try changes.write(in: database)
            changes = CohortChanges(layout.classes)
            waiting = 0
        }
        try changes.write(in: database)
        try CohortTables.note(layout.classes, in: database)
    }

    /// Compares the sums with the rows. What is in memory grows with the number of cohorts.
    func run() throws -> SumComparison {
        var comparison = SumComparison(at: try HubHead.read(database).sequence)
        var made: [[UInt8]: Kept] = [:]
        try forEachRow { state, scopes in
            guard let cohort = Cohort(state.key, in: scopes) else { return }
            comparison.rows += 1
            comparison.cells += UInt64(state.cells.count)
            let shares = layout.classes.differences(from: nil, to: state)
            if case .shared = cohort, shares.isEmpty { return }
            made[cohort.bytes, default: Kept(scopes: Set(scopes))].add(shares)
        }
        let kept = try kept()
        comparison.cohorts = UInt64(kept.count)
        for key in Set(made.keys).union(kept.keys).sorted(by: { $0.lexicographicallyPrecedes($1) }) where made[key] != kept[key] {
            comparison.note(Set(try (made[key] ?? kept[key])?.scopes.map { try ledger.scope($0) } ?? []))
        }
        return comparison
    }

    /// What is kept, or should be, of a cohort.
    private struct Kept: Equatable {
        var scopes: Set<ScopeNumber> = []
        var sums: [Readers: HeldSum] = [:]

        mutating func add(_ shares: [ReaderClasses.Share]) {
            for share in shares { sums[share.readers, default: HeldSum()] += share.held }
        }
    }

    private func kept() throws -> [[UInt8]: Kept] {
        let keys = try RawStatement(database, "SELECT number, key FROM _cohort").all { ($0.integer(0), $0.bytes(1)) }
        var kept = Dictionary(keys.map { ($0.0, Kept()) }, uniquingKeysWith: { first, _ in first })
        for (cohort, scope) in try RawStatement(database, "SELECT cohort, scope FROM _cohort_scope").all({ ($0.integer(0), $0.integer(1)) }) {
            kept[cohort, default: Kept()].scopes.insert(scope)
        }
        let sums = try RawStatement(database, "SELECT cohort, readers, rows, cells, sum FROM _cohort_sum")
        for (cohort, bytes, held) in try sums.all({ ($0.integer(0), $0.bytes(1), try CohortTables.held($0, from: 2)) }) {
            guard let readers = Readers(bytes: bytes) else { continue }
            kept[cohort, default: Kept()].sums[readers] = held
        }
        return Dictionary(keys.map { ($0.1, kept[$0.0] ?? Kept()) }, uniquingKeysWith: { first, _ in first })
    }

    private func forEachRow(_ body: (RowState, [ScopeNumber]) throws -> Void) throws {
        for collection in layout.schema.collections.sorted(by: { $0.number < $1.number }) {
            guard let table = layout.collection(collection.number)?.table else { continue }
            var last: RowID?
            while case let page = try table.ids(after: last, limit: Self.rowsPerPage, in: database), let end = page.last {
                for id in page {
                    guard let state = try readable(id, table) else { continue }
                    try body(state, try ledger.scopeNumbers(of: state.key))
                }
                last = end
            }
        }
    }

    /// A damaged row keeps nobody from the others: no commit and no device gets it.
    private func readable(_ id: RowID, _ table: CollectionTable) throws -> RowState? {
        do {
            return try table.row(id, in: database)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT && error.sql == nil {
            return nil
        }
    }
}
