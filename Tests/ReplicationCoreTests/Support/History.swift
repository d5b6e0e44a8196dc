import ReplicationCore

/// A set of writes, by index: up to 32.
struct Indices: Equatable {
    var bits: UInt32 = 0

    func contains(_ index: Int) -> Bool { bits >> UInt32(index) & 1 == 1 }
    mutating func insert(_ index: Int) { bits |= 1 << UInt32(index) }
    func isSubset(of other: Indices) -> Bool { bits & ~other.bits == 0 }
}

/// One write of a history, with everything that causality knows of it.
struct HistoryWrite {
    var writer: Site
    var counter: UInt64
    /// The indices of the writes that its writer had seen.
    var seen: Indices
    var action: Action
    var effective: HybridTime
    var rank: UInt32 = 0

    var dot: Dot { Dot(site: writer, counter: counter) }
    var identity: ChangesetID { ChangesetID(high: UInt64(writer), low: counter) }
}

/// A full causal history of one cell: writes in an order in which none comes before what it has seen.
struct History {
    var policy: Policy
    var part: Part
    var writes: [HistoryWrite]

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

    /// Calls `body` with the final state of every delivery order that respects causality.
    func forEachDelivery(_ body: (_ order: [Int], _ state: CellState?) throws -> Void) rethrows {
        try deliver([], Indices(), nil, before, body)
    }

    private func deliver(
        _ order: [Int], _ delivered: Indices, _ state: CellState?, _ before: [Indices],
        _ body: (_ order: [Int], _ state: CellState?) throws -> Void
    ) rethrows {
        if order.count == writes.count { return try body(order, state) }
        for next in 0..<writes.count where !delivered.contains(next) && before[next].isSubset(of: delivered) {
            var more = delivered
            more.insert(next)
            try deliver(order + [next], more, apply(next, after: order, to: state).state, before, body)
        }
    }

    /// Delivers one write behind `order`.
    func apply(_ index: Int, after order: [Int], to state: CellState?) -> (state: CellState, reason: MergeReason) {
        Merge.apply(incoming(index, after: order), to: state, part: part, policy: policy)
    }

    func incoming(_ index: Int, after order: [Int]) -> IncomingWrite {
        let write = writes[index]
        return IncomingWrite(
            write: Write(
                identity: write.identity, dot: write.dot,
                author: RowID(high: 0, low: UInt64(write.writer)), role: write.rank, rank: write.rank,
                effective: write.effective, sequence: Self.sequence(order.count + 1)),
            context: context(of: write, after: order), action: write.action)
    }

    /// What was seen, said as a writer says it: a sequence as far as everything up to it was seen, and
    /// the rest by identity.
    private func context(of write: HistoryWrite, after order: [Int]) -> Context {
        var rest = write.seen
        var prefix = 0
        while prefix < order.count, rest.contains(order[prefix]) {
            rest.bits &= ~(1 << UInt32(order[prefix]))
            prefix += 1
        }
        var pending: [ChangesetID] = []
        for index in 0..<writes.count where rest.contains(index) { pending.append(writes[index].identity) }
        return Context(sequence: prefix == 0 ? .zero : Self.sequence(prefix), pending: pending)
    }

    static func sequence(_ number: Int) -> CommitSequence { CommitSequence(epoch: 1, number: UInt64(number)) }
}

/// What stands and what is shown, by plain rules over full histories.
struct Oracle {
    let history: History

    /// A write stands unless some write has seen it. Removals never stand.
    var standing: [Int] {
        history.writes.indices.filter { index in
            if case .remove = history.writes[index].action { return false }
            if history.policy == .writeOnce, history.part != .liveness { return true }
            return !history.writes.contains { $0.seen.contains(index) }
        }
    }

    /// The greatest of those that stand, as a list of numbers compared from the left.
    var shown: Int? {
        standing.max { key($0).lexicographicallyPrecedes(key($1)) }
    }

    private func key(_ index: Int) -> [UInt64] {
        let write = history.writes[index]
        let tie = [write.effective.rawValue, UInt64(write.writer), write.counter]
        if history.part == .liveness {
            switch write.action {
            case .create, .restore: return [1] + tie
            case .delete, .set, .add, .remove, .increment: return [0] + tie
            }
        }
        switch history.policy {
        case .authority: return [UInt64(write.rank)] + tie
        case .lattice(let lattice):
            guard case .set(let values) = write.action, let text = values.first?.text else { return [0] + tie }
            return [UInt64((lattice.states.firstIndex(of: text) ?? -1) + 1)] + tie
        case .lastWriter, .keepBoth, .addWinsSet, .counter, .writeOnce, .hubOnly, .derived: return tie
        }
    }
}

extension CellState {
    /// The state without what depends on the order of delivery.
    var withoutSequences: CellState {
        var state = self
        state.sequence = .zero
        for index in state.siblings.indices { state.siblings[index].write.sequence = .zero }
        return state
    }

    var identities: [ChangesetID] { siblings.map(\.write.identity) }
}
