import Foundation
import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// What goes to whom: verdicts to the writer, changes to the scopes they touch, as far as roles may read.
struct DeliveryTests {
    private let house: HubHouse
    private let office: Office

    init() throws {
        house = try HubHouse()
        office = house.office
    }

    @Test func liveChangesGoToTheScopesTheyTouch() throws {
        var ann = office.ann
        let annsConnection = try house.open(ann), bobs = try house.open(office.bob), doras = try house.open(office.dora)
        house.forgetSent()
        let (order, operations) = office.order(of: ann)
        try house.upload([try office.envelope(&ann, operations)], on: annsConnection)
        #expect(house.receipts(annsConnection).count == 1)
        #expect(house.changes(annsConnection).count == 1)
        let live = house.changes(annsConnection)[0]
        #expect(try live.live && live.complete.core() == office.head && !live.restart)
        #expect(try house.rows([live])[order]?.whole == true)
        #expect(house.to(bobs).isEmpty && house.to(doras).isEmpty)
        // Verdicts before changes, in the lane that nothing waits behind.
        #expect(house.sent.map(\.lane) == [.urgent, .changes])
    }

    @Test func aRowThatMovesIsEvictedThereAndWholeHere() throws {
        var ann = office.ann
        let (order, operations) = office.order(of: ann)
        try office.write(&ann, operations)
        let annsConnection = try house.open(ann), bobs = try house.open(office.bob)
        house.forgetSent()
        try house.upload([try office.envelope(&ann, [office.set(order, 2, .reference(office.bob.user))])], on: annsConnection)
        #expect(house.changes(annsConnection).flatMap(\.collections).flatMap(\.evicted) == [Data(order.row.bytes)])
        #expect(try house.rows(house.changes(bobs))[order]?.whole == true)
    }

    /// A visit that waits for its order, and the order that releases it.
    private func waitingVisit(_ ann: inout Office.Device, on connection: ConnectionID) throws -> (ChangesetID, [Office.Operation]) {
        let (order, operations) = office.order(of: ann)
        let visit = office.newRow(OfficeSchema.appointments)
        let identity = ChangesetID(high: 5, low: 5)
        let waiting = try office.envelope(
            &ann, [(visit, .liveness, .create, Context()), office.set(visit, 1, .reference(order.row))], .init(identity: identity))
        try house.upload([waiting], on: connection)
        return (identity, operations)
    }

    private func rules(_ connection: ConnectionID) throws -> [[Refusal.Rule?]] {
        try house.receipts(connection).map { try ReceiptCodec.decode($0).rules }
    }

    @Test func aReleaseIsToldBeforeItsChanges() throws {
        var ann = office.ann
        let connection = try house.open(ann)
        let (_, operations) = try waitingVisit(&ann, on: connection)
        house.forgetSent()
        try house.upload([try office.envelope(&ann, operations)], on: connection)
        #expect(try rules(connection) == [[nil, nil, nil], [nil, nil]])
        #expect(house.sent.map(\.lane) == [.urgent, .urgent, .changes])
    }

    /// The device was away when its work was released: it is told with its next catch-up, until it has confirmed.
    @Test func aReleaseIsToldUntilItIsConfirmed() throws {
        var ann = office.ann
        let connection = try house.open(ann)
        let (identity, operations) = try waitingVisit(&ann, on: connection)
        try house.handle(.transport(.closed(connection, .lost("gone"))))
        _ = try office.send(ann, [try office.envelope(&ann, operations)])
        house.hub.head = office.head
        for _ in 0..<2 {
            let again = try house.open(ann)
            #expect(try house.receipts(again).map { try ReceiptCodec.decode($0).identity } == [identity])
            try house.handle(.transport(.closed(again, .lost("gone"))))
        }
        let third = try house.open(ann)
        try house.confirm(third)
        var hello = house.hello(ann)
        hello.cursor = try #require(house.changes(third).last).cursor
        try house.handle(.transport(.closed(third, .lost("gone"))))
        let last = try house.open(ann, hello)
        #expect(house.receipts(last).isEmpty)
    }

