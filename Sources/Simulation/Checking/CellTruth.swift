import ReplicationCore

/// A cell as full causal histories have it: for each accepted write, the set of all writes of the cell that
/// its writer had been shown. No clock, no context and no merge of the shipped code has a part in it.
struct CellTruth {
    struct Accepted {
        let identity: ChangesetID
        let sequence: CommitSequence
        let action: Action
        let rank: UInt32
        let effective: HybridTime
        let dot: Dot
        let seen: Set<ChangesetID>
        /// It was marked as the resolution of a conflict.
        var isResolution = false

        var values: [Value]? { if case .set(let values) = action { values } else { nil } }

        func placed(at sequence: CommitSequence) -> Accepted {
            Accepted(
                identity: identity, sequence: sequence, action: action, rank: rank, effective: effective, dot: dot, seen: seen,
                isResolution: isResolution)
        }
    }

    /// In the hub's order.
    private(set) var accepted: [Accepted] = []
    /// What stands: no other accepted write had seen it.
    private(set) var standing: Set<ChangesetID> = []
    /// Everything that an accepted write had seen.
    private var covered: Set<ChangesetID> = []
    /// Of increments.
    private(set) var sum: Int64 = 0
    /// What stood, and the sum, after each commit that changed them.
    private(set) var states: [State] = []
    /// Pairs that had not seen each other, with other values: each must leave a conflict.
    private(set) var clashes: [(theirs: ChangesetID, yours: ChangesetID)] = []

    struct State {
        let sequence: CommitSequence
        let standing: Set<ChangesetID>
        let sum: Int64
    }

    /// Takes in an accepted write. Nothing that stands in a write-once cell is ever replaced.
    mutating func accept(_ write: Accepted, isWriteOnce: Bool) {
        // Others may hand in after a restore what its writer hands in as well.
        if accepted.contains(where: { $0.identity == write.identity }) { return }
        accepted.append(write)
        let before = (standing, sum)
        if !isWriteOnce {
            standing.subtract(write.seen)
            covered.formUnion(write.seen)
        }
        switch write.action {
        case .set, .add, .create, .restore, .delete:
            if !covered.contains(write.identity) {
                // In a write-once cell what was seen stands as well; who marks a write there has settled it.
                let settled = write.isResolution ? write.seen : []
                for other in accepted
                where standing.contains(other.identity) && isOther(other.values, write.values) && !settled.contains(other.identity) {
                    clashes.append((other.identity, write.identity))
                }
                standing.insert(write.identity)
            }
        case .increment(let amount): sum &+= amount
        case .remove: break
        }
        // An increment by nothing is a state of its own as well: the site is in the tally from then on.
        let isIncrement = if case .increment = write.action { true } else { false }
        if (standing, sum) != before || isIncrement {
            states.append(State(sequence: write.sequence, standing: standing, sum: sum))
        }
    }

    /// Makes room for another wording of what the hub had drafted in lost time, and somebody has handed in: the same draft
    /// follows from the same cause, and sees more.
    mutating func withdraw(_ identity: ChangesetID) {
        accepted.removeAll { $0.identity == identity }
        covered.remove(identity)
        standing.remove(identity)
    }

    /// Notes that a write that stands has come once more, perhaps with its place in lost time, or with what its writer had seen:
    /// the same write, in another state.
    mutating func recall(_ identity: ChangesetID, at sequence: CommitSequence) {
        guard standing.contains(identity), states.last?.sequence != sequence else { return }
        states.append(State(sequence: sequence, standing: standing, sum: sum))
    }

    /// Notes that the cell is sent anew as of another cell's change, with what stands in it.
    mutating func raise(to sequence: CommitSequence) {
        guard states.last.map({ $0.sequence < sequence }) ?? false else { return }
        states.append(State(sequence: sequence, standing: standing, sum: sum))
    }

    /// Values that are not known, because an earlier version wrote them in other cells, are taken as equal.
    private func isOther(_ a: [Value]?, _ b: [Value]?) -> Bool { a != b && a != [] && b != [] }

    /// As it was when a hub had made it of other cells, with the head of then.
    private var bases: [(head: CommitSequence, truth: CellTruth)] = []

    /// Begins anew with what a hub has made of other cells.
    ///
    /// - Parameter head: of the hub, when it did.
    mutating func rebase(on cell: CellState?, at head: CommitSequence) {
        let siblings = cell?.siblings ?? []
        standing = Set(siblings.map(\.write.identity))
        for sibling in siblings {
            let former = accepted.first { $0.identity == sibling.write.identity }
            accepted.removeAll { $0.identity == sibling.write.identity }
            var action = former?.action ?? .set([])
            if case .values(let values) = sibling.content { action = .set(values) }
            accepted.append(Accepted(
                identity: sibling.write.identity, sequence: sibling.write.sequence, action: action, rank: sibling.write.rank,
                effective: sibling.write.effective, dot: sibling.write.dot, seen: former?.seen ?? []))
        }
        accepted.sort { ($0.sequence, $0.identity) < ($1.sequence, $1.identity) }
        covered = Set(accepted.map(\.identity)).subtracting(standing)
        clashes = []
        revived.formIntersection(standing)
        if let cell { states.append(State(sequence: cell.sequence, standing: standing, sum: sum)) }
        bases.append((head, self))
    }

