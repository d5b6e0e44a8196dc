import Foundation
import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// The hub goes back to a backup, and takes in what it lost.
struct RestoreTests {
    /// A number of another epoch says nothing by itself.
    @Test func howFarBehindADeviceIsIsCountedOverAllEpochs() {
        func at(_ epoch: UInt32, _ number: UInt64) -> CommitSequence { CommitSequence(epoch: epoch, number: number) }
        var hub = HubIdentity(id: .zero, sealKey: [], epoch: 1, name: "", schemaText: "")
        #expect(hub.commits(after: at(1, 3), upTo: at(1, 10)) == 7 && hub.commits(after: .zero, upTo: at(1, 10)) == 10)
        hub.epoch = 3
        hub.kept = [at(1, 150), at(2, 20)]
        // What it had of the lost end of an epoch does not count; what it had of the rest does.
        #expect(hub.commits(after: at(1, 218), upTo: at(3, 3)) == 23)
        #expect(hub.commits(after: at(1, 100), upTo: at(3, 3)) == 73)
        #expect(hub.commits(after: at(2, 5), upTo: at(3, 3)) == 18)
        #expect(hub.commits(after: at(3, 3), upTo: at(3, 3)) == 0 && hub.commits(after: .zero, upTo: at(3, 3)) == 173)
    }

    private let title = Part(group: 1)

    /// An order of Ann's that Dora, as its customer, has as well; made before the backup.
    private func office(_ key: inout RowKey) throws -> RestoredOffice {
        var made = RowKey(collection: OfficeSchema.orders, row: .zero)
        let restored = try RestoredOffice { office in
            let (key, order) = office.order(of: office.ann, title: "before")
            made = key
            try office.ann(order + [office.set(key, 13, .reference(office.dora.user))])
        }
        key = made
        return restored
    }

    @Test(arguments: [true, false])
    func history4TheHubIsRestoredWhileADeviceHoldsCountersThatItLostAndAnotherALaterBasis(writerComesFirst: Bool) throws {
        var key = RowKey(collection: 0, row: .zero)
        let restored = try office(&key)
        let office = restored.office
        let lost = try restored.write(&office.ann, [office.set(key, 1, .text("lost"))])
        // Dora had it on her screen, and what she wrote then has not reached the hub.
        try restored.writeOffline(&office.dora, [office.set(key, 1, .text("after it"))])
        restored.restore()
        #expect(office.value(key, "title") == .text("before"))
        if writerComesFirst {
            try restored.handIn(&office.ann)
            #expect(office.value(key, "title") == .text("lost"))
            try restored.handIn(&office.dora)
        } else {
            try restored.handIn(&office.dora)
            try restored.handIn(&office.ann)
        }
        #expect(office.value(key, "title") == .text("after it"), "who had seen it has overwritten it, in any order")
        #expect(office.row(key)?[title]?.siblings.count == 1)
        #expect(office.all(OfficeSchema.conflicts).isEmpty)
        let entry = try office.store.now.entry(of: lost.identity)
        #expect(entry?.sequence.epoch == 2)
    }

    @Test func whatWasFixedOnceStaysFixed() throws {
        var key = RowKey(collection: 0, row: .zero)
        let restored = try office(&key)
        let office = restored.office
        let first = try restored.write(&office.ann, [office.set(key, 2, .reference(office.bob.user))])
        restored.restore()
        office.wall += 86_400_000
        let again = try restored.handIn(&office.ann)[0]
        #expect(again.verdicts[0].effective == first.verdicts[0].effective && again.verdicts[0].rank == first.verdicts[0].rank)
        let write = try #require(office.row(key)?[Part(group: 2)]?.siblings.first?.write)
        #expect(write.dot == first.dot && write.effective == first.verdicts[0].effective)
        #expect(write.former?.places == [first.sequence] && write.sequence == again.sequence)
        #expect(again.dot.site > office.store.now.hub.lastSiteBefore, "no place is given twice")
    }

