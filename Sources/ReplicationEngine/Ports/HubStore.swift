import ReplicationCore
import WireProtocol

/// The hub's durable state. One implementation is embedded (SQLite); the shape allows others.
///
/// A store knows rows, the log, replicas and scopes, and decides nothing. All methods may be called from
/// any thread and block it; commits are taken one at a time, readers run beside them on snapshots.
public protocol HubStore: BlobLedger {
    /// Runs `decide` on the state at the head and makes its plan durable, all or nothing.
    ///
    /// `decide` must depend on nothing but what it reads and its own captured inputs: a store may run it
    /// twice. The method returns after the commit is durable.
    ///
    /// - Parameters:
    ///   - decide: gives a plan, and what the caller wants to know of it.
    ///   - lastStep: runs once, when everything is written and only has to be made durable: what it does itself
    ///     durably is done before the commit, and not without one, unless making the commit durable fails after it.
    /// - Throws: `HubStoreError`, or what `decide` or `lastStep` throws; nothing has changed then.
    func commit<Extra>(
        _ decide: (any HubReader) throws -> (CommitPlan, Extra), lastStep: (Extra) throws -> Void
    ) throws -> (Committed, Extra)

    /// Runs `body` on one unchanging snapshot.
    func read<Result>(_ body: (any HubReader) throws -> Result) throws -> Result

    /// Copies the store, as of one commit, to a new file, while commits go on.
    func backup(to path: String) throws

    /// Makes what was taken away unreadable in the store's files.
    ///
    /// - Parameter compacting: writes the whole store anew, which takes its time and needs its size twice again on the
    ///   disk. When it returns, nothing that is not in the store any more stands in its files. Without it, copies may
    ///   stand in parts of the file that are not in use.
    func scrub(compacting: Bool) throws

    /// Ends all use of the store. Later calls throw.
    func close() throws
}

extension HubStore {
    /// Runs `decide` on the state at the head and makes its plan durable, all or nothing.
    public func commit<Extra>(_ decide: (any HubReader) throws -> (CommitPlan, Extra)) throws -> (Committed, Extra) {
        try commit(decide, lastStep: { _ in })
    }
}

/// What can be read of a hub's store, within one transaction or snapshot.
public protocol HubReader: TakenReader, BlobUseReader, ServiceReader {
    /// The hub's identity and secrets, made when the store was made.
    var hub: HubIdentity { get throws }
    /// The last commit; number 0 of the epoch if there is none.
    var head: CommitSequence { get throws }
    /// The latest effective time ever committed or adopted.
    var latestEffective: HybridTime { get throws }

    /// All cells of a row; nil if the hub has never known it. Deleted rows are there.
    func row(_ key: RowKey) throws -> RowState?
    /// Keys of rows whose shown value of a field is this one, alive or not, at most `limit`.
    func rows(of collection: UInt32, where field: String, equals value: Value, limit: Int) throws -> [RowKey]
    /// How many rows a collection has, deleted ones left out.
    func count(of collection: UInt32) throws -> Int

    /// The log entry at a sequence; nil past the head.
    func entry(at sequence: CommitSequence) throws -> LogEntry?
    /// The log entry of a changeset, by identity.
    func entry(of identity: ChangesetID) throws -> LogEntry?
    /// The log entry at a place of a stream.
    func entry(at dot: Dot) throws -> LogEntry?

    func replica(_ id: ReplicaID) throws -> ReplicaRecord?
    func replica(site: Site) throws -> ReplicaRecord?
    func replicas() throws -> [ReplicaRecord]
    /// The highest site ever given.
    func lastSite() throws -> Site
    /// An enrolment code that was made, by the SHA-256 of its normalized text.
    func enrolmentCode(hash: [UInt8]) throws -> EnrolmentRecord?

    /// The scopes that a row is in.
    func scopes(of key: RowKey) throws -> Set<Scope>
    /// The scopes that a user receives.
    func subscriptions(of user: RowID) throws -> Set<Scope>
    /// Whether a row was in a scope that the user received, both at one moment, at a sequence or at any later one.
    func received(_ key: RowKey, by user: RowID, since sequence: CommitSequence) throws -> Bool