    @Test func onlyWhatChangedTravels() throws {
        var ann = office.ann
        let (order, operations) = office.order(of: ann)
        try office.write(&ann, operations)
        let connection = try house.open(ann)
        house.forgetSent()
        try house.upload([try office.envelope(&ann, [office.set(order, 11, .integer(3))])], on: connection)
        let change = try #require(try house.rows(house.changes(connection))[order])
        #expect(!change.whole)
        #expect(try change.values.map { try $0.core() } == [.integer(3)])
    }

    @Test func groupsThatARoleMayNotReadStayAtHome() throws {
        var dora = office.dora
        let (order, operations) = office.order(of: office.ann)
        let price = [office.set(order, 4, .real(99.5)), office.set(order, 13, .reference(dora.user))]
        try office.write(&dora, operations + price)
        let annsConnection = try house.open(office.ann), doras = try house.open(dora)
        func groups(_ connection: ConnectionID) throws -> [UInt32] {
            let change = try #require(try house.rows(house.changes(connection))[order])
            let collection = try #require(office.schema.collection(OfficeSchema.orders))
            return try RowChangeCodec.decode(change, key: order, in: collection).cells.map(\.part.group)
        }
        #expect(try groups(doras) == [0, 1, 2, 4, 13])
        #expect(try groups(annsConnection) == [0, 1, 2, 13])
        house.forgetSent()
        try house.upload([try office.envelope(&dora, [office.set(order, 4, .real(5))])], on: doras)
        #expect(house.changes(annsConnection).isEmpty, "not even that something changed")
        #expect(try groups(doras) == [4])
        // Digests are of what each may read.
        house.forgetSent()
        var request = WireDigestRequest()
        request.request = 8
        var cells: [UInt64] = []
        for connection in [annsConnection, doras] {
            try house.say(.digestRequest(request), on: connection)
            guard case .digests(let digests) = try #require(house.to(connection).last) else { return #expect(Bool(false)) }
            #expect(try digests.request == 8 && digests.at.core() == office.head)
            cells.append(digests.scopes[0].cells)
        }
        #expect(cells[1] == cells[0] + 1)
    }

    /// How much there is to come is told when it is more than a page, rises to the end, and begins anew with a session.
    @Test func catchUpTellsHowFarItIs() throws {
        var dora = office.dora
        for _ in 0..<9 { try office.write(&dora, office.order(of: office.ann).1) }
        let small = try house.open(office.ann)
        #expect(house.changes(small).allSatisfy { $0.rowsDone == 0 && $0.rowsTotal == 0 })
        house.rowsPerPage = 2
        let connection = try house.open(office.ann)
        let told = house.changes(connection).map { ($0.rowsDone, $0.rowsTotal, $0.hasComplete) }
        #expect(told.count > 3 && told.map(\.0) == told.map(\.0).sorted())
        let rows = UInt64(try house.rows(house.changes(connection)).count)
        #expect(told.allSatisfy { $0.1 == rows && $0.0 <= $0.1 }, "\(told)")
        #expect(try #require(told.last) == (rows, rows, true))
        // What comes later is one row, and nobody needs a bar for it.
        try house.confirm(connection)
        house.forgetSent()
        try office.write(&dora, office.order(of: office.ann).1)
        var request = WireDigestRequest()
        request.request = 1
        try house.say(.digestRequest(request), on: connection)
        #expect(house.changes(connection).allSatisfy { $0.rowsDone == 0 })
    }

    @Test func aGapAsksAndVerdictsCome() throws {
        var ann = office.ann
        let envelopes = try (0..<3).map { _ in try office.envelope(&ann, office.order(of: ann).1) }
        let connection = try house.open(office.ann)
        try house.upload([envelopes[1]], on: connection)
        guard case .resend(let resend) = try #require(house.to(connection).last) else { return #expect(Bool(false)) }
        #expect(resend.fromCounter == 1)
        try house.upload(envelopes, on: connection)
        #expect(try house.receipts(connection).map { try ReceiptCodec.decode($0).dot.counter } == [1, 2, 3])
    }

