import ReplicationCore

/// Cells and writes for tests, told apart by the number of the commit that they belong to.
enum TestRows {
    static func write(_ number: UInt64, site: Site = 1, role: UInt32 = 1, rank: UInt32 = 0) -> Write {
        Write(
            identity: ChangesetID(high: 0x7000, low: number), dot: Dot(site: site, counter: number),
            author: RowID(high: 1, low: 1), role: role, rank: rank,
            effective: HybridTime(milliseconds: 1_000 + number), sequence: CommitSequence(epoch: 1, number: number))
    }

    static func alive(_ number: UInt64) -> CellState {
        CellState(
            part: .liveness, sequence: CommitSequence(epoch: 1, number: number),
            siblings: [Sibling(write: write(number), content: .alive)])
    }

    static func deleted(_ number: UInt64, covering state: RowState) -> CellState {
        let seen = state.cells.map { SeenCell(part: $0.part, context: Context(sequence: $0.sequence)) }
        return CellState(
            part: .liveness, sequence: CommitSequence(epoch: 1, number: number),
            siblings: [Sibling(write: write(number), content: .deleted(covering: seen))])
    }

    /// A group with a sibling for each pair of values and commit.
    static func cell(_ group: UInt32, _ siblings: [([Value], UInt64)]) -> CellState {
        CellState(
            part: Part(group: group), sequence: CommitSequence(epoch: 1, number: siblings.map(\.1).max() ?? 0),
            siblings: siblings.map { Sibling(write: write($0.1), content: .values($0.0)) })
    }
}
