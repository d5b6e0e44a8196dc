/// One write to one cell, as its writer made it.
public struct CellOperation: Hashable, Sendable {
    /// Its place among all operations of the changeset, from 0.
    public var position: UInt32
    public var key: RowKey
    public var part: Part
    public var action: Action
    public var context: Context
    /// The conflict rows that this write is marked as the resolution of.
    public var resolves: [RowID]

    public init(
        position: UInt32, key: RowKey, part: Part, action: Action, context: Context, resolves: [RowID] = []
    ) {
        self.position = position
        self.key = key
        self.part = part
        self.action = action
        self.context = context
        self.resolves = resolves
    }
}

/// What a changeset says of itself, inside the byte string.
public struct ChangesetHeader: Hashable, Sendable {
    public var identity: ChangesetID
    /// The user's row.
    public var author: RowID
    /// The role in which the author wrote, by number.
    public var role: UInt32
    /// The writer's hybrid timestamp.
    public var stamp: HybridTime
    public var schemaVersion: UInt32
    /// The sequence up to which the device was complete. Judges rights and scopes, never values.
    public var basis: CommitSequence
    /// All operations are accepted, or none.
    public var isAtomic: Bool
    /// The import or other job that this changeset is part of.
    public var job: ChangesetID?
    /// The quarantined changeset that a person mended by this one.
    public var mends: ChangesetID?
    /// In the hub's own changesets: the changeset whose consequence this one is.
    public var cause: ChangesetID?
    /// The refused changeset that its writer lets go of.
    public var discards: ChangesetID?
    /// In the hub's own changesets: the changeset whose waiting operations this one takes in.
    public var releases: ChangesetID?
    /// Of a changeset of the hub's own: the one of whose writes it takes in what a replica still held of them after a
    /// restore.
    public var salvages: ChangesetID?

    public init(
        identity: ChangesetID, author: RowID, role: UInt32, stamp: HybridTime, schemaVersion: UInt32,
        basis: CommitSequence, isAtomic: Bool = false, job: ChangesetID? = nil, mends: ChangesetID? = nil,
        cause: ChangesetID? = nil, discards: ChangesetID? = nil, releases: ChangesetID? = nil,
        salvages: ChangesetID? = nil
    ) {
        self.identity = identity
        self.author = author
        self.role = role
        self.stamp = stamp
        self.schemaVersion = schemaVersion
        self.basis = basis
        self.isAtomic = isAtomic
        self.job = job
        self.mends = mends
        self.cause = cause
        self.discards = discards
        self.releases = releases
        self.salvages = salvages
    }
}
