import ReplicationCore
import TestSupport

/// The short form of merge cases, as `Fixtures/merge/README.md` tells it. What is empty or false is left out.
enum MergeCase {
    /// - Parameter after: the cell that the write has led to.
    static func step(_ incoming: IncomingWrite, _ reason: MergeReason, after: CellState?, part: Part? = nil) -> JSON {
        let write = incoming.write
        var members: [(String, JSON)] = part.map { [("cell", .text($0.description))] } ?? []
        members += [("dot", .text(write.dot.description)), ("time", .number(Int(write.effective.milliseconds)))]
        if write.rank != 0 { members.append(("rank", .number(Int(write.rank)))) }
        members.append(("at", .number(Int(write.sequence.number))))
        members += action(incoming.action) + context(incoming.context)
        members += [("rule", .text(reason.rule.rawValue))]
        let writes = [write] + (after?.siblings.map(\.write) ?? [])
        if let shown = writes.first(where: { $0.identity == reason.shown }) {
            members.append(("shown", .text(shown.dot.description)))
        }
        if !reason.superseded.isEmpty { members.append(("gone", dots(reason.superseded))) }
        if !reason.concurrent.isEmpty { members.append(("beside", dots(reason.concurrent))) }
        if reason.isConflict { members.append(("conflict", .bool(true))) }
        if reason.needsReview { members.append(("review", .bool(true))) }
        return .object(members)
    }

    /// What a cell has come to.
    static func cell(_ state: CellState?, _ policy: Policy) -> [(String, JSON)] {
        guard let state else { return [] }
        var members: [(String, JSON)] = [
            ("changed", .number(Int(state.sequence.number))), ("siblings", dots(state.siblings.map(\.write))),
        ]
        if let shown = Shown.sibling(of: state, policy: policy) { members.append(("shows", .text(shown.write.dot.description))) }
        if let tally = state.tally {
            members += [("sum", .number(Int(tally.sum))), ("contained", .array(tally.contained.map { .text($0.description) }))]
        }
        return members
    }

    private static func action(_ action: Action) -> [(String, JSON)] {
        switch action {
        case .set(let values): [("set", .array(values.map { .text($0.text ?? "") }))]
        case .add: [("do", .text("add"))]
        case .remove: [("do", .text("remove"))]
        case .increment(let amount): [("increment", .number(Int(amount)))]
        case .create: [("do", .text("create"))]
        case .restore: [("do", .text("restore"))]
        case .delete(let covering):
            [("do", .text("delete")), ("covering", .array(covering.map { seen in
                .object([("cell", .text(seen.part.description))] + context(seen.context))
            }))]
        }
    }

    private static func context(_ context: Context) -> [(String, JSON)] {
        var members: [(String, JSON)] = []
        if context.sequence != .zero { members.append(("seen", .number(Int(context.sequence.number)))) }
        // Identities here are made of the dot's two numbers.
        if !context.pending.isEmpty {
            members.append(("named", .array(context.pending.map { .text("\($0.high).\($0.low)") })))
        }
        return members
    }

    private static func dots(_ writes: [Write]) -> JSON { .array(writes.map { .text($0.dot.description) }) }
}
