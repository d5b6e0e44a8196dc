import ReplicationCore
import ReplicationEngine
import WireProtocol

/// Access that was taken away: whatever is received from then on is refused, until it is given back.
extension History {
    func checkAccess(_ entry: LogEntry, _ reader: any HubReader) throws {
        let header: ChangesetHeader
        do {
            header = try ChangesetCodec.decode(entry.changeset).header
        } catch {
            // Bytes that are no changeset are nobody's, and nothing of them is accepted.
            return
        }
        if let act = header.act { return access.take(act, at: entry.sequence) }
        let identity = header.releases ?? header.salvages ?? entry.identity
        // Cells are handed in by whoever holds them, whoever has written them.
        let replica = header.salvages == nil ? writers[identity] : header.job.map { ReplicaID(high: $0.high, low: $0.low) }
        guard let replica, access.revoked.contains(replica.bytes), !entry.receipt.isEmpty else { return }
        if header.salvages == nil, try isAdopted(identity, reader) { return }
        let verdicts = try ReceiptCodec.decode(WireReceipt(serializedBytes: entry.receipt)).verdicts
        if verdicts.contains(where: \.isAccepted) {
            violation(of: "access", "At \(entry.sequence) the hub accepts changeset \(identity) from replica \(replica), which has no access.")
        }
    }

    /// Whether what a device's changeset says of refused ones counts.
    func hasAccess(_ entry: LogEntry) -> Bool {
        writers[entry.identity].map { !access.revoked.contains($0.bytes) } ?? true
    }

    /// What a device had been given a receipt for, in a time that the hub has lost, had been accepted before.
    private func isAdopted(_ identity: ChangesetID, _ reader: any HubReader) throws -> Bool {
        try reader.adopted(identity)?.receipt != nil
    }
}
