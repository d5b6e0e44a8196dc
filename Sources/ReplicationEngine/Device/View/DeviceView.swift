import ReplicationCore

/// What a device shows of a row: the confirmed state with own pending operations on top.
///
/// The view is itself a row state, in which an own write stands in the place of what it hides; its
/// sequences are the confirmed ones, so nothing in it can be mistaken for something the hub said.
public enum DeviceView {
    /// - Parameters:
    ///   - key: of the row.
    ///   - confirmed: the row as the hub last sent it; nil if it has not.
    ///   - own: the operations in the view, in the order of writing.
    ///   - inputs: for each derived group, what own changesets contribute to it.
    ///   - collection: of the row.
    /// - Returns: nil if the device holds nothing of the row.
    public static func render(
        _ key: RowKey, confirmed: RowState?, own: [PendingOperation],
        inputs: [UInt32: [DerivedInput]] = [:], in collection: Collection
    ) -> RowState? {
        guard confirmed != nil || !own.isEmpty else { return nil }
        var view = confirmed ?? RowState(key: key)
        for pending in own { apply(pending, to: &view) }
        for group in collection.groups {
            guard let inputs = inputs[group.number], case .derived(let derivation) = group.policy else { continue }
            for input in inputs { apply(input, of: derivation.rule, group, to: &view) }
        }
        return view
    }

    private static func apply(_ pending: PendingOperation, to view: inout RowState) {
        let part = pending.operation.part
        switch pending.operation.action {
        case .set(let values): replace(part, [.values(values)], pending, in: &view)
        case .add: replace(part, [.present], pending, in: &view)
        case .remove: replace(part, [], pending, in: &view)
        case .create, .restore: replace(part, [.alive], pending, in: &view)
        case .delete:
            // The writer has deleted it: what arrives underneath shows when the hub has judged.
            let everything = Context(sequence: CommitSequence(epoch: .max, number: .max))
            let covering = view.cells.map { SeenCell(part: $0.part, context: everything) }
            replace(part, [.deleted(covering: covering)], pending, in: &view)
        case .increment(let amount):
            var cell = view[part] ?? CellState(part: part)
            var tally = cell.tally ?? Tally()
            // Not by its dot: what is in the view is what the confirmed sum lacks, whatever places it has had.
            tally.sum &+= amount
            cell.tally = tally
            view[part] = cell
        }
    }

    private static func replace(
        _ part: Part, _ contents: [Sibling.Content], _ pending: PendingOperation, in view: inout RowState
    ) {
        let write = Write(
            identity: pending.identity, dot: pending.dot, author: pending.author, role: pending.role, rank: 0,
            effective: pending.stamp, sequence: .zero)
        var cell = view[part] ?? CellState(part: part)
        cell.siblings = contents.map { Sibling(write: write, content: $0) }
        view[part] = cell
    }

    private static func apply(
        _ input: DerivedInput, of rule: Derivation.Rule, _ group: Group, to view: inout RowState
    ) {
        let part = Part(group: group.number)
        var cell = view[part] ?? CellState(part: part)
        switch (rule, input.contribution) {
        case (.sum, .amount(let amount)):
            var tally = cell.tally ?? Tally()
            tally.sum &+= amount
            cell.tally = tally
        case (.furthest(_, let lattice), .state(let value)):
            let shown = Shown.sibling(of: cell, policy: group.policy)?.values?.first
            guard lattice.level(of: value) > lattice.level(of: shown) else { return }
            cell.siblings = [computed([value], input)]
        case (.highest(let by, let fields), .candidate(let order, let values)):
            let shown = Shown.sibling(of: cell, policy: group.policy)?.values
            let place = fields.firstIndex(of: by)
            let standing = place.flatMap { index in shown.flatMap { index < $0.count ? $0[index].integer : nil } }
            // Ties go to the later write, and the own one is later than anything seen.
            guard standing.map({ order >= $0 }) ?? true else { return }
            cell.siblings = [computed(values, input)]
        case (.sum, _), (.furthest, _), (.highest, _):
            return
        }
        view[part] = cell
    }

    private static func computed(_ values: [Value], _ input: DerivedInput) -> Sibling {
        Sibling(
            write: Write(
                identity: input.identity, dot: input.dot, author: .zero, role: 0, rank: 0, effective: .zero,
                sequence: .zero),
            content: .values(values))
    }
}