    @Test func aForgedReceiptIsAsIfThereWereNone() throws {
        var key = RowKey(collection: 0, row: .zero)
        let restored = try office(&key)
        let office = restored.office
        let first = try restored.write(&office.ann, [office.set(key, 11, .integer(3))])
        restored.restore()
        office.wall += 86_400_000
        let again = try restored.handIn(&office.ann) { envelope in
            envelope.formerReceipts[0].body[envelope.formerReceipts[0].body.count - 1] ^= 1
        }[0]
        #expect(again.verdicts[0].isAccepted)
        #expect(office.row(key)?[Part(group: 11)]?.siblings.first?.write.former == nil)
        #expect(again.verdicts[0].effective >= first.verdicts[0].effective)
    }

    @Test func concurrentWritesOfBothTimesLeaveAConflictOnceAndBothStand() throws {
        var key = RowKey(collection: 0, row: .zero)
        let restored = try office(&key)
        let office = restored.office
        let seen = office.seen(key, 1)
        try restored.write(&office.ann, [office.set(key, 1, .text("ann"), seen: seen)])
        try restored.write(&office.dora, [office.set(key, 1, .text("dora"), seen: seen)])
        #expect(office.all(OfficeSchema.conflicts).count == 1)
        let rows = restored.restore()
        // In the other order than the first time.
        try restored.handIn(&office.dora)
        try restored.handIn(&office.ann)
        #expect(office.all(OfficeSchema.conflicts).count == 1)
        try restored.salvage(Array(rows.values), from: office.dora)
        #expect(office.all(OfficeSchema.conflicts).count == 1, "the conflict as it was is the same one")
        #expect(office.row(key)?[title]?.siblings.count == 2)
    }

    @Test func incrementsAreInTheSumOnceAlsoIfTheyAreHandedInTwice() throws {
        var key = RowKey(collection: 0, row: .zero)
        let restored = try office(&key)
        let office = restored.office
        let visits = Part(group: 8)
        for _ in 0..<3 { try restored.write(&office.ann, [(key, visits, .increment(2), Context())]) }
        try restored.writeOffline(&office.dora, [(key, visits, .increment(10), Context())])
        restored.restore()
        try restored.handIn(&office.dora)
        try restored.handIn(&office.ann)
        try restored.handIn(&office.ann)
        #expect(office.value(key, "visits") == .integer(16))
    }

    // MARK: History 22

    @Test func history22ASupersededValueThatComesBackAlone() throws {
        var key = RowKey(collection: 0, row: .zero)
        let restored = try office(&key)
        let office = restored.office
        try restored.write(&office.ann, [office.set(key, 1, .text("superseded"))])
        try restored.write(&office.dora, [office.set(key, 1, .text("newer"))])
        let rows = restored.restore()
        // Dora's phone is lost for ever; Bob holds what she wrote.
        try restored.salvage([rows[key]].compactMap { $0 }, from: office.bob)
        #expect(office.value(key, "title") == .text("newer"))
        let receipts = try restored.handIn(&office.ann)
        #expect(receipts[0].verdicts[0].isAccepted)
        #expect(office.value(key, "title") == .text("newer"), "it was seen by what stands, and does not come back")
        #expect(office.row(key)?[title]?.siblings.count == 1)
        #expect(office.all(OfficeSchema.conflicts).isEmpty)
    }

    @Test func history22AMendedRefusal() throws {
        var key = RowKey(collection: 0, row: .zero)
        let restored = try office(&key)
        let office = restored.office
        let refused = try restored.write(&office.ann, [office.set(key, 11, .integer(9))])
        #expect(refused.rules == [.outsideDomain])
        var options = Office.Options()
        options.mends = refused.identity
        try restored.write(&office.ann, [office.set(key, 11, .integer(4))], options)
        #expect(office.store.now.quarantine.isEmpty)
        restored.restore()
        let receipts = try restored.handIn(&office.ann)
        #expect(receipts[0].rules == [.outsideDomain] && receipts[1].verdicts[0].isAccepted)
        #expect(office.store.now.quarantine.isEmpty, "it was dealt with")
        #expect(office.value(key, "level") == .integer(4))
    }

