import ReplicationCore
import Testing
import TestSupport

/// The law, policy by policy: for writes with fixed contexts and stamps, every delivery order that respects
/// causality ends in the same siblings and the same shown value; and these are what full causal
/// histories say.
struct MergeLawTests {
    /// Checks all delivery orders of a history, and gives their number.
    static func check(_ history: History) -> Int {
        let oracle = Oracle(history: history)
        let standing = oracle.standing.sorted { history.writes[$0].dot < history.writes[$1].dot }
            .map { history.writes[$0].identity }
        let shown = oracle.shown.map { history.writes[$0].identity }
        let isShownByLaw = history.policy != .writeOnce || history.part == .liveness
        var first: CellState?
        var orders = 0
        history.forEachDelivery { order, state in
            orders += 1
            guard let state else { return }
            let plain = state.withoutSequences
            if first == nil { first = plain }
            let found = Shown.sibling(of: state, policy: history.policy)?.write.identity
            // One `#expect` for all: a macro for each would cost more than the merges.
            if plain != first || state.identities != standing || (isShownByLaw && found != shown) {
                Issue.record("order \(order) of \(history) gives \(state)")
            }
        }
        return orders
    }

    private static func checkAll(
        _ policy: Policy, part: Part = Part(group: 1), timePatterns: [Int]? = nil,
        action: (Int, Int) -> Action = SmallHistories.set, rank: (Int) -> UInt32 = { _ in 0 }
    ) -> Int {
        var orders = 0
        for count in 1...4 {
            SmallHistories.forEach(
                count: count, policy: policy, part: part, timePatterns: count == 4 ? timePatterns : nil,
                action: action, rank: rank) { orders += check($0) }
        }
        return orders
    }

    @Test func lastWriter() { print("last-writer: \(Self.checkAll(.lastWriter, timePatterns: [0, 3, 5, 6, 9, 12])) deliveries") }

    @Test func authority() {
        var orders = 0
        for ranks in 0..<16 {
            orders += Self.checkAll(
                .authority(roles: [1, 2]), timePatterns: [0],
                rank: { UInt32(ranks >> $0 & 1) })
        }
        print("authority: \(orders) deliveries")
    }

    @Test func lattice() {
        let states = SmallHistories.lattice.states
        var orders = 0
        // Rising, falling, and twice the same state.
        for steps in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 3, 2, 0]] {
            orders += Self.checkAll(
                .lattice(SmallHistories.lattice), timePatterns: [0, 6],
                action: { index, _ in .set([.text(states[steps[index]])]) })
        }
        print("lattice: \(orders) deliveries")
    }

    @Test func keepBoth() { print("keep-both: \(Self.checkAll(.keepBoth, timePatterns: [0])) deliveries") }

    @Test func hubOnlyAndDerived() {
        let derivation = Derivation(
            rule: .highest(by: "n", fields: ["n"]), source: 1, target: .reference(field: "r"))
        let orders = Self.checkAll(.hubOnly, timePatterns: [0]) + Self.checkAll(.derived(derivation), timePatterns: [0])
        print("hub-only and derived: \(orders) deliveries")
    }

    /// What is shown depends on the order of commit; what stands does not.
    @Test func writeOnce() { print("write-once: \(Self.checkAll(.writeOnce, timePatterns: [0])) deliveries") }

    @Test func addWinsSet() {
        var orders = 0
        for removals in 0..<16 {
            orders += Self.checkAll(
                .addWinsSet, part: Part(group: 1, element: "x"), timePatterns: [0],
                action: { index, _ in removals >> index & 1 == 1 ? .remove : .add })
        }
        print("add-wins set: \(orders) deliveries")
    }

    @Test func liveness() {
        var orders = 0
        for deletions in 0..<16 {
            orders += Self.checkAll(
                .lastWriter, part: .liveness, timePatterns: [0],
                action: { index, _ in
                    deletions >> index & 1 == 1 ? .delete(covering: []) : index == 0 ? .create : .restore
                })
        }
        print("liveness: \(orders) deliveries")
    }

    /// Far larger histories, in random orders. The seed stands in the failure.
    @Test(arguments: 0..<60)
    func randomHistories(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let policies: [Policy] = [
            .lastWriter, .authority(roles: [1, 2, 3]), .lattice(SmallHistories.lattice), .keepBoth, .writeOnce,
        ]
        let history = Self.randomHistory(count: 14, policy: policies[Int(seed) % policies.count], &random)
        let standing = Set(Oracle(history: history).standing.map { history.writes[$0].identity })
        let shown = Oracle(history: history).shown.map { history.writes[$0].identity }
        for _ in 0..<12 {
            let (_, state) = Self.randomDelivery(history, &random)
            #expect(Set(state?.identities ?? []) == standing, "seed \(seed)")
            if history.policy != .writeOnce {
                #expect(state.flatMap { Shown.sibling(of: $0, policy: history.policy) }?.write.identity == shown, "seed \(seed)")
            }
        }
    }

    static func randomHistory(count: Int, policy: Policy, _ random: inout SplitMix64) -> History {
        var counters: [Site: UInt64] = [:]
        let writes = (0..<count).map { index in
            let writer = Site.random(in: 1...5, using: &random)
            counters[writer, default: 0] += 1
            return HistoryWrite(
                writer: writer, counter: counters[writer, default: 0],
                seen: Indices(bits: (0..<index).reduce(0) { bits, other in random.oneIn(4) ? bits | 1 << UInt32(other) : bits }),
                action: .set([.text(SmallHistories.lattice.states[Int.random(in: 0..<4, using: &random)])]),
                effective: HybridTime(milliseconds: UInt64.random(in: 1...3, using: &random)),
                rank: UInt32.random(in: 0...2, using: &random))
        }
        return History(policy: policy, part: Part(group: 1), writes: writes)
    }

    static func randomDelivery(_ history: History, _ random: inout SplitMix64) -> ([Int], CellState?) {
        let before = history.before
        var order: [Int] = []
        var delivered = Indices()
        var state: CellState?
        while order.count < history.writes.count {
            let ready = history.writes.indices.filter { !delivered.contains($0) && before[$0].isSubset(of: delivered) }
            let next = ready[Int.random(in: 0..<ready.count, using: &random)]
            state = history.apply(next, after: order, to: state).state
            order.append(next)
            delivered.insert(next)
        }
        return (order, state)
    }
}
