import ReplicationCore

/// What a lens asks of a row's past, in the form of the present schema.
protocol RowPast {
    /// The row as it is now; nil if it was never known.
    var row: RowState? { get throws }
    /// The row as it was right after the commit at a sequence; nil if it was not known then.
    func row(at sequence: CommitSequence) throws -> RowState?
    /// The accepted writes of the row after a sequence that are of one site below a counter, or of one of these
    /// changesets, in their order.
    func writes(by dot: Dot, or names: Set<ChangesetID>, after sequence: CommitSequence) throws -> [PastWrite]
}

/// What one changeset wrote of a row, as its app wrote it.
struct PastWrite {
    let identity: ChangesetID
    let dot: Dot
    let sequence: CommitSequence
    let schemaVersion: UInt32
    /// Those that were accepted.
    let operations: [CellOperation]
}
