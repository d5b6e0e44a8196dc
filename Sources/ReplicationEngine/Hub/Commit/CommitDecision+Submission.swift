import Foundation
import ReplicationCore
import SwiftProtobuf
import WireProtocol

extension CommitDecision {
    /// Takes in one changeset of a device.
    mutating func take(_ submission: Submission) throws -> SubmissionOutcome {
        guard var replica = try replica(submission.replica), replica.site != 0 else { return .unknownReplica }
        if let site = submission.site, site != replica.site {
            // A copy of the device has forked meanwhile: this stream is of the former site. A new one that nobody
            // uses yet will do for both, until they differ.
            return replica.lastCounter == 0 ? .fork(replica.site) : try fork(&replica)
        }
        if submission.counter <= replica.lastCounter {
            return try repeatVerdict(of: submission, replica)
        }
        guard submission.counter == replica.lastCounter + 1 else { return .gap(after: replica.lastCounter) }
        guard replica.lastCounter == 0 || submission.predecessor == replica.lastRoot else {
            return try fork(&replica)
        }
        replica.lastCounter = submission.counter
        replica.lastRoot = submission.root
        replica.lastSeenMilliseconds = moment.wallMilliseconds

        if let known = try entry(of: submission.identity) {
            if known.root == submission.root {
                // Handed in again under another place, after a fork: exactly once, with the first verdict.
                update(replica)
                try recallRelease(of: submission, known, from: replica)
                return .receipt(try wireReceipt(of: known), counter: submission.counter)
            }
            update(replica)
            let otherIdentity: ChangesetID = DerivedIdentifier.make(
                "other content", [submission.identity.bytes, submission.root])
            if let quarantined = try entry(of: otherIdentity) {
                return .receipt(try wireReceipt(of: quarantined), counter: submission.counter)
            }
            return try refuseAll(
                submission, replica, otherIdentity,
                Refusal(.otherContent, "Changeset \(submission.identity) is known with other content."))
        }
        switch submission.content {
        case .undecodable(let error):
            update(replica)
            return try refuseAll(submission, replica, submission.identity, Refusal(.undecodable, error.detail))
        case .decoded(let changeset):
            let former = try formerReceipts(of: submission)
            let outcome = try former.isEmpty
                ? take(changeset, submission, replica) : adopt(changeset, submission, replica, former)
            update(replica)
            return outcome
        }
    }

    private mutating func repeatVerdict(
        of submission: Submission, _ replica: ReplicaRecord
    ) throws -> SubmissionOutcome {
        let dot = Dot(site: replica.site, counter: submission.counter)
        let atIdentity = try entry(of: submission.identity)
        if let atIdentity, atIdentity.root == submission.root {
            return .receipt(try wireReceipt(of: atIdentity), counter: submission.counter)
        }
        if let planned = plan.entries.last(where: { $0.dot == dot }), planned.root == submission.root {
            return .receipt(try wireReceipt(of: planned), counter: submission.counter)
        }
        if let atDot = try reader.entry(at: dot), atDot.root == submission.root {
            return .receipt(try wireReceipt(of: atDot), counter: submission.counter)
        }
        var replica = replica
        return try fork(&replica)
    }

    /// Gives the replica a new site, under which its stream starts anew.
    mutating func fork(_ replica: inout ReplicaRecord) throws -> SubmissionOutcome {
        let site = try nextSite()
        var forked = replica
        forked.site = site
        forked.lastCounter = 0
        forked.lastRoot = []
        forked.announcedCounter = 0
        // What was confirmed under the former site was confirmed, maybe, by the other copy of the device, and bounds
        // no basis of this one.
        forked.confirmed = .zero
        update(forked)
        replica = forked
        return .fork(site)
    }

    /// What the hub says of a changeset now: its first receipt, or that of the last release of its waiting work.
    private func wireReceipt(of entry: LogEntry) throws -> WireReceipt {
        try WireReceipt(serializedBytes: (try latestRelease(of: entry.identity) ?? entry).receipt)
    }