    /// Access had been given back after the backup, and the hub knows nothing of that. A receipt for letting go of something would look
    /// the same had there been no access: a lost phone must not take away what waits for a person.
    @Test func whatWasLetGoOfWithAccessThatTheHubHasLostStays() throws {
        func order(isReinstating: Bool) -> CommitWork {
            .revoke(ConnectionID(rawValue: 0), request: 0, RevocationOrder(
                .device("ann"), reason: "", administrator: "", isReinstating: isReinstating))
        }
        var key = RowKey(collection: OfficeSchema.orders, row: .zero)
        let restored = try RestoredOffice { office in
            let (made, operations) = office.order(of: office.ann)
            key = made
            try office.ann(operations)
            _ = try office.decide([order(isReinstating: false)])
        }
        let office = restored.office
        _ = try office.decide([order(isReinstating: true)])
        let refused = try restored.write(&office.ann, [office.set(key, 11, .integer(9))])
        #expect(refused.rules == [.outsideDomain])
        try restored.write(&office.ann, [], .init(discards: refused.identity))
        #expect(office.store.now.quarantine.isEmpty)
        restored.restore()
        #expect(try restored.handIn(&office.ann)[0].rules == [.outsideDomain])
        #expect(office.store.now.quarantine.map(\.identity) == [refused.identity])
    }

    @Test(arguments: [true, false])
    func history22AJobWhoseGrantWasLost(grantComesFirst: Bool) throws {
        var key = RowKey(collection: 0, row: .zero)
        let restored = try office(&key)
        let office = restored.office
        try restored.write(&office.dora, [office.set(key, 2, .reference(office.bob.user))])
        try restored.writeOffline(&office.bob, [office.set(key, 1, .text("done by bob"))])
        // And then it was taken from him, which he did not know.
        try restored.write(&office.dora, [office.set(key, 2, .reference(office.ann.user))])
        restored.restore()
        if grantComesFirst { try restored.handIn(&office.dora) }
        let receipts = try restored.handIn(&office.bob)
        if !grantComesFirst {
            #expect(receipts[0].rules == [.noRight])
            #expect(office.store.now.quarantine.map { $0.isParked } == [true])
            try restored.handIn(&office.dora)
            try restored.salvage([RowState](), from: office.dora)
        }
        #expect(office.value(key, "title") == .text("done by bob"))
        #expect(office.store.now.quarantine.isEmpty)
        #expect(office.reviews() == ["late"])
    }

    @Test func history22TheOnlyCopyOnADeviceAboutToBeRepaired() throws {
        let restored = try RestoredOffice { _ in }
        let office = restored.office
        // Made after the backup by Ann, whose phone is lost; Dora holds it as its customer.
        let (key, order) = office.order(of: office.ann, title: "only copy")
        try restored.write(&office.ann, order + [
            office.set(key, 13, .reference(office.dora.user)), (key, Part(group: 7, element: "urgent"), .add, Context()),
        ])
        let rows = restored.restore()
        #expect(office.row(key) == nil)
        try restored.salvage([rows[key]].compactMap { $0 }, from: office.dora)
        #expect(office.value(key, "title") == .text("only copy"))
        #expect(office.row(key)?.isAlive == true && office.row(key)?.elements(of: 7) == ["urgent"])
        let scopes = office.store.now.scopes(of: key)
        #expect(scopes.contains(Scope(kind: "user", key: office.ann.user.description)))
        let before = office.row(key)
        try restored.salvage([rows[key]].compactMap { $0 }, from: office.dora)
        #expect(office.row(key) == before, "handing it in twice changes nothing")
        // Should the phone be found after all, it is the same work.
        let receipts = try restored.handIn(&office.ann)
        #expect(receipts[0].verdicts.allSatisfy { $0.isAccepted })
        #expect(office.row(key)?[title]?.siblings.count == 1)
    }

