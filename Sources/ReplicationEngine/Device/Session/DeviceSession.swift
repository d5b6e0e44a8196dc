import Foundation
import ReplicationCore
import WireProtocol

/// The device's side of one connection: events in, actions out. It waits for nothing, reads no clock and
/// makes no random number.
public struct DeviceSession: Sendable {
    var phase: Phase = .connecting
    let hello: SessionHello
    var actions: [Action] = []

    /// When the connection was opened, or the phase last changed.
    var since: DeviceInstant
    var lastTimeRequest: DeviceInstant?
    var upload = UploadState()
    /// The hub's head when the session was opened.
    var head = CommitSequence.zero
    /// The hub's schema is later than the device's: it may send what cannot be taken here.
    public internal(set) var hasLaterHub = false
    /// Access was taken away: the hub takes what was written here, and sends nothing.
    public internal(set) var isHandIn = false
    /// The hub tells which rows differ.
    public internal(set) var hubRepairs = false
    /// The hub takes live values.
    var hubTakesSignals = false
    /// Both sides transfer blobs.
    var hubTakesBlobs = false
    /// The changes lane goes in fragments, both ways.
    var usesFragments = false
    var assembly = FragmentAssembly()
    /// What the hub was told of it.
    var credited: UInt64 = 0
    /// The last erasure that was carried out, if the hub has not been told.
    var erasuresDone: ChangesetID?
    /// Changes are not taken any more; uploads and verdicts go on.
    var isUploadOnly = false
    /// After a restore of the hub: how far the device has come with handing in what the hub has lost.
    var handingIn: HandingIn?
    /// Since the connection was opened.
    public private(set) var bytesReceived: UInt64 = 0
    /// Catch-up has ended in this session.
    public internal(set) var isCaughtUp = false

    enum Phase: Sendable, Equatable {
        case connecting
        case greeted(at: DeviceInstant)
        case proving
        case open
        case ended
    }

    /// What the owner of the session has to do, in order.
    public enum Action: Sendable, Equatable {
        case send(WireMessage.OneOf_Body, Lane)
        /// What the hub has of the changes lane, in fragments.
        case credit(WireReceived)
        /// Sign with the replica's key, and answer by `signed`.
        case sign([UInt8])
        /// Store what the hub announced.
        case welcome(WireWelcome)
        /// Read entries of the own site from a counter on that lack a receipt or lie beyond `beyond`, up to
        /// so many bytes, and answer by `loaded`.
        case load(from: UInt64, beyond: UInt64, bytes: Int)
        /// Store, and answer by `stored`.
        case apply(ReceivedChanges)
        /// Carry out, and answer by `erased`.
        case erase(WireErasures)
        /// Store, and answer by `answered`.
        case verdicts([WireReceipt])
        /// Store the new site durably.
        case adopt(WireFork)
        /// Read the sealed forms of what the hub has lost, after a place, and answer by `loadedLost`.
        case loadLost(after: UInt64)
        /// Forget sealed forms of what the hub has lost, after a place and up to another: it does not take them.
        case dropLost(after: UInt64, upTo: UInt64)
        /// The hub has taken in everything of earlier epochs that the device has.
        case enter(epoch: UInt32)
        case compare(WireDigests)
        case compareRanges(WireRanges)
        /// An administrator wants to know whether the device holds what it should.
        case verify(WireVerify)
        /// The hub has a later schema: adopt it and answer by `adopted`, or go on as before.
        case offered(WireSchemaOffer)
        case measured(HubClockEstimate)
        /// Catch-up has ended.
        case caughtUp
        /// A live value, or that it lives no longer.
        case live(WireSignal)
        case signalDropped(DroppedSignal)
        /// The hub speaks of blobs.
        case blobs(WireMessage.OneOf_Body)
        case end(SessionEnd)
    }

    public init(hello: SessionHello, now: DeviceInstant) {
        self.hello = hello
        since = now
    }

    public var isOpen: Bool { phase == .open }
    /// Everything that was written is uploaded and answered, as far as the session knows.
    public var isUploadIdle: Bool { upload.isIdle }

    var hasActions: Bool { !actions.isEmpty }

    /// The actions that have come together, in order.
    public mutating func takeActions() -> [Action] {
        defer { actions = [] }
        return actions
    }

    // MARK: Events

    /// The WebSocket is open.
    public mutating func connected(at now: DeviceInstant) {
        guard phase == .connecting else { return }
        actions.append(.send(.hello(hello.message(wall: now.wall)), .urgent))
        phase = .greeted(at: now)
        since = now
    }

    /// The signature that was asked for.
    public mutating func signed(_ signature: [UInt8]) {
        guard phase == .proving else { return }
        var proof = WireProof()
        proof.signature = Data(signature)
        actions.append(.send(.proof(proof), .urgent))
    }

