import Foundation
import ReplicationCore
import ReplicationEngine
import Testing
import WireProtocol

@Suite struct DeviceSessionTests {
    let start = DeviceInstant(wall: 1_000, monotonic: 1_000, boot: 1)
    static let hub = ReplicaID(high: 7, low: 7)

    func session(lastCounter: UInt64 = 3, firstUnanswered: UInt64? = 2) -> DeviceSession {
        DeviceSession(
            hello: SessionHello(
                replica: ReplicaID(high: 5, low: 5), hub: Self.hub, site: 3, epoch: 1, schemaVersion: 1,
                lastCounter: lastCounter, lastRoot: Array(repeating: 9, count: 32), cursor: [1], app: "test",
                firstUnanswered: firstUnanswered),
            now: start)
    }

    func at(_ milliseconds: UInt64) -> DeviceInstant {
        DeviceInstant(wall: 1_000, monotonic: 1_000 + milliseconds, boot: 1)
    }

    var challenge: WireMessage.OneOf_Body {
        var message = WireChallenge()
        message.nonce = Data(repeating: 4, count: 32)
        message.hub = Data(Self.hub.bytes)
        message.receivedMilliseconds = 50_000
        message.sentMilliseconds = 50_000
        return .challenge(message)
    }

    func welcome(lastCounter: UInt64, window: UInt32 = 1 << 20) -> WireMessage.OneOf_Body {
        var message = WireWelcome()
        message.protocol = 1
        message.lastCounter = lastCounter
        message.uploadWindow = window
        return .welcome(message)
    }

    func entry(_ counter: UInt64, bytes: Int = 10) -> OutboxEntry {
        OutboxEntry(
            position: counter, identity: ChangesetID(high: 1, low: counter), dot: Dot(site: 3, counter: counter),
            predecessor: [], root: [], changeset: Array(repeating: 0, count: bytes), evidence: nil)
    }

    func opened(lastCounter: UInt64 = 1, window: UInt32 = 1 << 20) -> DeviceSession {
        var session = session()
        session.connected(at: start)
        session.received(WireFrame.bytes(challenge), at: at(20))
        session.signed(Array(repeating: 6, count: 64))
        _ = session.takeActions()
        session.received(WireFrame.bytes(welcome(lastCounter: lastCounter, window: window)), at: at(40))
        return session
    }

