import ReplicationCore
import SwiftProtobuf
import WireProtocol

/// Waiting work: judged again when the row that it needs becomes known, and applied as the writes that it always was.
extension CommitDecision {
    /// Releases what waits for rows that have just become known, and what waits for rows that this makes known.
    ///
    /// - Parameter known: the rows, each with the changeset that made it known.
    mutating func releaseWaiting(for known: [(key: RowKey, cause: ChangesetID)]) throws {
        var queue = ReleaseQueue()
        try add(known, to: &queue)
        try releaseAll(queue)
    }

    mutating func releaseWaiting(for keys: [RowKey], cause: ChangesetID) throws {
        try releaseWaiting(for: keys.map { ($0, cause) })
    }

    /// Bounded by what waits: each changeset is judged again once for each row that it waits for, at most.
    private mutating func releaseAll(_ queue: ReleaseQueue) throws {
        var queue = queue
        while let next = queue.popFirst() {
            try add(release(next.identity, cause: next.cause, isAgain: next.isAgain), to: &queue)
        }
    }

    private mutating func add(_ known: [(key: RowKey, cause: ChangesetID)], to queue: inout ReleaseQueue) throws {
        for (key, cause) in known {
            for (sequence, identity) in try changesetsWaiting(for: key) {
                queue.insert(ReleaseQueue.Item(sequence: sequence, identity: identity, cause: cause))
            }
        }
    }

    /// Judges what waits of a changeset once more, and takes in what is acceptable now.
    ///
    /// - Parameter isAgain: after what an earlier judgement could not know has become known.
    /// - Returns: the rows that have become known by it, each with the entry that made it so.
    mutating func release(
        _ identity: ChangesetID, cause: ChangesetID, isAgain: Bool = false
    ) throws -> [(key: RowKey, cause: ChangesetID)] {
        guard let entry = try entry(of: identity),
            case let changeset = try understood(ChangesetCodec.decode(entry.changeset), at: entry.dot),
            case let refused = try quarantined(of: identity), let first = refused.first,
            let replica = try replica(first.replica), !replica.isRevoked
        else { return [] }
        let author = try originalAuthor(of: changeset, entry, replica)
        let held = try positionsHeld(of: changeset)
        // A sealed verdict says of each operation what had become of it, whatever is thought of it now.
        let isSealed = !author.adopted.isEmpty
        let isWhole = changeset.header.isAtomic || isSealed
        let open = isWhole ? refused : refused.filter { $0.awaits != nil || $0.isParked || held.contains($0.position) }
        let waiting = changeset.understood(of: open)
        // What cannot be understood keeps an all-or-nothing changeset from being released, unless all of it had been before.
        guard isSealed || !changeset.header.isAtomic || waiting.count == open.count else { return [] }
        let part = changeset.keeping(Set(waiting.map(\.position)))
        var judged = try isSealed
            ? Judgement(verdicts: adoptable(part, author.adopted))
            : judge(changeset.keeping(Set(waiting.map(\.position)).subtracting(held)), author)
        let missing = max(0, changeset.operationCount - judged.verdicts.count)
        judged.verdicts += Array(repeating: Verdict(outcome: .accepted), count: missing)
        for position in held { judged.verdicts[Int(position)].outcome = .accepted }
        judged.spread(over: changeset)
        let accepted = part.operations.filter { judged.verdicts[Int($0.position)].isAccepted }
            .sorted { $0.position < $1.position }
        guard !accepted.isEmpty else {
            try waitFurther(waiting, judged, changeset, isAgain: isAgain)
            return []
        }
        let taking = Taking(waiting: waiting, held: held, cause: cause, isAgain: isAgain)
        return try release(accepted, of: changeset, entry, author, judged, taking)
    }

    /// What is being released.
    private struct Taking {
        let waiting: [QuarantinedOperation]
        /// Positions whose writes stand in their cells already.
        let held: Set<UInt32>
        let cause: ChangesetID
        let isAgain: Bool
    }

    /// The operations whose writes another device has handed in, so that they had been accepted in a time that the
    /// hub has lost.
    private mutating func positionsHeld(of changeset: DecodedChangeset) throws -> Set<UInt32> {
        let identity = changeset.header.identity
        guard try adopted(identity) != nil else { return [] }
        var held: Set<UInt32> = []
        var missing: Set<UInt32> = []
        for operation in changeset.operations {
            let cell = try rows.row(operation.key)?[operation.part]
            let stands = cell?.siblings.contains { $0.write.identity == identity } ?? false
            if stands { held.insert(operation.position) } else { missing.insert(operation.position) }
        }
        return held.subtracting(missing)
    }

