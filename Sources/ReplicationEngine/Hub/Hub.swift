import Crypto
import Foundation
import ReplicationCore
import SwiftProtobuf
import WireProtocol

/// The hub between transport and store: sessions, fan-out and admission. A value: events in, actions out,
/// no waiting, no clock and no randomness of its own. Whoever hosts it feeds it one event at a time.
public struct Hub: Sendable {
    let schema: Schema
    let identity: HubIdentity
    let encoder: ChangeEncoder
    /// By which the hub knows again what it has sent.
    let rowSeal: RowSeal
    /// Lets a connection give administrative commands; nobody but this machine's administrator can read it.
    let controlToken: [UInt8]
    var random: InjectedGenerator
    var identifiers = IdentifierGenerator()

    /// The collection whose rows say in which zones the days of users begin; nil if nothing moves with time.
    let zoneCollection: UInt32?
    var sessions: [ConnectionID: HubSession] = [:]
    /// The connection of each replica that is here.
    var connections: [ReplicaID: ConnectionID] = [:]
    /// Who receives a scope.
    var subscribers: [Scope: Set<ConnectionID>] = [:]
    /// The devices that compare themselves for an administrator.
    var verifications: [ConnectionID: Verification] = [:]
    /// The connections of which nobody knows yet who they are, and those that enrolled and have only to go.
    var unproved: Set<ConnectionID> = []
    /// How many messages what is being received may still hold, with the frames that it completes.
    private var messagesLeft = 0
    /// Whose turn it is to be read something.
    var admission = Admission()
    /// The connections of devices without access that hand in what they have.
    var handingIn: Set<ConnectionID> = []
    /// The last values of live topics.
    var board = SignalBoard()
    /// The changes lanes of sessions whose devices know fragments.
    var lanes: [ConnectionID: SessionLane] = [:]
    /// Set by a host that keeps blobs; without it the hub takes none and gives none.
    public var blobLimits: BlobLimits?
    /// The blobs of open sessions whose devices know them.
    var blobs: [ConnectionID: SessionBlobs] = [:]
    var blobBoard = BlobBoard()
    /// When the hub looks next for blobs that nothing names; nil while it does.
    var nextCollection: UInt64? = 0
    /// The connections to which values have still to be sent.
    var withWaitingSignals: Set<ConnectionID> = []
    /// The orders to erase that are being planned or carried out, with how often that was begun.
    var erasureAttempts: [ChangesetID: Int] = [:]
    /// Work may wait in the store to be judged again: a stop or a failure may have come before that.
    var isToJudgeParked = true
    /// When the next day begins for some users, in Unix milliseconds; nil while that is being found out, or if it is the
    /// same to all.
    var nextDay: UInt64?
    /// The last commit that this value was told of.
    var head: CommitSequence
    var actions: [HubAction] = []
    var now: UInt64 = 0

    /// - Parameters:
    ///   - schema: the hub's.
    ///   - identity: of the hub, with its epoch.
    ///   - head: the store's head when the hub starts.
    ///   - controlToken: by which commands of this machine are known.
    ///   - random: for nonces and identities; must be fit for cryptography outside of simulations.
    public init(
        schema: Schema, identity: HubIdentity, head: CommitSequence, controlToken: [UInt8],
        random: any RandomNumberGenerator & Sendable
    ) {
        self.schema = schema
        self.identity = identity
        self.head = head
        self.controlToken = controlToken
        self.random = InjectedGenerator(source: random)
        let rules = ScopeRules(schema)
        zoneCollection = rules.hasWindows ? rules.zoneCollection ?? schema.userCollection : nil
        nextDay = rules.hasWindows ? 0 : nil
        encoder = ChangeEncoder(schema: schema)
        rowSeal = RowSeal(hub: identity.id, key: SymmetricKey(data: identity.sealKey))
    }

    /// - Parameters:
    ///   - event: what has happened.
    ///   - now: the hub's wall clock in Unix milliseconds.
    public mutating func handle(_ event: HubEvent, now: UInt64) -> [HubAction] {
        self.now = now
        switch event {
        case .transport(let event): handle(event)
        case .committed(let results, let committed):
            for result in results { handle(result) }
            let committers = results.compactMap { result -> ConnectionID? in
                if case .outcomes(let connection, _, _) = result { connection } else { nil }
            }
            fanOut(committed, committers: Set(committers))
        case .commitFailed(let works, let reason): handleFailure(of: works, reason)
        case .hint(let hint): take(hint)
        case .readDone(let result): handle(result)
        case .readFailed(let connection):
            admission.greetingRead(connection)
            admission.pageRead(connection)
            // What exactly failed stands in the hub's log: devices are not told of its files.
            fail(connection, .storage, "The hub could not read its store; its administrator finds the cause in the hub's log.", retryAfter: 5_000)
        case .backedUp(let connection, let request, let path, let keep, let failure):
            finishBackup(at: path, keep: keep, failure: failure, request, connection)
        case .blob(let result): handle(result)
        case .tick:
            keepBlobs()
            endLateHandshakes()
            endHandIns()
            if isToJudgeParked { actions.append(.commit(.judgeParked)) }
            isToJudgeParked = false
            beginDays()
            keepSignals()
            endLateVerifications()
        case .closing:
            for connection in sessions.keys.sorted() {
                fail(connection, .closing, "The hub is closing; connect again later.", retryAfter: 2_000)
            }
        }
        admit()
        defer { actions.removeAll() }
        return actions
    }

