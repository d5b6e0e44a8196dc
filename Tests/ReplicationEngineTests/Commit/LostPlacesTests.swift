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
        var made = RowKey(collection: OfficeSchema.orders, row: .zero)
        restored = try RestoredOffice { office in
            let (key, order) = office.order(of: office.ann, title: "before")
            made = key
            try office.ann(order + [office.set(key, 13, .reference(office.dora.user))])
        }
        key = made
        office = restored.office
        try restored.write(&office.ann, [office.set(key, 1, .text("seen"))], hasVerdict: false)
        first = try #require(office.row(key))
        try restored.write(&office.dora, [office.set(key, 1, .text("newer"))])
        second = try #require(office.row(key))
        restored.restore()
    }

    /// What Dora had been sent comes with what she wrote.
    private func handInDoras() throws {
        try office.decide([.recall(office.dora.replica, [lost(first)])])
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
        var key = key
        let restored = try RestoredOffice { office in
            let (made, order) = office.order(of: office.ann, title: "before")
            key = made
            try office.ann(order + [office.set(key, 13, .reference(office.dora.user))])
        }
        let office = restored.office
        try restored.write(&office.ann, [office.set(key, 1, .text("seen"))], hasVerdict: false)
        var row = try #require(office.row(key))
        let covering = row.cells.filter { $0.part != .liveness }.map { SeenCell(part: $0.part, context: Context(sequence: $0.sequence)) }
        try restored.write(&office.dora, [(key, .liveness, .delete(covering: covering), office.seen(key, 0))])
        #expect(office.row(key)?.isAlive == false)
        restored.restore()
        if writerComesFirst { try restored.handIn(&office.ann) }
        row.cells.removeAll { !office.store.now.hub.isLost($0.sequence) }
        try office.decide([.recall(office.dora.replica, [row])])
        try restored.handIn(&office.dora)
        if !writerComesFirst { try restored.handIn(&office.ann) }
        #expect(office.row(key)?.isAlive == false, "the deletion covers what its writer had seen, wherever that stands now")
    }

    @Test func nothingIsTakenInFromWhatIsTold() throws {
        try office.decide([.recall(office.dora.replica, [lost(first)])])
        #expect(office.value(key, "title") == .text("before"))
    }

    /// Dora's phone is lost for ever; Bob has had both states.
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
        #expect(takenIn == !isOneMessage, "what the same message says to be superseded is not taken in")
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
}
