import ReplicationCore
import WireProtocol

/// Reads a cell as it was: the base of conflicts, and of explanations.
///
/// Every log entry names, for each row that it touched, the sequence at which the row last changed
/// before. A cell's history is walked back along these from the row's present, and folded forward with
/// the same merge that made it.
public struct CellHistory {
    let reader: any HubReader
    let schema: Schema

    public init(reader: any HubReader, schema: Schema) {
        self.reader = reader
        self.schema = schema
    }

    /// The state of a cell right after the commit at `sequence`; nil if it had never been written.
    ///
    /// - Parameters:
    ///   - part: the cell's place in its row.
    ///   - key: of the row.
    ///   - sequence: of a commit at or before the head.
    ///   - planned: what is being committed and cannot be read yet.
    public func state(
        of part: Part, key: RowKey, at sequence: CommitSequence, planned: CommitPlan = CommitPlan()
    ) throws -> CellState? {
        guard sequence != .zero, let collection = schema.collection(key.collection) else { return nil }
        if !schema.history.isEmpty {
            return try RowTimeline(of: key, upTo: sequence, self, planned: planned).state(of: part, at: sequence)
        }
        let policy = collection.policy(of: part)
        var state: CellState?
        for step in try steps(of: part, key: key, try entries(making: part, of: key, policy, at: sequence, planned), planned)
        where !step.isAlreadySeen {
            state = Merge.apply(step.write, to: state, part: part, policy: policy, beside: step.beside).state
        }
        return state
    }

    /// The entries that a cell's state at a sequence is made of, oldest first: back to a write that took the place of all
    /// that stood before it. Sums and what is written once are made of all.
    private func entries(
        making part: Part, of key: RowKey, _ policy: Policy, at sequence: CommitSequence, _ planned: CommitPlan
    ) throws -> [LogEntry] {
        var entries: [LogEntry] = []
        // What the writer of the oldest one so far had seen; nil if that takes no place of others.
        var seen: CommitSequence?
        try walk(back: key, planned) { entry in
            guard entry.sequence <= sequence, let write = try incoming(part, key, entry, planned), !write.isAlreadySeen
            else { return true }
            // Whoever had seen this write had seen all that it stands on or beside.
            if let seen, seen >= entry.sequence { return false }
            entries.append(entry)
            seen = (part == .liveness || policy.isReplacing) && write.incoming.action.isReplacing ? write.incoming.context.sequence : nil
            return true
        }
        return entries.reversed()
    }

    /// The cells of a row that were written after `sequence`, and accepted, by somebody who had a pending write on the
    /// screen.
    func parts(
        of key: RowKey, writtenHavingSeen identity: ChangesetID, after sequence: CommitSequence, planned: CommitPlan
    ) throws -> Set<Part> {
        let head = try planned.entries.last?.sequence ?? reader.head
        var parts: Set<Part> = []
        let timeline = try timeline(of: key, planned)
        for entry in try entries(touching: key, upTo: head, after: sequence, planned) {
            for operation in try operations(of: entry, on: key, timeline)
            where operation.context.pending.contains(identity) {
                if try incoming(operation.part, key, entry, planned, timeline) != nil { parts.insert(operation.part) }
            }
        }
        return parts
    }

    /// The row's past, where earlier schema versions may have written it; nil where everything is as it was written.
    private func timeline(of key: RowKey, _ planned: CommitPlan) throws -> RowTimeline? {
        if schema.history.isEmpty { return nil }
        return try RowTimeline(of: key, upTo: planned.entries.last?.sequence ?? reader.head, self, planned: planned)
    }

    /// An entry's operations on a row, in terms of the present schema.
    private func operations(of entry: LogEntry, on key: RowKey, _ timeline: RowTimeline?) throws -> [CellOperation] {
        if let timeline { return timeline.operations[entry.sequence] ?? [] }
        return try ChangesetCodec.decode(entry.changeset).operations.filter { $0.key == key }
    }

    /// An accepted write of a cell, with the log entry that its writer's changeset has.
    struct Step {
        let write: IncomingWrite
        let origin: LogEntry
        /// Of the hub's own: the changeset whose consequence it is.
        let cause: ChangesetID?
        /// As `Merge.apply` takes it.
        var beside: Set<ChangesetID> = []
        /// It changed nothing.
        var isAlreadySeen = false
    }

