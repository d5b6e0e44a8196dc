import Foundation
import ReplicationCore
import TestSupport
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// Every message in every state: what the table of the protocol does not name ends the session.
struct SessionStateTests {
    enum State: CaseIterable { case opened, greeting, challenged, proved, open, forking, enrolling, control, ended }

    private static let bodies: [(name: String, body: WireMessage.OneOf_Body)] = [
        ("enrol", .enrol(WireEnrol())), ("enrolled", .enrolled(WireEnrolled())), ("hello", .hello(WireHello())),
        ("challenge", .challenge(WireChallenge())), ("proof", .proof(WireProof())), ("welcome", .welcome(WireWelcome())),
        ("failure", .failure(WireFailure())), ("upload", .upload(WireUpload())), ("confirm", .confirm(WireConfirm())),
        ("digestRequest", .digestRequest(WireDigestRequest())), ("verdicts", .verdicts(WireVerdicts())),
        ("resend", .resend(WireResend())), ("changes", .changes(WireChanges())), ("digests", .digests(WireDigests())),
        ("fork", .fork(WireFork())), ("timeRequest", .timeRequest(WireTimeRequest())),
        ("timeReply", .timeReply(WireTimeReply())), ("controlRequest", .controlRequest(WireControlRequest())),
        ("controlReply", .controlReply(WireControlReply())), ("rangesRequest", .rangesRequest(.with { $0.ranges = [WireKeyRange()] })),
        ("rowsRequest", .rowsRequest(.with { $0.keys = Data(count: 20) })), ("ranges", .ranges(WireRanges())), ("verify", .verify(WireVerify())),
        ("verified", .verified(WireVerified())),
    ]

    /// What each state takes, though what it takes may have contents that end it for another reason.
    private static let taken: [State: Set<String>] = [
        .opened: ["hello", "enrol", "controlRequest", "failure"], .greeting: [], .challenged: ["proof", "failure"],
        .proved: ["failure"],
        .open: ["upload", "confirm", "digestRequest", "rangesRequest", "rowsRequest", "verified", "failure"], .forking: [], .enrolling: [],
        .control: ["controlRequest"], .ended: [],
    ]

