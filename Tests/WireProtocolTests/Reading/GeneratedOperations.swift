import Foundation
import ReplicationCore
@testable import WireProtocol

/// Collects the operations of a changeset from the generated types, block by block.
struct GeneratedOperations {
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
        case .remove where wire.values.isEmpty: action = .remove
        case .add, .remove:
            guard wire.values.count == 1, let element = try wire.values[0].core().text,
                element.utf8.count <= ProtocolLimits.elementBytes
            else { throw Refusal(.wrongType, "An element of a set is one text of at most \(ProtocolLimits.elementBytes) bytes.") }
            part.element = element
            action = wire.kind == .add ? .add : .remove
        case .put:
            guard wire.values.count == 2, let key = try wire.values[0].core().text, key.utf8.count <= ProtocolLimits.elementBytes
            else { throw Refusal(.wrongType, "A value by key is a key, one text of at most \(ProtocolLimits.elementBytes) bytes, and a value.") }
            part.element = key
            action = .set([try wire.values[1].core()])
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