    /// The day that it is in each time zone in use, as days since 1970-01-01.
    func days() throws -> [String: Int64]
    /// What a user receives, and what was taken from them of which something may have been delivered to a device.
    func subscriptions(of user: RowID, after cursor: CatchUpCursor) throws -> [Subscription]

    /// What somebody with these subscriptions has to be sent after a cursor: rows that changed or entered, also because a
    /// subscription began, and those that left, also because one ended. It is one stream by rising sequence and row, of
    /// which a page holds at most `limit`. A page ends as well once its rows have the weight `bytes`; it holds at least
    /// one, if there is any. A row stands in the stream once, so pages of any size add up to the same; every page may
    /// carry evictions.
    ///
    /// - Parameters:
    ///   - cursor: up to where they have been sent.
    ///   - subscriptions: as `subscriptions(of:after:)` gives them for the cursor.
    ///   - limit: of rows in the page.
    ///   - bytes: of rows in the page, about.
    func changes(after cursor: CatchUpCursor, in subscriptions: [Subscription], limit: Int, bytes: Int) throws -> ChangePage
    /// The same. Of rows that go whole a store may give the change as it travels, where the reader takes it.
    func changes(
        after cursor: CatchUpCursor, in subscriptions: [Subscription], limit: Int, bytes: Int, taking ready: ReadyChanges
    ) throws -> ChangePage
    /// About how many rows and departures `changes` gives after a cursor: at least as many; nil if it would have to look
    /// at more than `limit`.
    func changeCount(after cursor: CatchUpCursor, in subscriptions: [Subscription], limit: Int) throws -> Int?
    /// The keys of all rows now in a scope, by rising key, after `after`, at most `limit`.
    func members(of scope: Scope, after: RowKey?, limit: Int) throws -> [RowKey]
    /// What somebody of a role who receives these scopes should hold, as the store keeps it with every commit: no row is
    /// read for it. Nil if the store keeps no sums, or none of the present schema.
    func held(in scopes: Set<Scope>, by role: UInt32) throws -> HeldSum?
    /// Compares the sums with the rows, of which all are read; nil if the store keeps none.
    func compareSums() throws -> SumComparison?

    func quarantined(limit: Int) throws -> [QuarantinedOperation]
    /// Those of one changeset, by position.
    func quarantined(of identity: ChangesetID) throws -> [QuarantinedOperation]
    /// Those that wait for a row, oldest first.
    func waiting(for key: RowKey) throws -> [QuarantinedOperation]
    /// How many operations of a user wait for a row; of anybody, for nil. Stops counting at `limit`.
    func waitingCount(of author: RowID?, limit: Int) throws -> Int
    /// The entry of the last release of a changeset's waiting operations; nil if there was none.
    func latestRelease(of identity: ChangesetID) throws -> LogEntry?
    /// The entries of the releases of a replica's work after a sequence, oldest first.
    func releases(to replica: ReplicaID, after sequence: CommitSequence) throws -> [LogEntry]
    /// How many operations are in quarantine.
    func quarantineCount() throws -> Int

    /// What the hub knows of a changeset from epochs whose end it has lost; nil if nothing of it was handed in.
    func adopted(_ identity: ChangesetID) throws -> AdoptedChangeset?
    /// Where states of lost time that were handed in had the writes of a changeset.
    func told(of identity: ChangesetID) throws -> [ToldPlace]
    /// The positions of a changeset's refused operations that its writer let go of or mended since the hub's first restore.
    func withheld(of identity: ChangesetID) throws -> Set<UInt32>
    /// The last commit that took in what had been committed at or before a place which the hub has lost.
    func adopted(upTo lost: CommitSequence) throws -> CommitSequence?
    /// How far epochs whose ends the hub has lost are contained in the cells of a row: one place for each cell and epoch of
    /// which more is known than what the hub kept.
    func contained(of key: RowKey) throws -> [ContainedPlace]
    /// Refused operations that are judged again when more of what was lost has been handed in, oldest first.
    func parked(limit: Int) throws -> [QuarantinedOperation]
    /// The backups from which the hub may be restored, oldest first.
    func backups() throws -> [BackupRecord]
}

extension HubReader {
    public func held(in scopes: Set<Scope>, by role: UInt32) throws -> HeldSum? { nil }
    public func compareSums() throws -> SumComparison? { nil }
}

