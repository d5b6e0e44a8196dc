import Foundation
import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

struct HandshakeTests {
    private let house: HubHouse
    private var ann: Office.Device { house.office.ann }

    init() throws { house = try HubHouse() }

    @Test func aSessionOpens() throws {
        let connection = try house.open(ann)
        let welcome = try #require(house.welcome(connection))
        #expect(welcome.lastCounter == 0 && welcome.epoch == 1 && welcome.protocol == 1)
        #expect(welcome.scopes == ["all:all", "user:\(ann.user)"])
        #expect(try welcome.head.core() == house.office.head)
        let changes = house.changes(connection)
        #expect(changes.count == 1)
        #expect(try changes[0].restart && changes[0].complete.core() == house.office.head && !changes[0].live)
        #expect(try house.rows(changes).keys.count { $0.collection == OfficeSchema.users } == 3)
        #expect(house.closed.isEmpty)
    }

    @Test func theChallengeCarriesTheHubsTimes() throws {
        let (connection, challenge) = try house.greet(ann)
        #expect(challenge?.nonce.count == 32)
        #expect(challenge?.receivedMilliseconds == house.office.wall)
        #expect(challenge?.hub == Data(ReplicaID(high: 1, low: 1).bytes))
        let (_, second) = try house.greet(ann)
        #expect(challenge?.nonce != second?.nonce, "a nonce is used once")
        #expect(house.failure(connection) == nil, "nobody has proved to be the same device")
    }

    @Test func whoCannotProveItIsTurnedAway() throws {
        var other = ann
        for signature in [Data(), Data(repeating: 1, count: 64)] {
            let (connection, _) = try house.greet(other)
            var proof = WireProof()
            proof.signature = signature
            try house.say(.proof(proof), on: connection)
            #expect(house.failure(connection) == .proofFailed)
            #expect(house.closed.contains(connection))
        }
        // With the key of another device.
        other = Office.Device(
            replica: ann.replica, user: ann.user, role: ann.role, site: ann.site, privateKey: house.office.bob.privateKey)
        #expect(house.failure(try house.open(other)) == .proofFailed)
    }

    @Test func whoIsUnknownIsTurnedAway() throws {
        var hello = house.hello(ann)
        hello.replica = Data(ReplicaID(high: 7, low: 7).bytes)
        #expect(house.failure(try house.greet(ann, hello).0) == .unknownReplica)
        hello.replica = Data(ReplicaID(high: 1, low: 1).bytes)
        #expect(house.failure(try house.greet(ann, hello).0) == .unknownReplica, "the hub's own replica")
        hello.replica = Data([1])
        #expect(house.failure(try house.greet(ann, hello).0) == .malformed)
    }

    @Test func versionsMustMeet() throws {
        var hello = house.hello(ann)
        hello.protocolMinimum = 2
        hello.protocolMaximum = 3
        let (connection, _) = try house.greet(ann, hello)
        #expect(house.failure(connection) == .unsupportedProtocol)
        hello = house.hello(ann)
        hello.protocolMaximum = 9
        #expect(try house.greet(ann, hello).1 != nil, "ranges that overlap suffice")
        hello.schemaVersion = house.office.schema.version + 1
        #expect(house.failure(try house.greet(ann, hello).0) == .schemaTooNew)
        hello.schemaVersion = 1
        #expect(try house.greet(ann, hello).1 != nil, "an old app may hand in its work")
    }

    @Test func aNewConnectionReplacesTheOldOne() throws {
        let first = try house.open(ann)
        let second = try house.open(ann)
        #expect(house.failure(first) == .replaced)
        #expect(house.closed == [first])
        #expect(house.failure(second) == nil)
        // The end of the old one does not take the new one out of the indexes.
        try house.handle(.transport(.closed(first, .lost("gone"))))
        house.forgetSent()
        let (_, operations) = house.office.order(of: ann)
        var device = ann
        try house.upload([try house.office.envelope(&device, operations)], on: second)
        #expect(house.receipts(second).count == 1)
        #expect(house.changes(second).count == 1)
        try house.upload([], on: first)
        #expect(house.to(first).isEmpty)
    }

    @Test func aCursorResumesAndAForeignOneStartsAnew() throws {
        let connection = try house.open(ann)
        let cursor = try #require(house.changes(connection).last).cursor
        var device = ann
        let (order, operations) = house.office.order(of: ann)
        try house.office.write(&device, operations)
        var hello = house.hello(device)
        hello.cursor = cursor
        let resumed = house.changes(try house.open(device, hello))
        #expect(resumed.allSatisfy { !$0.restart })
        #expect(try Array(house.rows(resumed).keys) == [order])
        for foreign in [Data([1, 2, 3]), Data(repeating: 9, count: 20), cursor.dropLast() + [cursor[cursor.endIndex - 1] ^ 1]] {
            hello.cursor = foreign
            let anew = house.changes(try house.open(device, hello))
            #expect(anew.first?.restart == true)
            #expect(try house.rows(anew).count > 1)
        }
        // Of a hub that lost what it said: a sequence beyond the head.
        hello.cursor = Data(CatchUpCursor(complete: CommitSequence(epoch: 1, number: 999)).bytes) + cursor.suffix(8)
        #expect(house.failure(try house.open(device, hello)) == .retryLater)
    }

