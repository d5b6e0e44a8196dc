import GRDB
import ReplicationCore

extension CollectionTable {
    /// Makes of the table of one version of a collection that of a later one, row by row. The rows that go over keep
    /// when they last changed.
    ///
    /// - Parameters:
    ///   - confirmed: the row to carry over, by its id, where it is not what the table holds, which it may read; nil:
    ///     the row is left behind.
    ///   - up: the row in the later form.
    package static func carry(
        _ older: ReplicationCore.Collection, to newer: ReplicationCore.Collection, in database: Database,
        confirmed: (RowID, () throws -> RowState?) throws -> RowState? = { _, read in try read() },
        up: (RowState) -> RowState
    ) throws {
        let former = try setAside(older, in: database)
        let table = try CollectionTable(newer)
        try table.createOrExtend(in: database)
        var last: RowID?
        while case let page = try former.ids(after: last, limit: 500, in: database), let end = page.last {
            for id in page {
                guard let row = try confirmed(id, { try former.row(id, in: database) }) else { continue }
                let changed = try former.changed(id, in: database) ?? row.sequence
                try table.upsert(up(row), changed: changed, in: database)
            }
            last = end
        }
        try database.execute(sql: "DROP TABLE \(quoted(former.name))")
    }

    /// Puts the table of a removed collection where no collection's can be, with all that it holds.
    package static func retire(_ collection: ReplicationCore.Collection, in database: Database) throws {
        try dropIndexes(of: collection.name, in: database)
        try database.execute(
            sql: "ALTER TABLE \(quoted(collection.name)) RENAME TO \(quoted(RemovedTables.name(of: collection.number)))")
    }

    /// Gives a table another name, under which its rows can still be read.
    private static func setAside(
        _ collection: ReplicationCore.Collection, in database: Database
    ) throws -> CollectionTable {
        try dropIndexes(of: collection.name, in: database)
        // No name of a collection is so long.
        let name = "carried_over_" + String(repeating: "x", count: 64) + "_\(collection.number)"
        try database.execute(sql: "ALTER TABLE \(quoted(collection.name)) RENAME TO \(quoted(name))")
        return try CollectionTable(collection.renamed(name))
    }

    /// They go by the name that the table had.
    private static func dropIndexes(of table: String, in database: Database) throws {
        let names = try String.fetchAll(
            database, sql: "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
            arguments: [table])
        for name in names { try database.execute(sql: "DROP INDEX \(quoted(name))") }
    }

    /// By rising id.
    func ids(after: RowID?, limit: Int, in database: Database) throws -> [RowID] {
        let statement = try RawStatement(database, "SELECT id FROM \(quoted(name)) WHERE id > ? ORDER BY id LIMIT ?")
        if let after { try statement.bind(after, at: 1) } else { try statement.bind([UInt8](), at: 1) }
        try statement.bind(Int64(limit), at: 2)
        return try statement.all { try $0.identifier(0) }
    }
}