    @Test func aForkInTheMiddleOfASessionEndsIt() throws {
        var ann = office.ann
        let connection = try house.open(ann)
        var envelopes = try (0..<2).map { _ in try office.envelope(&ann, office.order(of: ann).1) }
        envelopes[1].predecessor = Data(repeating: 1, count: 32)
        try house.upload(envelopes, on: connection)
        #expect(house.receipts(connection).count == 1, "what came before the split has its verdict")
        guard case .fork(let fork) = try #require(house.to(connection).last) else { return #expect(Bool(false)) }
        #expect(fork.site == 4)
        #expect(house.closed == [connection])
    }

    // MARK: Windows

    @Test func moreThanTheWindowIsTooLarge() throws {
        let connection = try house.open(office.ann)
        house.isPaused = true
        var envelope = WireEnvelope()
        envelope.changeset = Data(repeating: 1, count: ProtocolLimits.changesetBytes)
        let fitting = (ProtocolLimits.uploadWindowBytes + ProtocolLimits.changesetBytes) / ProtocolLimits.changesetBytes
        for _ in 0..<fitting { try house.upload([envelope], on: connection) }
        #expect(house.failure(connection) == nil)
        envelope.changeset = Data([1])
        try house.upload([envelope], on: connection)
        #expect(house.failure(connection) == .tooLarge)
        #expect(house.closed == [connection])
    }

    /// What holds nothing takes a place in the log all the same.
    @Test func emptyChangesetsFillTheWindowToo() throws {
        let connection = try house.open(office.ann)
        house.isPaused = true
        let most = (ProtocolLimits.uploadWindowBytes + ProtocolLimits.changesetBytes) / ProtocolLimits.leastChangesetWeight
        let envelopes = Array(repeating: WireEnvelope(), count: ProtocolLimits.changesetsPerUpload)
        for _ in 0..<(most / envelopes.count) { try house.upload(envelopes, on: connection) }
        #expect(house.failure(connection) == nil)
        try house.upload(envelopes, on: connection)
        #expect(house.failure(connection) == .tooLarge)
    }

    @Test func tooManyOrTooLargeChangesets() throws {
        var envelope = WireEnvelope()
        let many = Array(repeating: envelope, count: ProtocolLimits.changesetsPerUpload + 1)
        let first = try house.open(office.ann)
        try house.upload(many, on: first)
        #expect(house.failure(first) == .tooLarge)
        envelope.changeset = Data(repeating: 1, count: ProtocolLimits.changesetBytes + 1)
        let second = try house.open(office.bob)
        try house.upload([envelope], on: second)
        #expect(house.failure(second) == .tooLarge)
    }

    /// A device that confirms nothing gets so much and no more; once it confirms, it catches up.
    @Test func withoutCreditADeviceWaitsAndThenCatchesUp() throws {
        let anns = try house.open(office.ann)
        try house.confirm(anns)
        house.forgetSent()
        var bob = office.bob
        let (order, operations) = office.order(of: office.ann)
        try office.write(&bob, operations + [office.set(order, 13, .reference(office.dora.user))])
        // Fill the window with changes of one order, written by Dora.
        var dora = office.dora
        let doras = try house.open(dora)
        for round in 0... {
            let before = house.changes(anns).count
            try house.upload([try office.envelope(&dora, (0..<100).map { index in
                (order, Part(group: 7, element: "\(round) \(index) " + String(repeating: "e", count: 900)), .add, Context())
            })], on: doras)
            try house.confirm(doras)
            if house.changes(anns).count == before { break }
            try #require(round < 50, "the window never fills")
        }
        let bytes = house.changes(anns).reduce(0) { $0 + WireFrame.bytes(.changes($1)).count }
        #expect(bytes >= ProtocolLimits.changesWindowBytes)
        #expect(bytes < 2 * ProtocolLimits.changesWindowBytes)
        let stopped = house.changes(anns).count
        try house.upload([try office.envelope(&dora, [office.set(order, 11, .integer(2))])], on: doras)
        #expect(house.changes(anns).count == stopped)
        try house.confirm(anns)
        let page = try #require(house.changes(anns).last)
        #expect(house.changes(anns).count > stopped && !page.live && !page.restart)
        #expect(try page.complete.core() == office.head)
        let parts = house.changes(anns).dropFirst(stopped).flatMap { $0.collections.flatMap(\.rows) }
        #expect(parts.first { RowID(bytes: $0.row) == order.row }?.whole == true)
        // Live again from here on.
        try house.confirm(anns)
        try house.upload([try office.envelope(&dora, [office.set(order, 11, .integer(3))])], on: doras)
        #expect(house.changes(anns).last?.live == true)
    }