    /// The writer as the hub knew her when the work first came: rights and scopes are judged as of then.
    private func originalAuthor(
        of changeset: DecodedChangeset, _ entry: LogEntry, _ replica: ReplicaRecord
    ) throws -> Author {
        var replica = replica
        replica.user = changeset.header.author
        replica.role = changeset.header.role
        let before = CommitSequence(epoch: entry.sequence.epoch, number: entry.sequence.number - 1)
        var author = Author(
            replica: replica, header: changeset.header, basis: try present(min(changeset.header.basis, before)),
            dot: entry.dot, evidence: entry.evidence, receipt: HybridTime(milliseconds: entry.receivedMilliseconds))
        if let receipt = try adopted(entry.identity)?.receipt {
            author.adopted = [try ReceiptCodec.decode(WireReceipt(serializedBytes: receipt))]
        }
        return author
    }

    /// What is still refused waits for the next row that it needs, for more to become known, or for a person.
    private mutating func waitFurther(
        _ refused: [QuarantinedOperation], _ judged: Judgement, _ changeset: DecodedChangeset, isAgain: Bool
    ) throws {
        let judgedAgain = refused.compactMap { operation -> QuarantinedOperation? in
            guard case .refused(let refusal) = judged.verdicts[Int(operation.position)].outcome else { return nil }
            var changed = operation
            changed.refusal = refusal
            // The scopes of a row that this commit makes are known after it; what a restored hub has lost may come later.
            changed.isParked = refusal.rule == .noRight && (!isAgain || !hub.kept.isEmpty)
            if changed.isParked, !isAgain { hasParked = true }
            return changed
        }
        // They have their places among those that may wait.
        let changed = try awaiting(judgedAgain, of: changeset, atMost: judgedAgain.count)
        let places = Set(changed.map(\.place))
        change {
            $0.quarantine.removeAll { places.contains($0.place) }
            $0.quarantine.append(contentsOf: changed)
        }
    }

    // MARK: Judging again

    /// Judges again what was refused for want of a right that could not be known then.
    mutating func judgeParked() throws {
        var queue = ReleaseQueue()
        for operation in try current(reader.parked(limit: Self.parkedLookedAt)) {
            queue.insert(ReleaseQueue.Item(
                sequence: operation.sequence, identity: operation.identity,
                cause: DerivedIdentifier.make("judged again", [operation.identity.bytes]), isAgain: true))
        }
        try releaseAll(queue)
    }

    private static let parkedLookedAt = ProtocolLimits.waitingOperations

    private mutating func release(
        _ accepted: [CellOperation], of changeset: DecodedChangeset, _ entry: LogEntry, _ author: Author,
        _ judged: Judgement, _ taking: Taking
    ) throws -> [(key: RowKey, cause: ChangesetID)] {
        let original = changeset.header.identity
        let identity: ChangesetID = DerivedIdentifier.make(
            "release", [original.bytes, taking.cause.bytes, Array("\(nextSequence)".utf8)])
        let operations = try accepted.enumerated().map { index, operation in
            var copy = operation
            copy.position = UInt32(index)
            return try holdingWhatMended(copy, changeset.header.author)
        }
        let header = ChangesetHeader(
            identity: identity, author: .zero, role: 0, stamp: receiptTime(), schemaVersion: schema.version, basis: head,
            cause: taking.cause, releases: original)
        let own = try makeHubChangeset(header, operations)

        var application = Application(cause: identity, causeDot: own.dot, author: author.header.author, writes: original)
        application.formerPlaces = author.adopted.map(\.sequence)
        var verdicts = try ReceiptCodec.decode(
            WireReceipt(serializedBytes: (latestRelease(of: original) ?? entry).receipt)).verdicts
        for operation in taking.waiting { verdicts[Int(operation.position)] = judged.verdicts[Int(operation.position)] }
        let seen = try partsSeen(accepted, of: original, since: entry.sequence)
        var taken: Set<UInt32> = []
        for (operation, copy) in zip(accepted, operations) {
            let isSeen = taking.held.contains(operation.position)
                || !operation.action.isIncrement && seen[operation.key]?.contains(operation.part) ?? false
            let verdict = try take(
                operation, as: copy, of: changeset, author, entry, in: own, isSeen: isSeen,
                isLate: judged.late.contains(operation.position), breaches: judged.breaches[operation.position] ?? [], &application)
            // One that was written in another schema version may be several here.
            let earlier = taken.insert(operation.position).inserted ? nil : verdicts[Int(operation.position)]
            verdicts[Int(operation.position)] = earlier?.joined(with: verdict) ?? verdict
        }
        for (position, place) in changeset.translation?.merged ?? [:] where taking.waiting.contains(where: { $0.position == position }) {
            verdicts[Int(position)] = verdicts[Int(place)]
        }
        settle(taking.waiting.filter { verdicts[Int($0.position)].isAccepted })
        try waitFurther(taking.waiting.filter { !verdicts[Int($0.position)].isAccepted }, judged, changeset, isAgain: taking.isAgain)
        let receipt = try ReceiptCodec.encode(
            Receipt(identity: original, dot: entry.dot, root: entry.root, sequence: own.sequence, verdicts: verdicts),
            seal: seal)
        try append(own, receipt: try receipt.serializedBytes(), touched: application.touched)
        change {
            $0.releases.append(Release(sequence: own.sequence, identity: original, replica: author.replica.id))
        }
        released.append((author.replica.id, receipt))
        try commitConsequences(of: &application)
        return application.newRows.map { ($0, identity) }
    }

