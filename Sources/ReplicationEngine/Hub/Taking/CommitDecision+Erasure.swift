import ReplicationCore
import WireProtocol

extension CommitDecision {
    /// Erases rows as planned: what is left of each is its id.
    ///
    /// - Parameter subject: of the order; nil if the rows stand as they are, in the journal.
    mutating func erase(_ order: ErasureOrder, _ planned: ErasurePlan, subject: RowKey?) throws -> ErasureOutcome {
        let search = ErasureSearch(reader: reader, schema: schema.withRemovedCollections, keep: order.keep)
        guard let found = try search.completed(planned, for: subject) else { return .stale }
        let erasure = Erasure(identity: order.identity, rows: found.rows, milliseconds: moment.wallMilliseconds)
        // Carrying an erasure out twice changes nothing.
        if try entry(of: order.identity) != nil { return .done(.init(erasure)) }

        let write = Write(
            identity: order.identity, dot: Dot(site: 0, counter: try hubReplica().lastCounter + 1), author: .zero, role: 0,
            rank: 0, effective: receiptTime(), sequence: nextSequence)
        var touched: [LogEntry.Touched] = []
        for key in found.rows {
            let taken = try takenRow(key)
            if taken?.kind == .erased { continue }
            note(TakenRow(key: key, kind: .erased, sequence: write.sequence, erasure: order.identity))
            // Of a purged row nothing is left already; rows of a collection that the schema has no longer are in no table
            // that would remember them.
            if taken == nil, schema.collection(key.collection) != nil { try bury(key, by: write) }
            // Its history ends here: what came before cannot be read any more.
            touched.append(LogEntry.Touched(key: key, previous: .zero))
        }
        try settleErased(found)
        let replicas = try closeOut(found.rows, order, at: write.sequence)
        let rows = Set(found.rows)
        change {
            $0.taken.erasures.append(.init(identity: order.identity, milliseconds: erasure.milliseconds))
            $0.taken.log = TakenPlan.LogErasure(rows: rows, sequences: found.sequences)
        }
        try commitAct(
            AdministrativeAct(
                .erase, administrator: order.administrator, reason: order.reason, rows: UInt64(found.rows.count),
                rowsHash: Erasure.hash(of: found.rows)),
            identity: order.identity, stamp: write.effective, touched: touched)
        return .done(.init(erasure, log: found.sequences.count, replicas: replicas))
    }

    /// Leaves of a row nothing but that it was erased.
    mutating func bury(_ key: RowKey, by write: Write) throws {
        let place = try rows.place(of: key)
        rows.replace(RowState.erased(key, by: write), at: place)
    }

    /// What is in quarantine of erased rows is not kept either.
    private mutating func settleErased(_ found: ErasurePlan) throws {
        let rows = Set(found.rows)
        var gone: [QuarantinedOperation] = []
        for sequence in found.sequences {
            guard let entry = try reader.entry(at: sequence) else { continue }
            let refused = try quarantined(of: entry.identity).filter { $0.sequence == sequence }
            if refused.isEmpty { continue }
            guard let changeset = ChangesetCodec.readable(entry.changeset) else {
                // Bytes that are no changeset are dropped whole.
                gone += refused
                continue
            }
            let positions = Set(changeset.operations.filter { rows.contains($0.key) }.map(\.position))
            gone += refused.filter { positions.contains($0.position) }
        }
        settle(gone)
    }

    /// An erased user has no devices any more, and those bear no name.
    private mutating func closeOut(
        _ keys: [RowKey], _ order: ErasureOrder, at sequence: CommitSequence
    ) throws -> [ReplicaID] {
        let users = Set(keys.filter { $0.collection == schema.userCollection }.map(\.row))
        if users.isEmpty { return [] }
        var closed: [ReplicaID] = []
        for user in users.sorted() {
            note(Revocation(
                subject: user.bytes, sequence: sequence, milliseconds: moment.wallMilliseconds,
                administrator: order.administrator, reason: order.reason))
        }
        for known in try reader.replicas() where known.site != 0 && users.contains(known.user) {
            guard var record = try replica(known.id) else { continue }
            record.isRevoked = true
            record.name = "device \(record.site)"
            update(record)
            closed.append(record.id)
        }
        return closed
    }

    /// Commits what an administrator did as a changeset of the hub's own, without operations.
    mutating func commitAct(
        _ act: AdministrativeAct, identity: ChangesetID, stamp: HybridTime, touched: [LogEntry.Touched] = []
    ) throws {
        let header = ChangesetHeader(
            identity: identity, author: .zero, role: 0, stamp: stamp, schemaVersion: schema.version, basis: head, act: act)
        try append(makeHubChangeset(header, []), touched: touched)
    }

    mutating func note(_ row: TakenRow) { change { $0.taken.rows.append(row) } }

    mutating func note(_ revocation: Revocation) { change { $0.taken.revoked.append(revocation) } }
}
