import ReplicationCore
import ReplicationEngine
import WireProtocol

/// Whether a device's store keeps anything beside its rows, so that rows that come need not be looked for there. Nil: nobody has
/// looked yet. What is there may go within the transaction; then it is looked for in vain.
struct KeptBeside {
    /// Confirmed states that differ from what is shown.
    var hasShadows: Bool?
    /// Rows that were not sent again yet.
    var hasStale: Bool?
    /// What came under a seal.
    var hasSealed: Bool?
}

extension SQLiteDeviceTransaction {
    func insert(_ row: UncontestedRow) throws -> Bool {
        let collection = row.collection.number
        guard let rows = try newRows(of: collection) else { return false }
        let key = RowKey(collection: collection, row: row.id)
        // What is held of a row stands in its table, and with it what is kept beside. A damaged file may have the one without the other.
        guard try !isKept(key, in: "_shadow", &beside.hasShadows), try !isKept(key, in: "_sealed", &beside.hasSealed) else { return false }
        guard try rows.insert(row) else { return false }
        if try isKept(key, in: "_stale", &beside.hasStale) { try unmarkStale(key) }
        keeper.last = nil
        guard var held = try held else { return true }
        held.add(row)
        try save(held: held)
        return true
    }

    private func newRows(of collection: UInt32) throws -> NewRows? {
        if let known = inserts[collection] { return known }
        guard let table = table(collection) else { return nil }
        let rows = try NewRows(table, in: database)
        inserts[collection] = rows
        return rows
    }

    private func isKept(_ key: RowKey, in table: String, _ isUsed: inout Bool?) throws -> Bool {
        let isAny = try isUsed ?? statement("SELECT 1 FROM \(table) LIMIT 1").first { _ in true } ?? false
        isUsed = isAny
        if !isAny { return false }
        let statement = try statement("SELECT 1 FROM \(table) WHERE collection = ? AND id = ? LIMIT 1")
        try statement.bind(Int64(key.collection), at: 1)
        try statement.bind(key.row, at: 2)
        return try statement.first { _ in true } ?? false
    }
}
