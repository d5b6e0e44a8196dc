import Crypto
import Foundation
import ReplicationCore

/// What can be read of what was taken away: access, values of deleted rows, and whole rows.
public protocol TakenReader {
    /// How a row was taken away; nil if it was not.
    func taken(_ key: RowKey) throws -> TakenRow?
    /// The purged rows that belonged to a row, at most `limit`: their references are not there any more.
    func purged(under parent: RowKey, limit: Int) throws -> [RowKey]
    /// The rows of a collection that are deleted, by rising id, after `after`, at most `limit`.
    func deletedRows(of collection: UInt32, after: RowID?, limit: Int) throws -> [RowKey]
    /// The log entries after a sequence, oldest first, at most `limit`.
    func entries(after sequence: CommitSequence, limit: Int) throws -> [LogEntry]

    /// Whether access was taken from a replica or a user; nil if it was not, or was given back.
    func revocation(of subject: [UInt8]) throws -> Revocation?
    /// All that stand.
    func revocations() throws -> [Revocation]

    /// The erasures made after one, in the order in which they were made; all of them after nil, and after one that
    /// this hub does not know.
    func erasures(after identity: ChangesetID?) throws -> [Erasure]
    /// True if erased rows may still stand in the store's files: it was not scrubbed, compacting, since.
    func hasUnclearedErasures() throws -> Bool
    /// The last erasure that a replica has said to have carried out.
    func lastErasureDone(by replica: ReplicaID) throws -> ChangesetID?
}

/// Access that was taken away for cause.
public struct Revocation: Sendable, Equatable {
    /// The id of the replica or of the user: 16 bytes.
    public var subject: [UInt8]
    /// Of the log entry that says so.
    public var sequence: CommitSequence
    public var milliseconds: UInt64
    public var administrator: String
    public var reason: String

    public init(
        subject: [UInt8], sequence: CommitSequence, milliseconds: UInt64, administrator: String, reason: String
    ) {
        self.subject = subject
        self.sequence = sequence
        self.milliseconds = milliseconds
        self.administrator = administrator
        self.reason = reason
    }
}

/// A row whose values are gone for good. Its id stays known, so that references to it stay valid.
public struct TakenRow: Sendable, Equatable {
    public var key: RowKey
    public var kind: Kind
    /// Of the log entry that took it.
    public var sequence: CommitSequence
    /// The erasure that it belongs to; zero for a purged row.
    public var erasure: ChangesetID
    /// Of a purged row: the row that it belonged to.
    public var parent: RowKey?

    public init(
        key: RowKey, kind: Kind, sequence: CommitSequence, erasure: ChangesetID = .zero, parent: RowKey? = nil
    ) {
        self.key = key
        self.kind = kind
        self.sequence = sequence
        self.erasure = erasure
        self.parent = parent
    }

    /// Stable numbers: they stand in stores.
    public enum Kind: UInt32, Sendable {
        /// Deleted long ago; what still comes for it goes to quarantine.
        case purged = 1
        /// Must not be kept by anybody; what still comes for it is discarded.
        case erased = 2
    }
}

/// Rows that must not be kept anywhere, by id. It holds no values.
public struct Erasure: Sendable, Equatable {
    /// Of the hub's changeset that erased them.
    public var identity: ChangesetID
    /// Rising.
    public var rows: [RowKey]
    /// When it was ordered, by the hub's wall clock.
    public var milliseconds: UInt64

    public init(identity: ChangesetID, rows: [RowKey], milliseconds: UInt64) {
        self.identity = identity
        self.rows = rows
        self.milliseconds = milliseconds
    }

    /// SHA-256 over rows, by rising key, each as collection (4 bytes, most significant first) and id.
    public static func hash(of rows: [RowKey]) -> [UInt8] {
        var sum = SHA256()
        for key in rows.sorted() {
            withUnsafeBytes(of: key.collection.bigEndian) { sum.update(bufferPointer: $0) }
            sum.update(data: key.row.bytes)
        }
        return Array(sum.finalize())
    }
}

/// What a commit takes away.
public struct TakenPlan: Sendable, Equatable {
    public var revoked: [Revocation] = []
    /// Subjects that have access again.
    public var reinstated: [[UInt8]] = []
    /// Rows that are taken by this commit. Those that had not been taken before stand in the plan's `rows` with what is
    /// left of them, and are in no scope by themselves any more.
    public var rows: [TakenRow] = []
    public var erasures: [Recorded] = []
    public var log: LogErasure?
    public var erasuresDone: [ErasureDone] = []

    public init() {}

    public var isEmpty: Bool { self == TakenPlan() }

    /// An erasure as the store remembers it: its rows are those of `rows` that name it.
    public struct Recorded: Sendable, Equatable {
        public var identity: ChangesetID
        public var milliseconds: UInt64

        public init(identity: ChangesetID, milliseconds: UInt64) {
            self.identity = identity
            self.milliseconds = milliseconds
        }
    }

    /// Rows to be replaced by their leaf hashes in earlier entries of the log.
    public struct LogErasure: Sendable, Equatable {
        public var rows: Set<RowKey>
        /// Of the entries whose changesets hold them, rising.
        public var sequences: [CommitSequence]

        public init(rows: Set<RowKey>, sequences: [CommitSequence]) {
            self.rows = rows
            self.sequences = sequences
        }
    }

    /// A replica has carried out everything up to and including an erasure.
    public struct ErasureDone: Sendable, Equatable {
        public var replica: ReplicaID
        public var identity: ChangesetID

        public init(replica: ReplicaID, identity: ChangesetID) {
            self.replica = replica
            self.identity = identity
        }
    }
}
