import Documents
import ReplicationCore
import ReplicationEngine

/// The rows of a device, as its user may read them, for documents that are made from them.
struct ReplicaRecords: DocumentRecords {
    let replica: Replica
    let schema: Schema
    private let role: UInt32

    init(_ replica: Replica) {
        self.replica = replica
        schema = replica.schema
        role = replica.progress.role
    }

    func mayRead(_ field: String, of collection: Collection) -> Bool {
        guard let group = collection.group(holding: field) else { return false }
        return schema.mayRead(role, collection) && (group.readers?.contains(role) ?? true)
    }

    func row(_ key: RowKey) throws -> [String: [Value]]? {
        guard let collection = schema.collection(key.collection),
            let row = try replica.query("SELECT * FROM \"\(collection.name)\" WHERE id = ? AND _alive", [.reference(key.row)]).first
        else { return nil }
        var values: [String: [Value]] = [:]
        for field in collection.fields where mayRead(field.name, of: collection) {
            if collection.group(holding: field.name)?.isSet == true {
                values[field.name] = try row.elements(field.name).map { .text($0) }
            } else if !row[field.name].isNull {
                values[field.name] = [field.type == .boolean ? .boolean(row.boolean(field.name) ?? false) : row[field.name]]
            }
        }
        return values
    }

    func isGone(_ key: RowKey) throws -> Bool {
        guard let collection = schema.collection(key.collection) else { return false }
        return try replica.query("SELECT 1 AS gone FROM \"\(collection.name)\" WHERE id = ? AND NOT _alive", [.reference(key.row)]).first != nil
    }

    func rows(of collection: UInt32, where field: String, names row: RowID) throws -> [RowID] {
        guard let collection = schema.collection(collection), collection.field(named: field) != nil else { return [] }
        // One more than a document may show tells that there are too many.
        return try replica.query(
            "SELECT id FROM \"\(collection.name)\" WHERE _alive AND \"\(field)\" = ? ORDER BY id LIMIT \(DocumentLimits.tableRows + 1)", [.reference(row)]
        ).map { try $0.id }
    }
}