/// Who the hub is. Made once, with the store.
public struct HubIdentity: Sendable, Equatable {
    /// Named in proofs, so that a signature for one hub is worth nothing at another.
    public var id: ReplicaID
    /// The key of receipts' seals: 32 random bytes.
    public var sealKey: [UInt8]
    public var epoch: UInt32
    /// Names the organisation to people.
    public var name: String
    /// The schema file that the store was made with, as text.
    public var schemaText: String
    /// Of epochs that a restore ended: the last sequence that the hub still has. By rising epoch.
    public var kept: [CommitSequence]
    /// Sites above this one were given in the present epoch.
    public var lastSiteBefore: Site

    public init(
        id: ReplicaID, sealKey: [UInt8], epoch: UInt32, name: String, schemaText: String, kept: [CommitSequence] = [],
        lastSiteBefore: Site = 0
    ) {
        self.id = id
        self.sealKey = sealKey
        self.epoch = epoch
        self.name = name
        self.schemaText = schemaText
        self.kept = kept
        self.lastSiteBefore = lastSiteBefore
    }

    /// True of a place in an epoch that a restore ended, beyond what the hub still has of it.
    public func isLost(_ sequence: CommitSequence) -> Bool { kept.isLost(sequence, epoch: epoch) }
}

extension HubIdentity {
    /// How many commits of this hub lie between a place that a replica has confirmed and the head: those of the present
    /// epoch, and what is kept of the ones before. What was confirmed of an epoch's lost end is not among them.
    public func commits(after confirmed: CommitSequence, upTo head: CommitSequence) -> UInt64 {
        func count(_ end: CommitSequence) -> UInt64 {
            if end.epoch < confirmed.epoch { return 0 }
            let from = end.epoch == confirmed.epoch ? confirmed.number : 0
            return end.number - min(end.number, from)
        }
        return kept.reduce(count(head)) { $1.epoch < head.epoch ? $0 + count($1) : $0 }
    }
}

extension [CommitSequence] {
    /// True of a place in an earlier epoch, beyond what is kept of it. An epoch that is not listed is lost whole.
    ///
    /// - Parameter epoch: the present one.
    public func isLost(_ sequence: CommitSequence, epoch: UInt32) -> Bool {
        guard sequence.epoch < epoch, sequence != .zero else { return false }
        return sequence.number > first { $0.epoch == sequence.epoch }?.number ?? 0
    }
}

/// What a commit makes durable.
public struct CommitPlan: Sendable {
    /// Contiguous from the head on.
    public var entries: [LogEntry]
    /// Every row that changed, with all its cells, once.
    public var rows: [RowState]
    /// Operations that enter quarantine, or stand in it with another refusal.
    public var quarantine: [QuarantinedOperation]
    /// Operations that leave quarantine. None of them is in `quarantine`.
    public var settled: [QuarantinedPlace]
    /// Of the entries: those that release waiting work, and of what.
    public var releases: [Release]
    /// New and changed replicas, whole.
    public var replicas: [ReplicaRecord]
    /// New and changed enrolment codes, whole.
    public var enrolmentCodes: [EnrolmentRecord]
    /// Days that begin: users in these zones receive what is received today.
    public var days: [ZoneDay] = []
    /// Zones in which nobody lives any more.
    public var unusedZones: [String] = []
    /// What is taken away.
    public var taken = TakenPlan()
    /// What was handed in again of epochs whose end the hub has lost.
    public var adopted: [AdoptedChangeset] = []
    /// Cells that contain more of such epochs now.
    public var contained: [ContainedPlace] = []
    /// What states of lost time tell of where writes stood.
    public var told: [ToldPlace] = []
    /// Refused operations that their writer let go of or mended, which may have been released in lost time.
    public var withheld: [WithheldOperation] = []
    /// New backups.
    public var backups: [BackupRecord] = []
    /// Backups, by path, that are offered no longer.
    public var withdrawnBackups: [String] = []
    /// What services of the hub remember or forget, in this order.
    public var services: [ServiceChange] = []

