import ReplicationCore
import ReplicationEngine
import WireProtocol

/// What should be in quarantine, by the words of the protocol: nothing of the shipped code has a part in it.
struct QuarantineTruth {
    /// A refused operation, by changeset and position.
    private(set) var held: [ChangesetID: [UInt32: Refused]] = [:]
    private var changesets: [ChangesetID: DecodedChangeset] = [:]
    /// Everything that counted, in the hub's order.
    private var events: [(sequence: CommitSequence, event: Event)] = []
    /// What a device without access wanted to discard or has mended, or what had been accepted in lost time: it has let go of it, and the hub has not.
    private(set) var unheard: Set<ChangesetID> = []
    /// Operations that were mended or discarded, and ones that had waited and were accepted.
    private(set) var dealtWith = 0
    private(set) var released = 0

    struct Refused {
        let cell: Cell
        /// It needs a row that is not known.
        var needsRow: Bool
    }

    struct Cell: Hashable {
        let key: RowKey
        let part: Part
    }

    enum Event {
        case judgement(Judgement)
        /// Waiting operations of a changeset were judged again.
        case release(ChangesetID, [Verdict])
    }

    /// A device's changeset was judged; one from a device without access deals with nothing.
    struct Judgement {
        let changeset: DecodedChangeset
        let verdicts: [Verdict]
        /// Those that it had been given in lost time, by which its writer has let go of what it mends; the same for any other.
        let former: [Verdict]
        let hasAccess: Bool
        /// Positions of what it discards that had been accepted in lost time, by the receipt that came back, and has a place in the
        /// schema: what of it waits for its row stays.
        let staying: Set<UInt32>
    }

    mutating func take(_ event: Event, at sequence: CommitSequence) {
        events.append((sequence, event))
        switch event {
        case .judgement(let judgement): judge(judgement)
        case .release(let identity, let verdicts): release(identity, verdicts)
        }
    }

    /// Nothing is kept of what concerns these rows.
    mutating func erase(_ rows: Set<RowKey>) {
        for (identity, operations) in held {
            let left = operations.filter { !rows.contains($0.value.cell.key) }
            if left.count < operations.count { held[identity] = left.isEmpty ? nil : left }
        }
    }

    /// The hub was restored: what it has lost has not happened.
    mutating func restore(keeping isKept: (CommitSequence) -> Bool) {
        let kept = events.filter { isKept($0.sequence) }
        self = QuarantineTruth()
        for (sequence, event) in kept { take(event, at: sequence) }
    }

    /// Those of a cell's writes that put into it once more what a refused changeset had put there and they mend, directly or
    /// through others: the same write, whose writer mended something else about it.
    ///
    /// - Parameters:
    ///   - seen: what a waiting write's writer had been shown of the cell.
    ///   - accepted: the writes of the cell that the hub has.
    func mending(_ seen: Set<ChangesetID>, among accepted: [CellTruth.Accepted], of cell: Cell) -> Set<ChangesetID> {
        var mending: Set<ChangesetID> = []
        for write in accepted where !seen.contains(write.identity) {
            guard let changeset = changesets[write.identity] else { continue }
            var next = changeset.header.mends
            var known: Set<ChangesetID> = [write.identity]
            while let identity = next, known.insert(identity).inserted, isOfOne(identity, changeset) {
                let mended = changesets[identity]
                let before = mended?.operations.first { Cell(key: $0.key, part: $0.part) == cell }
                if seen.contains(identity), let before, putsTheSame(before.action, write.action) {
                    mending.insert(write.identity)
                }
                next = mended?.header.mends
            }
        }
        return mending
    }

    private func putsTheSame(_ a: Action, _ b: Action) -> Bool {
        switch (a, b) {
        case (.set(let a), .set(let b)): a == b
        case (.add, .add), (.create, .create), (.create, .restore), (.restore, .create), (.restore, .restore): true
        case (.set, _), (.add, _), (.create, _), (.restore, _), (.remove, _), (.increment, _), (.delete, _): false
        }
    }

    private mutating func judge(_ judgement: Judgement) {
        let changeset = judgement.changeset, verdicts = judgement.verdicts
        let identity = changeset.header.identity
        changesets[identity] = changeset
        hold(identity, verdicts)
        guard judgement.hasAccess else {
            for identity in [changeset.header.discards, changeset.header.mends].compactMap(\.self) where isOfOne(identity, changeset) {
                unheard.insert(identity)
            }
            return
        }
        if let discarded = changeset.header.discards, isOfOne(discarded, changeset) {
            let left = held[discarded, default: [:]].filter { judgement.staying.contains($0.key) && $0.value.needsRow }
            dealtWith += (held[discarded]?.count ?? 0) - left.count
            held[discarded] = left.isEmpty ? nil : left
            if !left.isEmpty { unheard.insert(discarded) }
        }
        guard let mended = changeset.header.mends, isOfOne(mended, changeset) else { return }
        let former = judgement.former
        let isWhole = !former.isEmpty && former.allSatisfy(\.isAccepted)
        var written = Set(changeset.operations.filter { former[Int($0.position)].isAccepted }.map { Cell(key: $0.key, part: $0.part) })
        var next: ChangesetID? = mended
        var seen: Set<ChangesetID> = []
        while let identity = next, seen.insert(identity).inserted, let known = changesets[identity], isOfOne(identity, changeset) {
            for (position, refused) in held[identity] ?? [:] {
                let isDealtWith = written.contains(refused.cell) || isWhole && (known.header.isAtomic || !refused.needsRow)
                guard isDealtWith else { continue }
                held[identity]?[position] = nil
                dealtWith += 1
            }
            if held[identity]?.isEmpty == true { held[identity] = nil }
            written.formUnion(known.operations.map { Cell(key: $0.key, part: $0.part) })
            next = isWhole ? known.header.mends : nil
        }
    }

    private mutating func release(_ identity: ChangesetID, _ verdicts: [Verdict]) {
        for (position, refused) in held[identity] ?? [:] {
            switch verdicts[Int(position)].outcome {
            case .accepted, .conflict, .review:
                held[identity]?[position] = nil
                released += 1
            case .refused(let refusal):
                held[identity]?[position] = Refused(cell: refused.cell, needsRow: Self.needsRow(refusal.rule))
            }
        }
        if held[identity]?.isEmpty == true { held[identity] = nil }
    }

    private mutating func hold(_ identity: ChangesetID, _ verdicts: [Verdict]) {
        for operation in changesets[identity]?.operations ?? [] {
            guard Int(operation.position) < verdicts.count, case .refused(let refusal) = verdicts[Int(operation.position)].outcome
            else { continue }
            held[identity, default: [:]][operation.position] = Refused(
                cell: Cell(key: operation.key, part: operation.part), needsRow: Self.needsRow(refusal.rule))
        }
    }

    private func isOfOne(_ identity: ChangesetID, _ changeset: DecodedChangeset) -> Bool {
        changesets[identity]?.header.author == changeset.header.author
    }

    /// Rules 8, 10 and 21.
    static func needsRow(_ rule: Refusal.Rule) -> Bool { [8, 10, 21].contains(rule.rawValue) }
}
