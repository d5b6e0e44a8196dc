import ReplicationCore
import WireProtocol

/// Puts a seal on the row changes that hold what the hub may lose by being restored, so that it knows them again when a
/// device hands them in. Only of what is committed: a seal on anything else would make it true.
struct RowSealing: Sendable {
    let seal: RowSeal
    /// What every backup holds that the hub may be restored from.
    let safe: CommitSequence

    /// True of a cell that is handed in after a restore. Sums and what is derived come back with their increments.
    func covers(_ cell: CellState) -> Bool { cell.sequence > safe && cell.isHandedIn }
}

extension CellState {
    /// True of a cell that devices hand in as it is: of a sum nobody could tell the amounts.
    var isHandedIn: Bool { tally == nil }
}

extension ChangeEncoder {
    /// - Parameters:
    ///   - row: the cells that are in the change.
    ///   - contained: what of lost time the row's cells contain. Of cells as earlier versions have them it is not known.
    func sealed(_ change: WireRowChange, of row: RowState, _ contained: [ContainedPlace] = []) -> WireRowChange {
        guard let sealing, row.cells.contains(where: { sealing.covers($0) }) else { return change }
        var change = change
        for (index, cell) in row.cells.enumerated() where !contained.isEmpty && sealing.covers(cell) {
            for place in contained where place.part == cell.part {
                var wire = WireContained()
                wire.cell = UInt32(index)
                wire.upTo = WireSequence(place.sequence)
                change.contained.append(wire)
            }
        }
        sealing.seal.seal(&change, in: row.key.collection, version: version)
        return change
    }
}