    /// One message of the transport: a frame, maybe several joined.
    public mutating func received(_ bytes: [UInt8], at now: DeviceInstant) {
        guard phase != .ended else { return }
        bytesReceived += UInt64(bytes.count)
        let messages: [ReceivedMessage]
        do {
            messages = try WireFrame.received(bytes)
        } catch {
            return end(.offline(reason: "The hub sent bytes that are no frame.", retryAfter: 0))
        }
        giveCredit(for: messages)
        for message in messages {
            guard phase != .ended else { return }
            receive(message, at: now)
        }
        giveCredit(upTo: assembly.received)
    }

    public mutating func disconnected(_ reason: String) {
        end(.offline(reason: reason, retryAfter: 0))
    }

    /// A changeset was appended to the outbox.
    public mutating func outboxGrew() {
        upload.mayHaveMore = true
        loadMore()
    }

    /// The entries that `load` asked for; fewer than would fit means that there are no more.
    ///
    /// - Parameters:
    ///   - entries: by rising counter.
    ///   - seen: what their writer had been sent of a time that the hub has lost.
    ///   - now: the device's clocks.
    public mutating func loaded(_ entries: [OutboxEntry], seen: [WireSealedRows] = [], at now: DeviceInstant) {
        guard phase == .open else { return }
        if var message = upload.take(entries, at: now) {
            message.seen = seen
            actions.append(.send(.upload(message), .changes))
        }
        loadMore()
        endHandIn()
        continueHandingIn()
    }

    /// What `loadLost` asked for.
    mutating func loadedLost(_ lost: LostForms) {
        guard phase == .open, handingIn != nil else { return }
        var salvage = WireSalvage()
        salvage.sealed = lost.rows
        salvage.last = lost.isLast
        handingIn?.underWay = lost
        actions.append(.send(.salvage(salvage), .changes))
    }

    /// Cells are handed in once every changeset is answered: so the hub knows what their writers say of them first.
    mutating func continueHandingIn() {
        guard phase == .open, !isHandIn, var current = handingIn, !current.isLoading, upload.isIdle else { return }
        current.isLoading = true
        handingIn = current
        actions.append(.loadLost(after: 0))
    }

    /// Changes are durable, with their cursor.
    public mutating func stored(cursor: [UInt8], complete: CommitSequence?, lastCounter: UInt64) {
        guard phase == .open else { return }
        var confirm = WireConfirm()
        confirm.cursor = Data(cursor)
        confirm.lastCounter = lastCounter
        actions.append(.send(.confirm(confirm), .urgent))
        if complete != nil, !isCaughtUp {
            isCaughtUp = true
            actions.append(.caughtUp)
        }
    }

    /// What the hub sends cannot be taken. Nothing more is confirmed, so the hub stops sending.
    public mutating func stopReceiving() { isUploadOnly = true }

    /// The schema that was offered is the device's own now: it says so in a new session.
    public mutating func adopted() { end(.updated) }

    /// Receipts are durable.
    public mutating func answered(_ receipts: [Receipt]) {
        for receipt in receipts { upload.answered(receipt.identity) }
        loadMore()
        endHandIn()
        continueHandingIn()
    }

    /// Erasures are carried out, durably.
    public mutating func erased(upTo identity: ChangesetID) {
        guard phase == .open else {
            erasuresDone = identity
            return
        }
        confirm(identity)
    }

    mutating func confirm(_ erasure: ChangesetID) {
        erasuresDone = nil
        var done = WireErasuresDone()
        done.last = Data(erasure.bytes)
        actions.append(.send(.erasuresDone(done), .urgent))
    }

    /// Everything is handed in: there is nothing more to do here without access.
    private mutating func endHandIn() {
        guard isHandIn, upload.isIdle else { return }
        end(.blocked(.revoked("Access of this device was taken away. What was written here has been handed in, and a person looks at it. Contact an administrator.")))
    }

    /// Sends a live value.
    /// - Returns: false if there is no session that takes any.
    mutating func send(_ signal: WireSignal) -> Bool {
        guard phase == .open, hubTakesSignals, hello.takesSignals, !isHandIn else { return false }
        actions.append(.send(.signal(signal), .urgent))
        return true
    }

    /// Asks something about what the device should hold, or answers such a question.
    mutating func say(_ message: WireMessage.OneOf_Body) {
        if phase == .open { actions.append(.send(message, .urgent)) }
    }

    /// Uploads again from a counter on, receipts or not: harmless, and only for tests of that promise.
    public mutating func uploadAgain(from counter: UInt64) {
        guard phase == .open else { return }
        upload.restart(from: counter, beyond: 0)
        loadMore()
    }

