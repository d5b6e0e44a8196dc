import ReplicationCore
import SwiftProtobuf
import WireProtocol

/// After a restore: a changeset that the hub has kept may have waited when the backup was made, and have been released in
/// the time that the hub has lost. Then its writes stood there, and others saw them.
extension CommitDecision {
    /// Takes notice of it, from the receipt that the writer has. What still waits is released as it was then; what was released
    /// anew meanwhile gives way to what had seen it.
    mutating func recallRelease(of submission: Submission, _ known: LogEntry, from replica: ReplicaRecord) throws {
        guard let last = try formerReceipts(of: submission).last, let places = FormerPlaces([last.sequence]),
            try adopted(known.identity)?.receipt == nil, case .decoded(let changeset) = submission.content
        else { return }
        let receipt = try ReceiptCodec.encode(last, seal: seal).serializedBytes() as [UInt8]
        change {
            $0.adopted.append(AdoptedChangeset(
                identity: known.identity, former: places, sequence: known.sequence, receipt: receipt))
        }
        let cause: ChangesetID = DerivedIdentifier.make("handed in", [known.identity.bytes])
        try releaseWaiting(for: release(known.identity, cause: cause))
        for operation in try understood(changeset, at: known.dot).operations {
            guard let cell = try rows.row(operation.key)?[operation.part],
                let standing = cell.sibling(of: known.identity), standing.write.place(in: last.sequence.epoch) == nil,
                schema.collection(operation.key.collection)?.policy(of: operation.part) != .writeOnce,
                try contained(operation.part, of: operation.key, in: last.sequence.epoch) >= last.sequence
            else { continue }
            try takeOut(of: cell, operation.key, Context(pending: [known.identity]), beside: [], replica.id)
        }
    }

    /// What a changeset's writer has a receipt for, of lost time; here it may wait for a row that is not back yet.
    func positionsAccepted(byLostReceiptOf identity: ChangesetID) throws -> Set<UInt32> {
        guard let receipt = try adopted(identity)?.receipt else { return [] }
        let verdicts = try ReceiptCodec.decode(WireReceipt(serializedBytes: receipt)).verdicts
        return Set(verdicts.indices.lazy.filter { verdicts[$0].isAccepted }.map { UInt32($0) })
    }

    /// Whether the operation of a changeset on a cell was handed in and not taken in: it stands in quarantine, or its writer let
    /// go of it or mended it. Of others of the changeset nothing follows.
    func isWithheld(_ entry: LogEntry, _ part: Part, _ key: RowKey) throws -> Bool {
        let planned = plan.withheld.filter { $0.identity == entry.identity }.map(\.position)
        let waiting = try quarantined(of: entry.identity).map(\.position)
        let positions = try reader.withheld(of: entry.identity).union(planned + waiting)
        guard !positions.isEmpty, let changeset = ChangesetCodec.readable(entry.changeset)?.aimed(at: schema) else { return false }
        let places = Set(positions.map { changeset.place(of: $0) })
        return changeset.operations.contains { $0.key == key && $0.part == part && places.contains($0.position) }
    }

    /// A context of lost time with the names of those writes that stood there then and were taken in anew without that being known.
    mutating func widened(_ operation: CellOperation, over cell: CellState?) throws -> Context {
        let context = operation.context
        guard hub.isLost(context.sequence), let cell else { return context }
        var widened = context
        // What the state contained of still earlier times.
        for place in try contained(operation.part, of: operation.key, at: context.sequence) {
            let earlier = Context(sequence: place)
            widened.pending += cell.siblings.map(\.write).filter { earlier.contains($0) && !widened.contains($0) }.map(\.identity)
        }
        for sibling in cell.siblings
        where sibling.write.place(in: context.sequence.epoch) == nil && !widened.contains(sibling.write) {
            let places = try formerPlaces(of: sibling.write.identity, operation.part, operation.key)
            if places.contains(where: { $0.epoch == context.sequence.epoch && $0 <= context.sequence }) {
                widened.pending.append(sibling.write.identity)
            }
        }
        return widened
    }
}
