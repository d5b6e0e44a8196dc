import ReplicationCore
import Testing
import TestSupport

/// Laws over long histories drawn at random. One that breaks a law is made small before it is told.
struct ShrinkingLawTests {
    typealias Rule = @Sendable (IncomingWrite, CellState?, Part, Policy) -> CellState

    static let shipped: Rule = { Merge.apply($0, to: $1, part: $2, policy: $3).state }

    /// Some delivery orders, always the same for a history of this size.
    static func breaksTheLaw(_ history: History, _ merge: Rule) -> Bool {
        let oracle = Oracle(history: history)
        let standing = oracle.standing.map { history.writes[$0].dot }.sorted()
        let shown = oracle.shown.map { history.writes[$0].dot }
        let isShownByLaw = history.policy != .writeOnce || history.part == .liveness
        let before = history.before
        var random = SplitMix64(seed: UInt64(history.writes.count))
        var first: CellState?
        for _ in 0..<24 {
            var order: [Int] = []
            var delivered = Indices()
            var state: CellState?
            while order.count < history.writes.count {
                let ready = history.writes.indices.filter { !delivered.contains($0) && before[$0].isSubset(of: delivered) }
                let next = ready[Int.random(in: 0..<ready.count, using: &random)]
                state = merge(history.incoming(next, after: order), state, history.part, history.policy)
                order.append(next)
                delivered.insert(next)
            }
            guard let state else { return false }
            if first == nil { first = state.withoutSequences }
            let found = Shown.sibling(of: state, policy: history.policy)?.write.dot
            if state.siblings.map(\.write.dot) != standing || state.withoutSequences != first || (isShownByLaw && found != shown) {
                return true
            }
        }
        return false
    }

    private static let kinds: [(policy: Policy, part: Part)] = [
        (.lastWriter, Part(group: 1)), (.authority(roles: [1, 2]), Part(group: 1)),
        (.lattice(SmallHistories.lattice), Part(group: 1)), (.keepBoth, Part(group: 1)), (.writeOnce, Part(group: 1)),
        (.addWinsSet, Part(group: 1, element: "x")), (.lastWriter, .liveness),
    ]

    static func history(_ count: Int, _ kind: (policy: Policy, part: Part), _ random: inout SplitMix64) -> History {
        var history = MergeLawTests.randomHistory(count: count, policy: kind.policy, &random)
        history.part = kind.part
        for index in history.writes.indices where kind.part.element != nil || kind.part == .liveness {
            let isFirst = random.oneIn(2)
            history.writes[index].action = kind.part == .liveness
                ? isFirst ? .restore : .delete(covering: []) : isFirst ? .add : .remove
        }
        return history
    }

    @Test(arguments: kinds.indices)
    func lawsHoldInLongHistories(_ kind: Int) {
        var random = SplitMix64(seed: UInt64(kind))
        for round in 0..<60 {
            let history = Self.history(4 + round % 21, Self.kinds[kind], &random)
            guard Self.breaksTheLaw(history, Self.shipped) else { continue }
            let smallest = Shrinking.smallest(history) { Self.breaksTheLaw($0, Self.shipped) }
            Issue.record("round \(round): \(smallest)")
        }
    }

    /// A hub that keeps only what it shows, and one that reads no names in contexts.
    @Test func brokenMergesAreFoundAndMadeSmall() {
        let onlyTheWinner: Rule = { incoming, state, part, policy in
            var after = Self.shipped(incoming, state, part, policy)
            after.siblings = Shown.sibling(of: after, policy: policy).map { [$0] } ?? []
            return after
        }
        let noNames: Rule = { incoming, state, part, policy in
            var blind = incoming
            blind.context.pending = []
            return Self.shipped(blind, state, part, policy)
        }
        // Two concurrent writes suffice for the first; the second needs one that is unseen before one that is named.
        for (rule, size) in [(onlyTheWinner, 2), (noNames, 3)] {
            var random = SplitMix64(seed: 5)
            var rounds = 0
            var history = Self.history(16, Self.kinds[0], &random)
            while !Self.breaksTheLaw(history, rule), rounds < 100 {
                rounds += 1
                history = Self.history(16, Self.kinds[0], &random)
            }
            let smallest = Shrinking.smallest(history) { Self.breaksTheLaw($0, rule) }
            #expect(rounds < 100 && smallest.writes.count == size, "\(smallest)")
            #expect(!Self.breaksTheLaw(smallest, Self.shipped))
        }
    }
}
