import ReplicationCore
import TestSupport
import Testing

@testable import ReplicationEngine
@testable import WireProtocol

/// A hub and the schema versions of its devices, message by message.
@Suite struct SchemaVersionTests {
    let house: HubHouse
    var office: Office { house.office }

    init() throws { house = try HubHouse(schema: OfficeSchema.later) }

    private func hello(_ device: Office.Device, version: UInt32) -> WireHello {
        var hello = house.hello(device)
        hello.schemaVersion = version
        return hello
    }

    private func groups(_ change: WireRowChange, version: UInt32) throws -> [UInt32] {
        let schema = version == 5 ? office.schema : try #require(office.schema.history.lens(from: version)).older
        let collection = try #require(schema.collection(OfficeSchema.orders))
        let key = RowKey(collection: OfficeSchema.orders, row: try #require(RowID(bytes: change.row)))
        return try RowChangeCodec.decode(change, key: key, in: collection).cells.map(\.part.group)
    }

    @Test func nobodyIsOfVersionZero() throws {
        let (connection, _) = try house.greet(office.ann, hello(office.ann, version: 0))
        #expect(house.failure(connection) == .malformed)
        let (_, order) = office.order(of: office.ann)
        #expect(try office.ann(order, .init(schemaVersion: 0)).rules.allSatisfy { $0 == .unknownSchema })
    }

    /// Three versions of the schema are online at once; each is told of a commit in its own numbers.
    @Test func eachVersionIsToldInItsOwnNumbers() throws {
        let (key, order) = office.order(of: office.ann)
        try office.ann(order + [office.set(key, 12, .integer(1), .integer(2)), office.set(key, 13, .reference(office.dora.user))])
        let old = try house.open(office.ann, hello(office.ann, version: 4))
        let new = try house.open(office.dora, hello(office.dora, version: 5))
        let caughtUp = try house.rows(house.changes(old))
        #expect(try groups(try #require(caughtUp[key]), version: 4) == [0, 1, 2, 13, 20, 21])
        #expect(try groups(try #require(house.rows(house.changes(new))[key]), version: 5) == [0, 1, 2, 12, 13])

        for connection in [old, new] { try house.confirm(connection) }
        house.forgetSent()
        let envelope = try office.envelope(&office.dora, [office.set(key, 12, .integer(5), .integer(6))])
        try house.upload([envelope], on: new)
        #expect(try groups(try #require(house.rows(house.changes(old))[key]), version: 4) == [20, 21])
        #expect(try groups(try #require(house.rows(house.changes(new))[key]), version: 5) == [12])
    }

    /// The cursor of one version is none of another's.
    @Test func aCursorSpeaksOfItsVersion() throws {
        let (_, order) = office.order(of: office.ann)
        try office.ann(order)
        let first = try house.open(office.ann, hello(office.ann, version: 4))
        let cursor = try #require(house.changes(first).last).cursor
        for (version, isRestarted) in [(4, false), (5, true)] as [(UInt32, Bool)] {
            var hello = hello(office.ann, version: version)
            hello.cursor = cursor
            let connection = try house.open(office.ann, hello)
            #expect(house.changes(connection).first?.restart == isRestarted)
        }
    }

    /// One verdict for each operation of the bytes, whatever they have become here.
    @Test func verdictsKeepTheirPositions() throws {
        let (key, order) = office.order(of: office.ann)
        try office.ann(order + [office.set(key, 12, .integer(1), .integer(2))])
        let seen = office.seen(key, 12)
        let old = Office.Options(schemaVersion: 4)
        func write(_ group: UInt32, _ value: Value) -> Office.Operation { (key, Part(group: group), .set([value]), seen) }
        let receipt = try office.ann([
            write(21, .integer(9)), office.set(key, 1, .text("t")), write(22, .text("fax")), write(20, .integer(8)),
            write(23, .text("telex")),
        ], old)
        #expect(receipt.rules == [nil, nil, .removedFromSchema, nil, nil])
        #expect(office.value(key, "starts") == .integer(8) && office.value(key, "ends") == .integer(9))
        #expect(receipt.verdicts[0] == receipt.verdicts[3])
        #expect(receipt.verdicts[0].sequence == receipt.sequence)
        // What is let go of has no cell; the device takes it out of its view at once.
        #expect(receipt.verdicts[4].sequence == .zero)
        #expect(try office.store.read { try $0.quarantined(of: receipt.identity) }.map(\.position) == [2])
        // A value that does not fit is refused by itself; what goes with it comes from what was seen.
        let mixed = try office.ann([write(20, .text("x")), (key, Part(group: 21), .set([.integer(11)]), office.seen(key, 12))], old)
        #expect(mixed.rules == [.wrongType, nil])
        #expect(office.value(key, "starts") == .integer(8) && office.value(key, "ends") == .integer(11))
        // Version 4 has no group 12, and version 5 none of number 20.
        #expect(try office.ann([write(12, .integer(1))], old).rules == [.unknownField])
        #expect(try office.ann([write(20, .integer(1))]).rules == [.unknownField])
    }

    @Test func allOrNothingHoldsAcrossVersions() throws {
        let (key, order) = office.order(of: office.ann)
        try office.ann(order)
        let receipt = try office.ann(
            [office.set(key, 1, .text("t")), office.set(key, 22, .text("fax"))], .init(isAtomic: true, schemaVersion: 4))
        #expect(receipt.rules == [.atomicPeerRefused, .removedFromSchema])
        #expect(office.value(key, "title") == .text("order"))
    }

    /// What waits for a row follows in the form of the present schema, also where two operations have become one.
    @Test func waitingWorkOfAnOldAppFollows() throws {
        let key = office.newRow(OfficeSchema.orders)
        let old = Office.Options(schemaVersion: 4)
        let none = Context()
        let receipt = try office.ann([
            (key, Part(group: 20), .set([.integer(1)]), none), (key, Part(group: 21), .set([.integer(2)]), none),
        ], old)
        #expect(receipt.rules == [.rowUnknown, .rowUnknown])
        #expect(try office.store.read { try $0.quarantined(of: receipt.identity) }.compactMap(\.awaits).count == 2)
        try office.ann([(key, .liveness, .create, none), office.set(key, 1, .text("t")), office.set(key, 2, .reference(office.ann.user))])
        #expect(office.value(key, "starts") == .integer(1) && office.value(key, "ends") == .integer(2))
        #expect(try office.store.read { try $0.quarantined(of: receipt.identity) }.isEmpty)
        let released = try #require(try office.store.read { try $0.latestRelease(of: receipt.identity) })
        #expect(try ReceiptCodec.decode(WireReceipt(serializedBytes: released.receipt)).rules == [nil, nil])
    }

    /// A person mends in a later version what was refused in an earlier one.
    @Test func aLaterAppMendsWhatAnEarlierOneWrote() throws {
        let (key, order) = office.order(of: office.ann)
        try office.ann(order)
        let refused = try office.ann([office.set(key, 20, .text("soon"))], .init(schemaVersion: 4))
        #expect(refused.rules == [.wrongType])
        try office.ann([office.set(key, 12, .integer(1), .null)], .init(mends: refused.identity))
        #expect(try office.store.read { try $0.quarantined(of: refused.identity) }.isEmpty)
    }

    @Test func theSchemaIsOfferedToThoseWhoTakeIt() throws {
        func offers(_ version: UInt32, _ change: (inout WireHello) -> Void) throws -> [WireSchemaOffer] {
            var hello = hello(office.ann, version: version)
            change(&hello)
            let connection = try house.open(office.ann, hello)
            return house.to(connection).compactMap { if case .schemaOffer(let offer) = $0 { offer } else { nil } }
        }
        #expect(try offers(4) { _ in }.isEmpty)
        let offer = try #require(try offers(4) { $0.capabilities = ["schema-update"] }.first)
        #expect(offer.version == 5 && offer.schema == "text")
        #expect(try offers(5) { $0.capabilities = ["schema-update"] }.isEmpty)
        #expect(try offers(3) {
            $0.capabilities = ["schema-update"]
            $0.schemaMaximum = 4
        }.isEmpty)
    }

    /// The base of a conflict is found through what an old app has written before.
    @Test func historyIsReadThroughTheLens() throws {
        let (key, order) = office.order(of: office.ann)
        try office.ann(order + [office.set(key, 12, .integer(1), .integer(2)), office.set(key, 13, .reference(office.dora.user))])
        try office.ann([(key, Part(group: 20), .set([.integer(3)]), office.seen(key, 12))], .init(schemaVersion: 4))
        let seen = office.seen(key, 12)
        try office.dora([office.set(key, 12, .integer(5), .integer(6))])
        try office.ann([(key, Part(group: 21), .set([.integer(7)]), seen)], .init(schemaVersion: 4))
        let conflict = try #require(office.all(OfficeSchema.conflicts).first)
        #expect(conflict["base"] == .text(#"{"starts":3,"ends":2}"#))
        #expect(conflict["yours"] == .text(#"{"starts":3,"ends":7}"#))
    }
}
