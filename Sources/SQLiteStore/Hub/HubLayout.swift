import ReplicationCore
import ReplicationEngine

/// What a store's code needs to know and does not change while it is open.
struct HubLayout: Sendable {
    let schema: Schema
    let rules: ScopeRules
    let classes: ReaderClasses
    let hub: HubIdentity
    let path: String
    let numbers: ScopeNumbers
    private let tables: [UInt32: HubCollection]

    init(schema: Schema, hub: HubIdentity, path: String) throws {
        self.schema = schema
        self.hub = hub
        self.path = path
        rules = ScopeRules(schema)
        classes = ReaderClasses(schema)
        numbers = ScopeNumbers()
        var tables: [UInt32: HubCollection] = [:]
        for collection in schema.collections {
            tables[collection.number] = HubCollection(
                table: try CollectionTable(collection), scopeFields: rules.fields(of: collection.number))
        }
        self.tables = tables
    }

    /// The table of a collection; nil if the schema has none of this number.
    func collection(_ number: UInt32) -> HubCollection? { tables[number] }
}

/// A collection's table and what the hub asks of it beyond the rows. Handed around by reference like the table.
final class HubCollection: Sendable {
    let table: CollectionTable
    /// How many of `watched` the scopes depend on; they come first.
    let scopeFields: Int
    /// The columns whose old values a commit has to know: those of scopes, and those of indexes.
    let watched: [TableColumn]
    /// Reads when a row last changed, whether it is alive, and its watched columns.
    let watchedQuery: String

    init(table: CollectionTable, scopeFields: [String]) {
        self.table = table
        let ofScopes = scopeFields.compactMap { name in table.columns.first { $0.name == name } }
        self.scopeFields = ofScopes.count
        watched = ofScopes + table.indexedColumns.filter { !scopeFields.contains($0.name) }
        let names = (["_sequence", "_alive"] + watched.map(\.name)).map(quoted).joined(separator: ", ")
        watchedQuery = "SELECT \(names) FROM \(quoted(table.name)) WHERE id = ?"
    }

    /// What the watched columns show of a row.
    func shown(of state: RowState) -> [Value] { watched.map { table.shown($0, of: state) } }
}
