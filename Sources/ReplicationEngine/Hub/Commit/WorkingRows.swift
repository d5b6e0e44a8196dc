import ReplicationCore

/// The rows of a commit while it is decided: read from the store when first asked for, changed here, and
/// handed over at the end, each once.
struct WorkingRows {
    private let reader: any HubReader
    private var rows: [RowKey: RowState?] = [:]
    private var changed: Set<RowKey> = []

    init(reader: any HubReader) { self.reader = reader }

    mutating func row(_ key: RowKey) throws -> RowState? {
        if let known = rows[key] { return known }
        let row = try reader.row(key)
        rows[key] = .some(row)
        return row
    }

    /// A row that was read or changed before; nil for any other.
    func known(_ key: RowKey) -> RowState? { rows[key] ?? nil }

    mutating func set(_ row: RowState) {
        rows[row.key] = .some(row)
        changed.insert(row.key)
    }

    /// By rising key, so that deciding twice plans the same.
    var changedRows: [RowState] {
        changed.sorted().compactMap { rows[$0] ?? nil }
    }
}
