import Foundation
import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// Live values at the hub: who may send them, who is given them, and when they end.
struct SignalTests {
    private let house: HubHouse
    private let office: Office
    /// An order of Ann's, whose customer is Dora: both receive it, and Bob does not.
    private let order: RowKey

    init() throws {
        house = try HubHouse(schema: OfficeSchema.withSignals)
        office = house.office
        let (order, operations) = office.order(of: office.ann)
        try office.dora(operations + [office.set(order, 13, .reference(office.dora.user))])
        self.order = order
    }

    private func open(_ device: Office.Device) throws -> ConnectionID {
        var hello = house.hello(device)
        hello.capabilities = [ProtocolLimits.signalsCapability]
        return try house.open(device, hello)
    }

    private func eta(_ arrival: Int64 = 1, about row: RowID? = nil) -> WireSignal {
        var signal = WireSignal()
        signal.signal = OfficeSchema.eta
        signal.row = Data((row ?? order.row).bytes)
        signal.fields = SignalCodec.fields([1: .integer(arrival)])
        return signal
    }

    private func position(of user: RowID) -> WireSignal {
        var signal = WireSignal()
        signal.signal = OfficeSchema.position
        signal.row = Data(user.bytes)
        signal.fields = SignalCodec.fields([1: .real(38.7)])
        return signal
    }

    private func signals(_ connection: ConnectionID) -> [WireSignal] {
        house.to(connection).compactMap { if case .signal(let signal) = $0 { signal } else { nil } }
    }

    private func arrivals(_ connection: ConnectionID) throws -> [Int64?] {
        try signals(connection).map { try SignalCodec.values(of: $0)[1]?.integer }
    }

    private func drops(_ connection: ConnectionID) -> [WireSignalDropReason] {
        house.to(connection).compactMap { if case .signalDropped(let dropped) = $0 { dropped.reason } else { nil } }
    }

    // MARK: To whom

    @Test func aValueGoesToThoseWhoHoldTheRowAndIsNotStored() throws {
        let anns = try open(office.ann), bobs = try open(office.bob), doras = try open(office.dora)
        let head = office.head
        house.forgetSent()
        try house.say(.signal(eta(5)), on: doras)
        #expect(try arrivals(anns) == [5] && arrivals(doras) == [5])
        #expect(signals(bobs).isEmpty)
        #expect(house.sent.allSatisfy { $0.lane == .urgent })
        #expect(signals(anns).first?.sender == Data(office.dora.user.bytes))
        #expect(office.head == head, "nothing is committed")
    }

    @Test func aDeviceThatKnowsNoSignalsIsSentNone() throws {
        let anns = try house.open(office.ann), doras = try open(office.dora)
        house.forgetSent()
        try house.say(.signal(eta()), on: doras)
        #expect(house.to(anns).isEmpty)
        try house.say(.signal(eta()), on: anns)
        #expect(house.failure(anns) == .malformed)
    }

    @Test func onlyRolesThatMayReadAreShownIt() throws {
        let anns = try open(office.ann), bobs = try open(office.bob), doras = try open(office.dora)
        house.forgetSent()
        // Users are in everybody's scopes, and positions are for dispatchers.
        try house.say(.signal(position(of: office.ann.user)), on: anns)
        #expect(signals(doras).count == 1 && signals(anns).isEmpty && signals(bobs).isEmpty)
    }

    @Test func whoConnectsIsGivenWhatLives() throws {
        let doras = try open(office.dora)
        office.wall += 1_000
        try house.say(.signal(eta(5)), on: doras)
        try house.say(.signal(eta(6)), on: doras)
        office.wall += 4_000
        let anns = try open(office.ann)
        #expect(try arrivals(anns) == [6], "the last value only")
        let given = try #require(signals(anns).first)
        #expect(given.ageMilliseconds == 4_000 && given.ttlMilliseconds == OfficeSchema.etaLife)
        let bodies = house.to(anns)
        let welcome = bodies.firstIndex { if case .welcome = $0 { true } else { false } }
        let signal = bodies.firstIndex { if case .signal = $0 { true } else { false } }
        #expect(try #require(welcome) < #require(signal))
    }

    @Test func theSenderMayBeGone() throws {
        let doras = try open(office.dora)
        try house.say(.signal(eta(5)), on: doras)
        try house.handle(.transport(.closed(doras, .lost("gone"))))
        #expect(try arrivals(try open(office.ann)) == [5])
    }

