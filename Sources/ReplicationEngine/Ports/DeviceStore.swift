import ReplicationCore
import WireProtocol

/// The device's durable state. One implementation is embedded (SQLite); the shape allows others.
///
/// A store knows rows, the outbox and a few facts about its owner, and decides nothing. One writer at a
/// time; readers run beside it on snapshots. All methods may be called from any thread and block it.
public protocol DeviceStore: Sendable {
    /// The schema that the stored rows follow; nil before enrolment.
    var schema: Schema? { get }

    /// Runs `body` in the one write transaction and returns after its changes are durable, all or none.
    /// - Throws: `DeviceStoreError`, or what `body` throws; nothing has changed then.
    func write<Result>(_ body: (any DeviceTransaction) throws -> Result) throws -> Result

    /// Runs `body` on one unchanging snapshot.
    func read<Result>(_ body: (any DeviceReader) throws -> Result) throws -> Result

    /// Runs an app's SQL on a snapshot, read-only. Collections are tables of their names, with a column
    /// for each field beside `id` and `_alive`; a set is a JSON array.
    /// - Throws: `DeviceStoreError.query` for SQL that is wrong or would write.
    func query(_ sql: String, _ arguments: [Value]) throws -> [StoredRow]

    /// The names of the collections that a query reads.
    func collections(readBy sql: String) throws -> Set<String>

    /// Makes what was erased unreadable in the store's files, and returns when it is.
    func scrub() throws

    /// Ends all use of the store. Later calls throw.
    func close() throws
}

/// A row of a query's result: column names, shared by all rows, and values.
public struct StoredRow: Sendable, Equatable {
    public let columns: [String]
    public let values: [Value]

    public init(columns: [String], values: [Value]) {
        self.columns = columns
        self.values = values
    }
}

/// A row as the hub has sent it.
public struct ConfirmedRow: Sendable, Equatable {
    public var key: RowKey
    /// Nil if what the store has of it is damaged.
    public var state: RowState?

    public init(key: RowKey, state: RowState?) {
        self.key = key
        self.state = state
    }
}

/// What can be read of a device's store, within one transaction or snapshot.
public protocol DeviceReader: ErasingReader, SealedReader, DeviceBlobReader {
    /// Nil before enrolment.
    var identity: DeviceIdentity? { get throws }
    var progress: DeviceProgress { get throws }
    /// What the hub has lost by being restored, as it last said.
    var endedEpochs: EndedEpochs { get throws }

    /// What the hub last said of a row; nil if the device does not hold it.
    func confirmed(_ key: RowKey) throws -> RowState?
    /// What apps see of a row: the confirmed state with own pending writes on top.
    func visible(_ key: RowKey) throws -> RowState?
    /// The visible rows whose fields have these values, alive or not, at most `limit`.
    func rows(of collection: UInt32, where fields: [(name: String, value: Value)], limit: Int) throws -> [RowID]
    /// The confirmed rows of a collection, by rising id, after `after` and up to `upTo`, at most `limit`. Rows that cannot
    /// be read are among them.
    func confirmedRows(of collection: UInt32, after: RowID?, upTo: RowID?, limit: Int) throws -> [ConfirmedRow]
    /// When the device was last found to hold what the hub holds, by its own wall clock in Unix milliseconds; nil if never.
    var verified: UInt64? { get throws }
    /// What the confirmed rows amount to, kept with every change of them; nil if it has to be made from the rows.
    var held: HeldSum? { get throws }

    /// The entry of a changeset; nil if it was never written here, or was dropped.
    func outboxEntry(_ identity: ChangesetID) throws -> OutboxEntry?
    /// The entry at a place of the stream; nil if there is none.
    func outboxEntry(at dot: Dot) throws -> OutboxEntry?
    /// The entries that still have a part in the view, by rising position, at most `limit`.
    func unsettled(after position: UInt64, limit: Int) throws -> [OutboxEntry]
    /// The entries of a site from a counter on that lack a receipt or have a counter above `beyond`, by
    /// rising counter, until their changesets fill `bytes`; at least one if there is any.
    func uploads(of site: Site, from counter: UInt64, beyond: UInt64, bytes: Int) throws -> [OutboxEntry]
    /// The lowest counter of a site without a receipt.
    func firstUnanswered(of site: Site) throws -> UInt64?
    /// How many changesets have no receipt.
    func unansweredCount() throws -> Int
    /// Entries whose receipt has a later sequence of the same epoch, by rising position, at most `limit`.
    func answered(after sequence: CommitSequence, limit: Int) throws -> [OutboxEntry]
    /// All entries without a receipt, by rising position.
    func unanswered() throws -> [OutboxEntry]

