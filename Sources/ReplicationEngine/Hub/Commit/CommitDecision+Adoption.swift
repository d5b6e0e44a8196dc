import Crypto
import ReplicationCore
import SwiftProtobuf
import WireProtocol

/// After a restore: what the hub had committed and lost is handed in again, and is taken in as what it was.
extension CommitDecision {
    // MARK: Times that are lost

    /// A basis of a time that the hub has lost stands for the latest commit that has brought some of that time back.
    func present(_ basis: CommitSequence) throws -> CommitSequence {
        guard hub.isLost(basis) else { return basis }
        let planned = plan.adopted.lazy.filter { $0.former.places.contains { $0.epoch == basis.epoch && $0 <= basis } }
            .map(\.sequence).max()
        let stored = try reader.adopted(upTo: basis)
        return max(basis, planned ?? .zero, stored ?? .zero)
    }

    /// The receipts that this hub gave for a changeset in epochs whose end it has lost, by rising epoch.
    ///
    /// Whatever else the sender claims is as if it were not there: the changeset is judged like a new one then.
    func formerReceipts(of submission: Submission) throws -> [Receipt] {
        if submission.formerReceipts.isEmpty || hub.kept.isEmpty { return [] }
        let key = SymmetricKey(data: hub.sealKey)
        let operations = submission.operationCount
        return submission.formerReceipts.prefix(Self.formerReceiptsLookedAt).compactMap { wire -> Receipt? in
            guard ReceiptCodec.isSealed(wire, key: key) else { return nil }
            do throws(WireError) {
                let receipt = try ReceiptCodec.decode(wire)
                let counts = receipt.verdicts.count == operations || receipt.verdicts.count > operations && submission.isErasedForm
                let isOfThis = receipt.identity == submission.identity && receipt.root == submission.root && counts
                return isOfThis && hub.isLost(receipt.sequence) ? receipt : nil
            } catch {
                // Under the seal, and of a later hub.
                return nil
            }
        }.sorted { $0.sequence < $1.sequence }
    }

    /// A hub is restored a few times in its life.
    private static let formerReceiptsLookedAt = 64

    // MARK: Adopting

    /// Takes in a changeset that has its verdicts: order among siblings is fixed once, and rights were judged when
    /// the hub knew what it has lost.
    mutating func adopt(
        _ changeset: DecodedChangeset, _ submission: Submission, _ replica: ReplicaRecord, _ former: [Receipt]
    ) throws -> SubmissionOutcome {
        var author = Author(
            replica: replica, header: changeset.header, basis: try present(min(changeset.header.basis, head)),
            dot: Dot(site: replica.site, counter: submission.counter), evidence: submission.evidence,
            receipt: receiptTime())
        author.adopted = former
        let changeset = try understood(changeset, at: author.dot)
        var judged = Judgement(verdicts: try adoptable(changeset, former))
        let sequence = nextSequence
        var application = Application(
            cause: changeset.header.identity, causeDot: former[former.count - 1].dot, author: changeset.header.author)
        application.formerPlaces = former.map(\.sequence)
        for index in changeset.order {
            let operation = changeset.operations[index]
            let before = judged.verdicts[Int(operation.position)]
            guard before.isAccepted else { continue }
            if let seen = try verdictIfSeen(operation, of: changeset, former) {
                judged.note(seen, at: operation.position, of: changeset)
                continue
            }
            let write = try adoptedWrite(operation, changeset.header, former, at: sequence)
            observe(write.effective)
            let verdict = try apply(operation, write, author, isLate: before.isLate, isFixed: true, &application)
            judged.note(verdict, at: operation.position, of: changeset)
        }
        judged.spread(over: changeset)
        try quarantine(changeset, judged.verdicts, replica, at: sequence)
        let places = former.map(\.sequence)
        if let places = FormerPlaces(places) {
            let last = former[former.count - 1]
            let receipt = try ReceiptCodec.encode(last, seal: seal).serializedBytes() as [UInt8]
            change {
                $0.adopted.append(AdoptedChangeset(
                    identity: changeset.header.identity, former: places, sequence: sequence, receipt: receipt))
            }
        }
        return try conclude(changeset, submission, author, judged.verdicts, &application)
    }

    /// The verdicts that a changeset had. What was accepted on a row that is not known here yet waits for it.
    mutating func adoptable(_ changeset: DecodedChangeset, _ former: [Receipt]) throws -> [Verdict] {
        var verdicts = former[former.count - 1].verdicts
        for (position, refusal) in changeset.undecodable { verdicts[Int(position)].outcome = .refused(refusal) }
        try refuseTaken(of: changeset, in: &verdicts)
        let made = Set(changeset.operations.lazy.filter {
            $0.action == .create && verdicts[Int($0.position)].isAccepted
        }.map(\.key))
        for operation in changeset.operations where verdicts[Int(operation.position)].isAccepted {
            let position = Int(operation.position)
            if schema.collection(operation.key.collection)?.group(operation.part.group) == nil, operation.part != .liveness {
                verdicts[position].outcome = .refused(Refusal(.unknownField, "This hub's schema does not have the field any more."))
            } else if try !made.contains(operation.key) && !rows.isKnown(operation.key) {
                verdicts[position].outcome = .refused(Refusal(
                    .rowUnknown, "The hub was restored from a backup, and row \(operation.key.row) has not been handed in yet."))
            }
        }
        return verdicts
    }

