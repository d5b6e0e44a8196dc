/// Who wins? The whole answer is in this folder: pure functions over a cell's state, a write and the
/// policy of the group.
///
/// The cell state is a dotted version vector set in compact form (Preguiça et al., "Dotted Version
/// Vectors", 2010): an incoming write removes the siblings that its context contains and joins the rest.
/// The shown value is the maximum of a total order over the whole set, never folded pairwise, so the
/// order of arrival cannot matter.
public enum Merge {
    /// Takes a write into a cell.
    ///
    /// - Parameters:
    ///   - incoming: a write that has been accepted: its action fits the policy.
    ///   - state: the cell before, or nil if it was never written.
    ///   - beside: writes that stand beside the incoming one although its context contains them: those of a state that
    ///     is taken in as a whole, whose sequence is the context of each of its siblings.
    /// - Returns: the cell afterwards, and why.
    public static func apply(
        _ incoming: IncomingWrite, to state: CellState?, part: Part, policy: Policy, beside: Set<ChangesetID> = []
    ) -> (state: CellState, reason: MergeReason) {
        let content: Sibling.Content
        switch incoming.action {
        case .set(let values): content = .values(values)
        case .add: content = .present
        case .create, .restore: content = .alive
        case .delete(let covering): content = .deleted(covering: covering)
        case .remove: return remove(incoming, state ?? CellState(part: part), beside)
        case .increment(let amount): return increment(amount, incoming, state ?? CellState(part: part))
        }
        // Almost always nothing stands beside the write, and it is what is shown.
        guard let state, !state.siblings.isEmpty else {
            return (
                CellState(
                    part: part, sequence: incoming.write.sequence, siblings: [Sibling(write: incoming.write, content: content)],
                    tally: state?.tally),
                MergeReason(rule: ruleAlone(content, part, policy), shown: incoming.write))
        }
        return join(content, incoming, state, policy, beside)
    }

    private static func join(
        _ content: Sibling.Content, _ incoming: IncomingWrite, _ before: CellState, _ policy: Policy,
        _ beside: Set<ChangesetID>
    ) -> (state: CellState, reason: MergeReason) {
        if let known = before.siblings.firstIndex(where: { $0.write.identity == incoming.write.identity }) {
            return recall(incoming.write, at: known, in: before)
        }
        var superseded: [Write] = []
        var others: [Sibling] = []
        for sibling in before.siblings {
            if takesPlace(incoming, of: sibling.write, beside), canBeSuperseded(policy, before.part) {
                superseded.append(sibling.write)
            } else {
                others.append(sibling)
            }
        }
        let joined = Sibling(write: incoming.write, content: content)
        // Almost always nothing stands beside the write: it is what is shown.
        if others.isEmpty {
            return (
                CellState(part: before.part, sequence: incoming.write.sequence, siblings: [joined], tally: before.tally),
                MergeReason(rule: ruleAlone(content, before.part, policy), shown: incoming.write, superseded: superseded))
        }
        var siblings = others
        siblings.insert(joined, at: others.firstIndex { incoming.write.dot < $0.write.dot } ?? others.endIndex)
        let after = CellState(part: before.part, sequence: incoming.write.sequence, siblings: siblings, tally: before.tally)
        let shown = Shown.sibling(of: after, policy: policy)
        let differing = others.filter { !agrees($0.content, content) }
        let reason = MergeReason(
            rule: rule(after: after, shown: shown, policy: policy),
            shown: shown?.write,
            superseded: superseded,
            concurrent: others.map(\.write),
            isConflict: !differing.isEmpty && before.part != .liveness && policy.leavesConflicts,
            needsReview: differing.contains { needsReview($0.content, content, policy) }
        )
        return (after, reason)
    }

    /// A write that stands already; it may have had places of which nobody here knew, before the hub was restored.
    private static func recall(
        _ write: Write, at index: Int, in before: CellState
    ) -> (state: CellState, reason: MergeReason) {
        let known = before.siblings[index].write
        let reason = MergeReason(rule: .alreadyKnown, shown: known)
        guard let told = write.former, told != known.former else { return (before, reason) }
        let former = FormerPlaces((known.former?.places ?? []) + told.places)
        if former == known.former { return (before, reason) }
        var after = before
        after.sequence = write.sequence
        after.siblings[index].write.former = former
        return (after, reason)
    }

