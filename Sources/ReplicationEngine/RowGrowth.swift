import ReplicationCore
import WireProtocol

/// Keeps a row from growing beyond what travels. Writes only ever add to a row what their writers had not seen:
/// elements of sets stay as marks of their removal, values stand beside those that no context names, and each
/// concurrent deletion keeps what it covers. Hub and devices ask the same.
struct RowGrowth {
    private let row: RowState
    private var weight: Int

    init(_ row: RowState) {
        self.row = row
        weight = row.weight
    }

    /// Counts an operation in, unless the row has no room for it.
    ///
    /// - Parameter collection: of the row.
    /// - Returns: why it cannot be taken; nil if it can.
    mutating func refusal(of operation: CellOperation, in collection: ReplicationCore.Collection) -> Refusal? {
        let growth = growth(by: operation, in: collection)
        guard growth > 0 else { return nil }
        guard weight + growth <= ProtocolLimits.rowBytes else {
            return Refusal(.rowFull, "\(collection.label) \(operation.key.row) has grown to what a row may hold, \(ProtocolLimits.rowBytes) bytes.")
        }
        weight += growth
        return nil
    }

    private func growth(by operation: CellOperation, in collection: ReplicationCore.Collection) -> Int {
        let content: Int
        switch operation.action {
        case .set(let values): content = values.reduce(0) { $0 + $1.weight }
        case .delete(let covering): content = covering.reduce(0) { $0 + $1.weight }
        case .add, .create, .restore: content = 1
        // The one takes away; the other is one number for each device.
        case .remove, .increment: return 0
        }
        let added = CellState.weight(of: operation.part) + Sibling.weightOfWrite + content
        guard let cell = row[operation.part] else { return added }
        // A later value stands beside the first, whatever its writer had seen.
        if case .writeOnce = collection.policy(of: operation.part) { return added }
        let replacesAll = cell.siblings.allSatisfy { operation.context.contains($0.write) }
        return replacesAll ? added - cell.weight : added
    }
}

extension RowState {
    /// About how many bytes the row takes where it is stored and where it travels: for bounds, and nothing else.
    package var weight: Int { cells.reduce(0) { $0 + $1.weight } }
}

extension CellState {
    var weight: Int {
        siblings.reduce(Self.weight(of: part)) { $0 + $1.weight } + (tally.map { 8 + 8 * $0.contained.count } ?? 0)
    }

    static func weight(of part: Part) -> Int { 8 + (part.element?.utf8.count ?? 0) }
}

extension Sibling {
    /// A write as it stands in a packed clock.
    static let weightOfWrite = 56

    fileprivate var weight: Int {
        let content = switch self.content {
        case .values(let values): values.reduce(0) { $0 + $1.weight }
        case .deleted(let covering): covering.reduce(0) { $0 + $1.weight }
        case .present, .alive: 1
        }
        return Self.weightOfWrite + content
    }
}

extension SeenCell {
    fileprivate var weight: Int { 16 + (part.element?.utf8.count ?? 0) + 16 * context.pending.count }
}

extension Value {
    fileprivate var weight: Int {
        switch self {
        case .null, .boolean: 4
        case .integer, .real: 12
        case .text(let text): 8 + text.utf8.count
        case .bytes(let bytes): 8 + bytes.count
        }
    }
}

extension CommitDecision {
    /// Refuses what would let rows grow beyond what travels. A row that the changeset makes is bounded by the
    /// changeset's own size.
    mutating func refuseGrowth(of changeset: DecodedChangeset, in judgement: inout Judgement) throws {
        // Operations on one row stand together.
        var current: (key: RowKey, growth: RowGrowth?)?
        for operation in changeset.operations where judgement.verdicts[Int(operation.position)].isAccepted {
            if current?.key != operation.key {
                current = (operation.key, try rows.row(operation.key).map { RowGrowth($0) })
            }
            guard let collection = schema.collection(operation.key.collection),
                let refusal = current?.growth?.refusal(of: operation, in: collection)
            else { continue }
            judgement.verdicts[Int(operation.position)].outcome = .refused(refusal)
        }
    }
}
