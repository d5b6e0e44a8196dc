import ReplicationCore
import WireProtocol

/// Answers from what a device holds, online or not, why a field shows what it shows: the confirmed state, own
/// pending writes, and the outbox.
public struct DeviceExplainer {
    private let replica: DeviceReplica
    private let store: any DeviceReader

    public init(replica: DeviceReplica, store: any DeviceReader) {
        self.replica = replica
        self.store = store
    }

    /// - Throws: `ExplanationError` if there is no such field, or the device does not hold the row.
    public func explain(_ question: ExplainQuestion) throws -> Explanation {
        let schema = replica.schema
        let cell = try ExplainedCell(schema: schema, question)
        let confirmed = try store.confirmed(cell.key)
        let own = replica.pending.operations(on: cell.key).filter { $0.operation.part == cell.part }
        let refused = try refused(cell)
        guard let view = try store.visible(cell.key) ?? (refused.isEmpty ? nil : RowState(key: cell.key)) else {
            throw ExplanationError("This device holds no \(question.collection) \(question.row). It may be in none of its scopes; the hub can tell: converge explain")
        }
        let role = replica.progress.role
        if own.isEmpty, refused.isEmpty, !schema.mayRead(role, cell.group.number, of: cell.collection) {
            let name = schema.role(role)?.label ?? "this user's role"
            throw ExplanationError("\(question.field) is not shown to the role \(name), so this device does not hold it; the hub can tell: converge explain")
        }
        let state = confirmed?[cell.part]
        let shown = state.flatMap { Shown.sibling(of: $0, policy: cell.group.policy) }?.write.identity
        let hides = own.contains { !$0.operation.action.addsToSum }
        var records = try own.reversed().enumerated().map { index, pending in
            try record(pending, cell, isShown: index == 0 && hides)
        }
        for sibling in (state?.siblings ?? []).sorted(by: { $0.write.identity == shown && $1.write.identity != shown }) {
            let isShown = sibling.write.identity == shown && !hides
            records.append(try record(sibling, cell, standing: isShown ? .shown : .beside))
        }
        var answer = cell.answer(
            .device, at: replica.progress.basis, row: view, rule: rule(of: state, cell, hides: hides))
        if hides { answer.reason = "it is an own write that the hub has not confirmed yet" }
        answer.writes = records.filter { $0.standing == .shown } + records.filter { $0.standing != .shown }
        answer.refused = refused
        answer.openConflicts = try openConflicts(cell)
        return answer
    }

    /// The rule that the state itself tells; the hub's log tells it of every write.
    private func rule(of state: CellState?, _ cell: ExplainedCell, hides: Bool) -> MergeReason.Rule {
        if hides { return .sawAll }
        guard let state, let newest = state.siblings.last else {
            return state?.tally != nil ? .added : state == nil ? .alreadyKnown : .removedAll
        }
        // Taking the last sibling in again names what decides among those that stand.
        var before = state
        before.siblings.removeLast()
        let action: Action = newest.values.map { .set($0) } ?? .add
        return Merge.apply(
            IncomingWrite(write: newest.write, context: Context(), action: action), to: before, part: cell.part,
            policy: cell.group.policy).reason.rule
    }

    private func record(_ pending: PendingOperation, _ cell: ExplainedCell, isShown: Bool) throws -> WriteRecord {
        let evidence = try store.outboxEntry(pending.identity)?.evidence
        return WriteRecord(
            standing: isShown ? .shown : .pending, values: cell.values(of: pending.operation.action),
            author: try name(of: pending.author), authorID: pending.author.description,
            role: cell.roleName(pending.role), changeset: pending.identity.description, site: pending.dot.site,
            counter: pending.dot.counter, sequence: pending.verdict?.sequence.description,
            milliseconds: pending.verdict?.effective.milliseconds ?? evidence?.hubMilliseconds ?? pending.stamp.milliseconds,
            uncertaintyMilliseconds: evidence?.uncertaintyMilliseconds, receivedMilliseconds: nil,
            seen: pending.operation.context.sequence.description,
            seenPending: pending.operation.context.pending.map(\.description), replacedBy: nil, consequenceOf: nil)
    }

    private func record(
        _ sibling: Sibling, _ cell: ExplainedCell, standing: WriteRecord.Standing
    ) throws -> WriteRecord {
        let write = sibling.write
        // Of own work the outbox still knows what was on the screen.
        let entry = try store.outboxEntry(write.identity)
        let context = try entry.flatMap { entry in
            try ChangesetCodec.decode(entry.changeset).aimed(at: replica.schema).operations.first { $0.key == cell.key && $0.part == cell.part }?.context
        }
        return WriteRecord(
            standing: standing, values: sibling.values.map { cell.values($0) } ?? cell.values(of: .add),
            author: try name(of: write.author), authorID: write.author.isZero ? nil : write.author.description,
            role: cell.roleName(write.role), changeset: write.identity.description, site: write.dot.site,
            counter: write.dot.counter, sequence: write.sequence.description, milliseconds: write.effective.milliseconds,
            uncertaintyMilliseconds: entry?.evidence?.uncertaintyMilliseconds, receivedMilliseconds: nil,
            seen: context?.sequence.description, seenPending: context?.pending.map(\.description), replacedBy: nil,
            consequenceOf: nil)
    }

    private func name(of user: RowID) throws -> String {
        if user.isZero { return "the hub" }
        let row = try store.visible(RowKey(collection: replica.schema.userCollection, row: user))
        return replica.schema.userName(row) ?? (user == replica.identity.user ? "this device's user" : "user \(user.short)")
    }

    private func refused(_ cell: ExplainedCell) throws -> [RefusalRecord] {
        try store.refusals().filter { $0.key == cell.key }.compactMap { refusal in
            guard let entry = try store.outboxEntry(refusal.identity),
                try ChangesetCodec.decode(entry.changeset).aimed(at: replica.schema).operations.contains(where: {
                    $0.position == refusal.position && $0.part == cell.part
                })
            else { return nil }
            return RefusalRecord(
                changeset: refusal.identity.description, author: try name(of: replica.identity.user),
                rule: "\(refusal.refusal.rule)", detail: refusal.refusal.detail, remedy: refusal.remedy,
                waits: refusal.refusal.rule.waitsForRow)
        }
    }

    private func openConflicts(_ cell: ExplainedCell) throws -> [String] {
        guard let collection = replica.schema.collection(named: "conflict"),
            let subject = replica.schema.reference(to: cell.key), collection.field(named: "subject") != nil
        else { return [] }
        return try store.rows(of: collection.number, where: [("subject", .text(subject))], limit: 1_000).filter {
            try store.visible(RowKey(collection: collection.number, row: $0))
                .map { $0.isOpenConflict(about: cell.part, in: collection) } ?? false
        }.map(\.description)
    }
}

extension Action {
    fileprivate var addsToSum: Bool { if case .increment = self { true } else { false } }
}
