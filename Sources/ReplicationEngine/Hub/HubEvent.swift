import ReplicationCore
import SwiftProtobuf
import WireProtocol

/// What happens to a hub.
public enum HubEvent: Sendable {
    case transport(TransportEvent)
    /// A commit is durable.
    case committed([CommitResult], Committed)
    /// A commit did not happen; nothing of it has changed the store.
    case commitFailed([CommitWork], reason: String)
    /// Another gateway of the store has committed.
    case hint(CommitHint)
    case readDone(ReadResult)
    case readFailed(ConnectionID)
    /// A backup was made; or why it was not.
    case backedUp(ConnectionID, request: UInt64, path: String, keep: Int, failure: String?)
    case blob(BlobResult)
    /// About once a second.
    case tick
    /// The hub closes: connected devices are told.
    case closing
}

/// What a hub wants done.
public enum HubAction: Sendable {
    case send(ConnectionID, [UInt8], Lane)
    case close(ConnectionID, code: UInt16, reason: String)
    case commit(CommitWork)
    case read(ReadWork)
    /// Copies the store, as of some commit from now on, to a new file.
    case backup(ConnectionID, request: UInt64, path: String, keep: Int)
    case blob(BlobWork)
    /// A live value is shown from now on, also to services of the hub's process.
    case show(LiveValue)
}

/// What is read from the store for a connection, beside the commits.
public enum ReadWork: Sendable {
    /// With the erasures after one, or from the first on; none for nil.
    case replica(ConnectionID, ReplicaID, erasuresAfter: ErasureMark?)
    case catchUp(ConnectionID, CatchUpRequest)
    case status(ConnectionID, request: UInt64, connected: [ReplicaID])
    case explain(ConnectionID, request: UInt64, ExplainQuestion)
    case preview(ConnectionID, PreviewWork)
    /// What a purge would do.
    case purge(ConnectionID, request: UInt64, PurgeOrder, CommitMoment)
    case planErasure(ConnectionID, request: UInt64, ErasureOrder)
    /// What an erasure would take.
    case describeErasure(ConnectionID, request: UInt64, ErasureOrder)
    case quarantine(ConnectionID, request: UInt64, QuarantineQuestion)
    /// With the region that is called so; none for nil.
    case definitions(ConnectionID, request: UInt64, region: String?)
    case rows(ConnectionID, request: UInt64, RowsQuestion)
    case backups(ConnectionID, request: UInt64, keep: Int?)
    /// Whether the sums that the store keeps are those of its rows.
    case compareSums(ConnectionID, request: UInt64)
    /// For live values: few rows, and somebody waits for it.
    case signals(SignalQuestion)

    public var isUrgent: Bool { if case .signals = self { true } else { false } }

    /// What the hub is told if it cannot be read.
    public var failure: HubEvent {
        switch self {
        case .replica(let connection, _, _), .catchUp(let connection, _), .status(let connection, _, _), .explain(let connection, _, _),
            .preview(let connection, _), .backups(let connection, _, _), .purge(let connection, _, _, _),
            .planErasure(let connection, _, _), .describeErasure(let connection, _, _), .quarantine(let connection, _, _),
            .definitions(let connection, _, _), .rows(let connection, _, _), .compareSums(let connection, _):
            .readFailed(connection)
        case .signals(let question): .readDone(.signals(SignalAnswer(failed: question)))
        }
    }
}

/// Which field is to be explained.
public struct ExplainQuestion: Sendable {
    public var collection: String
    public var row: RowID
    public var field: String
    /// Of a set.
    public var element: String?

    public init(collection: String, row: RowID, field: String, element: String? = nil) {
        self.collection = collection
        self.row = row
        self.field = field
        self.element = element
    }
}

public struct CatchUpRequest: Sendable {
    public var cursor: CatchUpCursor
    /// Who is to receive it.
    public var user: RowID
    public var replica: ReplicaID
    /// The site under which the session was opened; nil if the page is for no session.
    public var site: Site?
    /// Receipts of releases later than this are read as well.
    public var receiptsAfter: CommitSequence
    public var role: UInt32
    public var isRestart: Bool
    /// Goes behind every cursor that the device is given.
    public var fingerprint: [UInt8]
    /// Of the device; nil for the present one.
    public var schemaVersion: UInt32?
    /// How much of the catch-up was sent before, if that is more than a page.
    public var progress: SentRows?
    /// Answered behind the last page, from its snapshot.
    public var question: SyncQuestion?
    /// The last page says what the device should hold then.
    public var takesSums: Bool
    /// The page is filled up to about this many bytes.
    public var pageBytes: Int

