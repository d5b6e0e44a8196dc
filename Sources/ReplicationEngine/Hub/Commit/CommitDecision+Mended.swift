import ReplicationCore
import WireProtocol

/// Waiting work whose writer had seen a write that was refused, and that has been mended since.
extension CommitDecision {
    /// The operation, its contexts holding the mending writes that put into their cells what a mended changeset in the
    /// context had put there: who has seen the one has seen the other. So do those by which a deletion says what it covers.
    ///
    /// - Parameter author: of the operation; only who wrote a changeset mends it.
    mutating func holdingWhatMended(_ operation: CellOperation, _ author: RowID) throws -> CellOperation {
        var widened = operation
        widened.context = try holdingWhatMended(operation.context, operation.part, of: operation.key, author)
        if case .delete(let covering) = operation.action {
            widened.action = .delete(covering: try covering.map {
                SeenCell(part: $0.part, context: try holdingWhatMended($0.context, $0.part, of: operation.key, author))
            })
        }
        return widened
    }

    private mutating func holdingWhatMended(
        _ context: Context, _ part: Part, of key: RowKey, _ author: RowID
    ) throws -> Context {
        guard !context.pending.isEmpty, let cell = try rows.row(key)?[part] else { return context }
        let named = Set(context.pending)
        var context = context
        for sibling in cell.siblings where sibling.write.author == author && !context.contains(sibling.write) {
            let isHeld = try mended(by: sibling.write.identity, author).contains { changeset in
                named.contains(changeset.header.identity)
                    && changeset.operations.first { $0.key == key && $0.part == part }?.action.content == sibling.content
            }
            if isHeld { context.pending.append(sibling.write.identity) }
        }
        // As of any context: where it would be more, the latest.
        context.pending.removeFirst(max(0, context.pending.count - ProtocolLimits.pendingPerContext))
        return context
    }

    /// What a changeset mends, what that one had mended in turn, and so on.
    private mutating func mended(by identity: ChangesetID, _ author: RowID) throws -> [DecodedChangeset] {
        var known: [DecodedChangeset] = []
        var next = try entry(of: identity).flatMap { ChangesetCodec.readable($0.changeset)?.header.mends }
        var seen: Set<ChangesetID> = [identity]
        while let mended = next, seen.insert(mended).inserted, let entry = try entry(of: mended),
            let changeset = ChangesetCodec.readable(entry.changeset)?.aimed(at: schema), changeset.header.author == author {
            known.append(changeset)
            next = changeset.header.mends
        }
        return known
    }
}

extension Action {
    /// What it puts into the cell; nil if that depends on what is there.
    fileprivate var content: Sibling.Content? {
        switch self {
        case .set(let values): .values(values)
        case .add: .present
        case .create, .restore: .alive
        case .remove, .increment, .delete: nil
        }
    }
}
