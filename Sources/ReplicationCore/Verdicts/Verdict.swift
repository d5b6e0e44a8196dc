/// What the hub says of one operation.
public struct Verdict: Hashable, Sendable {
    public var outcome: Outcome
    /// The state's sequence of the cell after the operation; zero if refused.
    public var sequence: CommitSequence
    /// As fixed at commit.
    public var rank: UInt32
    public var effective: HybridTime
    /// Accepted although the row had left the writer's scope, or the right was gone, since its basis.
    public var isLate: Bool

    public init(
        outcome: Outcome, sequence: CommitSequence = .zero, rank: UInt32 = 0, effective: HybridTime = .zero,
        isLate: Bool = false
    ) {
        self.outcome = outcome
        self.sequence = sequence
        self.rank = rank
        self.effective = effective
        self.isLate = isLate
    }

    public enum Outcome: Hashable, Sendable {
        case accepted
        /// Accepted; a concurrent value of the cell stands beside it.
        case conflict
        /// Accepted; a person should look.
        case review
        /// Not accepted; the operation stays in quarantine on both sides.
        case refused(Refusal)
    }

    public var isAccepted: Bool {
        switch outcome {
        case .accepted, .conflict, .review: true
        case .refused: false
        }
    }
}

/// Why an operation was not accepted, and what to do.
public struct Refusal: Hashable, Sendable, Error {
    public var rule: Rule
    /// What exactly, for a person: names the field, the value or the row. Never another person's data.
    public var detail: String

    public init(_ rule: Rule, _ detail: String) {
        self.rule = rule
        self.detail = detail
    }

    /// Stable numbers: they stand on the wire. Each names its remedy.
    public enum Rule: UInt32, Hashable, Sendable, CaseIterable {
        case unknownCollection = 1
        case unknownField = 2
        case wrongType = 3
        case outsideDomain = 4
        case noRight = 5
        case hubOnly = 6
        case missingMandatory = 7
        case unknownReference = 8
        case ledgerIsFinal = 9
        case rowUnknown = 10
        case rowExists = 11
        case wrongAction = 12
        case revoked = 13
        case impossibleContext = 14
        case atomicPeerRefused = 15
        case purged = 16
        case wrongAuthor = 17
        case duplicateCell = 18
        case unknownSchema = 19
        case undecodable = 20
        case dependsOnRefused = 21
        case otherContent = 22
        case rowFull = 23
        case removedFromSchema = 24
        case erased = 25
        case fieldNotInUse = 26

        /// True if the operation waits beside what was refused, and is released by machine once the row that it
        /// needs is known.
        public var waitsForRow: Bool {
            switch self {
            case .unknownReference, .rowUnknown, .dependsOnRefused: true
            case .unknownCollection, .unknownField, .wrongType, .outsideDomain, .noRight, .hubOnly, .missingMandatory,
                .ledgerIsFinal, .rowExists, .wrongAction, .revoked, .impossibleContext, .atomicPeerRefused, .purged,
                .wrongAuthor, .duplicateCell, .unknownSchema, .undecodable, .otherContent, .rowFull, .erased, .removedFromSchema,
                .fieldNotInUse:
                false
            }
        }

        /// What the person who wrote it can do.
        public var remedy: String {
            switch self {
            case .unknownCollection, .unknownField, .unknownSchema:
                "Update the app or the hub, then submit it again; it is kept as it is until then."
            case .wrongType, .outsideDomain: "Correct the value and submit it again."
            case .noRight: "Ask somebody with the right to do it, or ask an administrator for the right."
            case .hubOnly: "Ask the office: this value is set by the hub only."
            case .missingMandatory: "Fill in the missing field and submit it again."
            case .unknownReference: "Mend what should have made that row, and this follows by itself; or choose an existing row and submit it again."
            case .ledgerIsFinal: "Add a further entry that corrects this one."
            case .rowUnknown: "Mend what should have made the row, and this follows by itself; or choose an existing one."
            case .rowExists: "Change the existing row instead of creating it again."
            case .wrongAction: "Update the app: it used an operation that this field does not take."
            case .revoked: "Access had been taken away when it came. Contact an administrator; once access is given back, submit it again."
            case .impossibleContext: "Synchronise, look at the current value and write it again."
            case .atomicPeerRefused: "Correct the operation that was refused with it and submit all again."
            case .purged: "Create a new row: the old one was removed for good."
            case .wrongAuthor: "Log in as the user who wrote it and submit it again."
            case .duplicateCell: "Update the app: it wrote one field twice in one changeset."
            case .undecodable: "Keep the device's data and send a diagnosis to the app's developer."
            case .dependsOnRefused: "Mend the refused operation; this one follows by itself."
            case .removedFromSchema: "Update the app: this is no longer kept as a field or collection. What was written stays in quarantine; write it elsewhere, or discard it."
            case .rowFull: "Resolve the row's conflicts, or go on in a new row; this one cannot take more."
            case .erased: "Nothing can be done: what concerned this row was erased for good, and what was written is not kept."
            case .fieldNotInUse: "Give the field up and submit the rest again, or ask an administrator about it."
            case .otherContent: "Nothing is lost: the other content is kept at the hub. Contact support about a cloned device."
            }
        }
    }
}

/// The verdicts on a changeset, kept by the device as proof.
public struct Receipt: Hashable, Sendable {
    public var identity: ChangesetID
    public var dot: Dot
    /// The changeset's Merkle root.
    public var root: [UInt8]
    /// Where the changeset stands in the hub's order. Refused changesets have a place, too.
    public var sequence: CommitSequence
    /// By position.
    public var verdicts: [Verdict]

    public init(identity: ChangesetID, dot: Dot, root: [UInt8], sequence: CommitSequence, verdicts: [Verdict]) {
        self.identity = identity
        self.dot = dot
        self.root = root
        self.sequence = sequence
        self.verdicts = verdicts
    }
}
