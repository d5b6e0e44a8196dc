import Foundation
import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// Access that is taken away for cause: at once, and without losing what was written.
struct RevocationTests {
    private let house: HubHouse
    private let office: Office

    init() throws {
        house = try HubHouse()
        office = house.office
    }

    @Test func aConnectedDeviceIsShownNothingFromThenOn() throws {
        let connection = try house.open(office.ann), bobs = try house.open(office.bob)
        house.forgetSent()
        let report = try house.revoke(device: "ann")
        #expect(report["devices"] as? [String] == ["ann"])
        #expect(house.failure(connection) == .revoked && house.closed == [connection])
        #expect(house.failure(bobs) == nil)
        let act = try #require(try house.lastAct())
        #expect(act.kind == .revoke && act.administrator == "root" && act.reason == "test" && act.subject == office.ann.replica.bytes)
        house.forgetSent()
        var dora = office.dora
        try office.write(&dora, office.order(of: office.ann).1)
        #expect(house.to(connection).isEmpty)
        #expect(try house.error(HubHouse.revoking(device: "ann"))?.contains("already") == true)
        #expect(try house.error(HubHouse.revoking(device: "nobody"))?.contains("No device") == true)
        #expect(try house.error(HubHouse.revoking(device: "ann", user: "ann")) != nil)
    }

    @Test func whatItHadNotHandedInGoesToQuarantineWhole() throws {
        var ann = office.ann
        let (order, create) = office.order(of: ann)
        try office.write(&ann, create)
        let written = [
            try office.envelope(&ann, [office.set(order, 1, .text("written offline"))]),
            try office.envelope(&ann, office.order(of: ann, title: "new one").1),
        ]
        try house.revoke(device: "ann")
        let connection = try house.open(ann)
        #expect(house.welcome(connection)?.capabilities.contains(ProtocolLimits.handInCapability) == true)
        try house.upload(written, on: connection)
        let receipts = try house.receipts(connection).map { try ReceiptCodec.decode($0) }
        #expect(receipts.map(\.rules) == [[.revoked], [.revoked, .revoked, .revoked]])
        #expect(office.store.now.quarantine.count == 4)
        #expect(office.value(order, "title") == .text("order"))
        // It was shown nothing: neither rows nor digests.
        try house.say(.digestRequest(WireDigestRequest()), on: connection)
        #expect(house.changes(connection).isEmpty)
        #expect(!house.to(connection).contains { if case .digests = $0 { true } else { false } })
        // And it is told to go when nothing more comes.
        #expect(house.failure(connection) == nil)
        office.wall += HubLimits.handedInMilliseconds
        try house.handle(.tick)
        #expect(house.failure(connection) == .revoked)
        // Handing in again gets the same verdicts.
        let again = try house.open(ann)
        try house.upload(written, on: again)
        #expect(house.receipts(again) == house.receipts(connection) && office.store.now.quarantine.count == 4)
    }

    @Test func whoHasMoreToHandInIsWaitedFor() throws {
        var ann = office.ann
        let written = [
            try office.envelope(&ann, office.order(of: ann).1), try office.envelope(&ann, office.order(of: ann).1),
        ]
        try house.revoke(device: "ann")
        let connection = try house.open(ann)
        try house.upload([written[0]], on: connection)
        office.wall += HubLimits.handedInMilliseconds * 5
        try house.handle(.tick)
        #expect(house.failure(connection) == nil)
        try house.upload([written[1]], on: connection)
        office.wall += HubLimits.handedInMilliseconds
        try house.handle(.tick)
        #expect(house.failure(connection) == .revoked)
    }

    @Test func anUploadUnderWayIsJudgedAsOfTheRevocation() throws {
        var ann = office.ann
        let connection = try house.open(ann)
        house.isPaused = true
        try house.upload([try office.envelope(&ann, office.order(of: ann).1)], on: connection)
        house.isPaused = false
        try office.decide([.revoke(ConnectionID(rawValue: 0), request: 0, RevocationOrder(.device("ann"), reason: "", administrator: ""))])
        try house.work()
        #expect(office.store.now.quarantine.allSatisfy { $0.refusal.rule == .revoked } && office.store.now.quarantine.count == 3)
    }

    @Test func aPreviewShowsNothingEither() throws {
        var hello = house.hello(office.ann)
        hello.preview = true
        let open = try house.open(office.ann, hello)
        try house.revoke(device: "ann")
        #expect(house.failure(open) == .revoked)
        #expect(house.failure(try house.open(office.ann, hello)) == .revoked)
    }

