import ReplicationCore

/// What a lens asks of a row's past, in the form of the present schema.
protocol RowPast {
    /// The row as it is now; nil if it was never known.
    var row: RowState? { get throws }
    /// The row as it was right after the commit at a sequence; nil if it was not known then.
    func row(at sequence: CommitSequence) throws -> RowState?
    /// The writes of devices on the row that were accepted after a sequence, in their order.
    func writes(after sequence: CommitSequence) throws -> [PastWrite]
}

extension RowPast {
    /// Those that are of one site below a counter, or of one of these changesets.
    func writes(by dot: Dot, or names: Set<ChangesetID>, after sequence: CommitSequence) throws -> [PastWrite] {
        try writes(after: sequence).filter { write in
            names.contains(write.identity) || (write.dot.site == dot.site && write.dot.counter < dot.counter)
        }
    }
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