    /// A sequence that no hub can have given, with the fingerprint that the device knows from its own cursors.
    @Test(arguments: [
        CommitSequence(epoch: 0, number: .max), CommitSequence(epoch: 0, number: 1 << 63),
        CommitSequence(epoch: 0, number: 1), CommitSequence(epoch: 1, number: 1 << 48),
        CommitSequence(epoch: 0x8000, number: 1),
    ])
    func aCursorThatNobodyGaveStartsAnew(sequence: CommitSequence) throws {
        let own = try #require(house.changes(try house.open(ann)).last).cursor
        var hello = house.hello(ann)
        hello.cursor = Data(CatchUpCursor(complete: sequence).bytes) + own.suffix(8)
        let anew = house.changes(try house.open(ann, hello))
        #expect(anew.first?.restart == true)
    }

    // MARK: Between hello and proof

    private func promote(_ device: Office.Device) throws {
        let line = ImportBatch.Line(number: 1, rows: [.init(
            collection: "users", row: device.user, fields: [("role", .text("dispatcher"))], sets: [], fillsOnly: false)])
        let batch = ImportBatch(job: ChangesetID(high: 4, low: house.office.wall), isDryRun: false, lines: [line])
        let (committed, results) = try house.office.decide([.importLines(ConnectionID(rawValue: 77), request: 1, batch)])
        #expect(committed.resubscribed == [device.user])
        try house.handle(.committed(results, committed))
    }