    @Test func aSessionOnItsWayIsToldAsWell() throws {
        let (connection, challenge) = try house.greet(office.ann)
        house.isPaused = true
        try house.prove(office.ann, try #require(challenge), on: connection)
        // The record is being read; what was read is out of date.
        guard case .read(let work) = try #require(house.waiting.first) else { return #expect(Bool(false)) }
        let old = try office.store.read { try HubReading(schema: office.schema).perform(work, $0) }
        let (committed, results) = try office.decide([.revoke(
            ConnectionID(rawValue: 0), request: 0, RevocationOrder(.device("ann"), reason: "", administrator: ""))])
        try house.handle(.committed(results, committed))
        try house.handle(.readDone(old))
        house.isPaused = false
        try house.work()
        #expect(house.welcome(connection)?.scopes.isEmpty ?? true)
        #expect(house.changes(connection).isEmpty)
    }

    @Test func aUserIsRevokedWithAllDevicesAndCodes() throws {
        let code = Array("code".utf8)
        try office.decide([.makeCode(ConnectionID(rawValue: 0), request: 0, CodeRequest(
            user: "user 1", codeHash: code, code: "code", expiresMilliseconds: office.wall + 1_000_000))])
        let report = try house.revoke(user: "user 1")
        #expect(report["devices"] as? [String] == ["ann"] && report["name"] as? String == "user 1")
        func enrol(_ hash: [UInt8]) throws -> CommitResult? {
            try office.decide([.enrol(ConnectionID(rawValue: 0), EnrolmentClaim(
                codeHash: hash, publicKey: [], name: "second", replica: ReplicaID(high: 8, low: 8)))]).1.first
        }
        guard case .enrolmentRefused = try enrol(code) else { return #expect(Bool(false)) }
        guard case .controlRefused = try office.decide([.makeCode(ConnectionID(rawValue: 0), request: 0, CodeRequest(
            user: "user 1", codeHash: [1], code: "code", expiresMilliseconds: office.wall + 1_000_000))]).1.first
        else { return #expect(Bool(false)) }
        try house.revoke(user: "user 1", reinstate: true)
        guard case .enrolled = try enrol(code) else { return #expect(Bool(false)) }
    }

    @Test func aDeviceThatWasRevokedByItselfStaysOutWithItsUserBack() throws {
        try house.revoke(device: "ann")
        try house.revoke(user: "user 1")
        #expect(try house.error(HubHouse.revoking(device: "ann", reinstate: true))?.contains("user") == true)
        try house.revoke(user: "user 1", reinstate: true)
        #expect(try office.store.now.replica(office.ann.replica)?.isRevoked == true)
        try house.revoke(device: "ann", reinstate: true)
        #expect(try office.store.now.replica(office.ann.replica)?.isRevoked == false)
        #expect(try house.lastAct()?.kind == .reinstate)
        #expect(try office.store.now.revocations().isEmpty)
        let connection = try house.open(office.ann)
        #expect(!house.changes(connection).isEmpty)
    }

    @Test func aHandInEndsWhenAccessIsGivenBack() throws {
        try house.revoke(device: "ann")
        let connection = try house.open(office.ann)
        try house.revoke(device: "ann", reinstate: true)
        #expect(house.failure(connection) == .retryLater)
    }

    /// Waiting work of a device without access is not released by machine, and follows when it has access again.
    @Test func waitingWorkWaitsForAccess() throws {
        var ann = office.ann
        let (order, create) = office.order(of: ann)
        // An edit whose order nobody knows yet.
        #expect(try office.write(&ann, [office.set(order, 1, .text("second"), seen: Context())]).rules == [.rowUnknown])
        try house.revoke(device: "ann")
        var dora = office.dora
        try office.write(&dora, create)
        #expect(office.value(order, "title") == .text("order"))
        try house.revoke(device: "ann", reinstate: true)
        #expect(office.store.now.quarantine.isEmpty)
        #expect(office.row(order)?[Part(group: 1)]?.siblings.count == 2)
    }

    @Test func anotherGatewayIsTold() throws {
        let connection = try house.open(office.ann)
        let (committed, _) = try office.decide([.revoke(
            ConnectionID(rawValue: 0), request: 0, RevocationOrder(.device("ann"), reason: "", administrator: ""))])
        try house.handle(.hint(CommitHint(scopes: [], head: committed.head, concernsReplicas: true)))
        #expect(house.failure(connection) == .revoked)
    }

    @Test func administratorsSeeWhatWasHandedIn() throws {
        var ann = office.ann
        let envelope = try office.envelope(&ann, office.order(of: ann, title: "left behind").1)
        try house.revoke(device: "ann")
        try house.upload([envelope], on: try house.open(ann))
        var command = WireQuarantineCommand()
        command.rule = "revoked"
        command.device = "ann"
        command.limit = 10
        let report = try house.report(.quarantine(command))
        let operations = try #require(report["operations"] as? [[String: Any]])
        #expect(report["count"] as? Int == 3 && operations.contains { $0["value.title"] as? String == "left behind" })
        command.device = "bob"
        #expect(try house.report(.quarantine(command))["count"] as? Int == 0)
        guard case .status(let json)? = try house.command(.status(WireStatusCommand())) else { return #expect(Bool(false)) }
        #expect(json.contains("\"revokedBy\":\"root\"") && json.contains("\"quarantined\":3"))
    }
}
