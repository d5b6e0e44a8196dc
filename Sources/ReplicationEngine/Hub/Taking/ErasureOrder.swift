import ReplicationCore

/// An administrator's order to erase a row and what belongs to it.
public struct ErasureOrder: Sendable, Equatable {
    /// Of the hub's changeset that will say so; it names the erasure in the journal.
    public var identity: ChangesetID
    public var subject: RowKey
    /// Collections whose rows stay, with what belongs to them.
    public var keep: Set<UInt32>
    public var reason: String
    public var administrator: String
    /// Write the whole store anew afterwards. Otherwise what was erased may stand in unused parts of its file.
    public var isCompacting: Bool

    public init(
        identity: ChangesetID, subject: RowKey, keep: Set<UInt32> = [], reason: String, administrator: String,
        isCompacting: Bool = true
    ) {
        self.identity = identity
        self.subject = subject
        self.keep = keep
        self.reason = reason
        self.administrator = administrator
        self.isCompacting = isCompacting
    }
}

/// What is to be erased, as a snapshot showed it. Reading the whole log takes its time, so it is not done within a
/// commit; the commit looks at what has come since, and has the plan made anew if more belongs to it now.
public struct ErasurePlan: Sendable, Equatable {
    /// Rising.
    public var rows: [RowKey]
    /// The log entries that hold any of them, rising.
    public var sequences: [CommitSequence]
    /// The head of the snapshot.
    public var at: CommitSequence

    public init(rows: [RowKey], sequences: [CommitSequence], at: CommitSequence) {
        self.rows = rows
        self.sequences = sequences
        self.at = at
    }
}

/// What became of an order.
public enum ErasureOutcome: Sendable {
    /// Done.
    case done(Done)
    /// More belongs to the subject than the plan says; nothing was done, and nothing journalled.
    case stale

    public struct Done: Sendable {
        public var erasure: Erasure
        /// How many changesets of the log held any of it.
        public var log: Int
        /// Of users that were erased: they have no access any more.
        public var replicas: [ReplicaID]
        /// Why the store's files could not be cleared of it, if they could not.
        public var notCleared: String?

        public init(_ erasure: Erasure, log: Int = 0, replicas: [ReplicaID] = []) {
            self.erasure = erasure
            self.log = log
            self.replicas = replicas
        }
    }
}
