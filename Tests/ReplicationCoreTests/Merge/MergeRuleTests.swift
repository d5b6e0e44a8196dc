import ReplicationCore
import Testing
import TestSupport

/// What the laws leave open: reasons, conflicts, redelivery, and that nothing unseen goes.
struct MergeRuleTests {
    private static let policies: [(Policy, Part)] = [
        (.lastWriter, Part(group: 1)), (.authority(roles: [1]), Part(group: 1)),
        (.lattice(SmallHistories.lattice), Part(group: 1)), (.keepBoth, Part(group: 1)),
        (.writeOnce, Part(group: 1)), (.addWinsSet, Part(group: 1, element: "x")), (.lastWriter, .liveness),
    ]

    private static func action(_ policy: Policy, _ part: Part, _ index: Int) -> Action {
        if part == .liveness { return index == 0 ? .create : index == 2 ? .delete(covering: []) : .restore }
        if policy == .addWinsSet { return index == 1 ? .remove : .add }
        return .set([.text(SmallHistories.lattice.states[index])])
    }

    private static func write(_ number: UInt64, at sequence: CommitSequence, former: [CommitSequence] = []) -> Write {
        Write(
            identity: ChangesetID(high: 1, low: number), dot: Dot(site: 1, counter: number), author: RowID(high: 2, low: 1), role: 1,
            rank: 0, effective: HybridTime(milliseconds: 100 - number), sequence: sequence, former: FormerPlaces(former))
    }

    private static func at(_ epoch: UInt32, _ number: UInt64) -> CommitSequence { CommitSequence(epoch: epoch, number: number) }

    /// A write keeps its place; of epochs after that one only those before can be former.
    @Test func aWriteThatStandsIsGivenThePlacesBeforeItsOwn() {
        let part = Part(group: 1)
        let standing = IncomingWrite(
            write: Self.write(1, at: Self.at(3, 4), former: [Self.at(1, 9)]), context: Context(), action: .set([.text("x")]))
        let again = IncomingWrite(
            write: Self.write(1, at: Self.at(5, 1), former: [Self.at(1, 9), Self.at(2, 1), Self.at(4, 46)]), context: Context(),
            action: .set([.text("x")]))
        let (state, reason) = Merge.apply(again, to: Merge.apply(standing, to: nil, part: part, policy: .lastWriter).state, part: part, policy: .lastWriter)
        #expect(reason.rule == .alreadyKnown && state.sequence == Self.at(5, 1))
        #expect(state.siblings.map(\.write.sequence) == [Self.at(3, 4)])
        #expect(state.siblings.first?.write.former?.places == [Self.at(1, 9), Self.at(2, 1)])
    }

