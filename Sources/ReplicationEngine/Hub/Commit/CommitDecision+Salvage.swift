import ReplicationCore
import SwiftProtobuf
import WireProtocol

/// After a restore: cells that a replica still holds of a time that the hub has lost are taken in, so that nothing is
/// lost that anybody has, also where its writer never comes back.
extension CommitDecision {
    /// A sibling of a lost state that is taken in.
    struct Lost {
        let key: RowKey
        let sibling: Sibling
        let state: CellState
        /// It comes with all that its state has seen; else only its place is told.
        var hasContext = true
        /// Up to where the state contained still earlier lost times.
        var contained: [CommitSequence] = []
    }

    /// Takes in states of cells that the hub has known again as its own.
    ///
    /// Each write that the hub does not have becomes a part of a changeset of the hub's own, one for each changeset that
    /// the writes are of. They keep who wrote them, when, and with what weight.
    ///
    /// - Parameters:
    ///   - replica: who holds them.
    ///   - isLast: it holds no more of what the hub has lost.
    mutating func salvage(_ rows: [LostRow], from replica: ReplicaID, isLast: Bool) throws {
        guard var record = try self.replica(replica), !record.isRevoked else { return }
        if isLast {
            record.handedIn = hub.epoch
            update(record)
        }
        let rows = try rows.filter { try !isTaken($0.state) }
        let states = rows.map(\.state)
        let latest = LatestStates(states)
        let telling = Dictionary(grouping: rows.filter { !$0.contained.isEmpty }, by: \.state.key)
        var held: Set<ChangesetID> = []
        var order: [ChangesetID] = []
        var lost: [ChangesetID: [Lost]] = [:]
        for lostRow in rows {
            let row = lostRow.state
            guard let collection = schema.collection(row.key.collection) else { continue }
            for cell in row.cells where isSalvageable(cell, collection) {
                for sibling in cell.siblings {
                    // What only an earlier state has was superseded, and what the latest has comes with that.
                    if try notePlace(of: sibling, in: cell, row.key, collection, from: replica) { held.insert(sibling.write.identity) }
                    guard latest.contains(cell, of: row.key), !(telling[row.key] ?? []).contains(where: { $0.hasSeen(sibling, of: cell) }),
                        try isMissing(sibling, of: cell, row.key, collection) || takeOutGuess(at: sibling, of: cell, row.key, collection, from: replica)
                    else { continue }
                    if lost[sibling.write.identity] == nil { order.append(sibling.write.identity) }
                    lost[sibling.write.identity, default: []].append(
                        Lost(key: row.key, sibling: sibling, state: cell, contained: lostRow.contained(in: cell.part)))
                }
            }
        }
        var newRows: [(key: RowKey, cause: ChangesetID)] = []
        for identity in order.sorted(by: { isEarlier(lost[$0], lost[$1]) }) {
            newRows += try takeIn(lost[identity] ?? [], of: identity, from: replica)
        }
        for row in rows {
            guard let collection = schema.collection(row.state.key.collection) else { continue }
            for cell in row.state.cells where isSalvageable(cell, collection) {
                for place in [cell.sequence] + row.contained(in: cell.part) {
                    try conclude(cell, at: place, of: row.state.key, collection, replica)
                }
            }
        }
        try releaseWaiting(for: newRows)
        // Some of it waits here, and has been released in lost time.
        for identity in order + held.subtracting(order).sorted() where try !quarantined(of: identity).isEmpty {
            let cause: ChangesetID = DerivedIdentifier.make("handed in", [identity.bytes])
            try releaseWaiting(for: release(identity, cause: cause))
        }
    }

    /// The hub computes derived cells anew; sums are made of increments, which their writers hand in.
    func isSalvageable(_ cell: CellState, _ collection: ReplicationCore.Collection) -> Bool {
        guard hub.isLost(cell.sequence), cell.tally == nil else { return false }
        if cell.part == .liveness { return true }
        switch collection.group(cell.part.group)?.policy {
        case nil, .derived, .counter: return false
        case .lastWriter, .authority, .lattice, .keepBoth, .addWinsSet, .writeOnce, .hubOnly: return true
        }
    }

    private func isEarlier(_ a: [Lost]?, _ b: [Lost]?) -> Bool {
        guard let a = a?.first?.sibling.write, let b = b?.first?.sibling.write else { return false }
        return a.sequence != b.sequence ? a.sequence < b.sequence : a.identity < b.identity
    }

