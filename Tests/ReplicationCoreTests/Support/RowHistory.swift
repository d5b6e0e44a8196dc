import ReplicationCore

/// One write of a history of a whole row.
struct RowWrite {
    var part: Part
    var writer: Site
    var counter: UInt64
    /// The indices of the writes, of any cell of the row, that its writer had seen.
    var seen: Indices
    var effect: Effect

    enum Effect { case create, set(Value), add, remove, delete, restore }

    var dot: Dot { Dot(site: writer, counter: counter) }
    var identity: ChangesetID { ChangesetID(high: UInt64(writer), low: counter) }
}

/// A full causal history of a row: its existence, two fields and an element.
struct RowHistory {
    static let key = RowKey(collection: 1, row: RowID(high: 1, low: 1))
    static let parts = [Part(group: 1), Part(group: 2), Part(group: 3, element: "x")]

    var writes: [RowWrite]

    static func policy(of part: Part) -> Policy { part.element == nil ? .lastWriter : .addWinsSet }

    /// What must be delivered before each write: what it has seen, and its writer's earlier writes.
    var before: [Indices] {
        writes.indices.map { index in
            var before = writes[index].seen
            for other in writes.indices
            where writes[other].writer == writes[index].writer && writes[other].counter < writes[index].counter {
                before.insert(other)
            }
            return before
        }
    }

    /// Calls `body` with the final row of every delivery order that respects causality.
    func forEachDelivery(_ body: (_ order: [Int], _ row: RowState) throws -> Void) rethrows {
        try deliver([], Indices(), RowState(key: Self.key), before, body)
    }

    private func deliver(
        _ order: [Int], _ delivered: Indices, _ row: RowState, _ before: [Indices],
        _ body: (_ order: [Int], _ row: RowState) throws -> Void
    ) rethrows {
        if order.count == writes.count { return try body(order, row) }
        for next in writes.indices where !delivered.contains(next) && before[next].isSubset(of: delivered) {
            var more = delivered, after = row
            more.insert(next)
            take(next, after: order, into: &after)
            try deliver(order + [next], more, after, before, body)
        }
    }

    @discardableResult
    func take(_ index: Int, after order: [Int], into row: inout RowState) -> (incoming: IncomingWrite, reason: MergeReason) {
        let incoming = incoming(index, after: order)
        let part = writes[index].part
        return (incoming, Merge.apply(incoming, to: &row, part: part, policy: Self.policy(of: part)))
    }

    func incoming(_ index: Int, after order: [Int]) -> IncomingWrite {
        let write = writes[index]
        let action: Action = switch write.effect {
        case .create: .create
        case .set(let value): .set([value])
        case .add: .add
        case .remove: .remove
        case .restore: .restore
        case .delete: .delete(covering: Self.parts.map { SeenCell(part: $0, context: context(of: $0, seenBy: write, after: order)) })
        }
        return IncomingWrite(
            write: Write(
                identity: write.identity, dot: write.dot, author: RowID(high: 0, low: UInt64(write.writer)), role: 0, rank: 0,
                effective: HybridTime(milliseconds: 100), sequence: History.sequence(order.count + 1)),
            context: context(of: write.part, seenBy: write, after: order), action: action)
    }

    /// What was seen of one cell, said as a writer says it.
    private func context(of part: Part, seenBy write: RowWrite, after order: [Int]) -> Context {
        var sequence = CommitSequence.zero
        var rest: [ChangesetID] = []
        var isWhole = true
        for (place, index) in order.enumerated() where writes[index].part == part {
            if !write.seen.contains(index) {
                isWhole = false
            } else if isWhole {
                sequence = History.sequence(place + 1)
            } else {
                rest.append(writes[index].identity)
            }
        }
        return Context(sequence: sequence, pending: rest)
    }
}

/// Whether a row exists, by plain rules over full histories.
struct RowOracle {
    let history: RowHistory

    /// Of a cell: a write stands unless a write of the cell has seen it. Removals never stand.
    func standing(_ part: Part) -> [Int] {
        history.writes.indices.filter { index in
            guard history.writes[index].part == part else { return false }
            if case .remove = history.writes[index].effect { return false }
            return !history.writes.contains { $0.part == part && $0.seen.contains(index) }
        }
    }

    /// Some creation or restoration stands; or the row was deleted, and some work stands that no standing deletion had seen.
    var isAlive: Bool {
        let liveness = standing(.liveness)
        let deletions = liveness.filter { if case .delete = history.writes[$0].effect { true } else { false } }
        if deletions.count < liveness.count { return true }
        return !deletions.isEmpty && !revivers.isEmpty
    }

    var revivers: [Int] {
        let deletions = standing(.liveness).filter { if case .delete = history.writes[$0].effect { true } else { false } }
        return RowHistory.parts.flatMap(standing).filter { index in
            history.writes[index].writer != 0 && !deletions.contains { history.writes[$0].seen.contains(index) }
        }
    }
}

extension RowHistory {
    /// All histories of a creation and `count` further writes by writers of their own: every kind of each, and every
    /// shape of what they had seen.
    static func forEach(further count: Int, _ body: (RowHistory) throws -> Void) rethrows {
        let kinds: [(Part, RowWrite.Effect)] = [
            (Part(group: 1), .set(.text("v"))), (Part(group: 3, element: "x"), .add), (Part(group: 3, element: "x"), .remove),
            (.liveness, .delete), (.liveness, .restore),
        ]
        let shapes = SmallHistories.contexts(count + 1)
        var choice = Array(repeating: 0, count: count)
        while true {
            for seen in shapes {
                let first = RowWrite(part: .liveness, writer: 1, counter: 1, seen: Indices(), effect: .create)
                try body(RowHistory(writes: [first] + (0..<count).map { index in
                    RowWrite(
                        part: kinds[choice[index]].0, writer: Site(index + 2), counter: 1, seen: seen[index + 1],
                        effect: kinds[choice[index]].1)
                }))
            }
            guard let place = choice.lastIndex(where: { $0 < kinds.count - 1 }) else { return }
            choice[place] += 1
            for later in (place + 1)..<max(count, place + 1) { choice[later] = 0 }
        }
    }
}
