import ReplicationCore

/// The rows of a commit while it is decided: read from the store when first asked for, changed here in
/// place, and handed over at the end, each once.
struct WorkingRows {
    private let reader: any HubReader
    private var rows: [WorkingRow] = []
    private var places: [RowKey: Int] = [:]
    /// The place that was last asked for: operations of a row come together.
    private var latest = 0

    private struct WorkingRow {
        let key: RowKey
        /// Nil if the hub has never known the row.
        var state: RowState?
        var isChanged = false
    }

    init(reader: any HubReader) { self.reader = reader }

    /// Makes room for what a batch of changesets will ask for.
    mutating func reserve(_ count: Int) {
        rows.reserveCapacity(count)
        places.reserveCapacity(count)
    }

    /// Where a row stands as long as the commit is decided, whether the hub knows it or not.
    mutating func place(of key: RowKey) throws -> Int {
        if latest < rows.count, rows[latest].key == key { return latest }
        if let known = places[key] {
            latest = known
            return known
        }
        rows.append(WorkingRow(key: key, state: try reader.row(key)))
        latest = rows.count - 1
        places[key] = latest
        return latest
    }

    mutating func row(_ key: RowKey) throws -> RowState? {
        let place = try place(of: key)
        return rows[place].state
    }

    mutating func isKnown(_ key: RowKey) throws -> Bool {
        let place = try place(of: key)
        return isKnown(at: place)
    }

    /// A row is known once it was made. After a restore the hub may have cells of one that is still to be handed in.
    func isKnown(at place: Int) -> Bool { rows[place].state?[.liveness] != nil }

    /// A row that was read or changed before; nil for any other.
    func known(_ key: RowKey) -> RowState? { places[key].flatMap { rows[$0].state } }

    /// The row at a place; whoever keeps it lets the next change copy its cells.
    subscript(place: Int) -> RowState? { rows[place].state }

    /// Takes a write into the row at a place, which becomes known by it.
    ///
    /// - Parameters:
    ///   - incoming: as `Merge.apply` takes it; so are `policy` and `beside`.
    ///   - before: the cell as it stands, which whoever decides about the write has at hand.
    /// - Returns: why the cell is as it is now, how it is now, and whether it is another one than before.
    mutating func take(
        _ incoming: IncomingWrite, into part: Part, at place: Int, before: CellState?, policy: Policy, beside: Set<ChangesetID>
    ) -> (reason: MergeReason, after: CellState?, isChanged: Bool) {
        assert(before == rows[place].state?[part], "a write is compared with another cell than the one that it goes into")
        // Out of the array while it is changed, so that its cells are not copied.
        var row = rows[place].state.take() ?? RowState(key: rows[place].key)
        let reason = Merge.apply(incoming, to: &row, part: part, policy: policy, beside: beside)
        let after = row[part]
        let isChanged = after != before
        rows[place].isChanged = rows[place].isChanged || isChanged
        rows[place].state = row.cells.isEmpty ? nil : row
        return (reason, after, isChanged)
    }

    /// Puts a whole row in place of what is known of it.
    mutating func replace(_ state: RowState, at place: Int) {
        rows[place].state = state
        rows[place].isChanged = true
    }

    /// The changed rows of a collection.
    func changed(in collection: UInt32) -> [RowKey] {
        rows.lazy.filter { $0.isChanged && $0.key.collection == collection }.map(\.key)
    }

    /// By rising key, so that deciding twice plans the same.
    var changedRows: [RowState] {
        let changed = rows.indices.filter { rows[$0].isChanged }.sorted { rows[$0].key < rows[$1].key }
        return changed.compactMap { rows[$0].state }
    }
}
