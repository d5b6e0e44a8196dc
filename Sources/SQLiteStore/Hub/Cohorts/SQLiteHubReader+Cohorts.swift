import GRDB
import ReplicationCore
import ReplicationEngine
import WireProtocol

extension SQLiteHubReader {
    func held(in scopes: Set<Scope>, by role: UInt32) throws -> HeldSum? {
        guard try CohortTables.classes(in: database) == layout.classes.text else { return nil }
        let numbers = try scopes.compactMap { try ledger.knownNumber(of: $0) }
        // One statement for any number of scopes, in this order. A cohort that is in several of them counts once.
        let statement = try RawStatement(database, """
            SELECT sums.readers, sums.rows, sums.cells, sums.sum FROM ( \
            SELECT DISTINCT cohort FROM json_each(?) AS wanted CROSS JOIN _cohort_scope ON _cohort_scope.scope = wanted.value \
            ) AS held CROSS JOIN _cohort_sum AS sums ON sums.cohort = held.cohort
            """)
        try statement.bind("[" + numbers.sorted().map(String.init).joined(separator: ",") + "]", at: 1)
        // There are few classes.
        var known: [(readers: [UInt8], isRead: Bool)] = []
        var total = HeldSum()
        _ = try statement.all { row in
            let place = row.withBytes(0) { bytes in known.firstIndex { $0.readers.elementsEqual(bytes) } } ?? known.count
            if place == known.count { known.append((row.bytes(0), try reads(role, row.bytes(0)))) }
            if known[place].isRead { total += try CohortTables.held(row, from: 1) }
        }
        return total
    }

    private func reads(_ role: UInt32, _ bytes: [UInt8]) throws -> Bool {
        guard let readers = Readers(bytes: bytes) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the readers of a sum of digests cannot be read")
        }
        return readers.contains(role)
    }

    func compareSums() throws -> SumComparison? {
        guard try CohortTables.classes(in: database) == layout.classes.text else { return nil }
        return try CohortCheck(database, layout, ledger).run()
    }
}
