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
    ///   - part: the cell's place in its row.
    ///   - policy: of the cell's group.
    ///   - beside: writes that stand beside the incoming one although its context contains them: those of a state that
    ///     is taken in as a whole, whose sequence is the context of each of its siblings.
    /// - Returns: the cell afterwards, and why.
    public static func apply(
        _ incoming: IncomingWrite, to state: CellState?, part: Part, policy: Policy, beside: Set<ChangesetID> = []
    ) -> (state: CellState, reason: MergeReason) {
        var cell = state ?? CellState(part: part)
        let reason = take(incoming, into: &cell, policy, beside)
        return (cell, reason)
    }

    /// Takes a write into the cell of a row, in place. The removal of an element that was never there leaves no cell.
    ///
    /// - Parameters: as above.
    /// - Returns: why the cell is as it is now.
    public static func apply(
        _ incoming: IncomingWrite, to row: inout RowState, part: Part, policy: Policy, beside: Set<ChangesetID> = []
    ) -> MergeReason {
        let place = row.position(of: part)
        if !place.isFound { row.insertBlank(part, at: place.index) }
        let reason = take(incoming, into: &row.cells[place.index], policy, beside)
        if row.cells[place.index].isBlank { row.cells.remove(at: place.index) }
        return reason
    }

    private static func take(
        _ incoming: IncomingWrite, into cell: inout CellState, _ policy: Policy, _ beside: Set<ChangesetID>
    ) -> MergeReason {
        let content: Sibling.Content
        switch incoming.action {
        case .set(let values): content = .values(values)
        case .add: content = .present
        case .create, .restore: content = .alive
        case .delete(let covering): content = .deleted(covering: covering)
        case .remove: return remove(incoming, from: &cell, beside)
        case .increment(let amount): return increment(amount, incoming, in: &cell)
        }
        if !cell.siblings.isEmpty { return join(content, incoming, to: &cell, policy, beside) }
        cell.sequence = incoming.write.sequence
        cell.siblings = [Sibling(write: incoming.write, content: content)]
        return MergeReason(rule: ruleAlone(content, cell.part, policy), shown: incoming.write.identity)
    }

    private static func join(
        _ content: Sibling.Content, _ incoming: IncomingWrite, to cell: inout CellState, _ policy: Policy,
        _ beside: Set<ChangesetID>
    ) -> MergeReason {
        if let known = cell.siblings.firstIndex(where: { $0.write.identity == incoming.write.identity }) {
            return recall(incoming, at: known, in: &cell, policy, beside)
        }
        var superseded: [Write] = []
        var others: [Sibling] = []
        for sibling in cell.siblings {
            if takesPlace(incoming, of: sibling.write, beside), canBeSuperseded(policy, cell.part) {
                superseded.append(sibling.write)
            } else {
                others.append(sibling)
            }
        }
        let joined = Sibling(write: incoming.write, content: content)
        cell.sequence = incoming.write.sequence
        // Almost always nothing stands beside the write: it is what is shown.
        if others.isEmpty {
            cell.siblings = [joined]
            return MergeReason(rule: ruleAlone(content, cell.part, policy), shown: incoming.write.identity, superseded: superseded)
        }
        cell.siblings = others
        cell.siblings.insert(joined, at: others.firstIndex { incoming.write.dot < $0.write.dot } ?? others.endIndex)
        let shown = Shown.sibling(of: cell, policy: policy)
        let differing = others.filter { !agrees($0.content, content) }
        return MergeReason(
            rule: rule(after: cell, shown: shown, policy: policy),
            shown: shown?.write.identity,
            superseded: superseded,
            concurrent: others.map(\.write),
            isConflict: !differing.isEmpty && cell.part != .liveness && policy.leavesConflicts,
            needsReview: differing.contains { needsReview($0.content, content, policy) }
        )
    }

    /// A write that stands already. Somebody else may have handed it in after the hub was restored, before its writer came:
    /// who says what had been seen, and may know of places of which nobody here knew. Epochs after the one in which it stands had
    /// it from their beginning.
    private static func recall(
        _ incoming: IncomingWrite, at index: Int, in cell: inout CellState, _ policy: Policy, _ beside: Set<ChangesetID>
    ) -> MergeReason {
        let known = cell.siblings[index].write
        var reason = MergeReason(rule: .alreadyKnown, shown: known.identity)
        let told = incoming.write.former?.places.filter { $0.epoch < known.sequence.epoch } ?? []
        let former = FormerPlaces((known.former?.places ?? []) + told, of: known.dot.site)
        if former != known.former {
            cell.sequence = incoming.write.sequence
            cell.siblings[index].write.former = former
        }
        let seen = cell.siblings.map(\.write).filter {
            $0.identity != known.identity && takesPlace(incoming, of: $0, beside) && canBeSuperseded(policy, cell.part)
        }
        if !seen.isEmpty {
            cell.sequence = incoming.write.sequence
            cell.siblings.removeAll { seen.contains($0.write) }
            reason.superseded = seen
        }
        return reason
    }

    private static func remove(
        _ incoming: IncomingWrite, from cell: inout CellState, _ beside: Set<ChangesetID>
    ) -> MergeReason {
        let superseded = cell.siblings.filter { takesPlace(incoming, of: $0.write, beside) }
        guard !superseded.isEmpty else {
            let rule: MergeReason.Rule = cell.siblings.isEmpty ? .alreadyKnown : .additionStands
            return MergeReason(rule: rule, concurrent: cell.siblings.map(\.write))
        }
        cell.siblings.removeAll { takesPlace(incoming, of: $0.write, beside) }
        cell.sequence = incoming.write.sequence
        return MergeReason(
            rule: cell.siblings.isEmpty ? .removedAll : .additionStands,
            shown: cell.siblings.last?.write.identity,
            superseded: superseded.map(\.write),
            concurrent: cell.siblings.map(\.write)
        )
    }

    private static func increment(_ amount: Int64, _ incoming: IncomingWrite, in cell: inout CellState) -> MergeReason {
        var tally = cell.tally ?? Tally()
        tally.add(amount, from: incoming.write.dot)
        guard tally != cell.tally else { return MergeReason(rule: .alreadyKnown) }
        cell.tally = tally
        cell.sequence = incoming.write.sequence
        return MergeReason(rule: .added, shown: incoming.write.identity)
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