    /// Takes in one released operation as a write of its own changeset.
    ///
    /// - Parameters:
    ///   - copy: as it stands in the release.
    ///   - isSeen: it stands already, or a write that was accepted meanwhile had it on the screen; it changes nothing.
    private mutating func take(
        _ operation: CellOperation, as copy: CellOperation, of changeset: DecodedChangeset, _ author: Author, _ entry: LogEntry,
        in release: HubChangeset, isSeen: Bool, isLate: Bool, breaches: [CustomBreach], _ application: inout Application
    ) throws -> Verdict {
        if isSeen {
            return Verdict(outcome: .accepted, sequence: try rows.row(operation.key)?[operation.part]?.sequence ?? .zero)
        }
        if let known = try verdictIfSeen(operation, of: changeset, author.adopted) { return known }
        if !author.adopted.isEmpty {
            return try takeAdopted(copy, operation, author, at: release.dot, release.sequence, &application)
        }
        let write = Write(
            identity: author.header.identity, dot: operation.action.isIncrement ? release.dot : entry.dot,
            author: author.header.author, role: author.header.role,
            rank: rank(of: operation, role: author.header.role), effective: author.receipt, sequence: release.sequence,
            former: FormerPlaces(try told(author.header.identity, of: operation.part, operation.key), of: entry.dot.site))
        return try apply(copy, write, author, isLate: isLate, breaches: breaches, &application)
    }

    /// Takes in one released operation that has its verdict from an epoch whose end the hub has lost.
    private mutating func takeAdopted(
        _ copy: CellOperation, _ operation: CellOperation, _ author: Author, at release: Dot, _ sequence: CommitSequence,
        _ application: inout Application
    ) throws -> Verdict {
        var write = try adoptedWrite(operation, author.header, author.adopted, at: sequence)
        // Later increments of its stream may have come before it, and then the stream's place says nothing.
        let tally = try rows.row(operation.key)?[operation.part]?.tally
        if operation.action.isIncrement, let tally, tally.lastCounter(of: write.dot.site) >= write.dot.counter {
            write.dot = release
        }
        observe(write.effective)
        return try apply(copy, write, author, isLate: false, isFixed: true, &application)
    }

    /// The cells of which a write was accepted meanwhile whose writer had the waiting value on the screen: there it was
    /// overwritten before it came. Sums are never overwritten, and nothing takes the place of a value that is written once.
    private func partsSeen(
        _ operations: [CellOperation], of identity: ChangesetID, since sequence: CommitSequence
    ) throws -> [RowKey: Set<Part>] {
        let history = CellHistory(reader: reader, schema: schema)
        var parts: [RowKey: Set<Part>] = [:]
        for key in Set(operations.map(\.key)) {
            let collection = schema.collection(key.collection)
            parts[key] = try history.parts(of: key, writtenHavingSeen: identity, after: sequence, planned: plan)
                .filter { $0 == .liveness || collection?.policy(of: $0) != .writeOnce }
        }
        return parts
    }
}

extension Action {
    var isIncrement: Bool { if case .increment = self { true } else { false } }
}