    /// Of values that are written once the first counts, in whatever order they came back after a restore.
    @Test func aRestoreDoesNotChangeWhichValueCameFirst() {
        let part = Part(group: 1)
        let writes = [
            Self.write(1, at: Self.at(2, 8), former: [Self.at(1, 90)]), Self.write(2, at: Self.at(2, 3), former: [Self.at(1, 95)]),
            Self.write(3, at: Self.at(2, 1)),
        ]
        let incoming = writes.map { IncomingWrite(write: $0, context: Context(), action: .set([.integer(Int64($0.dot.counter))])) }
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            var state: CellState?
            for index in order { state = Merge.apply(incoming[index], to: state, part: part, policy: .writeOnce).state }
            #expect(state.flatMap { Shown.sibling(of: $0, policy: .writeOnce) }?.values == [.integer(1)])
        }
    }

    /// At each step of every delivery: what the context contains goes, nothing else does, the sequence
    /// rises exactly when the state changes, and a second delivery changes nothing.
    @Test func eachStepRemovesWhatWasSeenAndNothingElse() {
        var steps = 0
        for (policy, part) in Self.policies {
            SmallHistories.forEach(
                count: 3, policy: policy, part: part, timePatterns: [0, 2],
                action: { index, _ in Self.action(policy, part, index) }) { history in
                history.forEachDelivery { order, _ in
                    var state: CellState?
                    for place in order.indices {
                        let before = state ?? CellState(part: part)
                        let incoming = history.incoming(order[place], after: Array(order[..<place]))
                        let (after, reason) = Merge.apply(incoming, to: state, part: part, policy: policy)
                        let gone = before.siblings.filter { !after.siblings.contains($0) }.map(\.write)
                        let seen = before.siblings.filter { incoming.context.contains($0.write) }.map(\.write)
                        let keepsAll = policy == .writeOnce
                        let again = Merge.apply(incoming, to: after, part: part, policy: policy)
                        let isRight = gone == (keepsAll ? [] : seen) && reason.superseded == gone
                            && (after.sequence == incoming.write.sequence) == (after != before)
                            && reason.concurrent == after.siblings.map(\.write).filter { $0 != incoming.write }
                            && again.state == after
                        if !isRight { Issue.record("\(incoming) on \(before) gives \(after), \(reason)") }
                        state = after
                        steps += 1
                    }
                }
            }
        }
        print("steps: \(steps)")
    }

    private func write(_ site: Site, _ time: UInt64, rank: UInt32 = 0, sequence: UInt64) -> Write {
        Write(
            identity: ChangesetID(high: 9, low: UInt64(site)), dot: Dot(site: site, counter: 1), author: .zero,
            role: 0, rank: rank, effective: HybridTime(milliseconds: time), sequence: History.sequence(Int(sequence)))
    }

    /// The second of two concurrent writes.
    private func second(
        _ policy: Policy, _ first: [Value], _ second: [Value], times: (UInt64, UInt64) = (5, 5),
        ranks: (UInt32, UInt32) = (0, 0)
    ) -> (CellState, MergeReason) {
        let part = Part(group: 1)
        let one = Merge.apply(
            IncomingWrite(write: write(1, times.0, rank: ranks.0, sequence: 1), context: Context(), action: .set(first)),
            to: nil, part: part, policy: policy)
        #expect(one.reason.rule == .sawAll || policy.isComputed)
        #expect(!one.reason.isConflict && !one.reason.needsReview)
        return Merge.apply(
            IncomingWrite(write: write(2, times.1, rank: ranks.1, sequence: 2), context: Context(), action: .set(second)),
            to: one.state, part: part, policy: policy)
    }

    @Test func equalValuesMakeNoConflict() {
        for (policy, part) in Self.policies where part.group == 1 && part.element == nil {
            let (state, reason) = second(policy, [.text("new"), .null], [.text("new"), .null])
            #expect(state.siblings.count == 2)
            #expect(!reason.isConflict && !reason.needsReview, "\(policy)")
        }
        // Equal to people, not to the bytes.
        #expect(second(.lastWriter, [.text("\u{E9}")], [.text("e\u{301}")]).1.isConflict)
    }

    @Test func theRuleThatDecidedIsNamed() {
        let lattice = Policy.lattice(SmallHistories.lattice)
        let new = [Value.text("new")], done = [Value.text("done")], canceled = [Value.text("canceled")]
        #expect(second(.lastWriter, new, done).1.rule == .laterTime)
        #expect(second(.authority(roles: [1]), new, done, ranks: (2, 1)).1.rule == .higherRole)
        #expect(second(.authority(roles: [1]), new, done, ranks: (1, 1)).1.rule == .laterTime)
        #expect(second(lattice, new, done).1.rule == .furtherState)
        #expect(second(lattice, done, done).1.rule == .laterTime)
        #expect(second(.keepBoth, new, done).1.rule == .keptBoth)
        #expect(second(.writeOnce, new, done).1.rule == .firstCommitted)
        #expect(second(.writeOnce, new, done).1.needsReview)
        #expect(second(lattice, done, canceled).1.needsReview)
        #expect(second(lattice, canceled, done).1.needsReview)
        #expect(!second(lattice, new, done).1.needsReview)
        for policy in [.lastWriter, .authority(roles: [1]), lattice, .keepBoth, .writeOnce] as [Policy] {
            #expect(second(policy, new, done).1.isConflict, "\(policy)")
        }
        #expect(!second(.hubOnly, new, done).1.isConflict)
    }

    @Test func theFirstCommittedValueStandsAlsoAgainstAWriterWhoSawIt() {
        let part = Part(group: 1)
        let first = Merge.apply(
            IncomingWrite(write: write(2, 9, sequence: 1), context: Context(), action: .set([.text("a")])),
            to: nil, part: part, policy: .writeOnce).state
        let (state, reason) = Merge.apply(
            IncomingWrite(
                write: write(1, 1, sequence: 2), context: Context(sequence: History.sequence(1)),
                action: .set([.text("b")])),
            to: first, part: part, policy: .writeOnce)
        #expect(state.siblings.count == 2)
        #expect(reason.isConflict && reason.needsReview)
        #expect(Shown.sibling(of: state, policy: .writeOnce)?.values == [.text("a")])
    }

    @Test func aLatticeTakesUnknownStatesAsTheLeast() {
        let lattice = SmallHistories.lattice
        #expect(lattice.level(of: .text("new")) == 0)
        #expect(lattice.level(of: .text("later version")) == -1)
        #expect(lattice.level(of: .null) == -1)
        #expect(lattice.level(of: nil) == -1)
        #expect(!lattice.isClash(.text("done"), .text("new")))
        #expect(lattice.isClash(.text("canceled"), .text("done")))
        #expect(!lattice.isClash(nil, .text("done")))
    }

    @Test func aContextContainsBySequenceOrByName() {
        let old = write(1, 5, sequence: 3)
        #expect(Context(sequence: History.sequence(3)).contains(old))
        #expect(!Context(sequence: History.sequence(2)).contains(old))
        #expect(Context(pending: [old.identity]).contains(old))
        #expect(!Context().contains(old))
        // A later epoch has seen everything of the earlier ones.
        #expect(Context(sequence: CommitSequence(epoch: 2, number: 0)).contains(old))
        let state = CellState(part: Part(group: 1), siblings: [
            Sibling(write: old, content: .present), Sibling(write: write(2, 8, sequence: 4), content: .present),
        ])
        #expect(state.latestSeen(by: Context(sequence: History.sequence(3))) == HybridTime(milliseconds: 5))
        #expect(state.latestSeen(by: Context(sequence: History.sequence(4))) == HybridTime(milliseconds: 8))
        #expect(state.latestSeen(by: Context()) == .zero)
    }
}

extension Policy {
    var isComputed: Bool { if case .derived = self { true } else { false } }
}