    public init(
        entries: [LogEntry] = [], rows: [RowState] = [], quarantine: [QuarantinedOperation] = [],
        settled: [QuarantinedPlace] = [], releases: [Release] = [], replicas: [ReplicaRecord] = [], enrolmentCodes: [EnrolmentRecord] = []
    ) {
        self.entries = entries
        self.rows = rows
        self.quarantine = quarantine
        self.settled = settled
        self.releases = releases
        self.replicas = replicas
        self.enrolmentCodes = enrolmentCodes
    }
}

/// What a commit did, for those who pass it on.
public struct Committed: Sendable {
    /// The head before and after.
    public var before: CommitSequence
    public var head: CommitSequence
    /// The rows that changed, or whose scopes changed.
    public var rows: [CommittedRow]
    /// Users whose subscriptions changed.
    public var resubscribed: Set<RowID>
    /// The sequence that every backup holds which is offered after it; nil if none is.
    public var backedUp: CommitSequence?

    public init(
        before: CommitSequence, head: CommitSequence, rows: [CommittedRow], resubscribed: Set<RowID>,
        backedUp: CommitSequence? = nil
    ) {
        self.backedUp = backedUp
        self.before = before
        self.head = head
        self.rows = rows
        self.resubscribed = resubscribed
    }
}

public struct CommittedRow: Sendable {
    public var state: RowState
    public var scopesBefore: Set<Scope>
    public var scopesAfter: Set<Scope>
    /// What of lost time its cells contain; empty where no backup is offered, as nothing is sealed then.
    public var contained: [ContainedPlace]

    public init(state: RowState, scopesBefore: Set<Scope>, scopesAfter: Set<Scope>, contained: [ContainedPlace] = []) {
        self.state = state
        self.scopesBefore = scopesBefore
        self.scopesAfter = scopesAfter
        self.contained = contained
    }
}

/// One changeset in the hub's order. The log is append-only and hash-chained by the store.
public struct LogEntry: Sendable, Equatable {
    public var sequence: CommitSequence
    public var dot: Dot
    public var identity: ChangesetID
    public var root: [UInt8]
    /// The opaque byte string, as it came.
    public var changeset: [UInt8]
    /// As it stood in the envelope, or nil.
    public var evidence: ClockEvidence?
    /// The serialized `WireReceipt`; empty for the hub's own changesets.
    public var receipt: [UInt8]
    /// When the hub took it in, in Unix milliseconds.
    public var receivedMilliseconds: UInt64
    /// The rows that it changed, each with the sequence at which the row last changed before: with these
    /// a cell's history is walked back without an index.
    public var touched: [Touched]

    public struct Touched: Sendable, Equatable {
        public var key: RowKey
        public var previous: CommitSequence
        public init(key: RowKey, previous: CommitSequence) {
            self.key = key
            self.previous = previous
        }
    }

    public init(
        sequence: CommitSequence, dot: Dot, identity: ChangesetID, root: [UInt8], changeset: [UInt8],
        evidence: ClockEvidence?, receipt: [UInt8], receivedMilliseconds: UInt64, touched: [Touched]
    ) {
        self.sequence = sequence
        self.dot = dot
        self.identity = identity
        self.root = root
        self.changeset = changeset
        self.evidence = evidence
        self.receipt = receipt
        self.receivedMilliseconds = receivedMilliseconds
        self.touched = touched
    }
}

/// A refused operation, whole, until a person has dealt with it. The bytes are in the log entry.
public struct QuarantinedOperation: Sendable, Equatable {
    public var sequence: CommitSequence
    public var position: UInt32
    /// Of the log entry that holds it.
    public var identity: ChangesetID
    public var author: RowID
    /// Whose stream it came in.
    public var replica: ReplicaID
    public var refusal: Refusal
    /// The row that has to become known before it is judged again; nil if it waits for a person only.
    public var awaits: RowKey?
    /// It was judged by what the hub knows of a time that it has lost, and is judged again when more of that is
    /// handed in.
    public var isParked: Bool

    public init(
        sequence: CommitSequence, position: UInt32, identity: ChangesetID, author: RowID, replica: ReplicaID,
        refusal: Refusal, awaits: RowKey? = nil, isParked: Bool = false
    ) {
        self.sequence = sequence
        self.position = position
        self.identity = identity
        self.author = author
        self.replica = replica
        self.refusal = refusal
        self.awaits = awaits
        self.isParked = isParked
    }

