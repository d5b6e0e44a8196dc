import GRDB
import ReplicationCore

extension CollectionTable {
    /// Makes the table and its indexes, or adds the columns and indexes that an existing one lacks.
    ///
    /// Adding is all it does: whether the change is one that may be made to a store is decided before,
    /// by `StoredShape`.
    package func createOrExtend(in database: Database) throws {
        if try database.tableExists(name) {
            let present = Set(try database.columns(in: name).map(\.name))
            for column in columns where !present.contains(column.name) {
                try database.execute(sql: "ALTER TABLE \(quoted(name)) ADD COLUMN \(definition(of: column))")
            }
        } else {
            let fields = columns.map { definition(of: $0) + ",\n" }.joined()
            try database.execute(sql: """
                CREATE TABLE \(quoted(name)) (
                id BLOB NOT NULL PRIMARY KEY,
                \(fields)"_clock" BLOB NOT NULL,
                "_sequence" INTEGER NOT NULL,
                "_alive" INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID
                """)
        }
        for fields in indexes {
            let index = quoted("_\(name)_by_\(fields.joined(separator: "_and_"))")
            let list = fields.map(quoted).joined(separator: ", ")
            try database.execute(sql: "CREATE INDEX IF NOT EXISTS \(index) ON \(quoted(name)) (\(list))")
        }
    }

    /// Columns may be null: a row need not have every field, and later columns must be addable.
    private func definition(of column: TableColumn) -> String {
        "\(quoted(column.name)) \(column.kind.sqlType)"
    }
}
