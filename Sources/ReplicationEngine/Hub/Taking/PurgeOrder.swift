import ReplicationCore

/// An administrator's order to take the values of deleted rows away. It is carried out in steps, so that no commit takes
/// long.
public struct PurgeOrder: Sendable {
    /// One row; nil for all deleted rows of `collection`.
    public var row: RowKey?
    /// Nil for all collections.
    public var collection: UInt32?
    /// Only rows that were deleted at least so long ago.
    public var olderThanMilliseconds: UInt64
    /// Where the step before ended; nil for the first.
    public var after: RowKey?
    public var isDryRun: Bool
    public var reason: String
    public var administrator: String

    public init(
        row: RowKey? = nil, collection: UInt32? = nil, olderThanMilliseconds: UInt64 = 0, after: RowKey? = nil,
        isDryRun: Bool = false, reason: String, administrator: String
    ) {
        self.row = row
        self.collection = collection
        self.olderThanMilliseconds = olderThanMilliseconds
        self.after = after
        self.isDryRun = isDryRun
        self.reason = reason
        self.administrator = administrator
    }
}

/// What one step did.
public struct PurgeOutcome: Sendable {
    public var purged: [RowKey] = []
    /// Deleted rows that stay because something alive, or deleted later, belongs to them.
    public var held = 0
    /// Where the next step goes on; nil if this was the last.
    public var next: RowKey?
}
