import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// Several gateways serve one store: what another one committed is read from the store.
struct GatewayTests {
    private let house: HubHouse
    private let office: Office

    init() throws {
        house = try HubHouse()
        office = house.office
    }

    /// Another gateway takes in an order of Ann's.
    private func commitElsewhere() throws -> RowKey {
        var bob = office.bob
        let (order, operations) = office.order(of: office.ann)
        try office.write(&bob, operations)
        return order
    }

    @Test func whatAnotherGatewayCommittedFollowsWithTheNextCommit() throws {
        let connection = try house.open(office.ann), doras = try house.open(office.dora)
        house.forgetSent()
        let order = try commitElsewhere()
        #expect(house.sent.isEmpty)
        var dora = office.dora
        try house.upload([try office.envelope(&dora, office.order(of: dora).1)], on: doras)
        let changes = house.changes(connection)
        #expect(try house.rows(changes)[order] != nil)
        #expect(try changes.allSatisfy { !$0.live } && changes.last?.complete.core() == office.head)
    }

    @Test func aHintSufficesForThoseItTouches() throws {
        let connection = try house.open(office.ann), bobs = try house.open(office.bob)
        house.forgetSent()
        let order = try commitElsewhere()
        let scopes = office.store.now.scopes(of: order)
        try house.handle(.hint(CommitHint(scopes: scopes, head: office.head)))
        #expect(try house.rows(house.changes(connection))[order] != nil)
        #expect(house.to(bobs).isEmpty)
        // One that comes late says nothing new.
        house.forgetSent()
        try house.handle(.hint(CommitHint(scopes: scopes, head: .zero)))
        #expect(house.sent.isEmpty)
    }

    /// A copy of the device has forked at the other gateway, and what it hands in there must not come here as somebody
    /// else's.
    @Test(arguments: [true, false])
    func aForkElsewhereEndsTheSession(_ isHinted: Bool) throws {
        let connection = try house.open(office.ann), doras = try house.open(office.dora)
        house.forgetSent()
        try office.decide([.fork(ConnectionID(rawValue: 77), office.ann.replica)])
        let order = try commitElsewhere()
        if isHinted {
            let scopes = office.store.now.scopes(of: order)
            try house.handle(.hint(CommitHint(scopes: scopes, head: office.head)))
        } else {
            var dora = office.dora
            try house.upload([try office.envelope(&dora, office.order(of: dora).1)], on: doras)
        }
        #expect(house.failure(connection) == .retryLater)
        #expect(house.changes(connection).isEmpty)
    }

    /// The commit that shows the gap changes subscriptions itself.
    @Test func scopesThatChangeWithTheGapStartAnew() throws {
        let connection = try house.open(office.ann)
        house.forgetSent()
        _ = try commitElsewhere()
        let line = ImportBatch.Line(number: 1, rows: [.init(
            collection: "users", row: office.ann.user, fields: [("role", .text("dispatcher"))], sets: [], fillsOnly: false)])
        let (committed, results) = try office.decide([.importLines(
            ConnectionID(rawValue: 77), request: 1, ImportBatch(job: ChangesetID(high: 4, low: 4), isDryRun: false, lines: [line]))])
        try house.handle(.committed(results, committed))
        try expectNewRole(connection)
    }

    /// The subscriptions changed with the commit that nobody told of.
    @Test func scopesThatChangedElsewhereStartAnew() throws {
        let connection = try house.open(office.ann), doras = try house.open(office.dora)
        house.forgetSent()
        let line = ImportBatch.Line(number: 1, rows: [.init(
            collection: "users", row: office.ann.user, fields: [("role", .text("dispatcher"))], sets: [], fillsOnly: false)])
        try office.decide([.importLines(
            ConnectionID(rawValue: 77), request: 1, ImportBatch(job: ChangesetID(high: 4, low: 4), isDryRun: false, lines: [line]))])
        var dora = office.dora
        try house.upload([try office.envelope(&dora, office.order(of: dora).1)], on: doras)
        try expectNewRole(connection)
        #expect(!house.changes(doras).contains { $0.restart })
    }

    /// The session of the former role has ended, with nothing sent in it; the next one starts anew.
    private func expectNewRole(_ connection: ConnectionID) throws {
        #expect(house.failure(connection) == .retryLater)
        #expect(house.changes(connection).isEmpty)
        let again = try house.open(house.office.ann)
        #expect(house.welcome(again)?.role == OfficeSchema.dispatcher)
        #expect(house.welcome(again)?.scopes != ["all:all", "user:\(house.office.ann.user)"])
        #expect(house.changes(again).contains { $0.restart })
    }
}