    /// Whether a sibling of a lost state stood there since after the backup, and nothing here has superseded it.
    private mutating func isMissing(
        _ sibling: Sibling, of cell: CellState, _ key: RowKey, _ collection: ReplicationCore.Collection
    ) throws -> Bool {
        guard let place = sibling.write.place(in: cell.sequence.epoch), hub.isLost(place) else { return false }
        if try rows.row(key)?[cell.part]?.sibling(of: sibling.write.identity) != nil { return false }
        // Nothing takes the place of a value that is written once.
        let isOnce = cell.part != .liveness && collection.policy(of: cell.part) == .writeOnce
        let places = [place] + (try told(sibling.write.identity, of: cell.part, key))
        if !isOnce, try places.contains(where: { try $0 <= contained(cell.part, of: key, in: $0.epoch) }) { return false }
        if try isTakenIn(sibling.write.identity, cell.part, key) { return false }
        // Handed in by its writer, and superseded since; unless it is still waiting for a row, or its writer let go of it
        // or mended it without having heard that it had been released.
        guard let entry = try entry(of: sibling.write.identity) else { return true }
        // What follows from a changeset is done again under one identity, and may be less than it was: a parent is
        // revived only where its deletion has come back.
        if entry.dot.site == 0 {
            return try !ChangesetCodec.decode(entry.changeset).operations.contains { $0.key == key && $0.part == cell.part }
        }
        return try isWithheld(entry, cell.part, key)
    }

    /// Takes out a write that stands here and says something else than it did: an app of an earlier version wrote a part of what is one now,
    /// and when it was handed in, not all had come back that its writer had been shown. Each state says so once: then it is contained in
    /// what stands.
    ///
    /// - Parameter sibling: the write as a lost state has it, which can be taken in then.
    /// - Returns: whether there was one.
    private mutating func takeOutGuess(
        at sibling: Sibling, of cell: CellState, _ key: RowKey, _ collection: ReplicationCore.Collection, from replica: ReplicaID
    ) throws -> Bool {
        let identity = sibling.write.identity
        guard case .values = sibling.content, collection.policy(of: cell.part) != .writeOnce,
            let held = try rows.row(key)?[cell.part], let standing = held.sibling(of: identity), standing.content != sibling.content,
            try contained(cell.part, of: key, in: cell.sequence.epoch) < cell.sequence,
            let entry = try entry(of: identity), entry.dot.site != 0,
            case let version = try ChangesetCodec.decode(entry.changeset).header.schemaVersion,
            schema.history.lens(from: version)?.lens(of: key.collection)?.isKept(cell.part.group) == false
        else { return false }
        // What only its receipt told of its places goes with it.
        let known = try told(identity, of: cell.part, key)
        try note((standing.write.former?.places ?? []).filter { !known.contains($0) }.map {
            ToldPlace(identity: identity, key: key, part: cell.part, place: $0, isTakenIn: false)
        })
        try takeOut(of: held, key, Context(pending: [identity]), beside: [], replica)
        return true
    }

    /// Commits the writes of one changeset as a changeset of the hub's own.
    @discardableResult
    mutating func takeIn(
        _ lost: [Lost], of identity: ChangesetID, from replica: ReplicaID
    ) throws -> [(key: RowKey, cause: ChangesetID)] {
        guard let first = lost.first?.sibling.write else { return [] }
        let own: ChangesetID = DerivedIdentifier.make("salvage", [identity.bytes, Array("\(nextSequence)".utf8)])
        let operations = try lost.enumerated().map { index, lost in
            CellOperation(
                position: UInt32(index), key: lost.key, part: lost.state.part, action: lost.sibling.content.action,
                context: try context(of: lost))
        }
        let received = receiptTime()
        let header = ChangesetHeader(
            identity: own, author: first.author, role: first.role, stamp: first.effective, schemaVersion: schema.version,
            basis: lost.map(\.state.sequence).max() ?? head, job: ChangesetID(high: replica.high, low: replica.low),
            salvages: identity)
        let changeset = try makeHubChangeset(header, operations)
        var writer = try hubReplica()
        writer.user = first.author
        writer.role = first.role
        let author = Author(
            replica: writer, header: header, basis: header.basis, dot: first.dot, evidence: nil, receipt: received)
        var application = Application(cause: own, causeDot: changeset.dot, author: first.author, writes: identity)
        var verdicts: [Verdict] = []
        for (operation, lost) in zip(operations, lost) {
            var write = lost.sibling.write
            write.former = FormerPlaces(
                (write.former?.places ?? []) + [write.sequence] + (try told(identity, of: lost.state.part, lost.key)), of: write.dot.site)
            write.sequence = changeset.sequence
            // A claim: nothing may be later than now.
            write.effective = min(write.effective, received)
            verdicts.append(try apply(
                operation, write, author, isLate: false, isFixed: true,
                beside: Set(lost.state.siblings.map(\.write.identity)), &application))
        }
        let receipt = try ReceiptCodec.encode(
            Receipt(
                identity: identity, dot: first.dot, root: changeset.root, sequence: changeset.sequence, verdicts: verdicts),
            seal: seal)
        try append(changeset, receipt: try receipt.serializedBytes(), touched: application.touched)
        let lost = lost.filter(\.hasContext)
        if let places = FormerPlaces(lost.compactMap { $0.sibling.write.place(in: $0.state.sequence.epoch) }) {
            change {
                $0.adopted.append(AdoptedChangeset(identity: identity, former: places, sequence: changeset.sequence, receipt: nil))
            }
            try note(lost.map {
                ToldPlace(identity: identity, key: $0.key, part: $0.state.part, place: $0.sibling.write.sequence, isTakenIn: true)
            })
        }
        try commitConsequences(of: &application)
        return application.newRows.map { ($0, own) }
    }