    /// Has read what is wanted, as far as it is anybody's turn.
    private mutating func admit() {
        while let connection = admission.nextGreeting() { readRecord(connection) }
        while let connection = admission.nextPage() { readPage(connection) }
    }

    private mutating func handle(_ event: TransportEvent) {
        switch event {
        case .opened(let connection, let peer):
            sessions[connection] = HubSession(phase: .opened, peer: peer, waitingSinceMilliseconds: now)
            unproved.insert(connection)
        case .received(let connection, let bytes):
            let before = lanes[connection]?.incoming.received ?? 0
            messagesLeft = unproved.contains(connection) ? HubLimits.messagesBeforeProof : ProtocolLimits.messagesPerFrame
            receive(bytes, from: connection, isAssembled: false)
            giveCredit(to: connection, beyond: before)
        case .drained: break
        case .closed(let connection, _): forget(connection)
        }
    }

    /// - Parameter isAssembled: the frame came in fragments, and holds none.
    mutating func receive(_ bytes: [UInt8], from connection: ConnectionID, isAssembled: Bool) {
        guard isGoing(connection) else { return }
        // Asked before anything is decoded: an empty message takes two bytes, and is answered with many.
        guard WireFrame.holdsAtMost(messagesLeft, bytes) else {
            return fail(connection, .tooLarge, "A frame, with all that is complete by its fragments, takes \(ProtocolLimits.messagesPerFrame) messages, and \(HubLimits.messagesBeforeProof) before the proof.")
        }
        let frame: WireFrame
        do {
            frame = try WireFrame(serializedBytes: bytes)
        } catch {
            return fail(connection, .malformed, "A message is no Frame of the protocol.")
        }
        messagesLeft -= frame.messages.count
        for message in frame.messages {
            guard let body = message.body else {
                return fail(connection, .malformed, "A frame holds a message of a kind that this hub does not know.")
            }
            receive(body, from: connection, isAssembled: isAssembled)
        }
    }

    private mutating func receive(_ body: WireMessage.OneOf_Body, from connection: ConnectionID, isAssembled: Bool) {
        guard let session = sessions[connection] else { return }
        if case .ending = session.phase { return }
        if case .timeRequest(let request) = body {
            var reply = WireTimeReply()
            reply.requestSentMilliseconds = request.sentMilliseconds
            reply.receivedMilliseconds = now
            reply.sentMilliseconds = now
            return send(.timeReply(reply), to: connection)
        }
        switch (session.phase, body) {
        case (.opened, .hello(let hello)): receive(hello, from: connection)
        case (.opened, .enrol(let enrol)): receive(enrol, from: connection)
        case (.opened, .controlRequest(let request)), (.control, .controlRequest(let request)):
            receive(request, from: connection)
        case (.challenged(let greeting, let record, let nonce), .proof(let proof)):
            receive(proof, greeting, record, nonce, from: connection)
        case (.open(let open), .upload(let upload)): receive(upload, open, from: connection)
        case (.open(let open), .confirm(let confirm)): receive(confirm, open, from: connection)
        case (.open(let open), .erasuresDone(let done)): receive(done, open)
        case (.open(let open), .digestRequest(let request)): receive(request, open, from: connection)
        case (.open(let open), .rangesRequest(let request)): receive(request, open, from: connection)
        case (.open(let open), .rowsRequest(let request)): receive(request, open, from: connection)
        case (.open, .verified(let verified)): receive(verified, from: connection)
        case (.open, .fragment(let fragment)) where !isAssembled: receive(fragment, from: connection)
        case (.open, .received(let received)): receive(received, from: connection)
        case (.open(let open), .signal(let signal)): receive(signal, open, from: connection)
        case (.open, .blobOffer(let offer)): receive(offer, from: connection)
        case (.open, .blobChunk(let chunk)): receive(chunk, from: connection)
        case (.open, .blobRequest(let request)): receive(request, from: connection)
        case (.open, .blobStop(let stop)): receive(stop, from: connection)
        case (.open, .blobReceived(let received)): receive(received, from: connection)
        case (.open(let open), .salvage(let salvage)): receive(salvage, open, from: connection)
        case (.previewing(let subject), .previewRequest(let request)): receive(request, subject, from: connection)
        case (.open, .failure), (.previewing, .failure), (.proved, .failure), (.challenged, .failure), (.opened, .failure):
            actions.append(.close(connection, code: 1000, reason: "the client ended the session"))
            end(connection)
        default:
            // Every other pairing of state and message breaks the table of "The session".
            fail(connection, .malformed, "A message came that this state of the session does not take.")
        }
    }

