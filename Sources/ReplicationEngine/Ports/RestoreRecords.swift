import ReplicationCore

/// A changeset that had been committed in epochs whose end the hub has lost, and of which something was handed in
/// again: by its writer, whole and with its receipt, or by anybody who held cells of it.
public struct AdoptedChangeset: Sendable, Equatable {
    public var identity: ChangesetID
    /// Where it had been committed.
    public var former: FormerPlaces
    /// Where it, or the first cells of it, were taken in again.
    public var sequence: CommitSequence
    /// The serialized `WireReceipt` that it had; nil if only cells of it were handed in.
    public var receipt: [UInt8]?

    public init(identity: ChangesetID, former: FormerPlaces, sequence: CommitSequence, receipt: [UInt8]?) {
        self.identity = identity
        self.former = former
        self.sequence = sequence
        self.receipt = receipt
    }
}

extension CommitPlan {
    /// What is known of a changeset that is taken in again, with what this commit adds to what the store has.
    func adopted(_ identity: ChangesetID, over stored: AdoptedChangeset?) -> AdoptedChangeset? {
        adopted.reduce(stored) { known, planned in
            guard planned.identity == identity else { return known }
            return AdoptedChangeset(
                identity: identity,
                former: FormerPlaces((known?.former.places ?? []) + planned.former.places) ?? planned.former,
                sequence: known?.sequence ?? planned.sequence, receipt: planned.receipt ?? known?.receipt)
        }
    }
}

/// How far an epoch whose end the hub has lost is contained in a cell: every write of the cell up to this place is a
/// sibling of it, or was seen by one, whether or not it was handed in.
public struct ContainedPlace: Sendable, Equatable {
    public var key: RowKey
    public var part: Part
    public var sequence: CommitSequence

    public init(key: RowKey, part: Part, sequence: CommitSequence) {
        self.key = key
        self.part = part
        self.sequence = sequence
    }
}

/// What a device hands in of a row, as the hub had sent it in a time that it has lost.
public struct LostRow: Sendable, Equatable {
    /// The cells whose states are lost.
    public var state: RowState
    /// What of still earlier lost times these contained.
    public var contained: [ContainedPlace]

    public init(state: RowState, contained: [ContainedPlace] = []) {
        self.state = state
        self.contained = contained
    }

    /// About how many bytes it takes in memory.
    var weight: Int { state.weight + 64 * contained.count }
}

/// Where a state of a time that the hub has lost had a write of a cell.
public struct ToldPlace: Sendable, Equatable {
    public var identity: ChangesetID
    public var key: RowKey
    public var part: Part
    public var place: CommitSequence
    /// The write was taken in from there, and has stood in the cell since then, or was seen.
    public var isTakenIn: Bool

    public init(identity: ChangesetID, key: RowKey, part: Part, place: CommitSequence, isTakenIn: Bool) {
        self.identity = identity
        self.key = key
        self.part = part
        self.place = place
        self.isTakenIn = isTakenIn
    }
}

extension [ToldPlace] {
    /// Those of one cell.
    func of(_ part: Part, _ key: RowKey) -> [ToldPlace] { filter { $0.key == key && $0.part == part } }
}

/// A refused operation that its writer let go of or mended: it was never taken in.
public struct WithheldOperation: Sendable, Equatable {
    /// Of its changeset.
    public var identity: ChangesetID
    /// In its changeset.
    public var position: UInt32

    public init(identity: ChangesetID, position: UInt32) {
        self.identity = identity
        self.position = position
    }
}

/// A backup from which the hub may be restored.
public struct BackupRecord: Sendable, Equatable {
    /// Of its file.
    public var path: String
    /// It holds at least everything up to here.
    public var sequence: CommitSequence
    public var milliseconds: UInt64

    public init(path: String, sequence: CommitSequence, milliseconds: UInt64) {
        self.path = path
        self.sequence = sequence
        self.milliseconds = milliseconds
    }
}
