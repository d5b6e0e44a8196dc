import ReplicationCore
import Testing
import TestSupport

/// The laws of what consists of several cells or of sums: deletions, counters, and entries that arrive twice.
struct RowLawTests {
    /// For every kind and every order of three writes after a creation: the row exists exactly if histories say so, and
    /// is revived by exactly the work that no deletion had seen.
    @Test func deletionsBuryWhatTheirWritersHadSeen() {
        var histories = 0, orders = 0
        for further in 1...3 {
            RowHistory.forEach(further: further) { history in
                histories += 1
                let oracle = RowOracle(history: history)
                let isAlive = oracle.isAlive
                let revivers = Set(oracle.revivers.map { history.writes[$0].dot })
                history.forEachDelivery { order, row in
                    orders += 1
                    let coverings = row[.liveness]?.siblings.compactMap { sibling -> [SeenCell]? in
                        if case .deleted(let covering) = sibling.content { covering } else { nil }
                    } ?? []
                    if row.isAlive != isAlive || Set(row.revivers(of: coverings).map(\.dot)) != revivers {
                        Issue.record("order \(order) of \(history) gives \(row)")
                    }
                }
            }
        }
        print("rows: \(histories) histories, \(orders) deliveries")
        #expect(histories > 8_000)
    }

    /// Each contribution counts once, in whatever order sites' streams interleave, however often it comes.
    @Test func countersAddUpInEveryOrder() {
        var orders = 0
        for count in 1...5 {
            for writers in SmallHistories.writers(count) {
                var counters: [Site: UInt64] = [:]
                let history = History(policy: .counter, part: Part(group: 1), writes: writers.enumerated().map { index, writer in
                    counters[writer, default: 0] += 1
                    return HistoryWrite(
                        writer: writer, counter: counters[writer, default: 0], seen: Indices(),
                        action: .increment(index == 2 ? .max : Int64(index * 7 - 3)), effective: HybridTime(milliseconds: 1))
                })
                let sum = history.writes.reduce(Int64(0)) { sum, write in
                    if case .increment(let amount) = write.action { sum &+ amount } else { sum }
                }
                let contained = counters.sorted { $0.key < $1.key }.map { Dot(site: $0.key, counter: $0.value) }
                history.forEachDelivery { order, state in
                    orders += 1
                    let again = order.reduce(state) { history.apply($1, after: order, to: $0).state }
                    if state?.tally != Tally(sum: sum, contained: contained) || again != state {
                        Issue.record("order \(order) of \(history) gives \(String(describing: state))")
                    }
                }
            }
        }
        print("counters: \(orders) deliveries")
    }

    /// A ledger's row that comes twice, whole or in part, is there once.
    @Test func aLedgerRowThatComesTwiceIsThereOnce() {
        let identity = ChangesetID(high: 1, low: 1)
        func take(_ part: Part, _ action: Action, _ sequence: Int, _ row: inout RowState) -> MergeReason {
            let write = Write(
                identity: identity, dot: Dot(site: 1, counter: 1), author: .zero, role: 0, rank: 0,
                effective: HybridTime(milliseconds: 1), sequence: History.sequence(sequence))
            return Merge.apply(
                IncomingWrite(write: write, context: Context(), action: action), to: &row, part: part, policy: .writeOnce)
        }
        var row = RowState(key: RowHistory.key)
        let entries: [(Part, Action)] = [(.liveness, .create), (Part(group: 1), .set([.integer(-2)])), (Part(group: 2), .set([.text("used")]))]
        for (part, action) in entries { #expect(take(part, action, 1, &row).rule != .alreadyKnown) }
        let once = row
        for (part, action) in entries + entries {
            let reason = take(part, action, 2, &row)
            #expect(reason.rule == .alreadyKnown && !reason.isConflict && !reason.needsReview)
        }
        #expect(row == once)
    }
}
