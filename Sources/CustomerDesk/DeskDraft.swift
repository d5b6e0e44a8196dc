import ReplicationCore
import ReplicationEngine

/// What the desk is going to write, all or nothing.
struct DeskDraft {
    private(set) var rows: [ImportBatch.Row] = []
    var records: [ServiceChange] = []

    var isEmpty: Bool { rows.isEmpty && records.isEmpty }

    /// Makes a row, or changes these fields of one that is there.
    mutating func write(_ collection: String, _ id: RowID, _ fields: [String: Value]) {
        let fields = fields.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        if let place = rows.firstIndex(where: { $0.collection == collection && $0.row == id }) {
            rows[place].fields.removeAll { old in fields.contains { $0.name == old.name } }
            rows[place].fields += fields
        } else {
            rows.append(.init(collection: collection, row: id, fields: fields, sets: [], fillsOnly: false))
        }
    }

    mutating func put(_ record: some DeskRecord) throws { records.append(.put(try record.stored())) }
    mutating func remove(_ record: some DeskRecord) { records.append(.remove(record.key)) }
}