    /// A write as an entry has it.
    struct PastIncoming {
        let incoming: IncomingWrite
        /// It came after a write that had seen it, and changed nothing: what it says of its cell's state is older than itself.
        let isAlreadySeen: Bool
    }

    /// All accepted writes of a cell, oldest first.
    func steps(of part: Part, key: RowKey) throws -> [Step] {
        try steps(of: part, key: key, entries(touching: key, upTo: reader.head), CommitPlan(), timeline(of: key, CommitPlan()))
    }

    private func steps(
        of part: Part, key: RowKey, _ entries: [LogEntry], _ planned: CommitPlan, _ timeline: RowTimeline? = nil
    ) throws -> [Step] {
        // Writes that were taken in with one state of the cell stand beside each other.
        var salvaged: [CommitSequence: Set<ChangesetID>] = [:]
        var steps: [Step] = []
        for entry in entries {
            guard let write = try incoming(part, key, entry, planned, timeline) else { continue }
            let header = try ChangesetCodec.decode(entry.changeset).header
            guard entry.dot.site == 0 else {
                steps.append(Step(write: write.incoming, origin: entry, cause: nil, isAlreadySeen: write.isAlreadySeen))
                continue
            }
            let origin = try header.releases.flatMap { try reader.entry(of: $0) } ?? entry
            var step = Step(
                write: write.incoming, origin: origin, cause: header.releases == nil ? header.cause : nil,
                isAlreadySeen: write.isAlreadySeen)
            if header.salvages != nil {
                let place = step.write.context.sequence
                step.beside = salvaged[place] ?? []
                salvaged[place, default: []].insert(step.write.write.identity)
            }
            steps.append(step)
        }
        return steps
    }

    /// The entries that touched a row after one sequence and up to another, oldest first.
    public func entries(
        touching key: RowKey, upTo sequence: CommitSequence, after: CommitSequence = .zero, _ planned: CommitPlan = CommitPlan()
    ) throws -> [LogEntry] {
        var entries: [LogEntry] = []
        try walk(back: key, planned) { entry in
            guard entry.sequence > after else { return false }
            if entry.sequence <= sequence { entries.append(entry) }
            return true
        }
        return entries.reversed()
    }

    /// Goes through the entries that touched a row, newest first, as long as it is wanted.
    private func walk(back key: RowKey, _ planned: CommitPlan, _ goesOn: (LogEntry) throws -> Bool) throws {
        let pending = Dictionary(planned.entries.map { ($0.sequence, $0) }, uniquingKeysWith: { a, _ in a })
        let newest = planned.entries.last { entry in entry.touched.contains { $0.key == key } }?.sequence
        var next = try newest ?? reader.row(key)?.sequence ?? .zero
        while next > .zero {
            guard let entry = try pending[next] ?? reader.entry(at: next),
                let touched = entry.touched.first(where: { $0.key == key }), try goesOn(entry)
            else { return }
            next = touched.previous
        }
    }

    func entry(of identity: ChangesetID, _ planned: CommitPlan) throws -> LogEntry? {
        try planned.entries.first { $0.identity == identity } ?? reader.entry(of: identity)
    }

    /// The write that an entry made to a cell, with its fixed stamp; nil if it made none.
    private func incoming(
        _ part: Part, _ key: RowKey, _ entry: LogEntry, _ planned: CommitPlan, _ timeline: RowTimeline? = nil
    ) throws -> PastIncoming? {
        let changeset = try ChangesetCodec.decode(entry.changeset)
        let operations = timeline?.operations[entry.sequence] ?? changeset.operations
        guard let operation = operations.first(where: { $0.key == key && $0.part == part }) else { return nil }
        return try incoming(operation, among: timeline == nil ? [] : operations, changeset.header, entry, planned)
    }