    /// The client chooses how long it takes to answer a challenge.
    @Test func whatADeviceReceivesIsReadWhenItHasProvedItself() throws {
        let (connection, challenge) = try house.greet(ann)
        try promote(ann)
        try house.prove(ann, try #require(challenge), on: connection)
        let scopes: Set = ["all:all", "user:\(ann.user)", "customer:\(ann.user)"]
        #expect(Set(try #require(house.welcome(connection)).scopes) == scopes)
    }

    @Test func whatChangesWhileItIsReadIsReadAgain() throws {
        let (connection, challenge) = try house.greet(ann)
        house.isPaused = true
        try house.prove(ann, try #require(challenge), on: connection)
        guard case .read(let work) = try #require(house.waiting.first) else { return #expect(Bool(false)) }
        let old = try house.office.store.read { try HubReading(schema: house.office.schema).perform(work, $0) }
        try promote(ann)
        try house.handle(.readDone(old))
        #expect(house.welcome(connection) == nil)
        house.isPaused = false
        try house.work()
        #expect(house.welcome(connection)?.scopes.contains("customer:\(ann.user)") == true)
    }

    @Test func whoIsRevokedBeforeTheProofIsShownNothing() throws {
        let (connection, challenge) = try house.greet(ann)
        house.office.store.change { $0.replicasByID[house.office.ann.replica]?.isRevoked = true }
        try house.prove(ann, try #require(challenge), on: connection)
        #expect(house.welcome(connection)?.scopes == [] && house.welcome(connection)?.capabilities.contains("hand-in") == true)
        #expect(house.changes(connection).isEmpty)
    }

    @Test func aCursorOfAnyLengthIsNotKept() throws {
        var hello = house.hello(ann)
        hello.cursor = Data(repeating: 1, count: 100_000)
        hello.lastRoot = Data(repeating: 1, count: 100_000)
        let (connection, _) = try house.greet(ann, hello)
        guard case .challenged(let greeting, _, _) = house.hub.sessions[connection]?.phase else { return #expect(Bool(false)) }
        #expect(greeting.cursor.isEmpty && greeting.lastRoot.count == 33)
    }

    // MARK: Forks

    @Test func aStreamThatHasSplitGetsANewSite() throws {
        var device = ann
        let (_, operations) = house.office.order(of: ann)
        try house.office.write(&device, operations)
        // Restored to before its first changeset, and cloned with another one.
        var cloned = device
        cloned.root = [UInt8](repeating: 5, count: 32)
        var sites: [UInt32] = []
        for fork in [ann, cloned] {
            let connection = try house.open(fork)
            let found = house.to(connection).compactMap { body -> UInt32? in if case .fork(let fork) = body { fork.site } else { nil } }
            #expect(found.count == 1)
            #expect(house.closed.contains(connection))
            #expect(house.welcome(connection) == nil)
            sites += found
        }
        // The second still says the old site: it is told the new one again, and takes no further.
        #expect(sites == [4, 4])
        device = ann
        device.site = 4
        #expect(house.welcome(try house.open(device)) != nil)
    }

    @Test func aDeviceThatIsAheadOfTheHubIsNoFork() throws {
        var device = ann
        let (_, operations) = house.office.order(of: ann)
        _ = try house.office.envelope(&device, operations)
        #expect(house.welcome(try house.open(device))?.lastCounter == 0)
    }

    /// A session is of the site under which it was opened. What still comes in it when a copy of the device has
    /// forked is not taken under the new one.
    @Test func aForkEndsTheSessionsOfTheFormerSite() throws {
        var ann = ann
        try house.office.write(&ann, house.office.order(of: ann).1)
        let stale = try house.open(ann)
        // The other copy's record is read, and while it waits for its commit the first one connects again.
        var copy = ann
        copy.site = 99
        house.isPaused = true
        let (forking, _) = try house.greet(copy)
        try house.work()
        let challenge = house.to(forking).compactMap { if case .challenge(let challenge) = $0 { challenge } else { nil } }.last
        try house.prove(copy, try #require(challenge), on: forking)
        try house.workOnce()
        #expect(house.failure(stale) == .replaced)
        house.isPaused = false
        let open = try openBeforeWork(ann)
        #expect(house.failure(open) == .retryLater)
    }

    /// - Returns: a session that is opened before the commits that wait.
    private func openBeforeWork(_ device: Office.Device) throws -> ConnectionID {
        let commits = house.takeWaiting()
        let connection = try house.open(device)
        #expect(house.welcome(connection) != nil)
        try house.perform(commits)
        return connection
    }

    // MARK: Enrolment

    @Test func aCodeEnrolsOnce() throws {
        let control = try house.connect()
        var request = WireControlRequest()
        request.token = Data([1, 2, 3])
        request.request = 5
        request.enrol.user = ann.user.description
        try house.say(.controlRequest(request), on: control)
        guard case .controlReply(let reply) = try #require(house.to(control).last) else { return #expect(Bool(false)) }
        #expect(reply.request == 5 && reply.enrolment.role == "technician")
        var enrol = WireEnrol()
        enrol.protocol = 1
        enrol.code = reply.enrolment.code.lowercased().replacingOccurrences(of: "-", with: " ")
        enrol.publicKey = Data(ReplicaProof.makeKeys().publicKey)
        enrol.deviceName = "phone"
        let first = try house.connect()
        try house.say(.enrol(enrol), on: first)
        guard case .enrolled(let enrolled) = try #require(house.to(first).last) else { return #expect(Bool(false)) }
        #expect(enrolled.site == 4 && enrolled.role == OfficeSchema.technician && enrolled.schema == "text")
        // The same device, to which the answer was lost, is told the same again.
        let second = try house.connect()
        try house.say(.enrol(enrol), on: second)
        #expect(try #require(house.to(second).last) == .enrolled(enrolled))
        enrol.publicKey = Data(ReplicaProof.makeKeys().publicKey)
        let another = try house.connect()
        try house.say(.enrol(enrol), on: another)
        #expect(house.failure(another) == .invalidCode)
        enrol.publicKey = Data([1])
        let third = try house.connect()
        try house.say(.enrol(enrol), on: third)
        #expect(house.failure(third) == .malformed)
    }

    @Test func codesExpire() throws {
        let control = try house.connect()
        var request = WireControlRequest()
        request.token = Data([1, 2, 3])
        request.enrol.user = "user 1"
        request.enrol.validSeconds = 60
        try house.say(.controlRequest(request), on: control)
        guard case .controlReply(let reply) = try #require(house.to(control).last) else { return #expect(Bool(false)) }
        house.office.wall += 61_000
        var enrol = WireEnrol()
        enrol.protocol = 1
        enrol.code = reply.enrolment.code
        enrol.publicKey = Data(ReplicaProof.makeKeys().publicKey)
        let connection = try house.connect()
        try house.say(.enrol(enrol), on: connection)
        #expect(house.failure(connection) == .invalidCode)
    }

    @Test func commandsNeedTheToken() throws {
        for token in [Data(), Data([1, 2]), Data([1, 2, 4]), Data([1, 2, 3, 4])] {
            let connection = try house.connect()
            var request = WireControlRequest()
            request.token = token
            request.status = WireStatusCommand()
            try house.say(.controlRequest(request), on: connection)
            #expect(house.failure(connection) == .proofFailed)
        }
        let connection = try house.connect()
        var request = WireControlRequest()
        request.token = Data([1, 2, 3])
        request.status = WireStatusCommand()
        try house.say(.controlRequest(request), on: connection)
        guard case .controlReply(let reply) = try #require(house.to(connection).last) else { return #expect(Bool(false)) }
        let status = try JSONSerialization.jsonObject(with: Data(reply.status.utf8)) as? [String: Any]
        #expect(status?["hub"] as? String == "office")
    }
}