    /// What the state of a sibling had seen. A context names one sequence; of what stands here of still earlier times, it has the names.
    private mutating func context(of lost: Lost) throws -> Context {
        if !lost.hasContext { return Context() }
        let seen = try rows.row(lost.key)?[lost.state.part]?.siblings.map(\.write).filter { write in
            lost.state.sibling(of: write.identity) == nil && lost.contained.contains { Context(sequence: $0).contains(write) }
        } ?? []
        return Context(sequence: lost.state.sequence, pending: seen.map(\.identity))
    }

    /// What a lost state had superseded gives way also where no sibling of it was missing; and whatever comes of that time
    /// later was contained in it.
    ///
    /// - Parameter place: its own, or one of a still earlier lost time up to which it contained everything.
    mutating func conclude(
        _ cell: CellState, at place: CommitSequence, of key: RowKey, _ collection: ReplicationCore.Collection, _ replica: ReplicaID
    ) throws {
        let context = Context(sequence: place)
        let identities = Set(cell.siblings.map(\.write.identity))
        if let held = try rows.row(key)?[cell.part], collection.policy(of: cell.part) != .writeOnce,
            held.siblings.contains(where: { context.contains($0.write) && !identities.contains($0.write.identity) }) {
            try takeOut(of: held, key, context, beside: identities, replica)
        }
        if hub.isLost(place) { noteContained(cell.part, of: key, place) }
    }

    mutating func takeOut(
        of cell: CellState, _ key: RowKey, _ context: Context, beside: Set<ChangesetID>, _ replica: ReplicaID
    ) throws {
        let own: ChangesetID = DerivedIdentifier.make("salvage", [key.row.bytes, Array("\(cell.part) \(nextSequence)".utf8)])
        let stamp = receiptTime()
        let operation = CellOperation(position: 0, key: key, part: cell.part, action: .remove, context: context)
        let header = ChangesetHeader(
            identity: own, author: .zero, role: 0, stamp: stamp, schemaVersion: schema.version, basis: context.sequence,
            job: ChangesetID(high: replica.high, low: replica.low))
        let changeset = try makeHubChangeset(header, [operation])
        let write = Write(
            identity: own, dot: changeset.dot, author: .zero, role: 0, rank: 0, effective: stamp, sequence: changeset.sequence)
        let author = Author(
            replica: try hubReplica(), header: header, basis: context.sequence, dot: changeset.dot, evidence: nil, receipt: stamp)
        var application = Application(cause: own, causeDot: changeset.dot, author: .zero)
        _ = try apply(operation, write, author, isLate: false, isFixed: true, beside: beside, &application)
        try append(changeset, touched: application.touched)
        try commitConsequences(of: &application)
        try releaseWaiting(for: application.newRows, cause: own)
    }
}

extension LostRow {
    func contained(in part: Part) -> [CommitSequence] { contained.lazy.filter { $0.part == part }.map(\.sequence) }

    /// True if a write that a state of an earlier lost time has was seen by what stood here.
    fileprivate func hasSeen(_ sibling: Sibling, of cell: CellState) -> Bool {
        guard let place = sibling.write.place(in: cell.sequence.epoch) else { return false }
        return contained(in: cell.part).contains { $0.epoch == place.epoch && place <= $0 }
            && state[cell.part]?.sibling(of: sibling.write.identity) == nil
    }
}

extension Sibling.Content {
    /// The operation that puts it into a cell.
    fileprivate var action: Action {
        switch self {
        case .values(let values): .set(values)
        case .present: .add
        case .alive: .create
        case .deleted(let covering): .delete(covering: covering)
        }
    }
}