    // MARK: Catch-up

    /// Orders of Ann's that fill several pages.
    private func fill(_ count: Int) throws -> Set<RowKey> {
        var ann = office.ann
        var keys: Set<RowKey> = []
        while keys.count < count {
            let orders = (0..<200).map { _ in office.order(of: ann, title: String(repeating: "t", count: 1_900)) }
            try office.write(&ann, orders.flatMap(\.1))
            keys.formUnion(orders.map(\.0))
        }
        return keys
    }

    private func unconfirmed(_ messages: ArraySlice<WireChanges>) -> Int {
        messages.reduce(0) { $0 + WireFrame.bytes(.changes($1)).count }
    }

    @Test func catchUpKeepsToItsWindow() throws {
        let keys = try fill(900)
        let most = ProtocolLimits.changesWindowBytes + HubLimits.pageBytes + ProtocolLimits.chunkTargetBytes
        let record = try #require(office.store.now.replicasByID[office.ann.replica])
        var device = office.ann
        (device.counter, device.root) = (record.lastCounter, record.lastRoot)
        let connection = try house.open(device)
        #expect(unconfirmed(house.changes(connection)[...]) >= ProtocolLimits.changesWindowBytes)
        #expect(unconfirmed(house.changes(connection)[...]) <= most)
        var confirmed = 0
        while confirmed < house.changes(connection).count {
            // Every message is confirmed by itself, and what is confirmed is what comes back as credit.
            try house.confirm(house.changes(connection)[confirmed], on: connection)
            confirmed += 1
            #expect(unconfirmed(house.changes(connection)[confirmed...]) <= most)
            try #require(confirmed < 500)
        }
        let messages = house.changes(connection)
        #expect(messages.count { $0.restart } == 1 && messages.last?.hasComplete == true)
        #expect(Set(messages.map(\.cursor)).count == messages.count)
        let rows = messages.flatMap { $0.collections.flatMap(\.rows) }
        #expect(Set(rows.map(\.row)).count == rows.count)
        #expect(try Set(house.rows(messages).keys.filter { $0.collection == OfficeSchema.orders }) == keys)
    }

    /// A connection that is lost within a page goes on behind the last message that arrived.
    @Test func everyMessageCanBeResumedAt() throws {
        let keys = try fill(400)
        let record = try #require(office.store.now.replicasByID[office.ann.replica])
        var device = office.ann
        (device.counter, device.root) = (record.lastCounter, record.lastRoot)
        let whole = house.changes(try house.open(device))
        try #require(whole.count > 4)
        for count in 1..<whole.count {
            var hello = house.hello(device)
            hello.cursor = whole[count - 1].cursor
            let connection = try house.open(device, hello)
            let rest = house.changes(connection)
            #expect(rest.allSatisfy { !$0.restart })
            let first = Set(try house.rows(Array(whole[..<count])).keys), second = Set(try house.rows(rest).keys)
            #expect(first.isDisjoint(with: second))
            #expect(first.union(second).isSuperset(of: keys))
        }
    }

