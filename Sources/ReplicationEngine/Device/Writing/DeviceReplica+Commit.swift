import ReplicationCore
import WireProtocol

/// What a local commit did.
public struct LocalCommit: Sendable, Equatable {
    public let identity: ChangesetID
    public let dot: Dot
    /// The rows whose view changed.
    public let rows: Set<RowKey>
}

extension DeviceReplica {
    /// Fixes a local transaction as a changeset, appends it to the outbox and makes it visible.
    ///
    /// - Returns: nil if the transaction wrote nothing.
    /// - Throws: `DeviceError` for the first rule that it breaks: nothing has changed then.
    public mutating func commit(
        _ transaction: LocalTransaction, in store: any DeviceTransaction, at now: DeviceInstant,
        random: inout some RandomNumberGenerator
    ) throws -> LocalCommit? {
        let operations = transaction.operations
        guard !operations.isEmpty || transaction.discards != nil else { return nil }
        try transaction.check(operations, store: store)
        if let discarded = transaction.discards { try store.removeRefusals(of: discarded) }

        let evidence = progress.hubClock?.evidence(at: now)
        var clock = HybridClock(last: progress.clock)
        // Hub time where it is known: a user who sets the wall clock changes nothing.
        let stamp = clock.tick(wallMilliseconds: evidence?.hubMilliseconds ?? now.wall)
        let header = ChangesetHeader(
            identity: generator.next(milliseconds: stamp.milliseconds, random: &random), author: identity.user,
            role: progress.role, stamp: stamp, schemaVersion: schema.version, basis: progress.basis,
            isAtomic: transaction.isAtomic, mends: transaction.mends, discards: transaction.discards)
        let fixed = try encode(header, operations, random: &random)

        let dot = Dot(site: progress.site, counter: progress.lastCounter + 1)
        progress.lastPosition += 1
        let entry = OutboxEntry(
            position: progress.lastPosition, identity: header.identity, dot: dot, predecessor: progress.lastRoot,
            root: fixed.root, changeset: fixed.bytes, evidence: evidence)
        try store.put(entry)
        progress.lastCounter = dot.counter
        progress.lastRoot = fixed.root
        progress.clock = clock.last
        try store.save(progress)

        // Read back what was fixed: the view then shows exactly what the hub will read.
        pending.insert(try ChangesetCodec.decode(fixed.bytes), dot: dot, receipt: nil, reader: derivations)
        let written = Set(operations.map(\.key))
        try refresh(written, in: store)
        let derived = try refreshDerived(from: written, affected: [], in: store)
        return LocalCommit(identity: header.identity, dot: dot, rows: written.union(derived))
    }

    private func encode(
        _ header: ChangesetHeader, _ operations: [CellOperation], random: inout some RandomNumberGenerator
    ) throws -> (bytes: [UInt8], root: [UInt8]) {
        let seed = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        do {
            return try ChangesetCodec.encode(header, operations, saltSeed: seed)
        } catch {
            throw DeviceError(.tooLarge, "The transaction is too large for one changeset (\(error.detail)). Split it.")
        }
    }
}
