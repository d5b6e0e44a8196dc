import ReplicationCore
import WireProtocol

/// What enters quarantine, and what leaves it because a person dealt with it.
extension CommitDecision {
    /// Keeps the refused operations of a changeset, those that need an unknown row with that row. What concerns an erased
    /// row is not kept.
    mutating func quarantine(
        _ changeset: DecodedChangeset, _ verdicts: [Verdict], _ replica: ReplicaRecord, at sequence: CommitSequence
    ) throws {
        if verdicts.allSatisfy(\.isAccepted) { return }
        let refused = verdicts.enumerated().compactMap { position, verdict -> QuarantinedOperation? in
            guard case .refused(let refusal) = verdict.outcome, refusal.rule != .erased else { return nil }
            return QuarantinedOperation(
                sequence: sequence, position: UInt32(position), identity: changeset.header.identity,
                author: replica.user, replica: replica.id, refusal: refusal,
                isParked: refusal.rule == .noRight && hub.isLost(changeset.header.basis))
        }
        let room = try roomToWait(replica.user)
        let kept = try awaiting(refused, of: changeset, atMost: room)
        change { $0.quarantine.append(contentsOf: kept) }
    }

    /// Refused operations with the first row that each waits for; none where no row would help.
    mutating func awaiting(
        _ refused: [QuarantinedOperation], of changeset: DecodedChangeset, atMost room: Int
    ) throws -> [QuarantinedOperation] {
        let operations = Dictionary(changeset.operations.map { ($0.position, $0) }, uniquingKeysWith: { first, _ in first })
        let byRow = Dictionary(grouping: changeset.operations, by: \.key)
        var room = room
        return try refused.map { refused in
            var refused = refused
            refused.awaits = nil
            guard room > 0, refused.refusal.rule.waitsForRow, let operation = operations[changeset.place(of: refused.position)]
            else { return refused }
            refused.awaits = try awaitedRow(of: operation, byRow[operation.key] ?? [])
            if refused.awaits != nil { room -= 1 }
            return refused
        }
    }

    private mutating func awaitedRow(of operation: CellOperation, _ peers: [CellOperation]) throws -> RowKey? {
        let isNew = operation.action == .create
        if !isNew, try !rows.isKnown(operation.key) { return operation.key }
        for peer in isNew ? peers : [operation] {
            for key in references(of: peer) where try !rows.isKnown(key) { return key }
        }
        return nil
    }

    /// A new row whose mandatory reference names an unknown row waits with it; nil if more than that is missing.
    func refusalOfWaitingRow(
        _ operations: some Sequence<CellOperation>, _ collection: ReplicationCore.Collection, _ author: Author
    ) -> Refusal? {
        let sound = operations.filter {
            check.refusal(of: $0, role: author.replica.role, presence: .beingCreated) == nil
        }
        guard check.refusalOfNewRow(sound, in: collection) == nil else { return nil }
        return Refusal(.dependsOnRefused, "The \(collection.label) names a row that is not known here yet.")
    }

    private func references(of operation: CellOperation) -> [RowKey] {
        guard case .set(let values) = operation.action,
            let group = schema.collection(operation.key.collection)?.group(operation.part.group)
        else { return [] }
        return zip(group.fields, values).compactMap { schema.referenced(by: $0, $1) }
    }

    /// How many more operations of a user may wait.
    private func roomToWait(_ author: RowID) throws -> Int {
        let limit = ProtocolLimits.waitingOperations
        let planned = plan.quarantine.count { $0.author == author && $0.awaits != nil }
        return max(0, limit - planned - (try reader.waitingCount(of: author, limit: limit)))
    }

    // MARK: Dealt with

