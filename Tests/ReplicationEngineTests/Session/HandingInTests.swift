import Crypto
import Foundation
import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// How a device and a restored hub talk.
struct HandingInTests {
    private let house: HubHouse
    private let key: RowKey
    private let lost: RowState

    /// A hub that goes back behind an order of Ann's.
    init() throws {
        house = try HubHouse()
        let office = house.office
        let backup = office.store.now
        let (key, order) = office.order(of: office.ann)
        try office.ann(order)
        self.key = key
        lost = try #require(office.row(key))
        office.store.change { $0.restore(to: backup.head, from: backup) }
        let state = office.store.now
        house.hub = Hub(
            schema: office.schema, identity: state.hub, head: state.head, controlToken: [1, 2, 3],
            random: InjectedGenerator(source: SystemRandomNumberGenerator()))
    }

    private func hello(_ device: Office.Device, epoch: UInt32) -> WireHello {
        var hello = house.hello(device)
        hello.epoch = epoch
        return hello
    }

    /// Ann's device as it goes on after the hub has told it of the restore.
    private func forked() throws -> Office.Device {
        let connection = try house.open(house.office.ann, hello(house.office.ann, epoch: 1))
        let fork = try #require(house.to(connection).compactMap {
            if case .fork(let fork) = $0 { fork } else { nil }
        }.last)
        #expect(fork.epoch == 2 && fork.site > house.office.store.now.hub.lastSiteBefore)
        let kept = try fork.kept.map { try $0.core() }
        #expect(kept == house.office.store.now.hub.kept)
        #expect(house.closed.contains(connection))
        var device = house.office.ann
        device.site = fork.site
        device.counter = 0
        device.root = []
        return device
    }

    private var seal: RowSeal {
        let hub = house.office.store.now.hub
        return RowSeal(hub: hub.id, key: SymmetricKey(data: hub.sealKey))
    }

    /// A row as the hub had sent it.
    private func sealed(_ row: RowState, version: UInt32 = OfficeSchema.schema.version) throws -> WireSealedRows {
        let collection = try #require(house.office.schema.collection(row.key.collection))
        var rows = WireSealedRows()
        rows.collection = row.key.collection
        rows.schemaVersion = version
        var change = RowChangeCodec.encode(row, in: collection)
        seal.seal(&change, in: row.key.collection, version: version)
        rows.rows = [change]
        return rows
    }

    private func salvage(last: Bool, _ sealed: [WireSealedRows]) -> WireMessage.OneOf_Body {
        var salvage = WireSalvage()
        salvage.last = last
        salvage.sealed = sealed
        return .salvage(salvage)
    }

    private func salvage(last: Bool, _ rows: [RowState] = []) throws -> WireMessage.OneOf_Body {
        salvage(last: last, try rows.map { try sealed($0) })
    }

    private func answers(_ connection: ConnectionID) -> [Bool] {
        house.to(connection).compactMap { if case .salvaged(let salvaged) = $0 { salvaged.last } else { nil } }
    }

    @Test func nothingIsSentBeforeEverythingIsHandedIn() throws {
        let device = try forked()
        let connection = try house.open(device, hello(device, epoch: 1))
        let welcome = try #require(house.welcome(connection))
        #expect(welcome.epoch == 2 && welcome.kept.count == 1)
        #expect(house.changes(connection).isEmpty, "what the device holds may be the only copy")
        try house.say(try salvage(last: false, [lost]), on: connection)
        #expect(house.office.value(key, "title") == .text("order"))
        #expect(house.changes(connection).isEmpty)
        try house.say(try salvage(last: true), on: connection)
        #expect(answers(connection) == [false, true])
        let changes = try #require(house.changes(connection).first)
        #expect(changes.restart)
        let rows = try house.rows(house.changes(connection))
        #expect(rows[key] != nil)
    }

    @Test func aDeviceOfThisEpochIsNotAsked() throws {
        let device = try forked()
        let connection = try house.open(device, hello(device, epoch: 2))
        #expect(!house.changes(connection).isEmpty)
        try house.say(try salvage(last: true, [lost]), on: connection)
        #expect(house.failure(connection) == .malformed, "it has handed in what it had")
    }

    @Test func handingInGoesOnInTheNextSession() throws {
        let device = try forked()
        let first = try house.open(device, hello(device, epoch: 1))
        try house.say(try salvage(last: false, [lost]), on: first)
        try house.handle(.transport(.closed(first, .lost("gone"))))
        let second = try house.open(device, hello(device, epoch: 1))
        #expect(house.changes(second).isEmpty)
        let before = house.office.row(key)
        try house.say(try salvage(last: true, [lost]), on: second)
        #expect(house.office.row(key) == before)
        #expect(!house.changes(second).isEmpty)
    }

    /// What a device says the hub had, and had not.
    @Test(arguments: ["no seal", "its own seal", "another value", "another row", "another collection", "another version", "whole"])
    func whatTheHubDoesNotKnowAgainEndsTheSession(_ forgery: String) throws {
        let office = house.office
        var rows = try sealed(lost)
        switch forgery {
        case "no seal": rows.rows[0].seal = Data()
        case "its own seal":
            let own = RowSeal(hub: office.store.now.hub.id, key: SymmetricKey(data: office.ann.privateKey))
            own.seal(&rows.rows[0], in: rows.collection, version: rows.schemaVersion)
        case "another value": rows.rows[0].values[0].text += "!"
        case "another row": rows.rows[0].row = Data(RowID(high: 8, low: 8).bytes)
        case "another collection": rows.collection = OfficeSchema.users
        case "another version": rows.schemaVersion -= 1
        default: rows.rows[0].whole.toggle()
        }
        let device = try forked()
        let connection = try house.open(device, hello(device, epoch: 1))
        try house.say(salvage(last: false, [rows]), on: connection)
        #expect(house.failure(connection) == .malformed)
        #expect(office.row(key) == nil, "nothing of it was taken")
    }

    /// A device that was enrolled when the hub was restored already, and has never been sent anything of before.
    @Test func nobodyMakesHimselfADispatcher() throws {
        let office = house.office
        let user = RowKey(collection: OfficeSchema.users, row: office.ann.user), role = Part(group: 2)
        var forged = try #require(office.row(user))
        var write = try #require(forged[role]?.siblings.first?.write)
        write.identity = ChangesetID(high: 6, low: 6)
        write.author = .zero
        write.sequence = CommitSequence(epoch: 1, number: 900_000)
        forged.cells = [CellState(
            part: role, sequence: CommitSequence(epoch: 1, number: 900_001),
            siblings: [Sibling(write: write, content: .values([.text("dispatcher")]))])]
        let device = try forked()
        for hasOldSeal in [false, true] {
            var rows = try sealed(forged)
            rows.rows[0].seal = hasOldSeal ? try sealed(lost).rows[0].seal : Data()
            let connection = try house.open(device, hello(device, epoch: 1))
            try house.say(salvage(last: true, [rows]), on: connection)
            #expect(house.failure(connection) == .malformed)
        }
        #expect(office.value(user, "role") == .text("technician"))
        let handedIn = office.store.now.entries.contains { $0.dot.site == 0 && $0.identity == write.identity }
        #expect(!handedIn)
    }

    /// What was so was so, whoever kept it: the seal names no replica.
    @Test func anotherReplicaMayHandItIn() throws {
        let office = house.office
        var hello = house.hello(office.bob)
        hello.epoch = 1
        let first = try house.open(office.bob, hello)
        let fork = try #require(house.to(first).compactMap { if case .fork(let fork) = $0 { fork } else { nil } }.last)
        var bob = office.bob
        bob.site = fork.site
        hello = house.hello(bob)
        hello.epoch = 1
        let connection = try house.open(bob, hello)
        try house.say(try salvage(last: true, [lost]), on: connection)
        #expect(house.office.value(key, "title") == .text("order"))
    }

    /// What the hub still has, and what it gave since, stays as it is.
    @Test func onlyLostCellsAreTaken() throws {
        let office = house.office
        let user = RowKey(collection: OfficeSchema.users, row: office.ann.user)
        var kept = try #require(office.row(user))
        let before = kept
        kept[Part(group: 2)]?.siblings[0].content = .values([.text("dispatcher")])
        let device = try forked()
        let connection = try house.open(device, hello(device, epoch: 1))
        // Sealed by this hub, as if an earlier schema had shown it so.
        try house.say(try salvage(last: true, [kept]), on: connection)
        #expect(answers(connection) == [true])
        #expect(office.row(user) == before)
    }

    @Test func aReplicaIsAskedOnceForEachEpoch() throws {
        let office = house.office
        let device = try forked()
        let first = try house.open(device, hello(device, epoch: 1))
        try house.say(try salvage(last: true), on: first)
        #expect(try office.store.now.replica(device.replica)?.handedIn == 2)
        // An image of the phone, from before that.
        let second = try house.open(device, hello(device, epoch: 1))
        #expect(house.changes(second).isEmpty, "its changesets come first, as ever")
        try house.say(try salvage(last: false, [lost]), on: second)
        #expect(answers(second) == [true])
        #expect(office.row(key) == nil, "nothing of it was taken")
        #expect(house.changes(second).first?.restart == true)
    }

    @Test func oneMessageIsUnderWayAtATime() throws {
        let device = try forked()
        let connection = try house.open(device, hello(device, epoch: 1))
        house.isPaused = true
        try house.say(try salvage(last: false, [lost]), on: connection)
        try house.say(try salvage(last: false, [lost]), on: connection)
        #expect(house.failure(connection) == .malformed)
    }

    @Test func whoHandedItInIsTold() throws {
        let office = house.office
        let device = try forked()
        let connection = try house.open(device, hello(device, epoch: 1))
        try house.say(try salvage(last: true, [lost]), on: connection)
        let answer = try office.store.read {
            try HubExplainer(reader: $0, schema: office.schema).explain(ExplainQuestion(collection: "orders", row: key.row, field: "title"))
        }
        #expect(answer.writes.first?.handedInBy == "ann (\(device.replica))")
        #expect(answer.text.contains("handed in after a restore by ann"))
    }

    @Test func whatCannotBeReadEndsTheSession() throws {
        let device = try forked()
        let connection = try house.open(device, hello(device, epoch: 1))
        var part = WireSealedRows()
        part.collection = key.collection
        part.schemaVersion = OfficeSchema.schema.version
        var change = WireRowChange()
        change.row = Data(key.row.bytes)
        change.clock = Data([1, 2, 3])
        seal.seal(&change, in: part.collection, version: part.schemaVersion)
        part.rows = [change]
        try house.say(salvage(last: true, [part]), on: connection)
        #expect(house.failure(connection) == .malformed)
    }

    /// What a device had been sent comes up with what it wrote then; only under a seal does it say anything.
    @Test(arguments: [true, false])
    func whatAnUploadHasSeenIsTakenNoticeOf(_ isSealed: Bool) throws {
        let office = house.office
        var device = try forked()
        let connection = try house.open(device, hello(device, epoch: 1))
        var upload = WireUpload()
        upload.seen = [try sealed(lost)]
        if !isSealed { upload.seen[0].rows[0].seal[0] ^= 1 }
        upload.envelopes = [try office.envelope(&device, office.order(of: device).1)]
        try house.say(.upload(upload), on: connection)
        #expect(house.failure(connection) == nil, "what is not known again is as if it were not there")
        let identity = try #require(lost.cells.first?.siblings.first?.write.identity)
        let places = try Set(office.store.now.told(of: identity).map(\.place))
        #expect(places == (isSealed ? [lost.sequence] : []))
        #expect(office.row(key) == nil, "nothing is taken in")
    }

    /// The hub counts what comes along; the device does not, and is never told that it sent too much.
    @Test func whatAnUploadHasSeenTakesNoRoomFromChangesets() throws {
        let office = house.office
        var device = try forked()
        let connection = try house.open(device, hello(device, epoch: 1))
        house.isPaused = true
        var heavy = lost.cells
        let title = try #require(heavy.firstIndex { $0.part == Part(group: 1) })
        heavy[title].siblings[0].content = .values([.text(String(repeating: "x", count: 10_000))])
        for upload in 0..<12 {
            var message = WireUpload()
            message.seen = try (0..<60).map { row in
                let key = RowKey(collection: key.collection, row: RowID(high: 77, low: UInt64(upload * 60 + row)))
                return try sealed(RowState(key: key, cells: heavy))
            }
            message.envelopes = [try office.envelope(&device, office.order(of: device).1)]
            try house.say(.upload(message), on: connection)
            #expect(house.failure(connection) == nil)
        }
    }

    @Test func aHubThatWasPutBackByHandServesNobodyWhoHasSeenMore() throws {
        let office = house.office
        let device = try forked()
        let connection = try house.open(device, hello(device, epoch: 2))
        let cursor = try #require(house.changes(connection).last?.cursor)
        let copy = office.store.now
        let (_, order) = office.order(of: office.bob)
        try office.bob(order)
        var ahead = hello(device, epoch: 2)
        ahead.cursor = try #require(house.changes(house.open(device, ahead)).last?.cursor)
        office.store.change { $0 = copy }
        ahead.cursor = Data(CatchUpCursor(complete: CommitSequence(epoch: 2, number: 1_000)).bytes) + cursor.suffix(8)
        #expect(house.failure(try house.open(device, ahead)) == .retryLater)
        ahead.cursor = cursor
        let welcome = try house.welcome(house.open(device, ahead))
        #expect(welcome != nil, "who has seen no more is served")
    }

    @Test func aHubThatIsOlderThanItsDevicesServesNone() throws {
        let connection = try house.greet(house.office.ann, hello(house.office.ann, epoch: 3)).0
        #expect(house.failure(connection) == .retryLater)
        #expect(house.to(connection).contains { if case .failure(let failure) = $0 { failure.message.contains("converge restore") } else { false } })
    }
}
