import ReplicationCore

/// Remembers erasures outside of the store and of its backups, so that a hub that is restored to before one carries it
/// out again before it serves anybody. It holds ids only, and is not erased from.
public protocol ErasureJournal: Sendable {
    /// Returns when the erasure is durable. One that stands in the journal with all its rows changes nothing.
    func append(_ erasure: Erasure) throws
    /// All of them, in the order in which they were appended. One that was appended again with more rows stands once,
    /// with all of them.
    func erasures() throws -> [Erasure]
}
