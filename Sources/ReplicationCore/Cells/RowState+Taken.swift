extension RowState {
    /// Nothing is left of the row but that it was deleted: no values, and nothing that could bring it back. So are
    /// rows that were purged or erased, and rows that were deleted before anything was written to them.
    public var isStripped: Bool { cells.count == 1 && cells[0].part == .liveness && isDeleted }

    /// What is left of a row that was purged: its id, and what its deletions covered.
    public var stripped: RowState { RowState(key: key, cells: self[.liveness].map { [$0] } ?? []) }

    /// What is left of a row that was erased.
    ///
    /// - Parameters:
    ///   - key: of the row.
    ///   - write: the hub's own.
    public static func erased(_ key: RowKey, by write: Write) -> RowState {
        RowState(key: key, cells: [CellState(
            part: .liveness, sequence: write.sequence,
            siblings: [Sibling(write: write, content: .deleted(covering: []))])])
    }
}
