import ReplicationCore
import WireProtocol

extension CommitDecision {
    /// Commits a changeset that the hub itself writes. Its operations were made by the hub's own code and
    /// are accepted as they are.
    mutating func commitHubChangeset(
        _ operations: [CellOperation], identity: ChangesetID, job: ChangesetID?, cause: ChangesetID?,
        causeDot: Dot?, former: FormerPlaces? = nil
    ) throws {
        var replica = try hubReplica()
        let dot = Dot(site: 0, counter: replica.lastCounter + 1)
        let stamp = receiptTime()
        let header = ChangesetHeader(
            identity: identity, author: .zero, role: 0, stamp: stamp, schemaVersion: schema.version,
            basis: head, job: job, cause: cause)
        let salt = Array(ContentHash.of(hub.sealKey + identity.bytes).prefix(16))
        let (bytes, root) = try ChangesetCodec.encode(header, operations, saltSeed: salt)
        let sequence = nextSequence
        let author = Author(
            replica: replica, header: header, basis: head, dot: dot, evidence: nil, receipt: stamp)
        // Consequences of the hub's own changesets (an import's stock movements) follow in the same one's wake.
        var application = Application(cause: identity, causeDot: dot, author: .zero)
        for operation in operations {
            let isSum = isDerivedSum(operation)
            let write = Write(
                identity: identity, dot: isSum ? causeDot ?? dot : dot, author: .zero, role: 0, rank: 0,
                effective: stamp, sequence: sequence, former: former)
            _ = try apply(operation, write, author, isLate: false, &application)
        }
        replica.lastCounter = dot.counter
        replica.lastRoot = root
        update(replica)
        append(LogEntry(
            sequence: sequence, dot: dot, identity: identity, root: root, changeset: bytes, evidence: nil,
            receipt: [], receivedMilliseconds: moment.wallMilliseconds, touched: application.touched))
        if cause == nil {
            try commitConsequences(of: &application)
            try releaseWaiting(for: application.newRows, cause: identity)
        }
    }

    private func isDerivedSum(_ operation: CellOperation) -> Bool {
        guard case .increment = operation.action,
            case .derived = schema.collection(operation.key.collection)?.policy(of: operation.part)
        else { return false }
        return true
    }
}