    /// The write that an operation of an entry made; nil if it was not accepted.
    ///
    /// - Parameter peers: what the entry's operations on the row have become, if they were written in another version.
    func incoming(
        _ operation: CellOperation, among peers: [CellOperation], _ writer: ChangesetHeader, _ entry: LogEntry,
        _ planned: CommitPlan
    ) throws -> PastIncoming? {
        let key = operation.key, part = operation.part
        var isAlreadySeen = false
        var header = writer
        var write = Write(
            identity: entry.identity, dot: entry.dot, author: header.author, role: header.role, rank: 0,
            effective: header.stamp, sequence: entry.sequence)
        var position = operation.position
        if entry.dot.site == 0, let released = header.releases {
            // A write of the changeset that had waited; sums count from the release.
            guard let origin = try self.entry(of: released, planned),
                case let original = try ChangesetCodec.decode(origin.changeset).aimed(at: schema),
                let place = original.operations.first(where: { $0.key == key && $0.part == part })?.position
            else { return nil }
            header = original.header
            position = place
            write.identity = released
            write.author = header.author
            write.role = header.role
            if case .increment = operation.action {} else { write.dot = origin.dot }
        }
        try restoreStamp(of: &write, part, key, entry, writer, planned)
        if entry.receipt.isEmpty {
            if let cause = writer.cause, case .increment = operation.action,
                case .derived = schema.collection(key.collection)?.policy(of: part),
                let origin = try reader.entry(of: cause) {
                write.dot = origin.dot
            }
        } else {
            let receipt = try ReceiptCodec.decode(WireReceipt(serializedBytes: entry.receipt))
            guard Int(position) < receipt.verdicts.count else { return nil }
            let verdict = receipt.verdicts[Int(position)]
            guard verdict.isAccepted else { return nil }
            isAlreadySeen = operation.action.isReplacing && verdict.sequence < entry.sequence
            // The verdict on an operation that has become several names the highest rank of them.
            let isOneOfSeveral = peers.contains { $0.position == operation.position && $0.part != part }
            write.rank = isOneOfSeveral
                ? schema.collection(key.collection)?.group(part.group)?.rank(of: header.role) ?? 0 : verdict.rank
            write.effective = verdict.effective
        }
        let action = schema.collection(key.collection).map {
            schema.completed(
                operation.action, in: $0, role: header.role, basis: header.basis, at: entry.sequence)
        }
        return PastIncoming(
            incoming: IncomingWrite(write: write, context: operation.context, action: action ?? operation.action),
            isAlreadySeen: isAlreadySeen)
    }

    /// Where the write stood, and in whose stream, before the hub lost the end of an epoch and took it in again.
    private func restoreStamp(
        of write: inout Write, _ part: Part, _ key: RowKey, _ entry: LogEntry, _ header: ChangesetHeader, _ planned: CommitPlan
    ) throws {
        if try reader.hub.kept.isEmpty { return }
        if let salvaged = header.salvages, entry.dot.site == 0 {
            write.identity = salvaged
            write.dot = try ReceiptCodec.decode(WireReceipt(serializedBytes: entry.receipt)).dot
        } else if entry.dot.site == 0, header.releases == nil {
            return
        }
        let identity = write.identity
        let told = (try reader.told(of: identity) + planned.told.filter { $0.identity == identity }).of(part, key).map(\.place)
        let adopted = planned.adopted(identity, over: try reader.adopted(identity))
        guard let receipt = adopted?.receipt else {
            write.former = FormerPlaces(told, of: write.dot.site)
            return
        }
        // Of a part of a changeset states tell better than its receipt.
        let places = (adopted?.former.places ?? []).filter { place in !told.contains { $0.epoch == place.epoch } }
        write.former = FormerPlaces(places + told, of: write.dot.site)
        if entry.dot.site != 0 { write.dot = try ReceiptCodec.decode(WireReceipt(serializedBytes: receipt)).dot }
    }
}

extension Policy {
    /// A write takes the place of all that its writer had seen.
    fileprivate var isReplacing: Bool {
        switch self {
        case .lastWriter, .authority, .lattice, .keepBoth, .addWinsSet, .hubOnly: true
        case .counter, .writeOnce, .derived: false
        }
    }
}

extension Action {
    /// It stands itself where it takes the place of others.
    var isReplacing: Bool {
        switch self {
        case .set, .add, .create, .restore, .delete: true
        case .remove, .increment: false
        }
    }
}