    public init(
        cursor: CatchUpCursor, user: RowID, replica: ReplicaID, site: Site? = nil, receiptsAfter: CommitSequence, role: UInt32,
        isRestart: Bool, fingerprint: [UInt8], schemaVersion: UInt32? = nil, progress: SentRows? = nil,
        question: SyncQuestion? = nil, takesSums: Bool = false, pageBytes: Int = HubLimits.pageBytes
    ) {
        self.takesSums = takesSums
        self.pageBytes = pageBytes
        self.progress = progress
        self.question = question
        self.schemaVersion = schemaVersion
        self.cursor = cursor
        self.user = user
        self.replica = replica
        self.site = site
        self.receiptsAfter = receiptsAfter
        self.role = role
        self.isRestart = isRestart
        self.fingerprint = fingerprint
    }
}

/// How far a catch-up is, in rows and departures.
public struct SentRows: Sendable, Equatable {
    public var done: UInt64 = 0
    /// 0 if it is not known.
    public var total: UInt64 = 0
}

public enum ReadResult: Sendable {
    case signals(SignalAnswer)
    case replica(ConnectionID, ReplicaStanding)
    case catchUp(ConnectionID, CatchUpPage)
    case status(ConnectionID, request: UInt64, json: String)
    case previewed(ConnectionID, WirePreview)
    case backups(ConnectionID, request: UInt64, keep: Int?, [BackupRecord])
    /// The answer as JSON, or what is wrong with the question.
    case explained(ConnectionID, request: UInt64, Result<String, ExplanationError>)
    /// A JSON document, or what is wrong with the question.
    case report(ConnectionID, request: UInt64, Result<String, ControlRefusal>)
    case erasurePlanned(ConnectionID, request: UInt64, ErasureOrder, Result<ErasurePlan, ControlRefusal>)
}

/// Up to where a device has carried out erasures.
public struct ErasureMark: Sendable, Equatable {
    /// Nil if there was none yet.
    public var last: ChangesetID?
    public init(last: ChangesetID?) { self.last = last }
}

/// What is so of a replica now.
public struct ReplicaStanding: Sendable {
    /// Nil if the hub does not know it.
    public var record: ReplicaRecord?
    public var scopes: Set<Scope>
    /// What it has not carried out yet, as far as was asked for.
    public var erasures: [Erasure]
    /// Of the store.
    public var head: CommitSequence
    /// The sequence that every backup holds; nil if none is offered.
    public var backedUp: CommitSequence?

    public init(
        record: ReplicaRecord?, scopes: Set<Scope>, erasures: [Erasure] = [], head: CommitSequence,
        backedUp: CommitSequence? = nil
    ) {
        self.head = head
        self.backedUp = backedUp
        self.record = record
        self.scopes = scopes
        self.erasures = erasures
    }
}

/// A page of catch-up, as messages ready to send.
public struct CatchUpPage: Sendable {
    /// A serialized frame with the cursor that it carries.
    public typealias Message = (frame: [UInt8], cursor: [UInt8], complete: CommitSequence?)

    /// By rising cursor.
    public var messages: [Message]
    /// The replica's stream has gone on under another site since the session was opened: nothing of this is for it.
    public var isOfFormerSite = false
    /// New receipts for work that had waited; they go before the messages.
    public var receipts: [WireReceipt] = []
    /// The snapshot's head, up to which these are all.
    public var receiptsUpTo = CommitSequence.zero
    public var next: CatchUpCursor
    /// What the user receives in the snapshot that was read.
    public var scopes: Set<Scope> = []
    /// The snapshot's head, if this was the last page.
    public var completeAt: CommitSequence?
    /// How much of the catch-up is sent with this page; nil if it fits into one.
    public var progress: SentRows?
    /// The question that was answered, and the frames that do so, in order. They go behind the messages.
    public var answered: SyncQuestion?
    public var answers: [[UInt8]] = []
}

extension WireFrame {
    /// A frame with one message, as bytes.
    public static func bytes(_ body: WireMessage.OneOf_Body) -> [UInt8] {
        var message = WireMessage()
        message.body = body
        var frame = WireFrame()
        frame.messages = [message]
        return bytes(of: frame)
    }

    /// A message of the protocol as bytes.
    static func bytes(of message: some Message) -> [UInt8] {
        do {
            return try message.serializedBytes()
        } catch {
            // Only messages with unset required fields or over 2 GiB cannot be serialized; ours are neither.
            preconditionFailure("a message of the hub's own cannot be serialized: \(error)")
        }
    }
}
