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

    private func salvage(last: Bool, _ rows: [RowState] = []) -> WireMessage.OneOf_Body {
        var salvage = WireSalvage()
        salvage.last = last
        for row in rows {
            guard let collection = house.office.schema.collection(row.key.collection) else { continue }
            var part = WireCollectionChanges()
            part.collection = row.key.collection
            part.rows = [RowChangeCodec.encode(row, in: collection)]
            salvage.collections.append(part)
        }
        return .salvage(salvage)
    }

    @Test func nothingIsSentBeforeEverythingIsHandedIn() throws {
        let device = try forked()
        let connection = try house.open(device, hello(device, epoch: 1))
        let welcome = try #require(house.welcome(connection))
        #expect(welcome.epoch == 2 && welcome.kept.count == 1)
        #expect(house.changes(connection).isEmpty, "what the device holds may be the only copy")
        try house.say(salvage(last: false, [lost]), on: connection)
        #expect(house.office.value(key, "title") == .text("order"))
        #expect(house.changes(connection).isEmpty)
        try house.say(salvage(last: true), on: connection)
        let answers = house.to(connection).compactMap { if case .salvaged(let salvaged) = $0 { salvaged.last } else { nil } }
        #expect(answers == [false, true])
        let changes = try #require(house.changes(connection).first)
        #expect(changes.restart)
        let rows = try house.rows(house.changes(connection))
        #expect(rows[key] != nil)
    }

    @Test func aDeviceOfThisEpochIsNotAsked() throws {
        let device = try forked()
        let connection = try house.open(device, hello(device, epoch: 2))
        #expect(!house.changes(connection).isEmpty)
        try house.say(salvage(last: true, [lost]), on: connection)
        #expect(house.failure(connection) == .malformed, "it has handed in what it had")
    }

    @Test func handingInGoesOnInTheNextSession() throws {
        let device = try forked()
        let first = try house.open(device, hello(device, epoch: 1))
        try house.say(salvage(last: false, [lost]), on: first)
        try house.handle(.transport(.closed(first, .lost("gone"))))
        let second = try house.open(device, hello(device, epoch: 1))
        #expect(house.changes(second).isEmpty)
        let before = house.office.row(key)
        try house.say(salvage(last: true, [lost]), on: second)
        #expect(house.office.row(key) == before)
        #expect(!house.changes(second).isEmpty)
    }

    @Test func cellsThatTheRoleMayNotReadAreNotTakenFromIt() throws {
        var forged = lost
        var cell = try #require(lost[Part(group: 1)])
        cell.part = Part(group: 4)
        cell.siblings[0].content = .values([.real(1)])
        forged[Part(group: 4)] = cell
        let device = try forked()
        let connection = try house.open(device, hello(device, epoch: 1))
        try house.say(salvage(last: true, [forged]), on: connection)
        #expect(house.office.value(key, "title") == .text("order"))
        #expect(house.office.row(key)?[Part(group: 4)] == nil, "a technician has no prices to hand in")
    }

    @Test func whatCannotBeReadEndsTheSession() throws {
        let device = try forked()
        let connection = try house.open(device, hello(device, epoch: 1))
        var bad = WireSalvage()
        var part = WireCollectionChanges()
        part.collection = key.collection
        var change = WireRowChange()
        change.row = Data(key.row.bytes)
        change.clock = Data([1, 2, 3])
        part.rows = [change]
        bad.collections = [part]
        try house.say(.salvage(bad), on: connection)
        #expect(house.failure(connection) == .malformed)
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
        ahead.cursor = Data(ChangeCursor(sequence: CommitSequence(epoch: 2, number: 1_000)).bytes) + cursor.suffix(8)
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
