import ReplicationCore
import WireProtocol

/// What the writer of a cell had seen: what the device's view showed, and nothing else.
public enum ContextRule {
    /// The context of a new write of a cell.
    ///
    /// While the cell has own writes that the hub has not echoed, their value hides what arrives
    /// underneath. So the sequence stays that of the first of them, and the identities are those that the
    /// first one named, and all own writes since.
    ///
    /// - Parameters:
    ///   - part: the cell's place in its row.
    ///   - confirmed: the row as the hub last sent it.
    ///   - own: the row's operations in the view, in the order of writing.
    public static func context(of part: Part, confirmed: RowState?, own: [PendingOperation]) -> Context {
        var first: Context?
        var pending: [ChangesetID] = []
        for write in own where write.operation.part == part {
            if first == nil {
                first = write.operation.context
                pending = write.operation.context.pending
            }
            if !pending.contains(write.identity) { pending.append(write.identity) }
        }
        guard let first else { return Context(sequence: confirmed?[part]?.sequence ?? .zero) }
        // Each write names those before it, so the latest carry the chain.
        return Context(
            sequence: first.sequence, pending: Array(pending.suffix(ProtocolLimits.pendingPerContext)))
    }

    /// What a deletion covers: each cell that the device holds or has written, by the same rule.
    public static func covering(confirmed: RowState?, own: [PendingOperation]) -> [SeenCell] {
        var parts = Set(confirmed?.cells.map(\.part) ?? [])
        parts.formUnion(own.map(\.operation.part))
        parts.remove(.liveness)
        return parts.sorted().map { SeenCell(part: $0, context: context(of: $0, confirmed: confirmed, own: own)) }
    }
}
