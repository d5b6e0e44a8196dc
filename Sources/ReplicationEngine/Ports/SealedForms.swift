import ReplicationCore

/// A row change as the hub sent it, under its seal: what a device hands in if the hub is restored and has lost it.
public struct SealedForm: Sendable, Equatable {
    /// Rises with every form that is kept; 0 of one that the store has not given a place yet.
    public var place: UInt64
    public var key: RowKey
    /// Of the schema that the device used when it came.
    public var schemaVersion: UInt32
    /// The hub has lost the form if it has lost this: the latest of its cells. Once handed in, what the device was complete
    /// up to after that.
    public var sequence: CommitSequence
    /// The serialized `WireRowChange`, seal included.
    public var change: [UInt8]

    public init(place: UInt64 = 0, key: RowKey, schemaVersion: UInt32, sequence: CommitSequence, change: [UInt8]) {
        self.place = place
        self.key = key
        self.schemaVersion = schemaVersion
        self.sequence = sequence
        self.change = change
    }
}

/// What a device's store keeps of what the hub may still lose.
public protocol SealedReader {
    /// The forms of a row, oldest first.
    func sealed(of key: RowKey) throws -> [SealedForm]
    /// Forms by rising place, after one, until they fill `bytes`; at least one if there is any.
    func sealed(after place: UInt64, bytes: Int) throws -> [SealedForm]
}

public protocol SealedTransaction {
    /// Keeps a form behind all others.
    func append(_ form: SealedForm) throws
    func removeSealed(at place: UInt64) throws
    /// Removes all forms of a row.
    func removeSealed(of key: RowKey) throws
    /// Removes the forms whose sequence is after one and not after the other.
    func removeSealed(after: CommitSequence, upTo: CommitSequence) throws
    /// Gives the forms whose sequence is after one and not after the other a new one.
    func moveSealed(after: CommitSequence, upTo: CommitSequence, to sequence: CommitSequence) throws
}