    public var place: QuarantinedPlace { QuarantinedPlace(sequence: sequence, position: position) }
}

/// Where a quarantined operation stands: the sequence of its changeset, and its position in it.
public struct QuarantinedPlace: Sendable, Hashable {
    public var sequence: CommitSequence
    public var position: UInt32

    public init(sequence: CommitSequence, position: UInt32) {
        self.sequence = sequence
        self.position = position
    }
}

/// A log entry that takes in waiting operations of an earlier changeset.
public struct Release: Sendable, Equatable {
    /// Of the log entry.
    public var sequence: CommitSequence
    /// The changeset whose operations it takes in.
    public var identity: ChangesetID
    /// Who is to be told.
    public var replica: ReplicaID

    public init(sequence: CommitSequence, identity: ChangesetID, replica: ReplicaID) {
        self.sequence = sequence
        self.identity = identity
        self.replica = replica
    }
}

/// What the hub knows of an enrolled replica.
public struct ReplicaRecord: Sendable, Equatable {
    public var id: ReplicaID
    public var site: Site
    public var name: String
    /// Ed25519, 32 bytes.
    public var publicKey: [UInt8]
    public var user: RowID
    public var role: UInt32
    /// The end of its stream as the hub holds it.
    public var lastCounter: UInt64
    public var lastRoot: [UInt8]
    /// What it last confirmed, and the bound on later bases that follows: changesets with a counter
    /// above `announcedCounter` have at least the basis `confirmed`.
    public var confirmed: CommitSequence
    public var announcedCounter: UInt64
    public var enrolledMilliseconds: UInt64
    public var lastSeenMilliseconds: UInt64
    public var isRevoked: Bool
    /// The epoch to which it has handed in everything that the hub had lost by then; 0 if it never had to.
    public var handedIn: UInt32

    public init(
        id: ReplicaID, site: Site, name: String, publicKey: [UInt8], user: RowID, role: UInt32,
        lastCounter: UInt64 = 0, lastRoot: [UInt8] = [], confirmed: CommitSequence = .zero,
        announcedCounter: UInt64 = 0, enrolledMilliseconds: UInt64, lastSeenMilliseconds: UInt64,
        isRevoked: Bool = false, handedIn: UInt32 = 0
    ) {
        self.handedIn = handedIn
        self.id = id
        self.site = site
        self.name = name
        self.publicKey = publicKey
        self.user = user
        self.role = role
        self.lastCounter = lastCounter
        self.lastRoot = lastRoot
        self.confirmed = confirmed
        self.announcedCounter = announcedCounter
        self.enrolledMilliseconds = enrolledMilliseconds
        self.lastSeenMilliseconds = lastSeenMilliseconds
        self.isRevoked = isRevoked
    }
}

/// A single-use code. The code itself is not kept.
public struct EnrolmentRecord: Sendable, Equatable {
    /// SHA-256 of the normalized code.
    public var hash: [UInt8]
    public var user: RowID
    public var expiresMilliseconds: UInt64
    /// The replica that it became; nil while it is unused.
    public var usedBy: ReplicaID?

    public init(hash: [UInt8], user: RowID, expiresMilliseconds: UInt64, usedBy: ReplicaID? = nil) {
        self.hash = hash
        self.user = user
        self.expiresMilliseconds = expiresMilliseconds
        self.usedBy = usedBy
    }
}

/// A scope that a user receives, from a sequence on.
public struct Subscription: Hashable, Sendable {
    public var scope: Scope
    public var since: CommitSequence
    /// From here on the user does not receive it any more; nil while they do.
    public var until: CommitSequence?

    public init(scope: Scope, since: CommitSequence, until: CommitSequence? = nil) {
        self.scope = scope
        self.since = since
        self.until = until
    }
}

/// A place in the stream of a catch-up.
public struct ChangeCursor: Hashable, Sendable, Comparable {
    public var sequence: CommitSequence
    /// A row of `sequence`; nil for the place behind all of them.
    public var row: RowKey?

    public init(sequence: CommitSequence, row: RowKey? = nil) {
        self.sequence = sequence
        self.row = row
    }

    public static let start = ChangeCursor(sequence: .zero)