    /// The write that an operation was when it was first taken in.
    mutating func adoptedWrite(
        _ operation: CellOperation, _ header: ChangesetHeader, _ former: [Receipt], at sequence: CommitSequence
    ) throws -> Write {
        let last = former[former.count - 1]
        let verdict = last.verdicts[Int(operation.position)]
        return Write(
            identity: header.identity, dot: last.dot, author: header.author, role: header.role, rank: verdict.rank,
            effective: verdict.effective, sequence: sequence,
            former: FormerPlaces(try places(of: operation, header.identity, former), of: last.dot.site))
    }

    /// Where an operation had been committed, by the receipts of its changeset and by what states told.
    ///
    /// Where it changed nothing any more, the state of then held the write, or what had seen it: so it counts as not later than
    /// that state, unless somebody has told better.
    private mutating func places(
        of operation: CellOperation, _ identity: ChangesetID, _ former: [Receipt]
    ) throws -> [CommitSequence] {
        var places = former.compactMap { place(of: operation, $0) } + (try told(identity, of: operation.part, operation.key))
        guard operation.action.isReplacing else { return places }
        let standing = try rows.row(operation.key)?[operation.part]?.sibling(of: identity)?.write
        for receipt in former where standing?.place(in: receipt.sequence.epoch) == nil {
            let state = receipt.verdicts[Int(operation.position)].sequence
            if hub.isLost(state), !places.contains(where: { $0.epoch == state.epoch }) { places.append(state) }
        }
        return places
    }

    /// Where a receipt says that an operation was committed: work that had waited has a later place than the rest
    /// of its changeset. Nil if it changed nothing any more: by then others had handed in what it wrote, or what had seen that,
    /// and where it stood only they can tell.
    private func place(of operation: CellOperation, _ receipt: Receipt) -> CommitSequence? {
        let sequence = receipt.verdicts[Int(operation.position)].sequence
        guard hub.isLost(sequence), sequence.epoch == receipt.sequence.epoch else { return receipt.sequence }
        return sequence < receipt.sequence ? nil : sequence
    }

    // MARK: Already seen

    /// The verdict on an operation that comes after one whose writer had seen it: it is contained in what stands, and
    /// changes nothing. Nil for any other.
    mutating func verdictIfSeen(
        _ operation: CellOperation, of changeset: DecodedChangeset, _ former: [Receipt] = []
    ) throws -> Verdict? {
        if hub.kept.isEmpty || operation.action.isIncrement { return nil }
        // Nothing takes the place of a value that is written once.
        if operation.part != .liveness,
            schema.collection(operation.key.collection)?.policy(of: operation.part) == .writeOnce { return nil }
        let identity = changeset.header.identity
        let cell = try rows.row(operation.key)?[operation.part]
        if cell?.sibling(of: identity) != nil { return nil }
        // Before an update of the hub it may have been seen in each of the cells that its app wrote.
        let written = changeset.translation?.former[operation.position] ?? []
        guard try isContained(operation, of: identity, former)
            || !written.isEmpty && written.allSatisfy({ try isContained($0, of: identity, former) })
        else { return nil }
        return Verdict(outcome: .accepted, sequence: cell?.sequence ?? .zero)
    }

    /// Whether an operation's cell is known to contain a place where the operation's write stood in it.
    private mutating func isContained(_ operation: CellOperation, of identity: ChangesetID, _ former: [Receipt]) throws -> Bool {
        // What was refused stood nowhere.
        if let last = former.last, last.verdicts.at(operation.position)?.isAccepted != true { return false }
        let places = try places(of: operation, identity, former) + formerPlaces(of: identity, operation.part, operation.key)
        return try places.contains { try contained(operation.part, of: operation.key, in: $0.epoch) >= $0 }
    }

    /// Notes how far lost epochs are contained in a cell by what its writer had seen.
    mutating func noteContained(_ operation: CellOperation) throws {
        let seen = operation.context.sequence
        guard hub.isLost(seen), !operation.action.isIncrement else { return }
        for place in try [seen] + contained(operation.part, of: operation.key, at: seen) where hub.isLost(place) {
            noteContained(operation.part, of: operation.key, place)
        }
    }

    mutating func noteContained(_ part: Part, of key: RowKey, _ sequence: CommitSequence) {
        let place = ContainedPlace(key: key, part: part, sequence: sequence)
        lostTime.note(place)
        change { $0.contained.append(place) }
    }

    mutating func contained(_ part: Part, of key: RowKey, in epoch: UInt32) throws -> CommitSequence {
        try lostTime.contained(part, of: key, in: epoch)
    }

    func adopted(_ identity: ChangesetID) throws -> AdoptedChangeset? {
        if hub.kept.isEmpty { return nil }
        return plan.adopted(identity, over: try reader.adopted(identity))
    }

    /// Where a write of a cell stood in lost time, by the receipt of its changeset and by what states told. Of a changeset of which
    /// only states are known, nothing follows for its other cells: some of it may have waited.
    mutating func formerPlaces(of identity: ChangesetID, _ part: Part, _ key: RowKey) throws -> [CommitSequence] {
        let adopted = try adopted(identity)
        return (adopted?.receipt == nil ? [] : adopted?.former.places ?? []) + (try told(identity, of: part, key))
    }
}
