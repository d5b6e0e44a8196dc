import Foundation
import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// Refused work: mended or discarded by a person, or released by machine when the row that it waits for is known.
struct WaitingWorkTests {
    private let office: Office
    /// An order of Ann's that she cannot make: it lacks its title.
    private let order: RowKey
    private let refused: Receipt

    init() throws {
        office = try Office()
        order = office.newRow(OfficeSchema.orders)
        refused = try office.ann([
            (order, .liveness, .create, Context()), office.set(order, 2, .reference(office.ann.user)),
            office.set(order, 11, .integer(3)),
        ])
    }

    private var quarantined: [Refusal.Rule] { office.store.now.quarantine.map(\.refusal.rule) }

    /// A visit to an order: a row that depends on it.
    private func visit(_ order: RowKey, note: String = "called first") -> (RowKey, [Office.Operation]) {
        let key = office.newRow(OfficeSchema.appointments)
        return (key, [
            (key, .liveness, .create, Context()), office.set(key, 1, .reference(order.row)), office.set(key, 3, .text(note)),
        ])
    }

    /// Ann makes the order with a title.
    @discardableResult
    private func mend(_ more: [Office.Operation] = [], title: String = "mended") throws -> Receipt {
        try office.ann(
            [(order, .liveness, .create, Context()), office.set(order, 1, .text(title))] + more,
            .init(mends: refused.identity))
    }

    /// What a device is told of a changeset after its first receipt.
    private func releases(of identity: ChangesetID) throws -> [Receipt] {
        try office.store.now.releases.filter { $0.identity == identity }.map { release in
            let entry = try #require(try office.store.now.entry(at: release.sequence))
            return try ReceiptCodec.decode(WireReceipt(serializedBytes: entry.receipt))
        }
    }

    // MARK: Waiting

    @Test func whatDependsOnARefusedCreationFollowsWhenItIsMended() throws {
        let (visit, operations) = visit(order)
        let waiting = try office.ann(operations)
        #expect(waiting.rules == [.dependsOnRefused, .unknownReference, .dependsOnRefused])
        #expect(office.row(visit) == nil)
        let receipt = try mend()
        #expect(receipt.rules == [nil, nil])
        #expect(office.value(order, "title") == .text("mended"))
        #expect(office.value(order, "level") == .integer(3), "the rest of the refused changeset followed")
        #expect(office.value(order, "assignee") == .reference(office.ann.user))
        #expect(office.value(visit, "note") == .text("called first"))
        #expect(quarantined.isEmpty)
        let told = try #require(try releases(of: waiting.identity).last)
        #expect(told.rules == [nil, nil, nil])
        #expect(told.identity == waiting.identity && told.root == waiting.root && told.dot == waiting.dot)
        #expect(told.sequence > receipt.sequence)
        #expect(try releases(of: refused.identity).map(\.rules) == [[.missingMandatory, nil, nil]])
        let liveness = try #require(office.row(visit)?[.liveness]?.siblings.first?.write)
        #expect(liveness.identity == waiting.identity && liveness.dot == waiting.dot && liveness.author == office.ann.user)
        for key in [order, visit] { try office.expectHistory(of: key) }
    }

    /// A chain: an entry of a visit of an order. One mending releases it all, and what is computed from it is.
    @Test func releasedWorkReleasesWhatWaitsForIt() throws {
        let (visit, operations) = visit(order)
        let event = office.newRow(OfficeSchema.events)
        let last = try office.ann([
            (event, .liveness, .create, Context()), office.set(event, 1, .reference(visit.row)),
            office.set(event, 2, .text("completed")),
        ])
        try office.ann(operations)
        #expect(quarantined.count == 9)
        try mend()
        #expect(quarantined.isEmpty)
        #expect(office.value(event, "status") == .text("completed"))
        #expect(office.value(visit, "progress") == .text("completed"))
        #expect(office.value(order, "progress") == .text("completed"))
        #expect(try releases(of: last.identity).count == 1)
        for key in [order, visit, event] { try office.expectHistory(of: key) }
    }

    @Test func oneRefusedOperationBlocksNoOther() throws {
        let (other, operations) = office.order(of: office.ann)
        let receipt = try office.ann(operations + [office.set(other, 11, .integer(9)), office.set(other, 13, .reference(order.row))])
        #expect(receipt.rules == [nil, nil, nil, .outsideDomain, .unknownReference])
        #expect(try office.ann([office.set(other, 1, .text("next"))]).rules == [nil])
        #expect(office.value(other, "title") == .text("next"))
    }

    /// The row may come from anybody: here from an import.
    @Test func anImportedRowReleasesWhatWaitsForIt() throws {
        let user = office.newRow(OfficeSchema.users)
        let (other, operations) = office.order(of: office.ann)
        try office.ann(operations + [office.set(other, 13, .reference(user.row))])
        #expect(quarantined.last == .unknownReference)
        let line = ImportBatch.Line(number: 1, rows: [.init(
            collection: "users", row: user.row, fields: [("name", .text("new"))], sets: [], fillsOnly: false)])
        try office.decide([.importLines(
            ConnectionID(rawValue: 0), request: 1,
            ImportBatch(job: ChangesetID(high: 4, low: 4), isDryRun: false, lines: [line]))])
        #expect(office.value(other, "customer") == .reference(user.row))
        try office.expectHistory(of: other)
    }

