import ReplicationCore

/// What a hub's store knows of who names blobs.
public protocol BlobUseReader {
    /// Whether a row, or a refused operation that nobody has dealt with, names a blob of this hash and size.
    func isNamed(_ blob: BlobName) throws -> Bool
    /// The rows in scopes that a user receives which name a blob of this hash and size, each with the group that does, at
    /// most `limit`.
    func uses(of blob: BlobName, receivedBy user: RowID, limit: Int) throws -> [(key: RowKey, group: UInt32)]
}

/// A hub's store that keeps account of when blobs are named no more.
public protocol BlobLedger: Sendable {
    /// Removes blobs that nothing names any more: those that a row took with it that was purged or erased, and those whose
    /// last use ended at or before `before` and lies in every backup that is offered. Nothing can name one of them while
    /// `remove` runs.
    ///
    /// - Parameters:
    ///   - before: in Unix milliseconds.
    ///   - limit: how many at most.
    ///   - remove: removes the bytes of one.
    /// - Returns: how many were removed.
    func collectBlobs(endedBefore before: UInt64, limit: Int, remove: (BlobHash) throws -> Void) throws -> Int
    /// Of these blobs, which are here, notes those that nothing names and of which nothing is known, as named until now.
    func noteUnnamed(_ blobs: [BlobHash], at milliseconds: UInt64) throws
}
