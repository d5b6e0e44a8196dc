/// Which sibling of a cell is shown: the maximum of the policy's total order.
public enum Shown {
    /// The sibling whose value readers see; nil if none stands (a removed element, a tally).
    public static func sibling(of state: CellState, policy: Policy) -> Sibling? {
        index(of: state, policy: policy).map { state.siblings[$0] }
    }

    /// The place of that sibling in the cell, for those who do not need a copy of it.
    public static func index(of state: CellState, policy: Policy) -> Int? {
        // Almost always there is one, and nothing to decide.
        if state.siblings.count <= 1 { return state.siblings.indices.first }
        return state.siblings.indices.max { isBelow(state.siblings[$0], state.siblings[$1], policy, state.part) }
    }

    private static func isBelow(_ a: Sibling, _ b: Sibling, _ policy: Policy, _ part: Part) -> Bool {
        if part == .liveness {
            let aAlive = a.content == .alive, bAlive = b.content == .alive
            return aAlive != bAlive ? bAlive : Write.isEarlier(a.write, b.write)
        }
        switch policy {
        case .lastWriter, .keepBoth, .addWinsSet, .hubOnly, .counter, .derived:
            return Write.isEarlier(a.write, b.write)
        case .authority:
            return a.write.rank != b.write.rank
                ? a.write.rank < b.write.rank
                : Write.isEarlier(a.write, b.write)
        case .lattice(let lattice):
            let aLevel = lattice.level(of: a.values?.first), bLevel = lattice.level(of: b.values?.first)
            return aLevel != bLevel ? aLevel < bLevel : Write.isEarlier(a.write, b.write)
        case .writeOnce:
            // The order of commit, for which the law makes an exception; a restore of the hub does not change it.
            return a.write.firstPlace != b.write.firstPlace
                ? a.write.firstPlace > b.write.firstPlace
                : Write.isEarlier(b.write, a.write)
        }
    }
}