    /// The stream goes on while work waits: what it adds later must not swallow what was added before.
    @Test func releasedIncrementsAndStockAreCountedOnce() throws {
        let receipt = try office.ann([(order, Part(group: 8), .increment(5), Context())])
        #expect(receipt.rules == [.rowUnknown])
        try mend([(order, Part(group: 8), .increment(2), Context())])
        #expect(office.value(order, "visits") == .integer(7))
        try office.ann([(order, Part(group: 8), .increment(1), office.seen(order, 8))])
        #expect(office.value(order, "visits") == .integer(8))
        try office.expectHistory(of: order)

        let user = office.newRow(OfficeSchema.users)
        func movement(_ quantity: Int64, owner: RowID) throws {
            let key = office.newRow(OfficeSchema.movements)
            try office.ann([
                (key, .liveness, .create, Context()), office.set(key, 1, .text("bolt")),
                office.set(key, 2, .integer(quantity)), office.set(key, 3, .reference(owner)),
            ])
        }
        try movement(10, owner: user.row)
        try movement(1, owner: office.ann.user)
        let line = ImportBatch.Line(number: 1, rows: [.init(
            collection: "users", row: user.row, fields: [("name", .text("new"))], sets: [], fillsOnly: false)])
        try office.decide([.importLines(
            ConnectionID(rawValue: 0), request: 1,
            ImportBatch(job: ChangesetID(high: 4, low: 4), isDryRun: false, lines: [line]))])
        #expect(office.all(OfficeSchema.stock).map { $0["on_hand"] } == [.integer(11)])
    }

    @Test func anAllOrNothingChangesetIsReleasedWhole() throws {
        let (visit, operations) = visit(order)
        let (other, more) = office.order(of: office.ann)
        let receipt = try office.ann(operations + more, .init(isAtomic: true))
        #expect(receipt.rules.allSatisfy { $0 != nil })
        #expect(office.row(other) == nil)
        try mend()
        #expect(office.value(visit, "note") == .text("called first"))
        #expect(office.value(other, "title") == .text("order"))
        #expect(quarantined.isEmpty)
        #expect(try releases(of: receipt.identity).map(\.rules) == [[nil, nil, nil, nil, nil, nil]])
    }

    @Test func anAllOrNothingChangesetIsNotReleasedInPart() throws {
        let (visit, operations) = visit(order)
        let (other, more) = office.order(of: office.ann)
        try office.ann(operations + more + [office.set(other, 11, .integer(9))], .init(isAtomic: true))
        try mend()
        #expect(office.row(visit) == nil && office.row(other) == nil)
        #expect(quarantined.contains(.outsideDomain))
    }

    /// A repeated upload, as after a fork, gets what became of it in the end.
    @Test func aRepeatedUploadGetsTheReceiptOfTheRelease() throws {
        var before = office.ann
        let (_, operations) = visit(order)
        let envelope = try office.envelope(&before, operations)
        let first = try #require(try office.send(office.ann, [envelope])[0].receipt)
        office.ann.counter = before.counter
        office.ann.root = before.root
        try mend()
        let again = try #require(try office.send(office.ann, [envelope])[0].receipt)
        #expect(first.rules == [.dependsOnRefused, .unknownReference, .dependsOnRefused])
        #expect(again.rules == [nil, nil, nil])
    }

    /// The row is known now, and still it is somebody else's.
    @Test func whatStaysRefusedSaysWhyNow() throws {
        let (visit, operations) = visit(order)
        try office.bob(operations)
        try mend()
        #expect(office.row(visit) == nil)
        #expect(quarantined.contains(.noRight))
    }

    // MARK: History 13

    /// The order's customer was set to a row that nobody knows, and waits; meanwhile the field was written again.
    private func waitForCustomer(
        again: (_ key: RowKey, _ waiting: ChangesetID) throws -> Void
    ) throws -> RowKey {
        let (key, operations) = office.order(of: office.ann)
        try office.ann(operations + [office.set(key, 13, .reference(office.dora.user))])
        let seen = office.seen(key, 13)
        let user = office.newRow(OfficeSchema.users)
        let waiting = try office.ann([office.set(key, 13, .reference(user.row), seen: seen)])
        #expect(waiting.rules == [.unknownReference])
        try again(key, waiting.identity)
        try office.ann([(user, .liveness, .create, Context())], .init(mends: waiting.identity))
        #expect(try office.store.now.quarantined(of: waiting.identity).isEmpty)
        try office.expectHistory(of: key)
        return key
    }