    @Test func history22AnInvoiceNumber() throws {
        var key = RowKey(collection: 0, row: .zero)
        let restored = try office(&key)
        let office = restored.office
        let row = key.row
        try office.decide([.importLines(ConnectionID(rawValue: 0), request: 1, ImportBatch(
            job: ChangesetID(high: 5, low: 5), isDryRun: false, lines: [.init(number: 1, rows: [.init(
                collection: "orders", row: row, fields: [("code", .text("RE-1001"))], sets: [], fillsOnly: false)])]))])
        let hubPlace = try #require(office.row(key)?[Part(group: 10)]?.siblings.first?.write.dot)
        let rows = restored.restore()
        #expect(office.value(key, "code") ?? .null == .null)
        try restored.salvage([rows[key]].compactMap { $0 }, from: office.dora)
        #expect(office.value(key, "code") == .text("RE-1001"))
        try office.decide([.importLines(ConnectionID(rawValue: 0), request: 1, ImportBatch(
            job: ChangesetID(high: 5, low: 6), isDryRun: false, lines: [.init(number: 1, rows: [.init(
                collection: "orders", row: row, fields: [("code", .text("RE-1002"))], sets: [], fillsOnly: false)])]))])
        let later = try #require(office.row(key)?[Part(group: 10)]?.siblings.first?.write.dot)
        #expect(later.counter > hubPlace.counter + 100, "the hub's own places jump as well")
    }

    @Test(arguments: [true, false])
    func whatHadWaitedAndWasReleasedInLostTimeStoodThere(writerComesFirst: Bool) throws {
        var visit = RowKey(collection: OfficeSchema.appointments, row: .zero)
        var order: [Office.Operation] = []
        var waiting = WireEnvelope()
        let restored = try RestoredOffice { office in
            let (key, operations) = office.order(of: office.ann)
            order = operations + [office.set(key, 13, .reference(office.dora.user))]
            visit = office.newRow(OfficeSchema.appointments)
            waiting = try office.envelope(&office.ann, [
                (visit, .liveness, .create, Context()), office.set(visit, 1, .reference(key.row)),
                office.set(visit, 3, .text("as written")),
            ])
            _ = try office.send(office.ann, [waiting])
        }
        let office = restored.office
        #expect(office.row(visit) == nil)
        // In the time that will be lost the order comes, the visit is released, and Dora corrects what she sees.
        try restored.write(&office.ann, order)
        let identity = try ChangesetCodec.decode(Array(waiting.changeset)).header.identity
        let release = try #require(try office.store.now.latestRelease(of: identity))
        restored.keep(waiting, try WireReceipt(serializedBytes: release.receipt), by: office.ann)
        try restored.write(&office.dora, [office.set(visit, 3, .text("corrected"))])
        restored.restore()
        if writerComesFirst { try restored.handIn(&office.ann) }
        try restored.handIn(&office.dora)
        if !writerComesFirst { try restored.handIn(&office.ann) }
        #expect(office.value(visit, "note") == .text("corrected"))
        #expect(office.row(visit)?[Part(group: 3)]?.siblings.count == 1, "Dora had seen it")
    }

    /// Of a changeset one part was accepted at once, and another with a release: its receipt is that of the release. The part that came
    /// first stays the first of what is written once.
    @Test(arguments: [true, false])
    func theFirstSignatureStaysSoThoughMoreOfItsChangesetWasReleasedLater(writerComesFirst: Bool) throws {
        var key = RowKey(collection: 0, row: .zero)
        let restored = try office(&key)
        let office = restored.office
        let (other, order) = office.order(of: office.ann, title: "comes later")
        let visit = office.newRow(OfficeSchema.appointments)
        let waiting = try office.envelope(&office.ann, [
            office.set(key, 5, .bytes([1])), (visit, .liveness, .create, Context()), office.set(visit, 1, .reference(other.row)),
        ])
        _ = try office.send(office.ann, [waiting])
        try restored.write(&office.dora, [office.set(key, 5, .bytes([2]))])
        try restored.write(&office.ann, order)
        let identity = try ChangesetCodec.decode(Array(waiting.changeset)).header.identity
        let release = try #require(try office.store.now.latestRelease(of: identity))
        restored.keep(waiting, try WireReceipt(serializedBytes: release.receipt), by: office.ann)
        #expect(office.value(key, "signature") == .bytes([1]))
        restored.restore()
        if writerComesFirst { try restored.handIn(&office.ann) }
        try restored.handIn(&office.dora)
        if !writerComesFirst { try restored.handIn(&office.ann) }
        #expect(office.row(key)?[Part(group: 5)]?.siblings.count == 2)
        #expect(office.value(key, "signature") == .bytes([1]))
    }

