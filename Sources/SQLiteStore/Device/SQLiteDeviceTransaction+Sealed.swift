import ReplicationCore
import ReplicationEngine

extension SQLiteDeviceTransaction {
    private static let sealedColumns = "place, collection, id, schema_version, sequence, change"

    func sealed(of key: RowKey) throws -> [SealedForm] {
        let statement = try statement(
            "SELECT \(Self.sealedColumns) FROM _sealed WHERE collection = ? AND id = ? ORDER BY place")
        try statement.bind(Int64(key.collection), at: 1)
        try statement.bind(key.row, at: 2)
        return try statement.all(form)
    }

    func sealed(after place: UInt64, bytes: Int) throws -> [SealedForm] {
        let sizes = try statement("SELECT place, length(change) FROM _sealed WHERE place > ? ORDER BY place LIMIT 1000")
        try sizes.bind(Int64(clamping: place), at: 1)
        var total = 0
        var last: Int64?
        for (place, size) in try sizes.all({ ($0.integer(0), Int($0.integer(1))) }) {
            if last != nil, total + size > bytes { break }
            total += size
            last = place
        }
        guard let last else { return [] }
        let statement = try statement(
            "SELECT \(Self.sealedColumns) FROM _sealed WHERE place > ? AND place <= ? ORDER BY place")
        try statement.bind(Int64(clamping: place), at: 1)
        try statement.bind(last, at: 2)
        return try statement.all(form)
    }

    func append(_ form: SealedForm) throws {
        beside.hasSealed = true
        let statement = try statement(
            "INSERT INTO _sealed (collection, id, schema_version, sequence, change) VALUES (?, ?, ?, ?, ?)")
        try statement.bind(Int64(form.key.collection), at: 1)
        try statement.bind(form.key.row, at: 2)
        try statement.bind(Int64(form.schemaVersion), at: 3)
        try statement.bind(form.sequence, at: 4)
        try statement.bind(form.change, at: 5)
        try statement.run()
    }

    func removeSealed(at place: UInt64) throws {
        let statement = try statement("DELETE FROM _sealed WHERE place = ?")
        try statement.bind(Int64(clamping: place), at: 1)
        try statement.run()
    }

    func removeSealed(of key: RowKey) throws {
        let statement = try statement("DELETE FROM _sealed WHERE collection = ? AND id = ?")
        try statement.bind(Int64(key.collection), at: 1)
        try statement.bind(key.row, at: 2)
        try statement.run()
    }

    func removeSealed(after: CommitSequence, upTo last: CommitSequence) throws {
        let statement = try statement("DELETE FROM _sealed WHERE sequence > ? AND sequence <= ?")
        try statement.bind(after, at: 1)
        try statement.bind(last, at: 2)
        try statement.run()
    }

    func moveSealed(after: CommitSequence, upTo last: CommitSequence, to sequence: CommitSequence) throws {
        let statement = try statement("UPDATE _sealed SET sequence = ? WHERE sequence > ? AND sequence <= ?")
        try statement.bind(sequence, at: 1)
        try statement.bind(after, at: 2)
        try statement.bind(last, at: 3)
        try statement.run()
    }

    private func form(_ row: RawStatement) throws -> SealedForm {
        SealedForm(
            place: UInt64(clamping: row.integer(0)),
            key: RowKey(collection: UInt32(truncatingIfNeeded: row.integer(1)), row: try row.identifier(2)),
            schemaVersion: row.unsigned32(3), sequence: row.sequence(4), change: row.bytes(5))
    }
}
