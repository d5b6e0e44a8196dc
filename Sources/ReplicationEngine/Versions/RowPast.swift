import ReplicationCore

/// What a lens asks of a row's past, in the form of the present schema.
protocol RowPast {
    /// The row as it is now; nil if it was never known.
    var row: RowState? { get throws }
    /// The row as it was right after the commit at a sequence; nil if it was not known then. Of a time that a hub has lost, what has
    /// come back of it.
    func row(at sequence: CommitSequence) throws -> RowState?
    /// The writes of devices on groups of the row that were accepted after a sequence, in their order; but not those that stood there by
    /// then in a time that the hub has lost.
    func writes(after sequence: CommitSequence, on groups: Set<UInt32>) throws -> [PastWrite]
}

extension RowPast {
    /// Those that are of one site below a counter, or of one of these changesets.
    func writes(
        by dot: Dot, or names: Set<ChangesetID>, after sequence: CommitSequence, on groups: Set<UInt32>
    ) throws -> [PastWrite] {
        try writes(after: sequence, on: groups).filter { write in
            names.contains(write.identity) || (write.dot.site == dot.site && write.dot.counter < dot.counter)
        }
    }
}

/// What one changeset wrote of a row, as its app wrote it.
struct PastWrite {
    let identity: ChangesetID
    let dot: Dot
    let sequence: CommitSequence
    /// Where it stands, by present group: of one changeset a part may have waited, or be known at a former place.
    var places: [UInt32: Place] = [:]
    /// Where its changeset was judged first, if it was refused there and has waited.
    var refused: Place?
    let schemaVersion: UInt32
    /// Those that were accepted.
    let operations: [CellOperation]

    /// A place in the hub's order, with those that it had in epochs whose end the hub has lost.
    struct Place {
        let sequence: CommitSequence
        let former: FormerPlaces?

        /// True if whoever was shown what there was at a sequence was shown this.
        func isKnown(at sequence: CommitSequence) -> Bool { Context(sequence: sequence).contains(self.sequence, former) }
    }

    /// True if its writer had been told by a sequence that it was refused: from then on it was not shown.
    func wasRefused(by basis: CommitSequence) -> Bool {
        refused?.isKnown(at: basis) ?? false
    }

    /// The place in the order in which its writer wrote: work that waited is older than its release.
    var written: CommitSequence { refused?.sequence ?? sequence }

    /// True if whoever was shown these groups of the row at a sequence was shown this.
    func stood(by sequence: CommitSequence, on groups: Set<UInt32>) -> Bool {
        if self.sequence <= sequence { return true }
        let concerned = places.filter { groups.contains($0.key) }.values
        return !concerned.isEmpty && concerned.allSatisfy { $0.isKnown(at: sequence) }
    }
}
