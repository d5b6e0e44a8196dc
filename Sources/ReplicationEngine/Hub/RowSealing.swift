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
    /// - Parameter row: the cells that are in the change.
    func sealed(_ change: WireRowChange, of row: RowState) -> WireRowChange {
        guard let sealing, row.cells.contains(where: { sealing.covers($0) }) else { return change }
        var change = change
        sealing.seal.seal(&change, in: row.key.collection, version: version)
        return change
    }
}