    @Test func theHandshakeProvesAndMeasures() throws {
        var session = session()
        session.connected(at: start)
        guard case .send(.hello(let hello), .urgent)? = session.takeActions().first else {
            Issue.record("no hello")
            return
        }
        #expect(hello.lastCounter == 3 && hello.site == 3 && hello.protocolMaximum == 1)
        session.received(WireFrame.bytes(challenge), at: at(20))
        #expect(session.takeActions() == [
            .measured(HubClockEstimate(hub: 50_010, monotonic: 1_020, boot: 1, uncertainty: 11)),
            .sign(ReplicaProof.message(hub: Self.hub, replica: ReplicaID(high: 5, low: 5), nonce: Array(repeating: 4, count: 32))),
        ])
        session.signed(Array(repeating: 6, count: 64))
        guard case .send(.proof(let proof), .urgent)? = session.takeActions().first else {
            Issue.record("no proof")
            return
        }
        #expect(proof.signature == Data(repeating: 6, count: 64))
        session.received(WireFrame.bytes(welcome(lastCounter: 1)), at: at(40))
        #expect(session.isOpen)
        // From the first without receipt, and everything that the hub does not hold.
        #expect(session.takeActions().last == .load(from: 2, beyond: 1, bytes: ProtocolLimits.uploadTargetBytes))
    }

    /// A hub may say anything; the device neither believes it nor stops working.
    @Test func whatNoHubCanSayEndsTheSessionAndNothingElse() {
        let session = opened(lastCounter: .max)
        #expect(session.isOpen)
        for (epoch, number) in [(0, UInt64.max), (0x8000, 1), (1, 1 << 48)] as [(UInt32, UInt64)] {
            var session = self.session()
            session.connected(at: start)
            session.received(WireFrame.bytes(challenge), at: at(20))
            session.signed(Array(repeating: 6, count: 64))
            _ = session.takeActions()
            guard case .welcome(var message) = welcome(lastCounter: 1) else { return }
            message.head.epoch = epoch
            message.head.number = number
            session.received(WireFrame.bytes(.welcome(message)), at: at(40))
            guard case .end(.offline)? = session.takeActions().last else {
                Issue.record("believes \(epoch):\(number)")
                continue
            }
        }
    }

    /// Several messages in one frame mean the same as each in its own; a frame that is cut is none.
    @Test func messagesMayComeJoined() {
        var apart = opened(), joined = opened()
        _ = (apart.takeActions(), joined.takeActions())
        var changes = WireChanges()
        changes.cursor = Data([5])
        let frames = [WireFrame.bytes(.changes(changes)), WireFrame.bytes(.verdicts(WireVerdicts())), WireFrame.bytes(.timeRequest(WireTimeRequest()))]
        for frame in frames { apart.received(frame, at: at(50)) }
        joined.received(frames.flatMap { $0 }, at: at(50))
        let actions = apart.takeActions()
        #expect(actions.count == 3)
        #expect(joined.takeActions() == actions)
    }

    @Test func everyPrefixOfAFrameIsTakenOrEndsTheSession() {
        let frame = WireFrame.bytes(welcome(lastCounter: 1)) + WireFrame.bytes(.verdicts(WireVerdicts()))
        for count in 0..<frame.count {
            var session = session()
            session.connected(at: start)
            session.received(WireFrame.bytes(challenge), at: at(20))
            _ = session.takeActions()
            session.received(Array(frame[..<count]), at: at(30))
            let ended = session.takeActions().contains { if case .end = $0 { true } else { false } }
            #expect(ended || count == 0 || session.isOpen)
        }
    }

    @Test func theWindowBoundsWhatIsUnderWay() throws {
        var session = opened(window: 100)
        _ = session.takeActions()
        session.loaded([entry(2, bytes: 60), entry(3, bytes: 40)], at: at(50))
        var actions = session.takeActions()
        guard case .send(.upload(let upload), .changes)? = actions.first else {
            Issue.record("no upload")
            return
        }
        #expect(upload.envelopes.map(\.counter) == [2, 3])
        // Full: nothing more is read before an answer.
        #expect(actions.count == 1)
        let receipt = Receipt(
            identity: ChangesetID(high: 1, low: 2), dot: Dot(site: 3, counter: 2), root: [],
            sequence: CommitSequence(epoch: 1, number: 1), verdicts: [])
        session.answered([receipt])
        #expect(session.takeActions() == [])
        var second = receipt
        second.identity = ChangesetID(high: 1, low: 3)
        session.answered([second])
        actions = session.takeActions()
        #expect(actions == [.load(from: 4, beyond: 1, bytes: 100)])
        session.loaded([], at: at(60))
        #expect(session.isUploadIdle)
        session.outboxGrew()
        #expect(session.takeActions() == [.load(from: 4, beyond: 1, bytes: 100)])
    }

    @Test func aResendStartsFromItsCounter() {
        var session = opened()
        _ = session.takeActions()
        session.loaded([entry(2), entry(3)], at: at(50))
        _ = session.takeActions()
        var resend = WireResend()
        resend.fromCounter = 2
        session.received(WireFrame.bytes(.resend(resend)), at: at(60))
        #expect(session.takeActions() == [.load(from: 2, beyond: 1, bytes: ProtocolLimits.uploadTargetBytes)])
    }

    @Test func aForkIsStoredBeforeTheSessionEnds() {
        var session = session()
        session.connected(at: start)
        session.received(WireFrame.bytes(challenge), at: at(20))
        _ = session.takeActions()
        var fork = WireFork()
        fork.site = 12
        session.received(WireFrame.bytes(.fork(fork)), at: at(30))
        #expect(session.takeActions() == [.adopt(fork), .end(.forked)])
    }

    @Test(arguments: [
        (WireFailureCode.unsupportedProtocol, SessionEnd.blocked(.upgradeApp("m"))),
        (.unknownReplica, .blocked(.enrolAgain("m"))), (.proofFailed, .blocked(.enrolAgain("m"))),
        (.invalidCode, .blocked(.enrolAgain("m"))), (.revoked, .blocked(.revoked("m"))),
        (.replaced, .blocked(.replaced("m"))), (.malformed, .blocked(.defect("m"))), (.tooLarge, .blocked(.defect("m"))),
        (.retryLater, .offline(reason: "m", retryAfter: 9)), (.storage, .offline(reason: "m", retryAfter: 9)),
        (.closing, .offline(reason: "m", retryAfter: 9)), (.schemaTooNew, .offline(reason: "m", retryAfter: 9)),
        (.UNRECOGNIZED(99), .offline(reason: "m", retryAfter: 9)),
    ])
    func eachFailureHasItsAction(code: WireFailureCode, end: SessionEnd) {
        var session = opened()
        _ = session.takeActions()
        var failure = WireFailure()
        failure.code = code
        failure.message = "m"
        failure.retryAfterMilliseconds = 9
        session.received(WireFrame.bytes(.failure(failure)), at: at(50))
        #expect(session.takeActions() == [.end(end)])
    }

    @Test func anotherHubIsNotTrusted() {
        var session = session()
        session.connected(at: start)
        _ = session.takeActions()
        guard case .challenge(var message) = challenge else { return }
        message.hub = Data(ReplicaID(high: 8, low: 8).bytes)
        session.received(WireFrame.bytes(.challenge(message)), at: at(20))
        guard case .end(.blocked(.enrolAgain))? = session.takeActions().last else {
            Issue.record("signed for another hub")
            return
        }
    }

    @Test func silenceEndsHandshakeAndUpload() {
        var greeting = session()
        greeting.connected(at: start)
        _ = greeting.takeActions()
        greeting.tick(at: at(DeviceLimits.handshakeMilliseconds - 1))
        #expect(greeting.takeActions() == [])
        greeting.tick(at: at(DeviceLimits.handshakeMilliseconds))
        #expect(greeting.takeActions().count == 1)

        var waiting = opened()
        waiting.loaded([entry(2)], at: at(50))
        _ = waiting.takeActions()
        waiting.tick(at: at(50 + DeviceLimits.answerMilliseconds))
        guard case .end(.offline)? = waiting.takeActions().last else {
            Issue.record("waits for ever")
            return
        }
    }

    @Test func timeIsMeasuredAgain() {
        var session = opened()
        _ = session.takeActions()
        let due = at(40 + DeviceLimits.timeExchangeMilliseconds)
        session.tick(at: due)
        guard case .send(.timeRequest(let request), .urgent)? = session.takeActions().first else {
            Issue.record("no request")
            return
        }
        var reply = WireTimeReply()
        reply.requestSentMilliseconds = request.sentMilliseconds
        reply.receivedMilliseconds = 700_000
        reply.sentMilliseconds = 700_000
        session.received(WireFrame.bytes(.timeReply(reply)), at: DeviceInstant(wall: 0, monotonic: due.monotonic + 10, boot: 1))
        #expect(session.takeActions() == [
            .measured(HubClockEstimate(hub: 700_005, monotonic: due.monotonic + 10, boot: 1, uncertainty: 6))
        ])
    }
}
