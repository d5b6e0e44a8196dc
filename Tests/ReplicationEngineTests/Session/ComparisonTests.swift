import Foundation
import ReplicationCore
import TestSupport
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// What a device asks about what it should hold, and what an administrator asks of a device.
struct ComparisonTests {
    private let house: HubHouse
    private var office: Office { house.office }

    init() throws { house = try HubHouse() }

    private func ranges(_ ranges: [WireKeyRange], _ request: UInt64 = 7) -> WireMessage.OneOf_Body {
        var message = WireRangesRequest()
        message.request = request
        message.ranges = ranges
        return .rangesRequest(message)
    }

    private func range(_ after: [UInt8] = [], _ upTo: [UInt8] = []) -> WireKeyRange {
        var range = WireKeyRange()
        range.after = Data(after)
        range.upTo = Data(upTo)
        return range
    }

    private func rows(_ keys: [UInt8], _ request: UInt64 = 7) -> WireMessage.OneOf_Body {
        var message = WireRowsRequest()
        message.request = request
        message.keys = Data(keys)
        return .rowsRequest(message)
    }

    private func key(_ number: UInt64) -> [UInt8] { RowKey(collection: 5, row: RowID(high: 1, low: number)).packed }

    private func answer(_ connection: ConnectionID) -> WireRanges? {
        house.to(connection).compactMap { if case .ranges(let ranges) = $0 { ranges } else { nil } }.last
    }

    /// Orders of a dispatcher's, so that every technician holds those that name them.
    @discardableResult
    private func makeOrders(_ count: Int, for device: Office.Device) throws -> [RowKey] {
        var dora = office.dora.now(in: office)
        return try (0..<count).map { _ in
            let (order, operations) = office.order(of: device)
            try office.write(&dora, operations)
            return order
        }
    }

    // MARK: Requests

    @Test func requestsThatMakeNoSenseEndTheSession() throws {
        let requests: [(String, WireMessage.OneOf_Body)] = [
            ("no range", ranges([])), ("65 ranges", ranges((0..<65).map { range(key($0), key($0 + 1)) })),
            ("a range twice", ranges([range(key(1), key(2)), range(key(1), key(2))])),
            ("one within another", ranges([range(), range(key(1), key(2))])),
            ("falling ranges", ranges([range(key(2), key(3)), range(key(1), key(2))])),
            ("a short key", ranges([range([1, 2, 3])])), ("a long end", ranges([range([], key(1) + [0])])),
            ("an end before the beginning", ranges([range(key(2), key(1))])),
            ("nothing between", ranges([range(key(2), key(2))])),
            ("no row", rows([])), ("a cut key", rows(Array(key(1).dropLast()))), ("half a key more", rows(key(1) + [9])),
            ("falling keys", rows(key(2) + key(1))), ("a key twice", rows(key(1) + key(1))),
            ("501 rows", rows((0...500).flatMap { key($0) })),
        ]
        for (name, request) in requests {
            let connection = try house.open(office.ann)
            try house.say(request, on: connection)
            #expect(house.failure(connection) == .malformed, "\(name)")
        }
        let connection = try house.open(office.ann)
        try house.say(ranges((0..<64).map { range(key($0), key($0 + 1)) }), on: connection)
        try house.say(rows((0..<500).flatMap { key($0) }), on: connection)
        #expect(house.failure(connection) == nil)
    }

    /// Parts cover what was asked for, whatever the ranges are, and every row is in one of them.
    @Test func partsLeaveNoGap() throws {
        let orders = try makeOrders(40, for: office.ann).sorted()
        let connection = try house.open(office.ann)
        let cuts: [[RowKey?]] = [[nil, nil], [nil, orders[10], nil], [orders[3], orders[4]], [nil, orders[0], orders[20], orders[39], nil]]
        for cut in cuts {
            let asked = zip(cut, cut.dropFirst()).map { RowRange(after: $0, upTo: $1) }
            try house.say(ranges(asked.map(\.wire)), on: connection)
            let given = try #require(answer(connection))
            let parts = try #require(RangePart.parts(of: asked, in: given.parts))
            let counted = parts.reduce(UInt64(0)) {
                switch $1.content {
                case .fingerprint(let value): $0 + value.rows
                case .rows(let items): $0 + UInt64(items.count)
                }
            }
            let held = try office.store.read { reader in
                var keys: [RowKey] = []
                var rows = HeldRows(reader, scopes: try reader.subscriptions(of: office.ann.user))
                while let key = try rows.next() { keys.append(key) }
                return keys
            }
            #expect(held == held.sorted() && Set(held).count == held.count && Set(orders).isSubset(of: held))
            let expected = held.count { key in
                asked.contains { range in (range.after.map { key > $0 } ?? true) && (range.upTo.map { key <= $0 } ?? true) }
            }
            #expect(counted == UInt64(expected))
        }
    }

