import GRDB
import ReplicationCore
import ReplicationEngine

extension SQLiteHubReader {
    func taken(_ key: RowKey) throws -> TakenRow? {
        let statement = try RawStatement(database, """
            SELECT kind, sequence, erasure, parent_collection, parent_row FROM _taken WHERE collection = ? AND row = ?
            """)
        try statement.bind(key)
        return try statement.first {
            guard let kind = TakenRow.Kind(rawValue: $0.unsigned32(0)) else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "row \(key) was taken away in a way that is not known")
            }
            return TakenRow(
                key: key, kind: kind, sequence: $0.sequence(1), erasure: try $0.identifier(2),
                parent: $0.isNull(4) ? nil : RowKey(collection: $0.unsigned32(3), row: try $0.identifier(4)))
        }
    }

    func purged(under parent: RowKey, limit: Int) throws -> [RowKey] {
        let statement = try RawStatement(database, """
            SELECT collection, row FROM _taken WHERE parent_collection = ? AND parent_row = ? AND kind = 1 \
            ORDER BY collection, row LIMIT ?
            """)
        try statement.bind(parent)
        try statement.bind(Int64(limit), at: 3)
        return try statement.all { RowKey(collection: $0.unsigned32(0), row: try $0.identifier(1)) }
    }

    func deletedRows(of collection: UInt32, after: RowID?, limit: Int) throws -> [RowKey] {
        guard let table = layout.collection(collection)?.table else { return [] }
        return try table.deleted(after: after, limit: limit, in: database).map { RowKey(collection: collection, row: $0) }
    }

    func entries(after sequence: CommitSequence, limit: Int) throws -> [LogEntry] {
        let statement = try RawStatement(
            database, "SELECT \(LogRow.columns) FROM _log WHERE sequence > ? ORDER BY sequence LIMIT ?")
        try statement.bind(sequence, at: 1)
        try statement.bind(Int64(limit), at: 2)
        return try statement.all { try LogRow.read($0) }
    }

    // MARK: Access

    func revocation(of subject: [UInt8]) throws -> Revocation? {
        let statement = try revocation("WHERE subject = ?")
        try statement.bind(subject, at: 1)
        return try statement.first(Self.read)
    }

    func revocations() throws -> [Revocation] { try revocation("ORDER BY sequence, subject").all(Self.read) }

    private func revocation(_ condition: String) throws -> RawStatement {
        try RawStatement(database, "SELECT subject, sequence, moment, administrator, reason FROM _revocation \(condition)")
    }

    private static func read(_ row: RawStatement) -> Revocation {
        Revocation(
            subject: row.bytes(0), sequence: row.sequence(1), milliseconds: row.unsigned(2), administrator: row.text(3),
            reason: row.text(4))
    }

    // MARK: Erasures

    func erasures(after identity: ChangesetID?) throws -> [Erasure] {
        let known = try RawStatement(database, "SELECT number FROM _erasure WHERE identity = ?")
        try known.bind(identity ?? .zero, at: 1)
        let number = try known.first { $0.integer(0) } ?? 0
        let find = try RawStatement(database, "SELECT identity, moment FROM _erasure WHERE number > ? ORDER BY number")
        try find.bind(number, at: 1)
        let found: [(ChangesetID, UInt64)] = try find.all { (try $0.identifier(0), $0.unsigned(1)) }
        return try found.map { Erasure(identity: $0, rows: try rows(of: $0), milliseconds: $1) }
    }

    private func rows(of erasure: ChangesetID) throws -> [RowKey] {
        let statement = try RawStatement(
            database, "SELECT collection, row FROM _taken WHERE kind = 2 AND erasure = ? ORDER BY collection, row")
        try statement.bind(erasure, at: 1)
        return try statement.all { RowKey(collection: $0.unsigned32(0), row: try $0.identifier(1)) }
    }

    func hasUnclearedErasures() throws -> Bool {
        try RawStatement(database, "SELECT 1 FROM _erasure WHERE is_cleared = 0 LIMIT 1").first { _ in true } ?? false
    }

    func lastErasureDone(by replica: ReplicaID) throws -> ChangesetID? {
        let statement = try RawStatement(database, "SELECT identity FROM _erasure_done WHERE replica = ?")
        try statement.bind(replica, at: 1)
        return try statement.first { try $0.identifier(0) }
    }
}