    func refusals() throws -> [RefusedOperation]
    /// The rows that look otherwise to apps than the hub has said.
    func overlaid() throws -> [RowKey]
}

/// The writer's side of a device's store.
public protocol DeviceTransaction: DeviceReader, ErasingTransaction, SealedTransaction, DeviceBlobTransaction {
    /// Goes over to a later schema: confirmed rows are carried over through the lens, and are what apps see until the
    /// view is rendered anew. The outbox, refusals and progress stay.
    /// - Parameters:
    ///   - schema: the later one.
    ///   - text: its file's content, which is kept.
    ///   - lens: from the schema that the rows follow.
    func adopt(_ schema: Schema, text: String, through lens: SchemaLens) throws
    /// The private key with which an enrolment was asked for and not answered yet; nil if there is none.
    var enrolmentKey: [UInt8]? { get throws }
    /// Keeps the key for a repeated request; nil forgets it.
    func save(enrolmentKey: [UInt8]?) throws

    /// Stores who the device is, and makes the tables of the schema or adds to them what they lack.
    func enrol(_ identity: DeviceIdentity, schema: Schema) throws
    func save(_ progress: DeviceProgress) throws
    func save(_ ended: EndedEpochs) throws
    func save(verified milliseconds: UInt64) throws
    /// Notes what the confirmed rows amount to as they are now; nil: nobody knows.
    func save(held: HeldSum?) throws

    /// Stores a row as apps see it, and beside it what the hub said where that differs. Without a view
    /// the row is gone.
    func put(_ key: RowKey, view: RowState?, confirmed: RowState?) throws

    /// Stores a row that came whole and of which nothing is held, confirmed and shown alike. No own write of it pends, and no
    /// seal came with it.
    ///
    /// - Returns: false if something of it is held, or a store keeps more of such rows; then nothing has changed.
    func insert(_ row: UncontestedRow) throws -> Bool

    /// Marks all confirmed rows as not sent again yet.
    func markAllStale() throws
    /// The row was sent again, or is gone.
    func unmarkStale(_ key: RowKey) throws
    /// Some of the rows that are still marked.
    func stale(limit: Int) throws -> [RowKey]

    /// Appends to, or replaces in, the outbox: by position.
    func put(_ entry: OutboxEntry) throws
    /// Keeps a receipt that the hub has lost beside its changeset, as long as that is kept.
    func put(formerReceipt receipt: [UInt8], of identity: ChangesetID, at sequence: CommitSequence) throws
    /// Drops entries that are answered and settled, and of which nothing is in quarantine, whose place in
    /// the hub's order is at or before `sequence`.
    func dropEntries(upTo sequence: CommitSequence) throws

    func put(_ refused: RefusedOperation) throws
    func removeRefusals(of identity: ChangesetID) throws
}

/// Who the device is. Changes at enrolment only.
public struct DeviceIdentity: Sendable, Equatable {
    public var replica: ReplicaID
    public var hub: ReplicaID
    public var user: RowID
    /// The Ed25519 private key, 32 bytes. Never leaves the device.
    public var privateKey: [UInt8]
    /// Where the hub was found, as text; for the next start.
    public var endpoint: String
    /// The schema file, as the hub sent it.
    public var schemaText: String

    public init(
        replica: ReplicaID, hub: ReplicaID, user: RowID, privateKey: [UInt8], endpoint: String, schemaText: String
    ) {
        self.replica = replica
        self.hub = hub
        self.user = user
        self.privateKey = privateKey
        self.endpoint = endpoint
        self.schemaText = schemaText
    }
}

/// How far the device has come: changes with every transaction.
public struct DeviceProgress: Sendable, Equatable {
    public var site: Site
    public var role: UInt32
    public var epoch: UInt32
    /// Where catch-up resumes. Opaque.
    public var cursor: [UInt8]
    /// The sequence up to which the device is complete.
    public var basis: CommitSequence
    /// The end of the device's stream.
    public var lastCounter: UInt64
    public var lastRoot: [UInt8]
    /// The place of the last outbox entry; rises for ever, whatever happens to counters.
    public var lastPosition: UInt64
    /// The last timestamp of the hybrid logical clock.
    public var clock: HybridTime
    public var hubClock: HubClockEstimate?
    public var scopes: [String]
    /// Catch-up began anew and is not complete: some held rows may have left the scopes.
    public var isRestarting: Bool
    /// Rows were carried over from an earlier schema version, and the hub has not sent all of them anew: cells that were
    /// one there stand for the later of both.
    public var isCarriedOver = false
    /// Covered by every backup that the hub may be restored from.
    public var safe: CommitSequence