    @Test func answersThatDoNotFitAreRefused() throws {
        let orders = try makeOrders(40, for: office.ann).sorted()
        let connection = try house.open(office.ann)
        let asked = [RowRange(after: nil, upTo: orders[9]), RowRange(after: orders[9], upTo: nil)]
        try house.say(ranges(asked.map(\.wire)), on: connection)
        let good = try #require(answer(connection)).parts
        #expect(RangePart.parts(of: asked, in: good) != nil && good.count > 3)
        func isRefused(_ change: (inout [WireRangePart]) -> Void) -> Bool {
            var parts = good
            change(&parts)
            return RangePart.parts(of: asked, in: parts) == nil
        }
        #expect(isRefused { $0.removeLast() })
        #expect(isRefused { $0.append($0[0]) })
        #expect(isRefused { $0.swapAt($0.count - 2, $0.count - 3) })
        #expect(isRefused { $0[0].upTo = Data([1]) })
        #expect(isRefused { $0[0].upTo = Data(orders[30].packed) })
        #expect(isRefused { parts in parts.removeAll() })
        let list = try #require(good.firstIndex { !$0.items.isEmpty })
        #expect(isRefused { $0[list].items.removeLast() })
        #expect(isRefused { $0[list].rows += 1 })
        #expect(isRefused { parts in
            let items = parts[list].items
            parts[list].items = items.suffix(52) + items.dropLast(52)
        }, "falling")
        #expect(isRefused { parts in
            parts[list].items = Data(RowKey(collection: .max, row: .zero).packed) + parts[list].items.dropFirst(20)
        }, "outside")
        let printed = try #require(good.firstIndex { !$0.fingerprint.isEmpty })
        #expect(isRefused { $0[printed].fingerprint.removeLast() })
    }

    /// Nothing is given that the device may not have, and nothing is said of it.
    @Test func rowsAreThoseThatTheDeviceMayHave() throws {
        let own = try makeOrders(1, for: office.ann)[0], other = try makeOrders(1, for: office.bob)[0]
        let nowhere = office.newRow(OfficeSchema.orders)
        let connection = try house.open(office.ann)
        house.forgetSent()
        try house.say(rows([own, other, nowhere].sorted().flatMap(\.packed)), on: connection)
        let repairs = house.changes(connection).filter { $0.repair == 7 }
        #expect(repairs.count == 1 && repairs[0].repairEnds && repairs[0].cursor.isEmpty && !repairs[0].hasComplete)
        #expect(try house.rows(repairs).keys.sorted() == [own])
        #expect(try house.rows(repairs)[own]?.whole == true)
        #expect(Set(repairs[0].collections.flatMap(\.evicted)) == Set([other, nowhere].map { Data($0.row.bytes) }))
    }

    /// Each row once, in order, in however many scopes it is and wherever a page of members ends.
    @Test func heldRowsAreEachOnce() throws {
        for device in [office.ann, office.bob, office.dora] { try makeOrders(7, for: device) }
        try office.store.read { reader in
            let users = [office.ann, office.bob, office.dora].map(\.user)
            let scopes = try users.reduce(into: Set<Scope>()) { $0.formUnion(try reader.subscriptions(of: $1)) }.sorted()
            #expect(scopes.count >= 4)
            for chosen in 0..<(1 << scopes.count) {
                let some = Set(scopes.indices.filter { chosen >> $0 & 1 == 1 }.map { scopes[$0] })
                let expected = try Set(some.flatMap { try reader.members(of: $0, after: nil, limit: 1_000) }).sorted()
                for size in [1, 2, 3, 1_000] {
                    var rows = HeldRows(reader, scopes: some, membersPerPage: size)
                    var keys: [RowKey] = []
                    while let key = try rows.next(), keys.count <= expected.count { keys.append(key) }
                    #expect(keys == expected, "\(some.count) scopes, \(size) a page")
                }
            }
        }
    }

    // MARK: Exactly one point

    /// Who asks in the middle of catch-up is answered at its end.
    @Test func anAnswerWaitsForTheLastPage() throws {
        try makeOrders(9, for: office.ann)
        house.rowsPerPage = 2
        let (connection, challenge) = try house.greet(office.ann)
        try house.prove(office.ann, try #require(challenge), on: connection)
        house.forgetSent()
        let again = try house.open(office.ann)
        #expect(house.changes(again).count > 3, "in several pages")
        let (third, another) = try house.greet(office.ann)
        house.isPaused = true
        try house.prove(office.ann, try #require(another), on: third)
        while house.welcome(third) == nil { try house.workOnce() }
        var request = WireDigestRequest()
        request.request = 9
        try house.say(.digestRequest(request), on: third)
        house.isPaused = false
        try house.work()
        let bodies = house.to(third)
        let answers = bodies.indices.filter { if case .digests = bodies[$0] { true } else { false } }
        #expect(answers.count == 1)
        let complete = bodies.firstIndex { if case .changes(let changes) = $0 { changes.hasComplete } else { false } }
        #expect(try #require(complete) < #require(answers.first))
    }

    /// Whatever is committed while an answer is read, it is of the point that the device was just brought to.
    @Test func anAnswerIsOfThePointBeforeIt() throws {
        try makeOrders(3, for: office.ann)
        let connection = try house.open(office.ann), doras = try house.open(office.dora.now(in: office))
        for isDuring in [false, true] {
            try house.confirm(connection)
            house.forgetSent()
            house.isPaused = true
            var request = WireDigestRequest()
            request.request = isDuring ? 2 : 1
            try house.say(.digestRequest(request), on: connection)
            let reading = house.takeWaiting()
            if !isDuring { try house.perform(reading) }
            // It is passed on while the answer is not there yet.
            var dora = office.dora.now(in: office)
            try house.upload([try office.envelope(&dora, office.order(of: office.ann).1)], on: doras)
            house.isPaused = false
            try house.work()
            if isDuring { try house.perform(reading) }
            try house.work()
            let bodies = house.to(connection)
            let place = try #require(bodies.firstIndex { if case .digests = $0 { true } else { false } })
            guard case .digests(let digests) = bodies[place] else { return }
            #expect(digests.request == request.request)
            let complete = try bodies[..<place].compactMap { body -> CommitSequence? in
                if case .changes(let changes) = body, changes.hasComplete { try changes.complete.core() } else { nil }
            }.last
            #expect(try complete == digests.at.core(), "\(isDuring)")
            // And what came later comes.
            let last = try house.changes(connection).compactMap { $0.hasComplete ? try $0.complete.core() : nil }.last
            #expect(last == office.head)
        }
    }

    @Test func aLaterQuestionTakesThePlaceOfOneThatWaits() throws {
        let connection = try house.open(office.ann)
        house.forgetSent()
        house.isPaused = true
        for number in UInt64(1)...4 {
            var request = WireDigestRequest()
            request.request = number
            try house.say(.digestRequest(request), on: connection)
        }
        house.isPaused = false
        try house.work()
        let answered = house.to(connection).compactMap { if case .digests(let digests) = $0 { digests.request } else { nil } }
        #expect(answered == [1, 4])
    }

    /// A hub that cuts and cuts is left.
    @Test func aComparisonEnds() throws {
        var comparison = DeviceVerification(request: 1, repairs: true)
        var digests = WireDigests()
        digests.request = 1
        guard case .say(var message) = comparison.took(digests, isEqual: false) else { return #expect(Bool(false)) }
        var answers = 0
        while answers <= DeviceLimits.verificationAnswers {
            guard case .rangesRequest(let request) = message else { return #expect(Bool(false)) }
            #expect(request.ranges.count <= ProtocolLimits.rangesPerRequest)
            var differences = RowDifferences()
            differences.ranges = request.ranges.compactMap { RowRange($0) }
            let step = comparison.took(WireRanges(), differences)
            answers += 1
            if case .giveUp = step { break }
            guard case .say(let next) = step else { return #expect(Bool(false)) }
            message = next
        }
        #expect(answers == DeviceLimits.verificationAnswers)
    }

    // MARK: Sums

    private func openTaking(_ capabilities: [String], version: UInt32? = nil, _ device: Office.Device) throws -> ConnectionID {
        var hello = house.hello(device)
        hello.capabilities = capabilities
        if let version { hello.schemaVersion = version }
        return try house.open(device, hello)
    }

    /// The last page says what the device should hold with it, and no other message does.
    @Test func theEndOfACatchUpSaysWhatTheDeviceShouldHold() throws {
        try makeOrders(9, for: office.ann)
        house.rowsPerPage = 2
        let plain = try openTaking([], office.ann)
        #expect(house.changes(plain).count > 3 && house.changes(plain).allSatisfy { !$0.hasHeld }, "nobody asked for it")
        let connection = try openTaking([ProtocolLimits.sumsCapability], office.ann)
        let pages = house.changes(connection)
        #expect(pages.count > 3 && pages.map(\.hasHeld) == pages.map(\.hasComplete) && pages.filter(\.hasHeld).count == 1)
        let kept = try office.store.read { try $0.held(in: $0.subscriptions(of: office.ann.user), by: OfficeSchema.technician) }
        let held = try #require(pages.last?.held)
        #expect(HeldSum(held) == kept && held.rows >= 9)
        // Whoever is live is sent what is committed, and no sums.
        for message in pages { try house.confirm(message, on: connection) }
        house.forgetSent()
        try makeOrders(1, for: office.ann)
        #expect(house.changes(connection).allSatisfy { !$0.hasHeld })
    }

    // MARK: An administrator

    private func begin(_ device: String) throws -> ConnectionID {
        let connection = try house.connect()
        var request = WireControlRequest()
        request.token = Data([1, 2, 3])
        request.request = 5
        var command = WireVerifyCommand()
        command.device = device
        request.command = .verify(command)
        try house.say(.controlRequest(request), on: connection)
        return connection
    }

    private func reply(_ connection: ConnectionID) -> WireControlReply.OneOf_Result? {
        house.to(connection).compactMap { if case .controlReply(let reply) = $0 { reply.result } else { nil } }.last
    }

    private func openRepairing(_ device: Office.Device) throws -> ConnectionID {
        var hello = house.hello(device)
        hello.capabilities = [ProtocolLimits.repairCapability]
        return try house.open(device, hello)
    }

    private func asked(_ device: ConnectionID) -> UInt64? {
        house.to(device).compactMap { if case .verify(let verify) = $0 { verify.request } else { nil } }.last
    }

    @Test func anAdministratorIsToldWhatTheDeviceSays() throws {
        let device = try openRepairing(office.ann)
        for name in ["ann", "ANN", "\(office.ann.site)", office.ann.replica.description] {
            let asker = try begin(name)
            #expect(asked(device) == 5 && reply(asker) == nil, "\(name)")
            var verified = WireVerified()
            verified.request = 5
            verified.at = WireSequence(office.head)
            verified.equal = true
            verified.rows = 12
            try house.say(.verified(verified), on: device)
            guard case .report(let json)? = reply(asker) else { return #expect(Bool(false)) }
            let report = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
            #expect(report["equal"] as? Bool == true && report["device"] as? String == "ann" && report["rows"] as? Int == 12)
            // Once only.
            house.forgetSent()
            try house.say(.verified(verified), on: device)
            #expect(house.sent.isEmpty)
        }
    }

    @Test func anAdministratorIsToldWhyThereIsNoAnswer() throws {
        func error(_ connection: ConnectionID) -> String { if case .error(let text)? = reply(connection) { text } else { "" } }
        #expect(error(try begin("ann")).contains("No device 'ann' is connected"))
        let old = try house.open(office.ann)
        #expect(error(try begin("ann")).contains("Update it"))
        try house.say(.failure(WireFailure()), on: old)
        let device = try openRepairing(office.ann)
        let first = try begin("ann")
        #expect(error(try begin("ann")).contains("already"))
        try house.handle(.transport(.closed(device, .lost("gone"))))
        #expect(error(first).contains("has left"))
        _ = try openRepairing(office.ann)
        let second = try begin("ann")
        office.wall += HubLimits.verifyMilliseconds
        try house.handle(.tick)
        #expect(error(second).contains("has not answered"))
        #expect(house.hub.verifications.isEmpty)
    }
}

extension Office.Device {
    /// With its stream as far as the hub has it.
    fileprivate func now(in office: Office) -> Self {
        var device = self
        device.counter = office.store.now.replicasByID[replica]?.lastCounter ?? 0
        device.root = office.store.now.replicasByID[replica]?.lastRoot ?? []
        return device
    }
}
