import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// After a restore: a writer that has lost its receipt hands in anew what others had seen and overwritten.
struct LostPlacesTests {
    private let restored: RestoredOffice
    private let office: Office
    private let key: RowKey
    private let title = Part(group: 1)
    /// The row when Ann's write stood, and when Dora had overwritten it.
    private let first: RowState, second: RowState

    /// Ann's phone goes back to a copy from before the hub's answer, and the hub to a backup from before both writes.
    init() throws {
        (restored, key) = try Self.officeWithAnOrder()
        office = restored.office
        try restored.write(&office.ann, [office.set(key, 1, .text("seen"))], hasVerdict: false)
        first = try #require(office.row(key))
        try restored.write(&office.dora, [office.set(key, 1, .text("newer"))])
        second = try #require(office.row(key))
        restored.restore()
    }

    /// Ann has made an order for Dora before the backup.
    private static func officeWithAnOrder() throws -> (RestoredOffice, RowKey) {
        var made = RowKey(collection: OfficeSchema.orders, row: .zero)
        let restored = try RestoredOffice { office in
            let (key, order) = office.order(of: office.ann, title: "before")
            made = key
            try office.ann(order + [office.set(key, 13, .reference(office.dora.user))])
        }
        return (restored, made)
    }

    /// What Dora had been sent comes with what she wrote.
    private func handInDoras() throws {
        try office.decide([.noteSeen(office.dora.replica, [LostRow(state: lost(first))])])
        try restored.handIn(&office.dora)
    }

    private func lost(_ row: RowState) -> RowState {
        var row = row
        row.cells.removeAll { !office.store.now.hub.isLost($0.sequence) }
        return row
    }

    private func expectOnlyTheNewerStands(_ comment: Comment? = nil) {
        #expect(office.row(key)?[title]?.siblings.map(\.values) == [[.text("newer")]], comment)
    }

    @Test(arguments: [true, false])
    func whoHasOverwrittenItSaysWhatStoodThere(_ writerComesFirst: Bool) throws {
        if writerComesFirst { try restored.handIn(&office.ann) }
        try handInDoras()
        if !writerComesFirst {
            let receipt = try restored.handIn(&office.ann)[0]
            #expect(receipt.verdicts[0].isAccepted)
        }
        expectOnlyTheNewerStands()
        #expect(office.all(OfficeSchema.conflicts).isEmpty)
    }

    @Test(arguments: [true, false])
    func whoHasDeletedTheRowHadSeenIt(_ writerComesFirst: Bool) throws {
        let (restored, key) = try Self.officeWithAnOrder()
        let office = restored.office
        try restored.write(&office.ann, [office.set(key, 1, .text("seen"))], hasVerdict: false)
        var row = try #require(office.row(key))
        let covering = row.cells.filter { $0.part != .liveness }.map { SeenCell(part: $0.part, context: Context(sequence: $0.sequence)) }
        try restored.write(&office.dora, [(key, .liveness, .delete(covering: covering), office.seen(key, 0))])
        #expect(office.row(key)?.isAlive == false)
        restored.restore()
        if writerComesFirst { try restored.handIn(&office.ann) }
        row.cells.removeAll { !office.store.now.hub.isLost($0.sequence) }
        try office.decide([.noteSeen(office.dora.replica, [LostRow(state: row)])])
        try restored.handIn(&office.dora)
        if !writerComesFirst { try restored.handIn(&office.ann) }
        #expect(office.row(key)?.isAlive == false, "the deletion covers what its writer had seen, wherever that stands now")
    }

    @Test func nothingIsTakenInFromWhatIsTold() throws {
        try office.decide([.noteSeen(office.dora.replica, [LostRow(state: lost(first))])])
        #expect(office.value(key, "title") == .text("before"))
    }

