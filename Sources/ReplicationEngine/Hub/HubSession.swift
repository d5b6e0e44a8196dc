import ReplicationCore
import WireProtocol

/// What the hub keeps of one connection.
struct HubSession: Sendable {
    var phase: Phase
    let peer: String
    /// Since when the hub waits for the client to say hello or to prove itself, by the hub's wall clock.
    var waitingSinceMilliseconds: UInt64

    enum Phase: Sendable {
        /// Nothing was said yet.
        case opened
        /// Asked to be enrolled; the commit is under way.
        case enrolling
        /// Said hello; its record is being read.
        case greeting(Greeting, receivedMilliseconds: UInt64)
        /// Has to prove itself.
        case challenged(Greeting, ReplicaRecord, nonce: [UInt8])
        /// Has proved itself; what it may do is read anew, because time has passed since its hello. With `isStale`,
        /// that has changed while it was read.
        case proved(Greeting, user: RowID, isStale: Bool)
        /// Its stream has split; it is being given a new site.
        case forking(ReplicaID)
        case open(OpenSession)
        /// Asks what would happen, and changes nothing.
        case previewing(PreviewSubject)
        /// An administrator on this machine.
        case control
        /// Was told to go; what still arrives is ignored.
        case ending
    }
}

/// What a hub keeps of a hello until the session is open.
struct Greeting: Sendable {
    let replica: ReplicaID
    let site: Site
    let lastCounter: UInt64
    let lastRoot: [UInt8]
    /// The epoch to which it has handed in everything; 0 if it says none.
    let epoch: UInt32
    let cursor: [UInt8]
    /// It asks what would happen, and changes nothing.
    let isPreview: Bool
    /// Up to where it has carried out erasures; nil if it takes none.
    let lastErasure: ErasureMark?
    /// Of the schema that the device uses.
    let schemaVersion: UInt32
    let takesSignals: Bool
    let takesFragments: Bool
    let repairs: Bool
    let takesSums: Bool
    let takesBlobs: Bool
    /// The device takes a later schema, up to this version.
    let schemaMaximum: UInt32?

    /// Where its cursor stands; nil if it has none that a hub wrote.
    var place: CommitSequence? { CatchUpCursor(bytes: Array(cursor.dropLast(8)))?.place.sequence }

    /// Longer ones were written by no hub.
    private static let longestCursor = 80

    /// Nil if the hello names no replica.
    init?(_ hello: WireHello) {
        guard let replica = ReplicaID(bytes: hello.replica) else { return nil }
        self.replica = replica
        site = hello.site
        isPreview = hello.preview
        let takesErasures = hello.capabilities.prefix(100).contains(ProtocolLimits.erasuresCapability)
        lastErasure = takesErasures ? ErasureMark(last: ChangesetID(bytes: hello.lastErasure)) : nil
        takesFragments = hello.capabilities.prefix(100).contains(ProtocolLimits.fragmentsCapability)
        repairs = hello.capabilities.prefix(100).contains(ProtocolLimits.repairCapability)
        takesSums = hello.capabilities.prefix(100).contains(ProtocolLimits.sumsCapability)
        takesBlobs = hello.capabilities.prefix(100).contains(ProtocolLimits.blobsCapability)
        takesSignals = hello.capabilities.prefix(100).contains(ProtocolLimits.signalsCapability)
        schemaVersion = hello.schemaVersion
        schemaMaximum = hello.capabilities.contains(ProtocolLimits.schemaUpdateCapability)
            ? hello.schemaMaximum == 0 ? .max : hello.schemaMaximum : nil
        lastCounter = hello.lastCounter
        epoch = hello.epoch
        // One byte more than a root has is enough to be none.
        lastRoot = Array(hello.lastRoot.prefix(33))
        cursor = hello.cursor.count <= Self.longestCursor ? Array(hello.cursor) : []
    }
}

/// The state of a session after Welcome.
struct OpenSession: Sendable {
    var replica: ReplicaRecord
    var scopes: Set<Scope>
    /// Of the schema that the device uses.
    let schemaVersion: UInt32
    var delivery: Delivery
    /// How much of the catch-up was sent, if that is more than a page.
    var progress: SentRows?
    /// A read is under way for it.
    var isReading = false
    /// What is being read is not sent, but read once more.
    var dropsPage = false
    /// It knows an earlier epoch, and hands in what the hub has lost. Until then it is sent no changes.
    var isHandingIn = false
    /// What it handed in last is being taken in.
    var isTakingSalvage = false
    /// What every backup holds; nil if none is offered.
    var backedUp: CommitSequence?
    /// The first message of the next catch-up carries `restart`.
    var needsRestart = false
    /// The receipts of releases up to here were sent.
    var receiptsUpTo = CommitSequence.zero
    /// What the changesets that have no verdict yet count for, in bytes.
    var unansweredBytes = 0
    /// Changes that the device has not confirmed, oldest first.
    private(set) var unconfirmed: [Unconfirmed] = []
    private(set) var unconfirmedBytes = 0
    /// What the device asks and is not answered yet.
    var question: SyncQuestion?
    /// The device compares itself with the hub when it is asked to.
    var repairs = false
    /// The device compares what it holds whenever it has caught up.
    var takesSums = false
    /// Its access was taken away: it hands in what it has, and receives nothing.
    var handIn: HandIn?
    /// Up to where it was sent erasures, or has carried them out; nil if it takes none.
    var lastErasure: ErasureMark?

    /// Nil for a device that knows no live values.
    var signals: SessionSignals?

    struct HandIn: Sendable {
        /// The last counter that it had written when it connected.
        let lastCounter: UInt64
        /// When it last sent or was told something.
        var lastMilliseconds: UInt64
    }

    enum Delivery: Sendable {
        /// Reads pages from here on.
        case behind(CatchUpCursor)
        /// Holds everything up to the hub's head; commits up to `from` were in the last page.
        case live(from: CommitSequence)
    }

    struct Unconfirmed: Sendable {
        let cursor: [UInt8]
        let bytes: Int
        let complete: CommitSequence?
    }

    var hasCredit: Bool { unconfirmedBytes < ProtocolLimits.changesWindowBytes }

    /// Names what the cursor depends on besides the sequence: with another user, role or schema, catch-up starts anew.
    func fingerprint(schema: Schema) -> [UInt8] {
        let lens = schema.history.lens(from: schemaVersion) == nil ? "" : " as \(schemaVersion)"
        return Array(ContentHash.of(Array("\(replica.user) \(replica.role) \(schema.version)\(lens)".utf8)).prefix(8))
    }

    mutating func sent(_ cursor: [UInt8], bytes: Int, complete: CommitSequence?) {
        unconfirmed.append(Unconfirmed(cursor: cursor, bytes: bytes, complete: complete))
        unconfirmedBytes += bytes
    }

    /// Takes credit back up to and including a cursor. Two messages have the same one if nothing lay between
    /// them; then it is the first that is known to have arrived.
    /// - Returns: the sequence that the device is now complete up to, if it rose.
    mutating func confirm(_ cursor: [UInt8]) -> CommitSequence? {
        guard let index = unconfirmed.firstIndex(where: { $0.cursor == cursor }) else { return nil }
        let complete = unconfirmed[...index].compactMap(\.complete).max()
        for message in unconfirmed[...index] { unconfirmedBytes -= message.bytes }
        unconfirmed.removeFirst(index + 1)
        return complete
    }
}
