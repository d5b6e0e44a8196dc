import ReplicationCore
import Testing
import TestSupport

struct TallyTests {
    private static func permutations<Element>(_ elements: [Element]) -> [[Element]] {
        if elements.isEmpty { return [[]] }
        return elements.indices.flatMap { index in
            var rest = elements
            let first = rest.remove(at: index)
            return permutations(rest).map { [first] + $0 }
        }
    }

    /// Three sites, two contributions each, in every order that keeps each site's stream.
    @Test func contributionsCommuteAndCountOnce() {
        var contributions: [(dot: Dot, amount: Int64)] = []
        for site in 1...3 {
            contributions.append((Dot(site: Site(site), counter: 1), Int64(site * 10 + 1)))
            contributions.append((Dot(site: Site(site), counter: 2), Int64(2 - site * 7)))
        }
        let expected = contributions.reduce(Int64(0)) { $0 + $1.amount }
        var orders = 0
        for order in Self.permutations(contributions) {
            let keepsStreams = (1...3).allSatisfy { site in
                order.filter { $0.dot.site == site }.map(\.dot.counter) == [1, 2]
            }
            if !keepsStreams { continue }
            orders += 1
            var tally = Tally()
            for (index, contribution) in order.enumerated() {
                tally.add(contribution.amount, from: contribution.dot)
                for earlier in order[...index] { tally.add(earlier.amount, from: earlier.dot) }
            }
            if tally.sum != expected || tally.contained != (1...3).map({ Dot(site: $0, counter: 2) }) {
                Issue.record("\(order) gives \(tally)")
            }
        }
        #expect(orders == 90)
    }

    @Test func sumsWrapAndCommuteAtTheEnds() {
        var a = Tally(), b = Tally()
        a.add(.max, from: Dot(site: 1, counter: 1))
        a.add(1, from: Dot(site: 2, counter: 1))
        b.add(1, from: Dot(site: 2, counter: 1))
        b.add(.max, from: Dot(site: 1, counter: 1))
        #expect(a == b)
        #expect(a.lastCounter(of: 1) == 1)
        #expect(a.lastCounter(of: 3) == 0)
    }

    /// +5, then +3 by one who saw it: eight, and the increments of others join.
    @Test func incrementsAreRemovedByNothing() {
        var state: CellState?
        var number: UInt64 = 0
        for (site, counter, amount) in [(1, 1, 5), (1, 2, 3), (2, 1, -1), (1, 2, 3)] as [(Site, UInt64, Int64)] {
            number += 1
            let write = Write(
                identity: ChangesetID(high: UInt64(site), low: counter), dot: Dot(site: site, counter: counter),
                author: .zero, role: 0, rank: 0, effective: HybridTime(milliseconds: 1),
                sequence: CommitSequence(epoch: 1, number: number))
            let before = state
            let (after, reason) = Merge.apply(
                IncomingWrite(
                    write: write, context: Context(sequence: CommitSequence(epoch: 1, number: number - 1)),
                    action: .increment(amount)),
                to: state, part: Part(group: 1), policy: .counter)
            state = after
            #expect(reason.rule == (number == 4 ? .alreadyKnown : .added))
            if number == 4 { #expect(after == before) }
        }
        #expect(state?.tally?.sum == 7)
        #expect(state?.sequence == CommitSequence(epoch: 1, number: 3))
        #expect(state?.siblings.isEmpty == true)
    }
}