    @Test func aRowThatMovesTakesItsValueAlong() throws {
        let anns = try open(office.ann), bobs = try open(office.bob), doras = try open(office.dora)
        try house.say(.signal(eta(5)), on: doras)
        house.forgetSent()
        var dora = office.dora
        try house.upload([try office.envelope(&dora, [office.set(order, 2, .reference(office.bob.user))])], on: doras)
        #expect(signals(anns).map(\.withdrawn) == [true])
        #expect(try arrivals(bobs) == [5])
        #expect(signals(doras).allSatisfy { !$0.withdrawn })
        house.forgetSent()
        try house.say(.signal(eta(6)), on: doras)
        #expect(signals(anns).isEmpty && signals(bobs).count == 1)
    }

    @Test func aDeletedRowHasNoValue() throws {
        let anns = try open(office.ann), doras = try open(office.dora)
        try house.say(.signal(eta(5)), on: doras)
        house.forgetSent()
        var dora = office.dora
        let covering = try #require(office.row(order)).cells.filter { $0.part != .liveness }.map {
            SeenCell(part: $0.part, context: Context(sequence: $0.sequence))
        }
        try house.upload(
            [try office.envelope(&dora, [(order, .liveness, .delete(covering: covering), office.seen(order, 0))])], on: doras)
        #expect(signals(anns).map(\.withdrawn) == [true])
        try house.say(.signal(eta(6)), on: doras)
        #expect(drops(doras) == [.signalDropNotHeld])
    }

    // MARK: What may come in

    @Test func whatMayNotBeSentIsDroppedAndSaid() throws {
        let anns = try open(office.ann), doras = try open(office.dora)
        house.forgetSent()
        var unknown = eta()
        unknown.signal = 99
        try house.say(.signal(unknown), on: doras)
        // A technician may not send this, and nobody somebody else's position.
        try house.say(.signal(eta()), on: anns)
        try house.say(.signal(position(of: office.bob.user)), on: anns)
        // An order that is not hers, and one that does not exist.
        let (foreign, operations) = office.order(of: office.bob)
        try office.bob(operations)
        try house.say(.signal(eta(about: foreign.row)), on: doras)
        try house.say(.signal(eta(about: RowID(high: 8, low: 8))), on: doras)
        var wrong = eta()
        wrong.fields = SignalCodec.fields([1: .text("soon")])
        try house.say(.signal(wrong), on: doras)
        wrong.fields = []
        try house.say(.signal(wrong), on: doras)
        wrong.fields = SignalCodec.fields([1: .integer(1), 7: .integer(1)])
        try house.say(.signal(wrong), on: doras)
        wrong.fields = eta().fields + eta().fields
        try house.say(.signal(wrong), on: doras)
        wrong.fields = SignalCodec.fields([1: .integer(1), 2: .text(String(repeating: "x", count: 21))])
        try house.say(.signal(wrong), on: doras)
        #expect(drops(anns) == [.signalDropNoRight, .signalDropNoRight])
        #expect(drops(doras) == [
            .signalDropUnknown, .signalDropNotHeld, .signalDropNotHeld, .signalDropFields, .signalDropFields,
            .signalDropFields, .signalDropFields, .signalDropFields,
        ])
        #expect(signals(anns).isEmpty && signals(doras).isEmpty)
        #expect(house.failure(doras) == nil)
        #expect(house.hub.board.values.isEmpty && house.hub.board.rows.isEmpty)
    }

    @Test func whatNoSignalCanBeEndsTheSession() throws {
        var short = eta()
        short.row = Data([1])
        var long = eta()
        long.fields = SignalCodec.fields([1: .text(String(repeating: "x", count: ProtocolLimits.signalBytes))])
        var many = eta()
        many.fields = SignalCodec.fields(Dictionary(uniqueKeysWithValues: (1...17).map { (UInt32($0), Value.integer(1)) }))
        for (signal, code) in [(short, WireFailureCode.malformed), (long, .tooLarge), (many, .tooLarge)] {
            let doras = try open(office.dora)
            try house.say(.signal(signal), on: doras)
            #expect(house.failure(doras) == code)
        }
    }

    @Test func tooManyAreDroppedUntilTimeHasPassed() throws {
        let doras = try open(office.dora)
        for number in 0..<Int64(HubLimits.signalBurst) { try house.say(.signal(eta(number)), on: doras) }
        #expect(drops(doras).isEmpty)
        try house.say(.signal(eta(1_000)), on: doras)
        #expect(drops(doras) == [.signalDropTooFrequent])
        office.wall += 1_000 / HubLimits.signalsPerSecond
        try house.say(.signal(eta(1_001)), on: doras)
        #expect(drops(doras).count == 1)
        #expect(house.hub.board.values.values.first.map { try? SignalCodec.values(of: $0.message)[1] } == .integer(1_001))
    }

    /// A device that can take only so much is sent of each topic the last value, later.
    @Test func whatASessionCannotTakeIsSentLaterAsItIsThen() throws {
        let anns = try open(office.ann), doras = try open(office.dora)
        house.forgetSent()
        func noted(_ arrival: Int64) -> WireSignal {
            var signal = eta()
            signal.fields = SignalCodec.fields([1: .integer(arrival), 2: .text(String(repeating: "x", count: 20))])
            return signal
        }
        for number in 0..<Int64(HubLimits.signalBurst) { try house.say(.signal(noted(number)), on: doras) }
        office.wall += 5_000
        for number in 0..<Int64(HubLimits.signalBurst) { try house.say(.signal(noted(1_000 + number)), on: doras) }
        // What waits goes first, and it goes at a tick.
        #expect(signals(anns).count == Int(HubLimits.signalBytesBurst) / SignalCodec.weight(of: noted(1)))
        #expect(drops(doras).isEmpty)
        office.wall += 1_000
        try house.handle(.tick)
        #expect(try arrivals(anns).last == 1_000 + Int64(HubLimits.signalBurst) - 1)
    }

    // MARK: Time

    @Test func aValueEndsByItself() throws {
        let doras = try open(office.dora)
        try house.say(.signal(eta()), on: doras)
        office.wall += UInt64(OfficeSchema.etaLife) - 1
        #expect(signals(try open(office.ann)).count == 1)
        office.wall += 1
        #expect(signals(try open(office.ann)).isEmpty)
        try house.handle(.tick)
        #expect(house.hub.board.values.isEmpty && house.hub.board.byScope.isEmpty && house.hub.board.rows.isEmpty)
    }

    @Test func aShorterLifeIsTheSendersToChooseAndALongerOneIsNot() throws {
        let doras = try open(office.dora)
        var signal = eta()
        signal.ttlMilliseconds = 5_000
        try house.say(.signal(signal), on: doras)
        signal.ttlMilliseconds = .max
        try house.say(.signal(signal), on: doras)
        #expect(signals(doras).map(\.ttlMilliseconds) == [5_000, OfficeSchema.etaLife])
    }

    /// A device's clock can make a value older, and never younger.
    @Test func aWrongClockMakesNothingYounger() throws {
        let doras = try open(office.dora)
        var signal = eta()
        signal.clock = WireClockEvidence(ClockEvidence(hubMilliseconds: office.wall + 1 << 40, uncertaintyMilliseconds: 3))
        try house.say(.signal(signal), on: doras)
        #expect(signals(doras).first?.ageMilliseconds == 0 && signals(doras).first?.clock.hubMilliseconds == office.wall)
        signal.clock.hubMilliseconds = office.wall - 20_000
        try house.say(.signal(signal), on: doras)
        #expect(signals(doras).last?.ageMilliseconds == 20_000)
        signal.clock.hubMilliseconds = 5
        try house.say(.signal(signal), on: doras)
        #expect(drops(doras) == [.signalDropExpired] && signals(doras).count == 2)
    }

    // MARK: Rights that change

    @Test func aSenderWhoseRoleChangesIsWithdrawn() throws {
        let anns = try open(office.ann), doras = try open(office.dora)
        try house.say(.signal(eta()), on: doras)
        try house.handle(.transport(.closed(doras, .lost("gone"))))
        house.forgetSent()
        let key = RowKey(collection: OfficeSchema.users, row: office.dora.user)
        var bob = office.bob
        let bobs = try open(bob)
        try house.upload([try office.envelope(&bob, [office.set(key, 2, .text("technician"))])], on: bobs)
        #expect(signals(anns).map(\.withdrawn) == [true])
        #expect(house.hub.board.values.isEmpty)
    }

    @Test func aSenderWithoutAccessIsWithdrawn() throws {
        let anns = try open(office.ann), doras = try open(office.dora)
        try house.say(.signal(eta()), on: doras)
        house.forgetSent()
        try house.revoke(device: "dora")
        #expect(signals(anns).map(\.withdrawn) == [true])
    }

    @Test func aSenderWhoLosesTheRowIsWithdrawn() throws {
        let anns = try open(office.ann), doras = try open(office.dora)
        try house.say(.signal(eta()), on: doras)
        try house.handle(.transport(.closed(doras, .lost("gone"))))
        house.forgetSent()
        var ann = office.ann
        try house.upload([try office.envelope(&ann, [office.set(order, 13, .null)])], on: anns)
        #expect(signals(anns).map(\.withdrawn) == [true])
    }

    @Test func aReaderWhoseRoleChangesIsShownNothingMore() throws {
        let anns = try open(office.ann), doras = try open(office.dora)
        try house.say(.signal(position(of: office.ann.user)), on: anns)
        #expect(signals(doras).count == 1)
        let key = RowKey(collection: OfficeSchema.users, row: office.dora.user)
        var ann = office.ann
        try house.upload([try office.envelope(&ann, [office.set(key, 2, .text("technician"))])], on: anns)
        #expect(house.failure(doras) == .retryLater)
        office.dora = Office.Device(
            replica: office.dora.replica, user: office.dora.user, role: OfficeSchema.technician, site: office.dora.site,
            counter: office.dora.counter, root: office.dora.root, privateKey: office.dora.privateKey)
        #expect(signals(try open(office.dora)).isEmpty)
    }

    // MARK: Races and bounds

    /// The row moved while it was being looked up: what was read before is not believed.
    @Test func aRowIsLookedUpAsItIsNow() throws {
        let anns = try open(office.ann), bobs = try open(office.bob), doras = try open(office.dora)
        house.forgetSent()
        house.isPaused = true
        try house.say(.signal(eta(5)), on: doras)
        let asked = house.takeWaiting()
        #expect(asked.count == 1)
        let stale = try office.store.read { try SignalAnswer(.row(order), $0) }
        var dora = office.dora
        try house.upload([try office.envelope(&dora, [office.set(order, 2, .reference(office.bob.user))])], on: doras)
        house.isPaused = false
        try house.work()
        try house.handle(.readDone(.signals(stale)))
        #expect(signals(anns).isEmpty && signals(bobs).count == 1)
    }

    @Test func theOldestGoFirstAndAreTakenBack() throws {
        let anns = try open(office.ann), doras = try open(office.dora)
        _ = anns
        var board = house.hub.board
        for number in 0..<UInt64(HubLimits.topicsPerSender + 5) {
            let key = RowKey(collection: OfficeSchema.orders, row: RowID(high: 7, low: number))
            _ = board.wait(
                WaitingSignal(topic: SignalTopic(signal: 1, row: key.row), connection: doras, message: WireSignal(), madeMilliseconds: 0, lifeMilliseconds: 1),
                for: key)
            _ = board.place(key, in: [Scope(kind: "a", key: "b")], since: .zero)
            _ = board.takeWaiting(for: key)
            var message = WireSignal()
            message.order = board.nextOrder()
            let gone = board.put(HeldSignal(
                topic: SignalTopic(signal: 1, row: key.row), key: key, replica: office.dora.replica, user: office.dora.user,
                senderScopes: [], message: message, madeMilliseconds: 0, endMilliseconds: 100))
            let bound = UInt64(HubLimits.topicsPerSender)
            #expect(gone.map(\.0.row) == (number < bound ? [] : [RowID(high: 7, low: number - bound)]))
        }
        #expect(board.values.count == HubLimits.topicsPerSender && board.rows.count == HubLimits.topicsPerSender)
        board.expire(at: 100)
        #expect(board.values.isEmpty && board.rows.isEmpty && board.byScope.isEmpty && board.bySender.isEmpty)
    }

    @Test func afterARestartOfTheHubThereAreNone() throws {
        let doras = try open(office.dora)
        try house.say(.signal(eta()), on: doras)
        let state = office.store.now
        house.hub = Hub(
            schema: office.schema, identity: state.hub, head: state.head, controlToken: [1], random: office.random)
        #expect(signals(try open(office.ann)).isEmpty)
    }
}