    /// Takes out a write that gave way to something which the log does not tell of.
    mutating func giveWay(_ identity: ChangesetID, at sequence: CommitSequence) {
        standing.remove(identity)
        revived.remove(identity)
        covered.insert(identity)
        states.removeAll { $0.sequence == sequence }
        states.append(State(sequence: sequence, standing: standing, sum: sum))
    }

    /// Of what stands again, what has to be gone as soon as somebody can tell.
    private(set) var passing: Set<ChangesetID> = []
    /// What stands again, until somebody can tell that it had been seen.
    private(set) var revived: Set<ChangesetID> = []

    /// Asks of what stands for now once more whether it may; in the end of everything that stands again.
    mutating func endPassing(isFinal: Bool) {
        standing.subtract(isFinal ? revived : passing)
        passing = []
    }

    /// Takes in once more a write that had been seen, of which those who judge it cannot know that.
    mutating func standAgain(_ identity: ChangesetID, at sequence: CommitSequence, isPassing: Bool = false) {
        standing.insert(identity)
        revived.insert(identity)
        if isPassing { passing.insert(identity) }
        states.removeAll { $0.sequence == sequence }
        states.append(State(sequence: sequence, standing: standing, sum: sum))
    }

    /// Whether a write is accepted here, or was seen by the writer of one that is.
    func hasTaken(_ identity: ChangesetID) -> Bool {
        covered.contains(identity) || accepted.contains { $0.identity == identity || $0.seen.contains(identity) }
    }

    /// The cell as a hub has it that was restored, and what it has lost.
    func restored(keeping isKept: (CommitSequence) -> Bool, isWriteOnce: Bool) -> (kept: CellTruth, lost: [Accepted]) {
        let base = bases.last { isKept($0.head) }
        var kept = base?.truth ?? CellTruth()
        if let base { kept.bases.append(base) }
        for write in accepted where isKept(write.sequence) { kept.accept(write, isWriteOnce: isWriteOnce) }
        kept.goBack(to: states.filter { isKept($0.sequence) })
        return (kept, accepted.filter { !isKept($0.sequence) })
    }

    /// What stood again, or gave way, by what nobody could tell does so once more: the hub has the cell as it was.
    private mutating func goBack(to known: [State]) {
        guard let last = known.last else { return }
        revived.formUnion(last.standing.subtracting(standing))
        covered.formUnion(standing.subtracting(last.standing))
        (states, standing, sum) = (known, last.standing, last.sum)
    }

    /// Everything that a writer has been shown who was shown the state of a sequence.
    func shown(at sequence: CommitSequence) -> Set<ChangesetID> {
        Set(accepted.lazy.filter { $0.sequence <= sequence }.map(\.identity))
    }

    /// What stood, and the sum, in the state of a sequence; nil if the cell never had such a state.
    func state(at sequence: CommitSequence) -> State? {
        // A cell that was never written has the empty state.
        if sequence == .zero { return State(sequence: .zero, standing: [], sum: 0) }
        return states.last { $0.sequence == sequence }
    }

    /// The state of a sequence at which the hub's cell changed, and by the histories nothing did: what had been seen in lost time was
    /// handed in anew by a writer without receipts, stood for a moment, and went by a later changeset of the same commit.
    func settledState(at sequence: CommitSequence, wasLost: (ChangesetID) -> Bool) -> State? {
        let last = states.last { $0.sequence < sequence } ?? State(sequence: .zero, standing: [], sum: 0)
        let since = accepted.lazy.filter { $0.sequence > last.sequence && $0.sequence <= sequence }
        guard since.contains(where: { $0.sequence == sequence }), since.contains(where: { wasLost($0.identity) }) else { return nil }
        return State(sequence: sequence, standing: last.standing, sum: last.sum)
    }

    /// The write that readers see: the maximum of the policy's order over what stands.
    ///
    /// - Parameter firstPlaces: of writes that came back after a restore of the hub, where they had first been committed.
    func winner(_ policy: Policy, isLiveness: Bool, firstPlaces: [ChangesetID: CommitSequence] = [:]) -> ChangesetID? {
        let candidates = accepted.filter { standing.contains($0.identity) }.map { write in
            firstPlaces[write.identity].map { write.placed(at: $0) } ?? write
        }
        return candidates.max { isBelow($0, $1, policy, isLiveness) }?.identity
    }

    private func isBelow(_ a: Accepted, _ b: Accepted, _ policy: Policy, _ isLiveness: Bool) -> Bool {
        func order(_ write: Accepted) -> (Int64, HybridTime, Dot) { (weight(write, policy, isLiveness), write.effective, write.dot) }
        return order(a) < order(b)
    }

    private func weight(_ write: Accepted, _ policy: Policy, _ isLiveness: Bool) -> Int64 {
        if isLiveness { if case .delete = write.action { return 0 } else { return 1 } }
        switch policy {
        case .authority: return Int64(write.rank)
        case .lattice(let lattice):
            guard case .text(let state)? = write.values?.first else { return -1 }
            return Int64(lattice.states.firstIndex(of: state) ?? -1)
        case .writeOnce: return -(Int64(write.sequence.epoch) << 48 | Int64(write.sequence.number))
        case .lastWriter, .keepBoth, .addWinsSet, .counter, .hubOnly, .derived: return 0
        }
    }
}
