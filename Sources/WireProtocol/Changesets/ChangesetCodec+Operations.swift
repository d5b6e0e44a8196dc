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
        case .set(let values):
            out.kind = .set
            out.values = values.map { WireValue($0) }
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

/// Collects the operations of a changeset, block by block.
struct OperationReader {
    let header: ChangesetHeader
    private(set) var operations: [CellOperation] = []
    private(set) var undecodable: [UInt32: Refusal] = [:]
    private var positions: Set<UInt32> = []
    private var rows: Set<RowKey> = []

    init(header: ChangesetHeader) { self.header = header }

    mutating func read(_ block: WireRowOperations) throws(WireError) {
        guard let row = RowID(bytes: block.row) else { throw WireError(.malformed, "a row id has 16 bytes") }
        let key = RowKey(collection: block.collection, row: row)
        guard rows.insert(key).inserted else { throw WireError(.malformed, "two blocks of one row") }
        guard positions.count + block.operations.count <= ProtocolLimits.operationsPerChangeset else {
            throw WireError(.tooLarge, "a changeset takes \(ProtocolLimits.operationsPerChangeset) operations")
        }
        var next = block.firstPosition
        for wire in block.operations {
            let position = wire.position > 0 ? wire.position - 1 : next
            guard position < ProtocolLimits.operationsPerChangeset, positions.insert(position).inserted else {
                throw WireError(.malformed, "operation \(position) stands twice or out of range")
            }
            next = position + 1
            do {
                operations.append(try operation(wire, key: key, position: position))
            } catch let refusal as Refusal {
                undecodable[position] = refusal
            } catch let error as WireError {
                throw error
            } catch {
                throw WireError(.malformed, "\(error)")
            }
        }
    }

    private func operation(_ wire: WireOperation, key: RowKey, position: UInt32) throws -> CellOperation {
        var part = Part(group: wire.group)
        let action: Action
        switch wire.kind {
        case .set: action = .set(try wire.values.map { try $0.core() })
        case .add, .remove:
            guard wire.values.count == 1, let element = try wire.values[0].core().text,
                element.utf8.count <= ProtocolLimits.elementBytes
            else { throw Refusal(.wrongType, "An element of a set is one text of at most \(ProtocolLimits.elementBytes) bytes.") }
            part.element = element
            action = wire.kind == .add ? .add : .remove
        case .increment:
            guard wire.values.count == 1, let amount = try wire.values[0].core().integer else {
                throw Refusal(.wrongType, "An increment is one integer.")
            }
            action = .increment(amount)
        case .create: action = .create
        case .restore: action = .restore
        case .delete:
            action = .delete(covering: try wire.covering.map { seen in
                SeenCell(
                    part: Part(group: seen.group, element: seen.hasElement ? seen.element : nil),
                    context: try context(seen.seen, seen.seenEpoch, seen.pending))
            })
        case .UNRECOGNIZED(let number):
            throw Refusal(.undecodable, "Operation of kind \(number), which this hub does not know.")
        }
        return CellOperation(
            position: position, key: key, part: part, action: action,
            context: try context(wire.seen, wire.seenEpoch, wire.pending),
            resolves: try wire.resolves.map { try identifier($0) })
    }

    private func context(_ number: UInt64, _ epoch: UInt32, _ pending: [Data]) throws -> Context {
        guard pending.count <= ProtocolLimits.pendingPerContext else {
            throw WireError(.tooLarge, "a context names at most \(ProtocolLimits.pendingPerContext) pending writes")
        }
        let sequence = number == 0
            ? .zero : CommitSequence(epoch: epoch == 0 ? header.basis.epoch : epoch, number: number)
        guard sequence.isPossible else {
            throw Refusal(.impossibleContext, "It claims to have seen \(sequence), which no hub has given.")
        }
        var identities: [ChangesetID] = []
        for bytes in pending { identities.append(try identifier(bytes)) }
        return Context(sequence: sequence, pending: identities)
    }

    private func identifier<Subject>(_ bytes: Data) throws(WireError) -> Identifier<Subject> {
        guard let identifier = Identifier<Subject>(bytes: bytes) else {
            throw WireError(.malformed, "an identity has 16 bytes")
        }
        return identifier
    }
}