    // MARK: Sending

    mutating func send(_ body: WireMessage.OneOf_Body, to connection: ConnectionID, lane: Lane = .urgent) {
        // Answers to what was under way when the session ended come too late.
        guard isGoing(connection) else { return }
        switch lane {
        case .urgent: actions.append(.send(connection, WireFrame.bytes(body), lane))
        case .changes, .blobs: sendBulk(WireFrame.bytes(body), to: connection)
        }
    }

    /// True until the connection is gone or was told to go.
    func isGoing(_ connection: ConnectionID) -> Bool {
        switch sessions[connection]?.phase {
        case nil, .ending: false
        case .opened, .enrolling, .greeting, .challenged, .proved, .forking, .open, .previewing, .control: true
        }
    }

    /// Tells a connection what is wrong, and ends it.
    mutating func fail(
        _ connection: ConnectionID, _ code: WireFailureCode, _ message: String, retryAfter: UInt32 = 0
    ) {
        guard isGoing(connection) else { return }
        var failure = WireFailure()
        failure.code = code
        failure.message = message
        failure.retryAfterMilliseconds = retryAfter
        if code == .unsupportedProtocol {
            failure.protocolMinimum = ProtocolLimits.versions.lowerBound
            failure.protocolMaximum = ProtocolLimits.versions.upperBound
        }
        send(.failure(failure), to: connection)
        // 1008: policy violation (RFC 6455, section 7.4.1). The code that counts is in the message.
        actions.append(.close(connection, code: 1008, reason: "see the Failure message"))
        end(connection)
    }

    /// The session is over: what still arrives is ignored, and nothing reaches it any more.
    mutating func end(_ connection: ConnectionID) {
        leave(connection)
        sessions[connection]?.phase = .ending
    }

    private mutating func forget(_ connection: ConnectionID) {
        leave(connection)
        sessions[connection] = nil
    }

    /// Ends sessions that have been open for long and have proved nothing: each takes one of the connections
    /// that devices need.
    private mutating func endLateHandshakes() {
        for connection in unproved.sorted() {
            guard let session = sessions[connection],
                now - min(session.waitingSinceMilliseconds, now) >= HubLimits.handshakeMilliseconds
            else { continue }
            switch session.phase {
            case .opened, .challenged:
                fail(connection, .retryLater, "The session was not opened in time; connect again.", retryAfter: 1_000)
            case .ending:
                actions.append(.close(connection, code: 1000, reason: "enrolled"))
                unproved.remove(connection)
            // It is the hub that they wait for.
            case .enrolling, .greeting, .proved: break
            case .forking, .open, .previewing, .control: break
            }
        }
    }

    /// Takes a connection out of every index.
    private mutating func leave(_ connection: ConnectionID) {
        unproved.remove(connection)
        admission.forget(connection)
        handingIn.remove(connection)
        withWaitingSignals.remove(connection)
        lanes[connection] = nil
        forgetBlobs(of: connection)
        guard case .open(let open) = sessions[connection]?.phase else { return }
        endVerification(of: connection)
        if connections[open.replica.id] == connection { connections[open.replica.id] = nil }
        unsubscribe(connection, from: open.scopes)
    }

    /// Lets days begin that are due. Further off than any day is what was said by a clock that has been set since.
    mutating func beginDays() {
        guard let next = nextDay, now >= next || next - now > 2 * 86_400_000 else { return }
        nextDay = nil
        actions.append(.commit(.beginDays))
    }

    mutating func subscribe(_ connection: ConnectionID, to scopes: Set<Scope>) {
        for scope in scopes { subscribers[scope, default: []].insert(connection) }
    }

    mutating func unsubscribe(_ connection: ConnectionID, from scopes: Set<Scope>) {
        for scope in scopes {
            subscribers[scope]?.remove(connection)
            if subscribers[scope]?.isEmpty ?? false { subscribers[scope] = nil }
        }
    }

    private mutating func handleFailure(of works: [CommitWork], _ reason: String) {
        for work in works {
            switch work {
            case .changesets(let connection, _), .enrol(let connection, _), .fork(let connection, _),
                .salvage(let connection, _, _, _):
                fail(connection, .storage, "The hub could not store it. Nothing is lost: the device keeps it and tries again. The hub's administrator finds the cause in its log.", retryAfter: 5_000)
            case .makeCode(let connection, let request, _), .importLines(let connection, let request, _),
                .revoke(let connection, let request, _), .purge(let connection, let request, _),
                .erase(let connection, let request, _, _),
                .registerBackup(let connection, let request, _, _), .withdrawBackups(let connection, let request, _):
                replyError(reason, request, connection)
            case .judgeParked: isToJudgeParked = true
            case .beginDays: nextDay = 0
            case .confirm, .erasuresDone, .noteSeen, .service: break
            }
        }
    }
}

/// The generator that the host gave, for generic code.
struct InjectedGenerator: RandomNumberGenerator, Sendable {
    var source: any RandomNumberGenerator & Sendable
    mutating func next() -> UInt64 { source.next() }
}
