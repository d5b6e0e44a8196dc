import ReplicationCore
import WireProtocol

/// What a mending changeset does to the refused one: the same rule at hub and device.
struct Mending {
    /// All of it was accepted, and it is something.
    let isWhole: Bool
    /// The cells that accepted operations of it write.
    var cells: Set<Cell> = []

    struct Cell: Hashable {
        let key: RowKey
        let part: Part
    }

    /// - Parameter verdicts: by position; where none are given, everything counts as accepted.
    init(_ changeset: DecodedChangeset, _ verdicts: [Verdict]) {
        isWhole = !verdicts.isEmpty && verdicts.allSatisfy(\.isAccepted)
        for operation in changeset.operations where verdicts.isEmpty || verdicts[Int(operation.position)].isAccepted {
            cells.insert(Cell(key: operation.key, part: operation.part))
        }
    }

    /// The refused operations, by position, that are dealt with: those whose cells were written anew and, once
    /// the mending changeset is accepted whole, all that wait for nothing. What waits follows by itself.
    func settled(
        _ refused: [(position: UInt32, rule: Refusal.Rule)], of mended: DecodedChangeset
    ) -> Set<UInt32> {
        let written = Set(mended.operations.lazy.filter {
            cells.contains(Cell(key: $0.key, part: $0.part))
        }.map(\.position))
        return Set(refused.lazy.filter { refusal in
            written.contains(refusal.position)
                || isWhole && (mended.header.isAtomic || !refusal.rule.waitsForRow)
        }.map(\.position))
    }
}
