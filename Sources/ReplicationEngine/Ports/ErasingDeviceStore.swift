import ReplicationCore

/// What a device's store knows of erasures.
public protocol ErasingReader {
    /// The last erasure that was carried out here; nil if none was.
    var lastErasure: ChangesetID? { get throws }
    /// All entries of the outbox, retained ones too, by rising position, after `position`, at most `limit`.
    func outbox(after position: UInt64, limit: Int) throws -> [OutboxEntry]
}

public protocol ErasingTransaction {
    func save(lastErasure: ChangesetID) throws
}