    @Test("A parked operation is mended after its field was written again: the old value does not come back")
    func theOldValueDoesNotComeBack() throws {
        // By somebody else, who could not see it: both are kept, and the later one is shown as it was.
        let key = try waitForCustomer { key, _ throws in
            #expect(try office.dora([office.set(key, 13, .reference(office.bob.user))]).rules == [nil])
        }
        #expect(office.value(key, "customer") == .reference(office.bob.user))
        #expect(office.all(OfficeSchema.conflicts).count == 1)

        // By the same person, on whose screen it stood: it had been overwritten before it came.
        let second = try waitForCustomer { key, waiting throws in
            let context = Context(sequence: office.seen(key, 13).sequence, pending: [waiting])
            #expect(try office.ann([office.set(key, 13, .reference(office.bob.user), seen: context)]).rules == [nil])
        }
        #expect(office.value(second, "customer") == .reference(office.bob.user))
        #expect(office.row(second)?[Part(group: 13)]?.siblings.count == 1)
        #expect(office.all(OfficeSchema.conflicts).count == 1, "no further conflict")
    }

    /// The mended changeset puts the same title there again, and a later write of the stream had seen the first.
    @Test func whatHadSeenTheMendedWriteHasSeenTheMendingOne() throws {
        let (key, operations) = office.order(of: office.ann, title: "first title")
        let broken = try office.ann(operations + [office.set(key, 11, .integer(9))], .init(isAtomic: true))
        let later = try office.ann([office.set(key, 1, .text("later title"), seen: Context(pending: [broken.identity]))])
        #expect(later.rules == [.rowUnknown])
        try office.ann(operations + [office.set(key, 11, .integer(5))], .init(mends: broken.identity))
        #expect(office.value(key, "title") == .text("later title"))
        #expect(office.row(key)?[Part(group: 1)]?.siblings.count == 1)
        #expect(office.all(OfficeSchema.conflicts).isEmpty)
        try office.expectHistory(of: key)
    }

    /// What the mending changeset writes takes the place of what the mended one wrote there.
    @Test func aMendedFieldIsNotReleasedBeside() throws {
        try mend([office.set(order, 11, .integer(5))])
        #expect(office.value(order, "level") == .integer(5))
        #expect(office.row(order)?[Part(group: 11)]?.siblings.count == 1)
        #expect(office.value(order, "assignee") == .reference(office.ann.user), "what it did not write follows")
        #expect(quarantined.isEmpty)
    }

    // MARK: Mended and discarded

    @Test func aMendingThatIsRefusedItselfMendsLater() throws {
        let second = try mend([office.set(order, 11, .integer(9))])
        #expect(second.rules == [nil, nil, .outsideDomain])
        #expect(quarantined == [.outsideDomain], "what it wrote is mended, and what waited has followed")
        #expect(office.value(order, "level") == .integer(3))
        try office.ann([office.set(order, 11, .integer(4))], .init(mends: second.identity))
        #expect(quarantined.isEmpty)
        #expect(office.value(order, "level") == .integer(4))
    }

    @Test func onlyTheAuthorMendsOrDiscards() throws {
        let (other, operations) = office.order(of: office.bob)
        try office.bob(operations, .init(mends: refused.identity))
        try office.bob([office.set(other, 1, .text("x"))], .init(discards: refused.identity))
        #expect(quarantined == [.missingMandatory, .dependsOnRefused, .dependsOnRefused])
        // Nor does a name that the device was not enrolled for help.
        try office.bob([], .init(author: office.ann.user, discards: refused.identity))
        #expect(quarantined == [.missingMandatory, .dependsOnRefused, .dependsOnRefused])
        try office.ann([], .init(mends: refused.identity))
        #expect(quarantined == [.missingMandatory, .dependsOnRefused, .dependsOnRefused], "nothing was written anew")
    }

    @Test func whatIsDiscardedLeavesQuarantineAndFollowsNoMore() throws {
        let (visit, operations) = visit(order)
        let waiting = try office.ann(operations)
        #expect(try office.ann([], .init(discards: waiting.identity)).verdicts.isEmpty)
        #expect(quarantined == [.missingMandatory, .dependsOnRefused, .dependsOnRefused])
        try mend()
        #expect(office.row(visit) == nil)
        #expect(quarantined.isEmpty)
        #expect(office.store.now.entries.contains { $0.identity == waiting.identity }, "the log keeps it")
    }

    @Test func noMoreThanTheLimitWaits() throws {
        let place = CommitSequence(epoch: 1, number: 1)
        office.store.change { state in
            for position in 0..<UInt32(ProtocolLimits.waitingOperations) {
                state.quarantine.append(QuarantinedOperation(
                    sequence: place, position: position, identity: ChangesetID(high: 7, low: 7),
                    author: office.ann.user, replica: office.ann.replica, refusal: Refusal(.rowUnknown, "x"),
                    awaits: RowKey(collection: 1, row: RowID(high: 7, low: 7))))
            }
        }
        let (_, operations) = visit(order)
        let receipt = try office.ann(operations)
        #expect(receipt.rules == [.dependsOnRefused, .unknownReference, .dependsOnRefused])
        let held = try office.store.now.quarantined(of: receipt.identity)
        #expect(held.count == 3 && held.allSatisfy { $0.awaits == nil })
    }
}