    @Test(arguments: [true, false])
    func whatWaitedComesBackByAnother(isDeleted: Bool) throws {
        var visit = RowKey(collection: OfficeSchema.appointments, row: .zero)
        var waiting = WireEnvelope()
        var order: [Office.Operation] = []
        var key = visit
        let restored = try RestoredOffice { office in
            let (made, operations) = office.order(of: office.ann)
            key = made
            order = operations + [office.set(key, 13, .reference(office.dora.user))]
            visit = office.newRow(OfficeSchema.appointments)
            waiting = try office.envelope(&office.ann, [
                (visit, .liveness, .create, Context()), office.set(visit, 1, .reference(key.row)),
                office.set(visit, 3, .text("as written")),
            ])
            _ = try office.send(office.ann, [waiting])
            #expect(office.store.now.quarantine.count == 3)
        }
        let office = restored.office
        try restored.write(&office.ann, order)
        let identity = try ChangesetCodec.decode(Array(waiting.changeset)).header.identity
        let release = try #require(try office.store.now.latestRelease(of: identity))
        restored.keep(waiting, try WireReceipt(serializedBytes: release.receipt), by: office.ann)
        if isDeleted {
            try restored.write(&office.dora, [restored.deletion(of: visit)])
        }
        let rows = restored.restore()
        try restored.salvage([rows[key], rows[visit]].compactMap { $0 }, from: office.dora)
        if !isDeleted {
            #expect(office.value(visit, "note") == .text("as written"))
            #expect(office.store.now.quarantine.isEmpty, "it stands, so nobody has to wait for its writer")
        }
        let receipts = try restored.handIn(&office.ann)
        #expect(receipts.allSatisfy { $0.verdicts.allSatisfy(\.isAccepted) })
        #expect(office.store.now.quarantine.isEmpty)
        #expect(office.row(visit)?.isAlive == !isDeleted)
        #expect(office.row(visit)?[Part(group: 3)]?.siblings.count ?? 0 <= 1)
    }