    public init(site: Site = 0, role: UInt32 = 0, epoch: UInt32 = 0) {
        self.site = site
        self.role = role
        self.epoch = epoch
        cursor = []
        basis = .zero
        lastCounter = 0
        lastRoot = []
        lastPosition = 0
        clock = .zero
        hubClock = nil
        scopes = []
        isRestarting = false
        safe = .zero
    }
}

/// A changeset that this device wrote, kept until the hub can no longer lose it.
public struct OutboxEntry: Sendable, Equatable {
    /// The order of writing on this device.
    public var position: UInt64
    public var identity: ChangesetID
    /// Its place in the stream; changes with a fork as long as there is no receipt.
    public var dot: Dot
    /// The root of the changeset at the place before; empty at counter 1.
    public var predecessor: [UInt8]
    public var root: [UInt8]
    /// Never changes.
    public var changeset: [UInt8]
    public var evidence: ClockEvidence?
    /// The serialized `WireReceipt`; nil while the hub has not answered.
    public var receipt: [UInt8]?
    /// Where the hub placed it; zero without a receipt.
    public var sequence: CommitSequence
    /// No part of it is in the view any more: refused, or echoed by the hub. Its receipt may still come.
    public var isSettled: Bool
    /// Until then: the positions of the operations that have left the view, rising.
    public var departed: [UInt32]
    /// A fork has given it another place while it was unanswered. The hub may have taken it under an earlier one, or
    /// from another copy of the device: only its receipt tells.
    public var isRenumbered: Bool
    /// The receipts that the hub gave in epochs whose end it has lost, by rising epoch. Kept by the store beside the
    /// entry; see `put(formerReceipt:of:at:)`.
    public var formerReceipts: [WireReceipt]

    public init(
        position: UInt64, identity: ChangesetID, dot: Dot, predecessor: [UInt8], root: [UInt8],
        changeset: [UInt8], evidence: ClockEvidence?, receipt: [UInt8]? = nil, sequence: CommitSequence = .zero,
        isSettled: Bool = false, departed: [UInt32] = [], isRenumbered: Bool = false, formerReceipts: [WireReceipt] = []
    ) {
        self.position = position
        self.identity = identity
        self.dot = dot
        self.predecessor = predecessor
        self.root = root
        self.changeset = changeset
        self.evidence = evidence
        self.receipt = receipt
        self.sequence = sequence
        self.isSettled = isSettled
        self.departed = departed
        self.isRenumbered = isRenumbered
        self.formerReceipts = formerReceipts
    }
}

/// An own operation that the hub did not accept, whole, until the user has dealt with it. Its values are
/// in the outbox entry of its changeset.
public struct RefusedOperation: Sendable, Equatable {
    public var identity: ChangesetID
    /// Its place in the changeset.
    public var position: UInt32
    /// In collection 0 if the changeset's bytes are damaged, so that nobody can tell its rows.
    public var key: RowKey
    public var refusal: Refusal
    /// What the user can do.
    public var remedy: String

    public init(identity: ChangesetID, position: UInt32, key: RowKey, refusal: Refusal, remedy: String) {
        self.identity = identity
        self.position = position
        self.key = key
        self.refusal = refusal
        self.remedy = remedy
    }
}

/// What can go wrong in a device's store.
public struct DeviceStoreError: Error, Sendable, Equatable, CustomStringConvertible {
    public let code: Code
    /// What happened, where, and what to do.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public enum Code: String, Sendable {
        /// No space is left. Nothing was committed; try again when there is.
        case full
        case readOnly
        /// Another process has the store open.
        case inUse
        /// A later version of the program wrote the store.
        case newerVersion
        case corrupt
        /// The schema cannot take over the stored rows.
        case otherSchema
        /// An app's SQL is wrong, or would write.
        case query
        /// The store was closed.
        case closed
        /// Anything else from the operating system or the database.
        case io
    }

    public var description: String { message }
}
