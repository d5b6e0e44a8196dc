import GRDB
import ReplicationCore

/// The tables of collections that a schema version has removed: put aside with all that they held, and read and changed
/// by erasures only.
enum RemovedTables {
    static func name(of collection: UInt32) -> String { "_removed_\(collection)" }

    /// Rows whose column holds a reference or a text; none if there is no such table or column.
    static func rows(
        of collection: UInt32, where field: String, equals value: Value, limit: Int, in database: Database
    ) throws -> [RowKey] {
        let name = name(of: collection)
        guard try database.tableExists(name), try database.columns(in: name).contains(where: { $0.name == field }) else { return [] }
        let statement = try RawStatement(
            database, "SELECT id FROM \(quoted(name)) WHERE \(quoted(field)) = ? ORDER BY id LIMIT ?")
        switch value {
        case .text(let text): try statement.bind(text, at: 1)
        case .bytes(let bytes): try statement.bind(bytes, at: 1)
        case .null, .boolean, .integer, .real: return []
        }
        try statement.bind(Int64(limit), at: 2)
        return try statement.all { RowKey(collection: collection, row: try $0.identifier(0)) }
    }

    /// Removes a row, with all that stood of it.
    static func remove(_ key: RowKey, in database: Database) throws {
        let name = name(of: key.collection)
        guard try database.tableExists(name) else { return }
        let statement = try RawStatement(database, "DELETE FROM \(quoted(name)) WHERE id = ?")
        try statement.bind(key.row, at: 1)
        try statement.run()
    }
}
