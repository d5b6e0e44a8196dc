import ReplicationCore
import WireProtocol

/// Answers from the hub's log why a field holds what it holds.
public struct HubExplainer {
    private let reader: any HubReader
    private let schema: Schema

    public init(reader: any HubReader, schema: Schema) {
        self.reader = reader
        self.schema = schema
    }

    /// - Throws: `ExplanationError` if there is no such field, or the hub has never known the row.
    public func explain(_ question: ExplainQuestion) throws -> Explanation {
        let cell = try ExplainedCell(schema: schema, question)
        guard let row = try reader.row(cell.key) else {
            throw ExplanationError("The hub has never known \(question.collection) \(question.row). Look at the id, or at what is in quarantine: converge quarantine")
        }
        if row.isStripped, let taken = try reader.taken(cell.key) {
            let what = taken.kind == .erased ? "erased: nothing about it is kept" : "purged: it was deleted long ago, and its values were removed for good"
            throw ExplanationError("\(question.collection) \(question.row) was \(what) (at \(taken.sequence)).")
        }
        let policy = cell.group.policy
        var state: CellState?
        var records: [WriteRecord] = []
        var places: [ChangesetID: Int] = [:]
        var rule = MergeReason.Rule.alreadyKnown
        for step in try CellHistory(reader: reader, schema: schema).steps(of: cell.part, key: cell.key) {
            guard !step.isAlreadySeen else {
                records.append(try record(step, cell))
                continue
            }
            let (next, reason) = Merge.apply(
                step.write, to: state, part: cell.part, policy: policy, beside: step.beside)
            state = next
            if reason.rule != .alreadyKnown { rule = reason.rule }
            for superseded in reason.superseded {
                places[superseded.identity].map {
                    records[$0].standing = .replaced
                    records[$0].replacedBy = step.write.write.identity.description
                }
            }
            places[step.write.write.identity] = records.count
            records.append(try record(step, cell))
        }
        let shown = row[cell.part].flatMap { Shown.sibling(of: $0, policy: policy) }?.write.identity
        for sibling in row[cell.part]?.siblings ?? [] {
            guard let place = places[sibling.write.identity] else { continue }
            records[place].standing = sibling.write.identity == shown ? .shown : .beside
        }
        records.reverse()
        records = records.filter { $0.standing == .shown } + records.filter { $0.standing != .shown }
        var answer = cell.answer(.hub, at: try reader.head, row: row, rule: rule)
        answer.writes = Array(records.prefix(Explanation.writesInFull))
        answer.olderWrites = max(0, records.count - Explanation.writesInFull)
        answer.refused = try refused(cell)
        answer.openConflicts = try openConflicts(cell)
        return answer
    }

    private func record(_ step: CellHistory.Step, _ cell: ExplainedCell) throws -> WriteRecord {
        let write = step.write.write
        let isSum = if case .increment = step.write.action { true } else { false }
        return WriteRecord(
            standing: isSum ? .added : .replaced, values: cell.values(of: step.write.action),
            author: try name(of: write.author), authorID: write.author.isZero ? nil : write.author.description,
            role: cell.roleName(write.role), changeset: write.identity.description, site: write.dot.site,
            counter: write.dot.counter, sequence: write.sequence.description, milliseconds: write.effective.milliseconds,
            uncertaintyMilliseconds: step.origin.evidence?.uncertaintyMilliseconds,
            receivedMilliseconds: step.origin.receivedMilliseconds, seen: step.write.context.sequence.description,
            seenPending: step.write.context.pending.map(\.description), replacedBy: nil,
            consequenceOf: step.cause?.description, handedInBy: try handedIn(step))
    }

    /// The device from which the hub has the write since it was restored; nil of what came from its writer.
    private func handedIn(_ step: CellHistory.Step) throws -> String? {
        guard step.origin.dot.site == 0 else { return nil }
        let header = try ChangesetCodec.decode(step.origin.changeset).header
        guard header.salvages != nil, let job = header.job else { return nil }
        let replica = ReplicaID(high: job.high, low: job.low)
        return try reader.replica(replica).map { "\($0.name) (\(replica))" } ?? replica.description
    }

    private func name(of user: RowID) throws -> String {
        if user.isZero { return "the hub" }
        let row = try reader.row(RowKey(collection: schema.userCollection, row: user))
        return schema.userName(row) ?? "user \(user.short)"
    }

    private func refused(_ cell: ExplainedCell) throws -> [RefusalRecord] {
        var records: [RefusalRecord] = []
        for operation in try reader.quarantined(limit: ProtocolLimits.waitingOperations) {
            guard let entry = try reader.entry(at: operation.sequence), operation.refusal.rule != .undecodable,
                try ChangesetCodec.decode(entry.changeset).aimed(at: schema).operations.contains(where: {
                    $0.position == operation.position && $0.key == cell.key && $0.part == cell.part
                })
            else { continue }
            records.append(RefusalRecord(
                changeset: operation.identity.description, author: try name(of: operation.author),
                rule: "\(operation.refusal.rule)", detail: operation.refusal.detail,
                remedy: operation.refusal.rule.remedy, waits: operation.awaits != nil))
        }
        return records
    }

    private func openConflicts(_ cell: ExplainedCell) throws -> [String] {
        guard let collection = schema.collection(named: "conflict"), let subject = schema.reference(to: cell.key) else { return [] }
        return try reader.rows(of: collection.number, where: "subject", equals: .text(subject), limit: 1_000)
            .filter { key in try reader.row(key).map { $0.isOpenConflict(about: cell.part, in: collection) } ?? false }
            .map(\.row.description)
    }
}

extension Schema {
    /// What people call a user.
    func userName(_ row: RowState?) -> String? {
        guard let row, let users = collection(userCollection) else { return nil }
        return row.shownValue(of: users.titleField ?? "name", in: users)?.text
    }
}

extension RowState {
    /// True of a row of the inbox that is open and about a cell of its subject.
    func isOpenConflict(about part: Part, in collection: Collection) -> Bool {
        shownValue(of: "state", in: collection) == .text("open")
            && shownValue(of: "part_group", in: collection) == .integer(Int64(part.group))
            && shownValue(of: "part_element", in: collection)?.text == part.element
    }
}