    /// Dora's phone is lost for ever. Bob has come back between the restores and has what stood then; somebody else has not, and
    /// holds the first state.
    @Test(arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
    func whatWasSeenInOneLostTimeIsKnownInTheNext(_ order: [Int]) throws {
        try restored.salvage([first, second], from: office.bob)
        let between = LostRow(state: try #require(office.row(key)), contained: try office.store.now.contained(of: key))
        restored.restore()
        #expect(office.value(key, "title") == .text("before"))
        for step in order {
            switch step {
            case 0: try restored.salvage([between], from: office.bob)
            case 1: try restored.salvage([first], from: office.dora)
            default: try restored.handIn(&office.ann)
            }
        }
        expectOnlyTheNewerStands("\(order)")
    }

    /// Bob has handed in what stood, before the writer comes; who had written first has lost the receipts.
    @Test func whatItsWriterSaysToHaveSeenGivesWayToAWriteThatStandsAlready() throws {
        try restored.salvage([second], from: office.bob)
        try restored.handIn(&office.ann)
        try handInDoras()
        expectOnlyTheNewerStands()
    }

    /// What was told of a write in a later lost time counts for what an earlier state has of it.
    @Test func aPlaceThatIsToldInOneLostTimeCountsInAnother() throws {
        let (restored, key) = try Self.officeWithAnOrder()
        let office = restored.office
        try restored.write(&office.ann, [office.set(key, 1, .text("seen"))], hasVerdict: false)
        let first = try #require(office.row(key))
        restored.restore()
        try restored.salvage([first], from: office.bob)
        var between = try #require(office.row(key))
        try restored.writeOffline(&office.dora, [office.set(key, 1, .text("last"))])
        restored.restore()
        between.cells.removeAll { !office.store.now.hub.isLost($0.sequence) }
        try office.decide([.noteSeen(office.dora.replica, [LostRow(state: between)])])
        try restored.handIn(&office.dora)
        try restored.salvage([first], from: office.bob)
        #expect(office.row(key)?[title]?.siblings.map(\.values) == [[.text("last")]])
    }

    /// Ann comes when what had seen her write is here, and her receipt names the state of then: who was shown that had seen it.
    @Test(arguments: [true, false])
    func aReceiptForWhatChangedNothingSaysByWhenItWasSeen(_ writerComesFirst: Bool) throws {
        try handInDoras()
        #expect(try restored.handIn(&office.ann)[0].verdicts[0].sequence == office.row(key)?[title]?.sequence)
        try restored.writeOffline(&office.dora, [office.set(key, 1, .text("last"))])
        restored.restore()
        if writerComesFirst { try restored.handIn(&office.ann) }
        try restored.handIn(&office.dora)
        if !writerComesFirst { try restored.handIn(&office.ann) }
        #expect(office.row(key)?[title]?.siblings.map(\.values) == [[.text("last")]])
    }

    /// Ann's receipt says by when her write had been seen. Dora had been shown it before that, and says so with what she wrote; or Bob
    /// does later.
    @Test(arguments: ["ann dora", "dora ann", "ann dora bob", "dora ann bob"])
    func whereAWriteStoodIsToldBetterThanByAReceiptThatCameLater(_ order: String) throws {
        let (restored, key) = try Self.officeWithAnOrder()
        let office = restored.office
        try restored.write(&office.ann, [office.set(key, 1, .text("seen"))])
        let first = try #require(office.row(key))
        restored.restore()
        try restored.salvage([first], from: office.bob)
        var between = LostRow(state: try #require(office.row(key)))
        try restored.writeOffline(&office.dora, [office.set(key, 1, .text("last"))])
        try office.decide([.importLines(ConnectionID(rawValue: 0), request: 1, ImportBatch(
            job: ChangesetID(high: 5, low: 5), isDryRun: false, lines: [.init(number: 1, rows: [.init(
                collection: "orders", row: key.row, fields: [("title", .text("imported"))], sets: [], fillsOnly: false)])]))])
        let state = try #require(office.row(key)?[title]?.sequence)
        #expect(between.state[title].map { $0.sequence < state } == true)
        #expect(try restored.handIn(&office.ann)[0].verdicts[0].sequence == state, "it had been seen when it came")
        restored.restore()
        between.state.cells.removeAll { !office.store.now.hub.isLost($0.sequence) }
        for step in order.split(separator: " ") {
            switch step {
            case "ann": try restored.handIn(&office.ann)
            case "bob": try office.decide([.noteSeen(office.bob.replica, [between])])
            default:
                if !order.hasSuffix("bob") { try office.decide([.noteSeen(office.dora.replica, [between])]) }
                try restored.handIn(&office.dora)
            }
        }
        #expect(office.row(key)?[title]?.siblings.map(\.values) == [[.text("last")]], "Dora had seen what Ann wrote")
    }

    /// Dora was shown a state that says what it contained of the time before, and says so with what she wrote then; or Bob does later.
    @Test(arguments: ["ann dora", "dora ann", "ann dora bob"])
    func whoWasShownAStateHadSeenWhatItContained(_ order: String) throws {
        let (restored, key) = try Self.officeWithAnOrder()
        let office = restored.office
        try restored.write(&office.ann, [office.set(key, 1, .text("seen"))])
        let first = try #require(office.row(key))
        try restored.write(&office.ann, [office.set(key, 1, .text("newer"))])
        let second = try #require(office.row(key))
        restored.restore()
        try restored.salvage([second], from: office.bob)
        var between = LostRow(state: try #require(office.row(key)), contained: try office.store.now.contained(of: key))
        between.contained.removeAll { $0.part != title }
        #expect(!between.contained.isEmpty)
        try restored.writeOffline(&office.dora, [office.set(key, 1, .text("last"))])
        restored.restore()
        between.state.cells.removeAll { !office.store.now.hub.isLost($0.sequence) }
        for step in order.split(separator: " ") {
            switch step {
            case "ann": try restored.salvage([first], from: office.ann)
            case "bob": try office.decide([.noteSeen(office.bob.replica, [between])])
            default:
                if !order.hasSuffix("bob") { try office.decide([.noteSeen(office.dora.replica, [between])]) }
                try restored.handIn(&office.dora)
            }
        }
        #expect(office.row(key)?[title]?.siblings.map(\.values) == [[.text("last")]])
    }

    /// The writer has no receipt of the row that it made, and somebody else was sent it.
    @Test func aRowThatAnotherHasHandedInIsNotRefusedToItsMaker() throws {
        var key = key
        let restored = try RestoredOffice { _ in }
        let office = restored.office
        let (made, order) = office.order(of: office.ann, title: "made in lost time")
        key = made
        try restored.write(&office.ann, order, hasVerdict: false)
        let row = try #require(office.row(key))
        restored.restore()
        try restored.salvage([row], from: office.bob)
        let receipt = try restored.handIn(&office.ann)[0]
        let refusals = receipt.rules.compactMap { $0 }
        #expect(refusals.isEmpty)
        #expect(office.row(key)?[.liveness]?.siblings.count == 1 && office.value(key, "title") == .text("made in lost time"))
    }

    @Test(arguments: [true, false], [true, false])
    func whoHasBothStatesTellsTheirOrder(_ writerComesFirst: Bool, _ isOneMessage: Bool) throws {
        if writerComesFirst { try restored.handIn(&office.ann) }
        if isOneMessage {
            try restored.salvage([first, second], from: office.bob)
        } else {
            try restored.salvage([first], from: office.bob, isLast: false)
            try restored.salvage([second], from: office.bob)
        }
        let superseded = first[title]?.siblings.first?.write.identity
        let takenIn = try office.store.now.entries.contains { try ChangesetCodec.decode($0.changeset).header.salvages == superseded }
        #expect(takenIn == (writerComesFirst || !isOneMessage), "what the same message says to be superseded is told of, not taken in")
        if !writerComesFirst { try restored.handIn(&office.ann) }
        expectOnlyTheNewerStands()
        #expect(office.all(OfficeSchema.conflicts).isEmpty)
    }

    /// As long as nobody can tell, both stand; then one gives way.
    @Test func itGivesWayWhenItIsToldLater() throws {
        try restored.handIn(&office.ann)
        try restored.handIn(&office.dora)
        #expect(office.row(key)?[title]?.siblings.count == 2)
        try restored.salvage([first], from: office.bob)
        expectOnlyTheNewerStands("the state says where it stood, and Dora had seen that")
        let past = try office.store.read { try CellHistory(reader: $0, schema: office.schema).state(of: title, key: key, at: office.head) }
        #expect(past?.siblings == office.row(key)?[title]?.siblings, "and so says its history")
    }

    /// The hub goes back once more, behind what it was told.
    @Test func itIsToldAnewAfterAnotherRestore() throws {
        try restored.handIn(&office.ann)
        try handInDoras()
        restored.restore()
        try restored.handIn(&office.ann)
        try handInDoras()
        expectOnlyTheNewerStands()
    }

    // MARK: Nothing is lost by it

    /// An order that all three see, and a hub that goes back behind what they write next.
    private func another(_ writes: (RestoredOffice, RowKey) throws -> Void) throws -> (RestoredOffice, RowKey) {
        var key = key
        let restored = try RestoredOffice { office in
            let (made, order) = office.order(of: office.ann, title: "before")
            key = made
            try office.ann(order + [office.set(made, 13, .reference(office.dora.user))])
        }
        try writes(restored, key)
        return (restored, key)
    }

    private func lost(_ key: RowKey, _ office: Office, _ rows: [RowKey: RowState]) throws -> RowState {
        var row = try #require(rows[key])
        row.cells.removeAll { !office.store.now.hub.isLost($0.sequence) }
        return row
    }

    /// What stood beside it is told of as well, and has not been taken in.
    @Test func whatStoodBesideItStillComesIn() throws {
        let (restored, key) = try another { restored, key in
            let seen = restored.office.seen(key, 1)
            try restored.write(&restored.office.ann, [restored.office.set(key, 1, .text("ann"), seen: seen)], hasVerdict: false)
            try restored.write(&restored.office.dora, [restored.office.set(key, 1, .text("dora"), seen: seen)])
        }
        let office = restored.office
        let rows = restored.restore()
        try restored.handIn(&office.ann)
        try office.decide([.noteSeen(office.bob.replica, [LostRow(state: lost(key, office, rows))])])
        #expect(office.row(key)?[title]?.siblings.count == 1)
        try restored.handIn(&office.dora)
        #expect(Set(office.row(key)?[title]?.siblings.compactMap(\.values) ?? []) == [[.text("ann")], [.text("dora")]])
    }

    @Test func ofAChangesetOfTwoCellsBothGiveWay() throws {
        let (restored, key) = try another { restored, key in
            let office = restored.office
            try restored.write(&office.ann, [office.set(key, 1, .text("seen")), office.set(key, 11, .integer(1))], hasVerdict: false)
        }
        let office = restored.office
        let first = try #require(office.row(key))
        try restored.write(&office.dora, [office.set(key, 1, .text("newer")), office.set(key, 11, .integer(2))])
        restored.restore()
        try restored.handIn(&office.ann)
        try restored.handIn(&office.dora)
        try restored.salvage([first], from: office.bob)
        #expect(office.row(key)?[title]?.siblings.map(\.values) == [[.text("newer")]])
        #expect(office.row(key)?[Part(group: 11)]?.siblings.map(\.values) == [[.integer(2)]])
    }

    /// Dora tells of both states, and what she wrote then is refused: the value of the second is with somebody else.
    @Test func whatIsToldTakesNothingsPlace() throws {
        try restored.handIn(&office.ann)
        try office.decide([.noteSeen(office.bob.replica, [LostRow(state: lost(first)), LostRow(state: lost(second))])])
        #expect(office.value(key, "title") == .text("seen"), "the newer value is not here yet")
        try restored.handIn(&office.dora)
        expectOnlyTheNewerStands()
    }

    /// What is told of one cell says nothing of another: that may have waited.
    @Test func whatIsToldOfOneCellHoldsForThatCell() throws {
        try office.decide([.noteSeen(office.dora.replica, [LostRow(state: lost(first))])])
        let identity = try #require(first[title]?.siblings.first?.write.identity)
        let told = try office.store.now.told(of: identity)
        #expect(told.map(\.part) == [title] && told.map(\.key) == [key])
        #expect(try office.store.now.adopted(identity) == nil)
    }

    /// The phone of whoever signed first is gone; another hands in both signatures after the second one came with its writer.
    @Test func theFirstValueOfAWriteOnceFieldComesBack() throws {
        let signature = Part(group: 5)
        let (restored, key) = try another { restored, key in
            let office = restored.office
            try restored.write(&office.ann, [office.set(key, 5, .bytes([1]))])
            try restored.write(&office.dora, [office.set(key, 5, .bytes([2]))])
        }
        let office = restored.office
        let rows = restored.restore()
        try restored.handIn(&office.dora)
        try restored.salvage([lost(key, office, rows)], from: office.bob)
        let values = office.row(key)?[signature]?.siblings.compactMap(\.values) ?? []
        #expect(Set(values) == [[.bytes([1])], [.bytes([2])]])
        #expect(office.value(key, "signature") == .bytes([1]))
    }
}
