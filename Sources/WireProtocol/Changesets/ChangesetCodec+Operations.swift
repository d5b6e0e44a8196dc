import Foundation
import ReplicationCore

extension ChangesetCodec {
    static func blocks(_ operations: [CellOperation], header: ChangesetHeader) throws -> [WireRowBlock] {
        var order: [RowKey] = []
        var byRow: [RowKey: [CellOperation]] = [:]
        for operation in operations {
            if byRow[operation.key] == nil { order.append(operation.key) }
            byRow[operation.key, default: []].append(operation)
        }
        return try order.map { key in
            let operations = byRow[key, default: []]
            var row = WireRowOperations()
            row.collection = key.collection
            row.row = Data(key.row.bytes)
            row.firstPosition = operations[0].position
            var expected = operations[0].position
            row.operations = try operations.map { operation in
                var out = try wire(operation, epoch: header.basis.epoch)
                if operation.position != expected { out.position = operation.position + 1 }
                expected = operation.position + 1
                return out
            }
            var block = WireRowBlock()
            block.operations = try row.serializedData()
            return block
        }
    }

    private static func wire(_ operation: CellOperation, epoch: UInt32) throws(WireError) -> WireOperation {
        var out = WireOperation()
        out.group = operation.part.group
        switch operation.action {
        case .set(let values) where operation.part.element != nil:
            let key = operation.part.element ?? ""
            guard key.utf8.count <= ProtocolLimits.elementBytes, values.count == 1 else {
                throw WireError(.tooLarge, "a key takes \(ProtocolLimits.elementBytes) bytes, and one value")
            }
            out.kind = .put
            out.values = [WireValue(.text(key)), WireValue(values[0])]
        case .set(let values):
            out.kind = .set
            out.values = values.map { WireValue($0) }
        case .remove where operation.part.element == nil:
            // The hub's own: what a cell gives way to came before.
            out.kind = .remove
        case .add, .remove:
            let element = operation.part.element ?? ""
            guard element.utf8.count <= ProtocolLimits.elementBytes else {
                throw WireError(.tooLarge, "an element of a set takes \(ProtocolLimits.elementBytes) bytes")
            }
            out.kind = operation.action == .add ? .add : .remove
            out.values = [WireValue(.text(element))]
        case .increment(let amount):
            out.kind = .increment
            out.values = [WireValue(.integer(amount))]
        case .create: out.kind = .create
        case .restore: out.kind = .restore
        case .delete(let covering):
            out.kind = .delete
            for seen in covering { out.covering.append(try wire(seen, epoch: epoch)) }
        }
        out.seen = operation.context.sequence.number
        out.seenEpoch = seenEpoch(operation.context.sequence, epoch)
        out.pending = try pending(operation.context)
        out.resolves = operation.resolves.map { Data($0.bytes) }
        return out
    }

    private static func pending(_ context: Context) throws(WireError) -> [Data] {
        guard context.pending.count <= ProtocolLimits.pendingPerContext else {
            throw WireError(.tooLarge, "a context names at most \(ProtocolLimits.pendingPerContext) pending writes")
        }
        return context.pending.map { Data($0.bytes) }
    }

    private static func wire(_ seen: SeenCell, epoch: UInt32) throws(WireError) -> WireSeenCell {
        var out = WireSeenCell()
        out.group = seen.part.group
        if let element = seen.part.element { out.element = element }
        out.seen = seen.context.sequence.number
        out.seenEpoch = seenEpoch(seen.context.sequence, epoch)
        out.pending = try pending(seen.context)
        return out
    }

    private static func seenEpoch(_ sequence: CommitSequence, _ epoch: UInt32) -> UInt32 {
        sequence.number == 0 || sequence.epoch == epoch ? 0 : sequence.epoch
    }
}