    public mutating func tick(at now: DeviceInstant) {
        let waited = now.monotonic - min(since.monotonic, now.monotonic)
        switch phase {
        case .connecting, .ended: break
        case .greeted, .proving:
            if waited >= DeviceLimits.handshakeMilliseconds {
                end(.offline(reason: "The hub did not finish the handshake.", retryAfter: 0))
            }
        case .open:
            if let oldest = upload.waitingSince,
                now.monotonic - min(oldest, now.monotonic) >= DeviceLimits.answerMilliseconds {
                return end(.offline(reason: "The hub did not answer an upload.", retryAfter: 0))
            }
            let last = lastTimeRequest ?? since
            if now.monotonic - min(last.monotonic, now.monotonic) >= DeviceLimits.timeExchangeMilliseconds {
                requestTime(at: now)
            }
        }
    }

    mutating func requestTime(at now: DeviceInstant) {
        lastTimeRequest = now
        var request = WireTimeRequest()
        request.sentMilliseconds = now.wall
        actions.append(.send(.timeRequest(request), .urgent))
    }

    mutating func loadMore() {
        guard phase == .open, let action = upload.nextLoad() else { return }
        actions.append(action)
    }

    mutating func end(_ end: SessionEnd) {
        guard phase != .ended else { return }
        phase = .ended
        actions.append(.end(end))
    }
}

/// Where a device stands that hands in what the hub has lost.
struct HandingIn: Sendable {
    /// The hub's epoch.
    let epoch: UInt32
    /// Everything of the outbox is answered.
    var isLoading = false
    /// What was sent and is not answered.
    var underWay: LostForms?
}

/// What a device says of itself when it opens a session.
public struct SessionHello: Sendable, Equatable {
    public var replica: ReplicaID
    public var hub: ReplicaID
    public var site: Site
    public var epoch: UInt32
    public var schemaVersion: UInt32
    public var lastCounter: UInt64
    public var lastRoot: [UInt8]
    public var cursor: [UInt8]
    public var app: String
    /// The lowest counter without a receipt; nil if all have one.
    public var firstUnanswered: UInt64?
    /// The last erasure that was carried out here.
    public var lastErasure: ChangesetID?
    /// The device takes a later schema; it does not say up to which version.
    public var takesSchemas = false
    /// The device knows live values.
    public var takesSignals = false
    /// The app keeps blobs.
    public var takesBlobs = false
    /// The device sends and takes the changes lane in fragments.
    public var takesFragments = false

    public init(
        replica: ReplicaID, hub: ReplicaID, site: Site, epoch: UInt32, schemaVersion: UInt32, lastCounter: UInt64,
        lastRoot: [UInt8], cursor: [UInt8], app: String, firstUnanswered: UInt64?, lastErasure: ChangesetID? = nil
    ) {
        self.lastErasure = lastErasure
        self.replica = replica
        self.hub = hub
        self.site = site
        self.epoch = epoch
        self.schemaVersion = schemaVersion
        self.lastCounter = lastCounter
        self.lastRoot = lastRoot
        self.cursor = cursor
        self.app = app
        self.firstUnanswered = firstUnanswered
    }

    func message(wall: UInt64) -> WireHello {
        var message = WireHello()
        message.protocolMinimum = ProtocolLimits.versions.lowerBound
        message.protocolMaximum = ProtocolLimits.versions.upperBound
        message.replica = Data(replica.bytes)
        message.site = site
        message.epoch = epoch
        message.schemaVersion = schemaVersion
        message.lastCounter = lastCounter
        message.lastRoot = Data(lastRoot)
        message.cursor = Data(cursor)
        message.app = app
        message.sentMilliseconds = wall
        message.capabilities = [ProtocolLimits.erasuresCapability, ProtocolLimits.repairCapability, ProtocolLimits.sumsCapability]
        if takesFragments { message.capabilities.append(ProtocolLimits.fragmentsCapability) }
        if takesBlobs { message.capabilities.append(ProtocolLimits.blobsCapability) }
        if takesSignals { message.capabilities.append(ProtocolLimits.signalsCapability) }
        if takesSchemas { message.capabilities.append(ProtocolLimits.schemaUpdateCapability) }
        if let lastErasure { message.lastErasure = Data(lastErasure.bytes) }
        return message
    }

    public init(_ replica: DeviceReplica, app: String, firstUnanswered: UInt64?) {
        self.replica = replica.identity.replica
        hub = replica.identity.hub
        site = replica.progress.site
        epoch = replica.progress.epoch
        schemaVersion = replica.schema.version
        lastCounter = replica.progress.lastCounter
        lastRoot = replica.progress.lastRoot
        cursor = replica.progress.cursor
        self.app = app
        self.firstUnanswered = firstUnanswered
        lastErasure = replica.lastErasure
    }
}