    private static func remove(
        _ incoming: IncomingWrite, _ before: CellState, _ beside: Set<ChangesetID>
    ) -> (state: CellState, reason: MergeReason) {
        let superseded = before.siblings.filter { takesPlace(incoming, of: $0.write, beside) }
        guard !superseded.isEmpty else {
            let rule: MergeReason.Rule = before.siblings.isEmpty ? .alreadyKnown : .additionStands
            return (before, MergeReason(rule: rule, concurrent: before.siblings.map(\.write)))
        }
        var after = before
        after.siblings.removeAll { takesPlace(incoming, of: $0.write, beside) }
        after.sequence = incoming.write.sequence
        return (after, MergeReason(
            rule: after.siblings.isEmpty ? .removedAll : .additionStands,
            shown: after.siblings.last?.write,
            superseded: superseded.map(\.write),
            concurrent: after.siblings.map(\.write)
        ))
    }

    private static func increment(
        _ amount: Int64, _ incoming: IncomingWrite, _ before: CellState
    ) -> (state: CellState, reason: MergeReason) {
        var after = before
        var tally = before.tally ?? Tally()
        tally.add(amount, from: incoming.write.dot)
        guard tally != before.tally else { return (before, MergeReason(rule: .alreadyKnown)) }
        after.tally = tally
        after.sequence = incoming.write.sequence
        return (after, MergeReason(rule: .added, shown: incoming.write))
    }

    private static func takesPlace(_ incoming: IncomingWrite, of write: Write, _ beside: Set<ChangesetID>) -> Bool {
        incoming.context.contains(write) && !beside.contains(write.identity)
    }

    /// Write-once values are removed by nothing; everything else gives way to a write that has seen it.
    private static func canBeSuperseded(_ policy: Policy, _ part: Part) -> Bool {
        if part == .liveness { return true }
        switch policy {
        case .writeOnce: return false
        case .lastWriter, .authority, .lattice, .keepBoth, .addWinsSet, .counter, .hubOnly, .derived: return true
        }
    }

    private static func needsReview(_ a: Sibling.Content, _ b: Sibling.Content, _ policy: Policy) -> Bool {
        switch policy {
        case .writeOnce: true
        case .lattice(let lattice): lattice.isClash(values(a)?.first, values(b)?.first)
        case .lastWriter, .authority, .keepBoth, .addWinsSet, .counter, .hubOnly, .derived: false
        }
    }

    /// Equal values join without a conflict.
    private static func agrees(_ a: Sibling.Content, _ b: Sibling.Content) -> Bool {
        switch (a, b) {
        case (.values(let a), .values(let b)): a == b
        case (.present, .present), (.alive, .alive), (.deleted, .deleted): true
        case (.values, _), (.present, _), (.alive, _), (.deleted, _): false
        }
    }

    private static func values(_ content: Sibling.Content) -> [Value]? {
        if case .values(let values) = content { values } else { nil }
    }

    /// Names why the only sibling is shown.
    private static func ruleAlone(_ content: Sibling.Content, _ part: Part, _ policy: Policy) -> MergeReason.Rule {
        if part == .liveness { return content == .alive ? .aliveStands : .deleted }
        switch policy {
        case .lastWriter, .authority, .lattice, .keepBoth, .writeOnce, .hubOnly: return .sawAll
        case .addWinsSet: return .additionStands
        case .counter: return .added
        case .derived: return .computed
        }
    }

    /// Names what decided between the shown sibling and the strongest of the others.
    private static func rule(after: CellState, shown: Sibling?, policy: Policy) -> MergeReason.Rule {
        guard let shown else { return .removedAll }
        let others = after.siblings.filter { $0.write.identity != shown.write.identity }
        if others.isEmpty || after.part == .liveness { return ruleAlone(shown.content, after.part, policy) }
        switch policy {
        case .lastWriter, .hubOnly: return .laterTime
        case .authority:
            let rival = others.map(\.write.rank).max() ?? 0
            return shown.write.rank > rival ? .higherRole : .laterTime
        case .lattice(let lattice):
            let rival = others.map { lattice.level(of: $0.values?.first) }.max() ?? -1
            return lattice.level(of: shown.values?.first) > rival ? .furtherState : .laterTime
        case .keepBoth: return .keptBoth
        case .writeOnce: return .firstCommitted
        case .addWinsSet, .counter, .derived: return ruleAlone(shown.content, after.part, policy)
        }
    }
}