    private mutating func take(
        _ changeset: DecodedChangeset, _ submission: Submission, _ replica: ReplicaRecord
    ) throws -> SubmissionOutcome {
        let basis = try present(boundedBasis(changeset.header.basis, counter: submission.counter, replica))
        var author = Author(
            replica: try self.replica(replica, writing: changeset.header, at: basis), header: changeset.header, basis: basis,
            dot: Dot(site: replica.site, counter: submission.counter), evidence: submission.evidence,
            receipt: receiptTime())
        author.presentRole = replica.role
        let changeset = try understood(changeset, at: author.dot)
        var judged = try judge(changeset, author)
        let sequence = nextSequence
        // By those who had been sent it, if its writer has lost its receipt.
        let told = try self.told(of: changeset.header.identity)
        let isOfLostTime = try !told.isEmpty || adopted(changeset.header.identity) != nil
        var application = Application(cause: changeset.header.identity, causeDot: author.dot, author: replica.user)
        for index in changeset.order {
            let operation = changeset.operations[index]
            guard judged.verdicts[Int(operation.position)].isAccepted else { continue }
            if isOfLostTime, let seen = try verdictIfSeen(operation, of: changeset) {
                judged.note(seen, at: operation.position, of: changeset)
                continue
            }
            let write = Write(
                identity: changeset.header.identity, dot: author.dot, author: replica.user,
                role: author.replica.role, rank: rank(of: operation, role: author.replica.role), effective: author.receipt,
                sequence: sequence,
                former: FormerPlaces(told.of(operation.part, operation.key).map(\.place), of: author.dot.site))
            let verdict = try apply(
                operation, write, author, isLate: judged.late.contains(operation.position),
                breaches: judged.breaches[operation.position] ?? [], &application)
            judged.note(verdict, at: operation.position, of: changeset)
        }
        judged.spread(over: changeset)
        try quarantine(changeset, judged.verdicts, replica, at: sequence)
        return try conclude(changeset, submission, author, judged.verdicts, &application)
    }

    /// Puts a changeset into the log with its verdicts, and does what follows from it.
    mutating func conclude(
        _ changeset: DecodedChangeset, _ submission: Submission, _ author: Author, _ verdicts: [Verdict],
        _ application: inout Application
    ) throws -> SubmissionOutcome {
        let sequence = nextSequence
        let receipt = try ReceiptCodec.encode(
            Receipt(
                identity: changeset.header.identity, dot: author.dot, root: changeset.root,
                sequence: sequence, verdicts: verdicts),
            seal: seal)
        let erased = Set(changeset.operations.lazy.filter { operation in
            if case .refused(let refusal) = verdicts[Int(operation.position)].outcome { refusal.rule == .erased } else { false }
        }.map(\.key))
        let kept = try kept(submission.bytes, without: erased, changeset.header.identity)
        append(LogEntry(
            sequence: sequence, dot: author.dot, identity: changeset.header.identity, root: changeset.root,
            changeset: kept.bytes, evidence: submission.evidence,
            receipt: try receipt.serializedBytes(), receivedMilliseconds: moment.wallMilliseconds,
            touched: application.touched + kept.touched))
        try commitConsequences(of: &application)
        // What its writer has let go of by the receipt that she had stays so.
        try settle(by: changeset, author.adopted.last?.verdicts ?? verdicts, author)
        try releaseWaiting(for: application.newRows, cause: changeset.header.identity)
        return .receipt(receipt, counter: submission.counter)
    }

    /// Keeps a changeset that cannot be taken at all: whole, in the log, with a verdict.
    private mutating func refuseAll(
        _ submission: Submission, _ replica: ReplicaRecord, _ identity: ChangesetID, _ refusal: Refusal
    ) throws -> SubmissionOutcome {
        let dot = Dot(site: replica.site, counter: submission.counter)
        let sequence = nextSequence
        let receipt = try ReceiptCodec.encode(
            Receipt(
                identity: submission.identity, dot: dot, root: submission.root, sequence: sequence,
                verdicts: Array(repeating: Verdict(outcome: .refused(refusal)), count: submission.operationCount)),
            seal: seal)
        let kept = try keptOfRefused(submission)
        for position in 0..<submission.operationCount where !kept.positions.contains(UInt32(position)) {
            change {
                $0.quarantine.append(QuarantinedOperation(
                    sequence: sequence, position: UInt32(position), identity: identity, author: replica.user, replica: replica.id,
                    refusal: refusal))
            }
        }
        append(LogEntry(
            sequence: sequence, dot: dot, identity: identity, root: submission.root,
            changeset: kept.bytes, evidence: submission.evidence,
            receipt: try receipt.serializedBytes(), receivedMilliseconds: moment.wallMilliseconds, touched: kept.touched))
        return .receipt(receipt, counter: submission.counter)
    }

    /// A basis is a claim. It is at least what the device had confirmed before it wrote, and at most the
    /// head.
    private func boundedBasis(
        _ claimed: CommitSequence, counter: UInt64, _ replica: ReplicaRecord
    ) -> CommitSequence {
        let floor = counter > replica.announcedCounter ? replica.confirmed : .zero
        return min(max(claimed, floor), head)
    }

    func rank(of operation: CellOperation, role: UInt32) -> UInt32 {
        schema.collection(operation.key.collection)?.group(operation.part.group)?.rank(of: role) ?? 0
    }
}

/// Who writes, as far as judging and merging need to know.
struct Author {
    var replica: ReplicaRecord
    var header: ChangesetHeader
    /// Bounded by what the device had confirmed.
    var basis: CommitSequence
    /// The role that the user has now, where `replica` has the one of the basis; nil where that does not matter.
    var presentRole: UInt32?
    var dot: Dot
    var evidence: ClockEvidence?
    /// The hub's hybrid time of receipt.
    var receipt: HybridTime
    /// The receipts of epochs whose end the hub has lost; the verdicts of the last one stand.
    var adopted: [Receipt] = []
}
