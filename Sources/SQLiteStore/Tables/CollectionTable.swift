import GRDB
import ReplicationCore

/// The SQL table of a collection: a real column for each field, so that any SQL tool can read what is
/// shown, and one packed clock that holds the rest of the row's cells.
///
/// Beside the fields it has `id` (16 bytes), `_clock`, `_sequence` (when the row last changed in the
/// hub's order) and `_alive`. Deleted rows stay, with `_alive` 0. Immutable, and handed around by reference
/// like its collection.
package final class CollectionTable: Sendable {
    package let collection: ReplicationCore.Collection
    let columns: [TableColumn]
    /// For each of the collection's groups, the columns that hold its fields.
    let groupColumns: [Range<Int>]
    /// References are followed backwards, and uniqueness is looked up by its first field.
    let indexes: [[String]]
    let indexedColumns: [TableColumn]
    let statements: Statements

    /// The text of the hot statements, made once: the statement cache finds them by it.
    struct Statements {
        let read: String
        let upsert: String
        /// Writes nothing where the table holds the row; its parameters are those of `upsert`.
        let insert: String
        /// Leaves the indexed columns out; its parameters have the numbers of those of `upsert`.
        let update: String
        let changed: String
        let delete: String
        let count: String
    }

    /// - Throws: `StorageFault.otherSchema` if a name cannot be the name of a table or column here.
    package init(_ collection: ReplicationCore.Collection) throws {
        self.collection = collection
        try Self.checkNames(of: collection)
        columns = collection.groups.flatMap { group in
            group.fields.indices.map { TableColumn(group.fields[$0], at: $0, of: group) }
        }
        var start = 0
        groupColumns = collection.groups.map { group in
            defer { start += group.fields.count }
            return start..<start + group.fields.count
        }
        indexes = Self.indexes(of: collection, columns)
        let indexed = Set(indexes.joined())
        indexedColumns = columns.filter { indexed.contains($0.name) }
        statements = Self.statements(of: collection, columns, indexed)
    }

    package var name: String { collection.name }

    /// The columns that hold a group's fields.
    func columns(of group: UInt32) -> Range<Int>? { collection.place(ofGroup: group).map { groupColumns[$0] } }

    private static func statements(
        of collection: ReplicationCore.Collection, _ columns: [TableColumn], _ indexed: Set<String>
    ) -> Statements {
        let table = quoted(collection.name)
        let names = columns.map { quoted($0.name) } + ["\"_clock\"", "\"_sequence\"", "\"_alive\""]
        let places = repeatElement("?", count: names.count + 1).joined(separator: ", ")
        let updates = names.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        let free = (columns.map(\.name) + ["_clock", "_sequence", "_alive"]).enumerated().filter { !indexed.contains($1) }
        let changes = free.map { "\(quoted($1)) = ?\($0 + 2)" }.joined(separator: ", ")
        return Statements(
            read: "SELECT \(names.joined(separator: ", ")) FROM \(table) WHERE id = ?",
            upsert: """
                INSERT INTO \(table) (id, \(names.joined(separator: ", "))) VALUES (\(places)) \
                ON CONFLICT (id) DO UPDATE SET \(updates)
                """,
            insert: """
                INSERT INTO \(table) (id, \(names.joined(separator: ", "))) VALUES (\(places)) ON CONFLICT (id) DO NOTHING
                """,
            update: "UPDATE \(table) SET \(changes) WHERE id = ?1",
            changed: "SELECT \"_sequence\" FROM \(table) WHERE id = ?",
            delete: "DELETE FROM \(table) WHERE id = ?",
            count: "SELECT count(*) FROM \(table) WHERE \"_alive\" = 1")
    }

    private static func indexes(
        of collection: ReplicationCore.Collection, _ columns: [TableColumn]
    ) -> [[String]] {
        var indexes: [[String]] = []
        for fields in collection.unique + columns.filter(\.isReference).map({ [$0.name] }) {
            // An index serves every lookup by its first fields.
            if !indexes.contains(where: { $0.starts(with: fields) }) { indexes.append(fields) }
        }
        return indexes
    }

    private static func checkNames(of collection: ReplicationCore.Collection) throws {
        func check(_ name: String, _ kind: String, _ reserved: Set<String>) throws {
            // The store's own tables start with an underscore; GRDB and SQLite own two prefixes.
            let lower = name.lowercased()
            let isTaken = reserved.contains(lower) || ["_", "sqlite_", "grdb_"].contains { lower.hasPrefix($0) }
            if name.isEmpty || name.contains("\0") || isTaken {
                throw StorageFault(.otherSchema, "'\(name)' cannot name a \(kind) in the store; rename it in the schema.")
            }
        }
        try check(collection.name, "collection", [])
        var taken: Set<String> = ["id"]
        for field in collection.fields {
            try check(field.name, "field of \(collection.name)", taken)
            taken.insert(field.name.lowercased())
        }
    }
}

/// One field's column.
struct TableColumn: Sendable {
    let name: String
    let kind: ColumnKind
    let group: UInt32
    /// Its place among the group's fields.
    let place: Int
    let isReference: Bool

    init(_ field: Field, at place: Int, of group: Group) {
        name = field.name
        kind = ColumnKind(field, in: group)
        self.group = group.number
        self.place = place
        switch field.type {
        case .reference, .anyReference: isReference = !group.isSet
        case .text, .integer, .real, .boolean, .timestamp, .date, .choice, .bytes, .blob, .custom: isReference = false
        }
    }
}

/// A name as SQL takes it, whatever characters it has.
package func quoted(_ name: String) -> String {
    "\"" + name.replacing("\"", with: "\"\"") + "\""
}