    /// Lets what a changeset mends or discards leave quarantine, if its user had written that too.
    mutating func settle(by changeset: DecodedChangeset, _ verdicts: [Verdict], _ author: Author) throws {
        // Whose it is counts, and not what the role may do: a copy of her device may not know of another one yet. Nor does a
        // receipt of lost time count for who has no access: where nothing was written, it does not tell whether she had it then.
        guard !author.replica.isRevoked, author.header.author == author.replica.user else { return }
        if let discarded = changeset.header.discards {
            // What waits here, and had been released before its writer let go of the rest, was never hers to let go of.
            let comingBack = try comingBack(of: discarded)
            let letGo = try quarantined(of: discarded).filter { $0.author == author.replica.user && !comingBack.contains($0.position) }
            settleForGood(letGo)
        }
        guard let mended = changeset.header.mends else { return }
        var mending = Mending(changeset, verdicts)
        var next: ChangesetID? = mended
        var seen: Set<ChangesetID> = []
        while let identity = next, seen.insert(identity).inserted, let entry = try entry(of: identity),
            let known = ChangesetCodec.readable(entry.changeset)?.aimed(at: schema),
            known.header.author == author.replica.user {
            let refused = try quarantined(of: identity)
            let settled = mending.settled(refused.map { ($0.position, $0.refusal.rule) }, of: known)
            settleForGood(refused.filter { settled.contains($0.position) })
            // What is mended whole had mended something itself, perhaps in part.
            mending.cells.formUnion(Mending(known, []).cells)
            next = mending.isWhole ? known.header.mends : nil
        }
    }

    /// The positions of what waits of a changeset, had been accepted in lost time, and has its place in the schema still.
    private mutating func comingBack(of identity: ChangesetID) throws -> Set<UInt32> {
        let released = try positionsAccepted(byLostReceiptOf: identity)
        guard !released.isEmpty, let entry = try entry(of: identity), let changeset = ChangesetCodec.readable(entry.changeset)
        else { return [] }
        let waiting = try quarantined(of: identity).filter { $0.refusal.rule.waitsForRow || $0.isParked }
        return Set(try understood(changeset, at: entry.dot).understood(of: waiting).map(\.position)).intersection(released)
    }

    /// Lets operations leave quarantine that are never taken in. Some may have been released in lost time, which others can
    /// still tell.
    private mutating func settleForGood(_ operations: [QuarantinedOperation]) {
        settle(operations)
        if hub.kept.isEmpty { return }
        change {
            $0.withheld += operations.map { WithheldOperation(identity: $0.identity, position: $0.position) }
        }
    }

    mutating func settle(_ operations: [QuarantinedOperation]) {
        guard !operations.isEmpty else { return }
        let places = Set(operations.map(\.place))
        // What this commit took in itself is not in the store.
        let first = plan.entries.first?.sequence ?? nextSequence
        let stored = operations.map(\.place).filter { $0.sequence < first }
        change {
            $0.quarantine.removeAll { places.contains($0.place) }
            $0.settled.append(contentsOf: stored)
        }
    }

    // MARK: Reading, with what this commit has already planned

    func quarantined(of identity: ChangesetID) throws -> [QuarantinedOperation] {
        let stored = current(try reader.quarantined(of: identity))
        let places = Set(stored.map(\.place))
        return (stored + plan.quarantine.filter { $0.identity == identity && !places.contains($0.place) })
            .sorted { $0.position < $1.position }
    }

    /// The changesets with operations that wait for a row, each with its place in the hub's order, oldest first.
    mutating func changesetsWaiting(for key: RowKey) throws -> [(sequence: CommitSequence, identity: ChangesetID)] {
        let isStoreEmpty: Bool
        if let known = hadWaiting { isStoreEmpty = !known } else {
            isStoreEmpty = try reader.waitingCount(of: nil, limit: 1) == 0
            hadWaiting = !isStoreEmpty
        }
        let stored = isStoreEmpty ? [] : current(try reader.waiting(for: key))
        var seen: Set<ChangesetID> = []
        return (stored + plan.quarantine).filter { $0.awaits == key }
            .sorted { ($0.sequence, $0.position) < ($1.sequence, $1.position) }
            .filter { seen.insert($0.identity).inserted }
            .map { ($0.sequence, $0.identity) }
    }

    /// Stored operations as this commit leaves them.
    func current(_ stored: [QuarantinedOperation]) -> [QuarantinedOperation] {
        if stored.isEmpty { return [] }
        let settled = Set(plan.settled)
        let planned = Dictionary(plan.quarantine.map { ($0.place, $0) }, uniquingKeysWith: { _, last in last })
        return stored.filter { !settled.contains($0.place) }.map { planned[$0.place] ?? $0 }
    }

    func latestRelease(of identity: ChangesetID) throws -> LogEntry? {
        if let planned = plan.releases.last(where: { $0.identity == identity }) {
            return plan.entries.last { $0.sequence == planned.sequence }
        }
        return try reader.latestRelease(of: identity)
    }
}