    public static func < (a: Self, b: Self) -> Bool {
        if a.sequence != b.sequence { return a.sequence < b.sequence }
        switch (a.row, b.row) {
        case (nil, _): return false
        case (_, nil): return true
        case (let a?, let b?): return a < b
        }
    }
}

/// Where a device stands in its catch-up: everything up to and including `place` was delivered, rows that left the scopes
/// included.
public struct CatchUpCursor: Hashable, Sendable {
    public var place: ChangeCursor
    /// The device was complete here: of a row that it has held since then it needs only what changed later.
    public var base: CommitSequence
    /// The head when this catch-up began: what was taken away after the base and before it was never delivered.
    public var begun: CommitSequence
    /// A row was delivered in part: from then on rows go whole, until the device is complete.
    public var sendsWhole: Bool

    public init(place: ChangeCursor, base: CommitSequence, begun: CommitSequence, sendsWhole: Bool = false) {
        self.place = place
        self.base = base
        self.begun = begun
        self.sendsWhole = sendsWhole
    }

    /// Everything up to a sequence was delivered.
    public init(complete sequence: CommitSequence) {
        self.init(place: ChangeCursor(sequence: sequence), base: sequence, begun: sequence)
    }

    /// When the catch-up began that a page read at a head belongs to: with this one, if the device is complete so far.
    public func begun(at head: CommitSequence) -> CommitSequence { isAtBase ? max(begun, head) : begun }

    /// The device is complete at the base.
    public var isAtBase: Bool { place == ChangeCursor(sequence: base) }

    public static let start = CatchUpCursor(complete: .zero)
}

public struct ChangePage: Sendable {
    /// By rising place.
    public var items: [Item]
    public var next: CatchUpCursor
    /// Nothing follows `next` in this snapshot.
    public var isLast: Bool
    /// Serialized `RowChange`s, one behind another.
    public var changes: [UInt8] = []

    public struct Item: Sendable {
        /// Where a catch-up stands that has delivered the item and all before it.
        public var place: ChangeCursor
        public var content: Content

        public init(place: ChangeCursor, content: Content) {
            self.place = place
            self.content = content
        }
    }

    public enum Content: Sendable {
        /// - Parameter isHeld: the device has held the row since the cursor's base.
        case row(RowState, isHeld: Bool)
        /// A row that goes whole, as it travels: a `RowChange`, which stands here in `changes`.
        case ready(RowKey, Range<Int>)
        /// It left after the cursor and is in none of the scopes any more.
        case left(RowKey)
    }

    public init(items: [Item], next: CatchUpCursor, isLast: Bool) {
        self.items = items
        self.next = next
        self.isLast = isLast
    }

    public var rows: [RowState] { items.compactMap { if case .row(let row, _) = $0.content { row } else { nil } } }
    public var evicted: [RowKey] { items.compactMap { if case .left(let key) = $0.content { key } else { nil } } }
}

/// Of which rows a reader takes the change that says everything of them.
public struct ReadyChanges: Sendable {
    /// Collections of which it sees all.
    public var collections: Set<UInt32> = []
    /// What changed later is sealed; nil: nothing is.
    public var unsealedUpTo: CommitSequence?

    public static let none = ReadyChanges()

    public init(collections: Set<UInt32> = [], unsealedUpTo: CommitSequence? = nil) {
        self.collections = collections
        self.unsealedUpTo = unsealedUpTo
    }
}

extension HubReader {
    public func changes(
        after cursor: CatchUpCursor, in subscriptions: [Subscription], limit: Int, bytes: Int, taking ready: ReadyChanges
    ) throws -> ChangePage {
        try changes(after: cursor, in: subscriptions, limit: limit, bytes: bytes)
    }
}

/// What can go wrong in a store.
public struct HubStoreError: Error, Sendable, CustomStringConvertible {
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
        /// The file or its folder cannot be written.
        case readOnly
        /// Another process has the store open.
        case inUse
        /// A later version of the program wrote the store.
        case newerVersion
        /// The file is not a store, or is damaged.
        case corrupt
        /// The store's schema differs from the one that was given.
        case otherSchema
        /// Anything else from the operating system or the database.
        case io
    }

    public var description: String { message }
}