    /// Its writer never heard of the release, and let go of what was refused to her; another had been shown it meanwhile.
    @Test(arguments: [true, false])
    func whatHadBeenReleasedIsNotLetGoOfByAWriterWhoDidNotKnow(isDeleted: Bool) throws {
        let released = try ReleasedOffice()
        let (restored, office, visit) = (released.restored, released.restored.office, released.visit)
        if isDeleted {
            try restored.write(&office.dora, [restored.deletion(of: visit)])
        }
        let rows = restored.restore()
        var options = Office.Options()
        options.discards = released.identity
        try restored.writeOffline(&office.ann, [], options)
        try restored.handIn(&office.ann)
        #expect(office.store.now.quarantine.isEmpty, "she has let go of it")
        try restored.salvage([rows[released.order], rows[visit]].compactMap { $0 }, from: office.dora)
        #expect(office.row(visit)?.isAlive == !isDeleted)
        if !isDeleted { #expect(office.value(visit, "note") == .text("as written")) }
        #expect(office.row(visit)?[Part(group: 3)]?.siblings.count ?? 0 <= 1)
        #expect(office.store.now.quarantine.isEmpty)
        let before = office.row(visit)
        try restored.salvage([rows[visit]].compactMap { $0 }, from: office.bob)
        #expect(office.row(visit) == before, "another who hands in the same changes nothing")
    }

    enum Return: CaseIterable { case neverGone, writerFirst, holderFirst, orderFirst }

    /// Its writer never heard of the release, and corrects what was refused to her: what stands is the same with a restore and without.
    @Test(arguments: Return.allCases, [true, false])
    func whatHadBeenReleasedStandsBesideWhatMendsIt(way: Return, isOfAnotherOrder: Bool) throws {
        let released = try ReleasedOffice()
        let (restored, office, visit) = (released.restored, released.restored.office, released.visit)
        var options = Office.Options()
        options.mends = released.identity
        options.basis = CommitSequence(epoch: 1, number: 1)
        let mending: [Office.Operation] = [
            (visit, .liveness, .create, Context()), office.set(visit, 1, .reference(isOfAnotherOrder ? released.other.row : released.order.row)),
            (visit, Part(group: 3), .set([.text("mended")]), Context()),
        ]
        if way == .neverGone {
            try restored.write(&office.ann, mending, options)
        } else {
            let rows = restored.restore()
            try restored.writeOffline(&office.ann, mending, options)
            if way == .writerFirst { try restored.handIn(&office.ann) }
            if way == .orderFirst { try restored.handIn(&office.dora) }
            if way == .orderFirst { try restored.handIn(&office.ann) }
            try restored.salvage([rows[released.order], rows[visit]].compactMap { $0 }, from: office.dora)
            if way == .holderFirst { try restored.handIn(&office.ann) }
        }
        let notes = office.row(visit)?[Part(group: 3)]?.siblings.map(\.content)
        #expect(Set(notes ?? []) == [.values([.text("as written")]), .values([.text("mended")])])
        #expect(office.row(visit)?.isAlive == true)
        if !isOfAnotherOrder { #expect(office.store.now.quarantine.map(\.refusal.rule) == [.rowExists]) }
    }

    /// The scopes of a row are known behind the commit that makes it, and work on it may have come before.
    @Test func workOnARowThatOnlyAnotherHandsIn() throws {
        let restored = try RestoredOffice { _ in }
        let office = restored.office
        let (key, order) = office.order(of: office.ann)
        try restored.write(&office.ann, order + [office.set(key, 13, .reference(office.dora.user))])
        try restored.writeOffline(&office.dora, [office.set(key, 1, .text("by dora"))])
        restored.restore()
        let early = try restored.handIn(&office.dora)
        #expect(early[0].rules == [.rowUnknown])
        try restored.handIn(&office.ann)
        #expect(office.value(key, "title") == .text("by dora"))
        #expect(office.store.now.quarantine.isEmpty)
    }

    // MARK: What is not taken

    @Test func cellsThatTheHubHasNotLostAreNotTaken() throws {
        var key = RowKey(collection: 0, row: .zero)
        let restored = try office(&key)
        let office = restored.office
        var state = try #require(office.row(key))
        restored.restore()
        state[title]?.siblings[0].content = .values([.text("forged")])
        try office.decide([.salvage(ConnectionID(rawValue: 1), office.bob.replica, [LostRow(state: state)], isLast: true)])
        #expect(office.value(key, "title") == .text("before"))
    }

    @Test func aRestoreOfARestoredHub() throws {
        var key = RowKey(collection: 0, row: .zero)
        let restored = try office(&key)
        let office = restored.office
        let first = try restored.write(&office.ann, [office.set(key, 1, .text("lost twice"))])
        try restored.writeOffline(&office.dora, [office.set(key, 1, .text("after it"))])
        restored.restore()
        let second = try restored.handIn(&office.ann)[0]
        restored.restore()
        #expect(office.store.now.hub.epoch == 3)
        try restored.handIn(&office.dora)
        try restored.handIn(&office.ann)
        #expect(office.value(key, "title") == .text("after it"))
        let places = try office.store.now.adopted(first.identity)?.former.places
        #expect(places == [first.sequence, second.sequence])
        #expect(office.row(key)?[title]?.siblings.count == 1)
    }

    @Test func devicesKeepWhatIsNotInEveryBackup() throws {
        let house = try HubHouse()
        func safe() throws -> CommitSequence? { try house.welcome(house.open(house.office.ann))?.safe.core() }
        let old = house.office.head
        let before = try safe()
        #expect(before == old)
        try house.office.decide([.registerBackup(ConnectionID(rawValue: 0), request: 1, path: "/b/1", keep: 0)])
        let (_, order) = house.office.order(of: house.office.ann)
        try house.office.ann(order)
        #expect(house.office.head > old)
        let kept = try safe()
        #expect(kept == old, "only what every backup has may go")
        try house.office.decide([.withdrawBackups(ConnectionID(rawValue: 0), request: 2, ["/b/1"])])
        let after = try safe()
        #expect(after == house.hub.head)
    }
}