    /// A house with one connection in the state.
    private func house(in state: State) throws -> (HubHouse, ConnectionID) {
        let house = try HubHouse()
        let ann = house.office.ann
        switch state {
        case .opened: return (house, try house.connect())
        case .greeting:
            house.isPaused = true
            return (house, try house.greet(ann).0)
        case .challenged: return (house, try house.greet(ann).0)
        case .proved:
            let (connection, challenge) = try house.greet(ann)
            house.isPaused = true
            try house.prove(ann, try #require(challenge), on: connection)
            return (house, connection)
        case .open: return (house, try house.open(ann))
        case .forking:
            var device = ann
            try house.office.write(&device, house.office.order(of: ann).1)
            let (connection, challenge) = try house.greet(ann)
            house.isPaused = true
            try house.prove(ann, try #require(challenge), on: connection)
            try house.workOnce()
            return (house, connection)
        case .enrolling:
            house.isPaused = true
            let connection = try house.connect()
            var enrol = WireEnrol()
            enrol.protocol = 1
            enrol.publicKey = Data(repeating: 1, count: 32)
            try house.say(.enrol(enrol), on: connection)
            return (house, connection)
        case .control:
            let connection = try house.connect()
            var request = WireControlRequest()
            request.token = Data([1, 2, 3])
            try house.say(.controlRequest(request), on: connection)
            return (house, connection)
        case .ended:
            let connection = try house.connect()
            try house.say(.welcome(WireWelcome()), on: connection)
            return (house, connection)
        }
    }

    @Test(arguments: State.allCases)
    func aMessageThatTheStateDoesNotTakeEndsIt(state: State) throws {
        for (name, body) in Self.bodies {
            let (house, connection) = try house(in: state)
            house.forgetSent()
            let closedBefore = house.closed.count
            try house.say(body, on: connection)
            if state == .ended {
                #expect(house.sent.isEmpty && house.closed.count == closedBefore, "\(name) after the end")
            } else if name == "timeRequest" {
                #expect(house.failure(connection) == nil)
                guard case .timeReply = house.to(connection).first else { return #expect(Bool(false), "\(state)") }
            } else if Self.taken[state]?.contains(name) == true {
                // Empty messages may be wrong in themselves; here it counts that the state takes them.
                if state == .open { #expect(house.failure(connection) == nil, "\(name)") }
                #expect(house.failure(connection) != .malformed || name == "hello" || name == "enrol", "\(name) in \(state)")
            } else {
                #expect(house.failure(connection) == .malformed, "\(name) in \(state)")
                #expect(house.closed.last == connection)
                // And it stays ended, whatever was still under way.
                house.forgetSent()
                house.isPaused = false
                try house.work()
                try house.say(.hello(house.hello(house.office.ann)), on: connection)
                #expect(house.to(connection).isEmpty, "\(name) in \(state)")
            }
        }
    }

    /// Whoever ends the session, nothing is looked for there any more.
    @Test func aClientThatEndsTheSessionIsForgotten() throws {
        let house = try HubHouse()
        var ann = house.office.ann
        let first = try house.open(ann)
        try house.say(.digestRequest(WireDigestRequest()), on: first)
        try house.say(.failure(WireFailure()), on: first)
        #expect(house.hub.connections.isEmpty && house.hub.subscribers.isEmpty)
        #expect(house.closed == [first])
        house.forgetSent()
        let second = try house.open(house.office.bob)
        try house.office.write(&ann, house.office.order(of: ann).1)
        try house.handle(.transport(.closed(first, .lost("gone"))))
        #expect(house.to(first).isEmpty && house.failure(second) == nil)
        #expect(Set(house.hub.sessions.keys) == [second])
    }

    // MARK: Before the proof

    @Test func aSessionThatIsNotOpenedInTimeEnds() throws {
        let house = try HubHouse()
        let silent = try house.connect()
        let (challenged, _) = try house.greet(house.office.ann)
        let open = try house.open(house.office.bob)
        house.office.wall += HubLimits.handshakeMilliseconds - 1
        try house.handle(.tick)
        #expect(house.closed.isEmpty)
        // Being asked the time, or for a pong, is no progress.
        try house.say(.timeRequest(WireTimeRequest()), on: silent)
        house.office.wall += 1
        try house.handle(.tick)
        #expect(house.closed == [silent, challenged])
        #expect(house.failure(silent) == .retryLater && house.failure(challenged) == .retryLater)
        #expect(house.failure(open) == nil)
        // A clock that was set back lets nobody wait for ever, and one that jumps ahead ends no open session.
        let late = try house.connect()
        house.office.wall -= 1_000_000
        try house.handle(.tick)
        #expect(!house.closed.contains(late))
        house.office.wall += 10_000_000
        try house.handle(.tick)
        #expect(house.closed.last == late && house.failure(open) == nil)
        #expect(house.hub.unproved.isEmpty)
    }

    @Test func whoHasEnrolledIsToGo() throws {
        let (house, connection) = try house(in: .enrolling)
        house.isPaused = false
        try house.work()
        // The code was wrong; one that is right is answered and not closed by the hub.
        #expect(house.closed == [connection])
        let record = try #require(house.office.store.now.replicasByID[house.office.ann.replica])
        let other = try house.connect()
        house.hub.answerEnrolment(record, other)
        #expect(!house.closed.contains(other))
        house.office.wall += HubLimits.handshakeMilliseconds
        try house.handle(.tick)
        #expect(house.closed.contains(other))
    }

    @Test func aFrameHoldsSoManyMessagesAndNoMore() throws {
        let house = try HubHouse()
        let request = WireFrame.bytes(.timeRequest(WireTimeRequest()))
        func frame(_ count: Int) -> [UInt8] { Array(repeatElement(request, count: count).joined()) }
        let stranger = try house.connect()
        try house.handle(.transport(.received(stranger, frame(HubLimits.messagesBeforeProof))))
        #expect(house.to(stranger).count == HubLimits.messagesBeforeProof)
        try house.handle(.transport(.received(stranger, frame(1_000_000))))
        #expect(house.failure(stranger) == .tooLarge)
        #expect(house.to(stranger).count == HubLimits.messagesBeforeProof + 1)
        let known = try house.open(house.office.ann)
        house.forgetSent()
        try house.handle(.transport(.received(known, frame(ProtocolLimits.messagesPerFrame))))
        #expect(house.to(known).count == ProtocolLimits.messagesPerFrame)
        try house.handle(.transport(.received(known, frame(ProtocolLimits.messagesPerFrame + 1))))
        #expect(house.failure(known) == .tooLarge)
        #expect(HubLimits.areConsistent)
    }

    @Test func bytesThatAreNoFrame() throws {
        var random = SplitMix64(seed: 51)
        for state in State.allCases where state != .ended {
            let (house, connection) = try house(in: state)
            try house.handle(.transport(.received(connection, [0xFF, 0xFF, 0xFF])))
            #expect(house.failure(connection) == .malformed)
            #expect(house.closed.last == connection)
        }
        // Noise never traps, and never opens anything.
        for _ in 0..<500 {
            let (house, connection) = (try HubHouse(), ConnectionID(rawValue: 1))
            _ = try house.connect()
            try house.handle(.transport(.received(connection, random.bytes(Int(random.next() % 60)))))
            #expect(house.welcome(connection) == nil)
        }
    }

    @Test func aMessageOfAnUnknownKind() throws {
        let house = try HubHouse()
        let connection = try house.connect()
        try house.handle(.transport(.received(connection, [0x0A, 0x00])))
        #expect(house.failure(connection) == .malformed)
    }

    @Test func eventsOfConnectionsThatAreGone() throws {
        let house = try HubHouse()
        let connection = try house.open(house.office.ann)
        house.isPaused = true
        try house.say(.digestRequest(WireDigestRequest()), on: connection)
        var device = house.office.ann
        try house.upload([try house.office.envelope(&device, house.office.order(of: device).1)], on: connection)
        try house.handle(.transport(.closed(connection, .lost("cable"))))
        house.forgetSent()
        try house.work()
        try house.handle(.readFailed(connection))
        #expect(house.sent.isEmpty)
        #expect(house.office.store.now.replicasByID[device.replica]?.lastCounter == 1, "what was committed stands")
    }

    @Test func closingTellsEveryone() throws {
        let house = try HubHouse()
        let connections = [try house.open(house.office.ann), try house.connect(), try house.open(house.office.bob)]
        try house.handle(.closing)
        for connection in connections { #expect(house.failure(connection) == .closing) }
        #expect(house.closed == connections)
    }

    @Test func aStoreThatFailsLosesNothing() throws {
        let house = try HubHouse()
        let connection = try house.open(house.office.ann)
        house.isPaused = true
        var device = house.office.ann
        let envelope = try house.office.envelope(&device, house.office.order(of: device).1)
        try house.upload([envelope], on: connection)
        guard case .commit(let work) = try #require(house.waiting.first) else { return #expect(Bool(false)) }
        try house.handle(.commitFailed([work], reason: "The disk is full."))
        #expect(house.failure(connection) == .storage)
        #expect(house.receipts(connection).isEmpty, "nothing is acknowledged that is not durable")
    }
}
