import Foundation
import ReplicationCore
import TestSupport
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// Every message in every state: what the table of the protocol does not name ends the session.
struct SessionStateTests {
    enum State: CaseIterable { case opened, greeting, challenged, open, forking, enrolling, control, ended }

    private static let bodies: [(name: String, body: WireMessage.OneOf_Body)] = [
        ("enrol", .enrol(WireEnrol())), ("enrolled", .enrolled(WireEnrolled())), ("hello", .hello(WireHello())),
        ("challenge", .challenge(WireChallenge())), ("proof", .proof(WireProof())), ("welcome", .welcome(WireWelcome())),
        ("failure", .failure(WireFailure())), ("upload", .upload(WireUpload())), ("confirm", .confirm(WireConfirm())),
        ("digestRequest", .digestRequest(WireDigestRequest())), ("verdicts", .verdicts(WireVerdicts())),
        ("resend", .resend(WireResend())), ("changes", .changes(WireChanges())), ("digests", .digests(WireDigests())),
        ("fork", .fork(WireFork())), ("timeRequest", .timeRequest(WireTimeRequest())),
        ("timeReply", .timeReply(WireTimeReply())), ("controlRequest", .controlRequest(WireControlRequest())),
        ("controlReply", .controlReply(WireControlReply())),
    ]

    /// What each state takes, though what it takes may have contents that end it for another reason.
    private static let taken: [State: Set<String>] = [
        .opened: ["hello", "enrol", "controlRequest", "failure"], .greeting: [], .challenged: ["proof", "failure"],
        .open: ["upload", "confirm", "digestRequest", "failure"], .forking: [], .enrolling: [],
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
        case .open: return (house, try house.open(ann))
        case .forking:
            var device = ann
            try house.office.write(&device, house.office.order(of: ann).1)
            let (connection, challenge) = try house.greet(ann)
            house.isPaused = true
            var proof = WireProof()
            proof.signature = Data(try ReplicaProof.sign(
                ReplicaProof.message(hub: ReplicaID(high: 1, low: 1), replica: ann.replica, nonce: Array(challenge?.nonce ?? Data())),
                privateKey: ann.privateKey))
            try house.say(.proof(proof), on: connection)
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
