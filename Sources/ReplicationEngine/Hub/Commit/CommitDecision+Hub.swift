import ReplicationCore
import WireProtocol

/// A changeset of the hub's own, with its place in the hub's stream and in its order, before it stands there.
struct HubChangeset {
    let identity: ChangesetID
    let dot: Dot
    let sequence: CommitSequence
    let bytes: [UInt8]
    let root: [UInt8]
}

extension CommitDecision {
    /// Fixes a changeset of the hub's own at the next places. Nothing else is put into the log before it is appended.
    mutating func makeHubChangeset(_ header: ChangesetHeader, _ operations: [CellOperation]) throws -> HubChangeset {
        let salt = Array(ContentHash.of(hub.sealKey + header.identity.bytes).prefix(16))
        let (bytes, root) = try ChangesetCodec.encode(header, operations, saltSeed: salt)
        return HubChangeset(
            identity: header.identity, dot: Dot(site: 0, counter: try hubReplica().lastCounter + 1), sequence: nextSequence,
            bytes: bytes, root: root)
    }

    mutating func append(_ changeset: HubChangeset, receipt: [UInt8] = [], touched: [LogEntry.Touched]) throws {
        var record = try hubReplica()
        record.lastCounter = changeset.dot.counter
        record.lastRoot = changeset.root
        update(record)
        append(LogEntry(
            sequence: changeset.sequence, dot: changeset.dot, identity: changeset.identity, root: changeset.root,
            changeset: changeset.bytes, evidence: nil, receipt: receipt, receivedMilliseconds: moment.wallMilliseconds,
            touched: touched))
    }

    /// Commits a changeset that the hub itself writes. Its operations were made by the hub's own code and
    /// are accepted as they are.
    ///
    /// - Returns: the rows that it makes, if it follows from another: whoever commits that releases what waits for them.
    @discardableResult
    mutating func commitHubChangeset(
        _ operations: [CellOperation], identity: ChangesetID, job: ChangesetID?, cause: ChangesetID?,
        causeDot: Dot?, former: FormerPlaces? = nil
    ) throws -> [RowKey] {
        let stamp = receiptTime()
        let header = ChangesetHeader(
            identity: identity, author: .zero, role: 0, stamp: stamp, schemaVersion: schema.version,
            basis: head, job: job, cause: cause)
        let changeset = try makeHubChangeset(header, operations)
        let (dot, sequence) = (changeset.dot, changeset.sequence)
        let author = Author(
            replica: try hubReplica(), header: header, basis: head, dot: dot, evidence: nil, receipt: stamp)
        // Consequences of the hub's own changesets (an import's stock movements) follow in the same one's wake.
        var application = Application(cause: identity, causeDot: dot, author: .zero)
        for operation in operations {
            let isSum = isDerivedSum(operation)
            let write = Write(
                identity: identity, dot: isSum ? causeDot ?? dot : dot, author: .zero, role: 0, rank: 0,
                effective: stamp, sequence: sequence, former: former)
            _ = try apply(operation, write, author, isLate: false, &application)
        }
        try append(changeset, touched: application.touched)
        guard cause == nil else { return application.newRows }
        try commitConsequences(of: &application)
        try releaseWaiting(for: application.newRows, cause: identity)
        return []
    }

    private func isDerivedSum(_ operation: CellOperation) -> Bool {
        guard case .increment = operation.action,
            case .derived = schema.collection(operation.key.collection)?.policy(of: operation.part)
        else { return false }
        return true
    }
}