    /// Whatever made a row so large, nobody is locked out by it.
    @Test func aRowThatFitsNoMessageTravelsInParts() throws {
        var ann = office.ann
        let (key, operations) = office.order(of: ann)
        try office.write(&ann, operations)
        let (small, others) = office.order(of: ann)
        try office.write(&ann, others)
        var row = try #require(office.row(key))
        let write = try #require(row[Part(group: 1)]?.siblings.first?.write)
        for index in 0..<5_000 {
            let part = Part(group: 7, element: "\(index) " + String(repeating: "e", count: 1_000))
            row[part] = CellState(part: part, sequence: write.sequence, siblings: [Sibling(write: write, content: .present)])
        }
        let large = row
        office.store.change { $0.rows[key] = large }
        let connection = try house.open(ann)
        for _ in 0..<20 { try house.confirm(connection) }
        let messages = house.changes(connection)
        #expect(messages.last?.hasComplete == true && house.closed.isEmpty)
        #expect(messages.allSatisfy { WireFrame.bytes(.changes($0)).count <= ProtocolLimits.frameBytes })
        #expect(Set(messages.map(\.cursor)).count == messages.count)
        let collection = try #require(office.schema.collection(OfficeSchema.orders))
        let parts = messages.flatMap { $0.collections.flatMap(\.rows) }.filter { RowID(bytes: $0.row) == key.row }
        #expect(parts.count > 4 && parts.map(\.whole) == [true] + Array(repeating: false, count: parts.count - 1))
        let cells = try parts.flatMap { try RowChangeCodec.decode($0, key: key, in: collection).cells }
        #expect(RowState(key: key, cells: cells) == large)
        #expect(try house.rows(messages)[small]?.whole == true)
        // Lost between two parts: the row comes again, from its first part on.
        let place = try #require(messages.firstIndex { $0.collections.contains { $0.rows.contains { RowID(bytes: $0.row) == key.row } } })
        var hello = house.hello(ann)
        hello.cursor = messages[place + 1].cursor
        let again = try house.open(ann, hello)
        let first = try #require(house.changes(again).first { !$0.collections.isEmpty })
        #expect(try house.rows([first])[key]?.whole == true && !first.restart)
    }

    @Test func aConfirmationOfNothingGivesNothing() throws {
        let connection = try house.open(office.ann)
        var confirm = WireConfirm()
        for cursor in [Data(), Data([1, 2, 3])] {
            confirm.cursor = cursor
            try house.say(.confirm(confirm), on: connection)
        }
        #expect(office.store.now.replicasByID[office.ann.replica]?.confirmed == .zero)
        try house.confirm(connection)
        #expect(office.store.now.replicasByID[office.ann.replica]?.confirmed == office.head)
    }

    @Test func changedScopesStartAnew() throws {
        let connection = try house.open(office.ann)
        house.forgetSent()
        // An administrator makes Ann a dispatcher: other scopes, another role.
        let line = ImportBatch.Line(number: 1, rows: [.init(
            collection: "users", row: office.ann.user, fields: [("role", .text("dispatcher"))], sets: [], fillsOnly: false)])
        let (committed, results) = try office.decide([.importLines(
            ConnectionID(rawValue: 77), request: 1, ImportBatch(job: ChangesetID(high: 4, low: 4), isDryRun: false, lines: [line]))])
        #expect(committed.resubscribed == [office.ann.user])
        try house.handle(.committed(results, committed))
        // She learns of the role before she is sent anything in it.
        #expect(house.failure(connection) == .retryLater)
        #expect(house.changes(connection).isEmpty)
        let again = try house.open(office.ann)
        #expect(house.welcome(again)?.role == OfficeSchema.dispatcher)
        let changes = house.changes(again)
        #expect(changes.last?.restart == true)
        #expect(try changes.last?.complete.core() == office.head)
    }
}
