import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// What concurrency cannot have caused is refused, with the rule that says why.
struct JudgingTests {
    private let office: Office
    private let key: RowKey

    init() throws {
        office = try Office()
        let (key, operations) = office.order(of: office.ann)
        self.key = key
        try office.ann(operations)
    }

    private func rule(_ operations: Office.Operation..., options: Office.Options = .init()) throws -> Refusal.Rule? {
        try office.ann(Array(operations), options).rules[0]
    }

    @Test func placesAndValues() throws {
        #expect(try rule((RowKey(collection: 77, row: key.row), Part(group: 1), .set([.null]), Context())) == .unknownCollection)
        #expect(try rule(office.set(key, 77, .null)) == .unknownField)
        #expect(try rule(office.set(key, 1, .integer(1))) == .wrongType)
        #expect(try rule(office.set(key, 11, .integer(6))) == .outsideDomain)
        #expect(try rule(office.set(key, 12, .integer(.min), .integer(1))) == .outsideDomain)
        #expect(try rule(office.set(key, 10, .text("x"))) == .hubOnly)
        #expect(try rule(office.set(key, 3, .text("started"))) == .hubOnly)
        #expect(try rule((key, Part(group: 1), .increment(1), Context())) == .wrongAction)
        #expect(try rule((key, .liveness, .create, Context())) == .rowExists)
        #expect(try rule((key, .liveness, .delete(covering: []), office.seen(key, 0))) == .noRight)
        #expect(try rule(office.set(key, 13, .reference(RowID(high: 8, low: 8)))) == .unknownReference)
        #expect(try rule(office.set(office.newRow(2), 1, .text("x"))) == .rowUnknown)
    }

    @Test func theWholeChangeset() throws {
        #expect(try rule(office.set(key, 1, .text("x")), options: .init(author: office.bob.user)) == .wrongAuthor)
        #expect(try rule(office.set(key, 1, .text("x")), options: .init(schemaVersion: 99)) == .unknownSchema)
        #expect(office.value(key, "title") == .text("order"))
    }

    @Test func allOrNothing() throws {
        let operations = [office.set(key, 1, .text("x")), office.set(key, 11, .integer(6))]
        #expect(try office.ann(operations, .init(isAtomic: true)).rules == [.atomicPeerRefused, .outsideDomain])
        #expect(office.value(key, "title") == .text("order"))
        #expect(try office.ann(operations).rules == [nil, .outsideDomain])
        #expect(office.value(key, "title") == .text("x"))
    }

    @Test func aCellTwice() throws {
        let twice = [office.set(key, 1, .text("x")), office.set(key, 1, .text("y"))]
        #expect(try office.ann(twice).rules == [nil, .duplicateCell])
    }

    @Test func contextsOfWhatWasNeverCommitted() throws {
        let future = CommitSequence(epoch: 1, number: office.head.number + 5)
        #expect(try rule(office.set(key, 1, .text("x"), seen: Context(sequence: future))) == .impossibleContext)
        #expect(try rule(office.set(
            key, 1, .text("x"), seen: Context(sequence: CommitSequence(epoch: 9, number: 1)))) == .impossibleContext)
    }

    /// A row holds marks of all elements that it ever had, and must still fit a message.
    @Test func aRowGrowsNoFurtherThanItTravels() throws {
        let limit = ProtocolLimits.rowBytes
        func elements(_ round: Int) -> [Office.Operation] {
            (0..<900).map { (key, Part(group: 7, element: "\(round) \($0) " + String(repeating: "e", count: 1_000)), .add, Context()) }
        }
        #expect(try office.ann(elements(1)).verdicts.allSatisfy(\.isAccepted))
        #expect(try office.ann(elements(2)).verdicts.allSatisfy(\.isAccepted))
        let rules = try office.ann(elements(3) + [office.set(key, 11, .integer(2))]).rules
        #expect(rules.contains(.rowFull) && rules.contains(nil))
        let row = try #require(office.row(key))
        #expect(row.weight <= limit && row.weight > limit - 2_000)
        // What replaces what it has seen, or takes away, still goes in.
        #expect(try rule(office.set(key, 1, .text("x"))) == nil)
        let part = try #require(row.cells.last { $0.part.element != nil }?.part)
        #expect(try rule((key, part, .remove, Context(sequence: office.head))) == nil)
        #expect(try rule(office.set(key, 6, .text(String(repeating: "n", count: 1_900)))) == .rowFull)
    }

    @Test func concurrentDeletionsCoverSoMuchAndNoMore() throws {
        try office.ann([office.set(key, 13, .reference(office.dora.user))])
        func delete() -> Office.Operation {
            (key, .liveness, .delete(covering: (0..<18_000).map {
                SeenCell(part: Part(group: 7, element: "\($0) " + String(repeating: "e", count: 35)), context: Context())
            }), Context())
        }
        #expect(try office.dora([delete()]).rules == [nil])
        #expect(try office.dora([delete()]).rules == [nil])
        #expect(try office.dora([delete()]).rules == [.rowFull])
        #expect(try #require(office.row(key)).weight <= ProtocolLimits.rowBytes)
    }

    /// A deletion that claims to cover what comes later would bury it unseen.
    @Test func deletionsCoverNothingThatIsToCome() throws {
        let future = Context(sequence: CommitSequence(epoch: 1, number: 1_000_000))
        try office.ann([office.set(key, 13, .reference(office.dora.user))])
        let delete = (key, Part.liveness, Action.delete(covering: [SeenCell(part: Part(group: 1), context: future)]), office.seen(key, 0))
        #expect(try office.dora([delete]).rules == [.impossibleContext])
        #expect(office.row(key)?.isAlive == true)
    }

    @Test func aNewRowIsWholeOrNotThere() throws {
        let row = office.newRow(2)
        #expect(try office.ann([(row, .liveness, .create, Context()), office.set(row, 11, .integer(1))]).rules
            == [.missingMandatory, .dependsOnRefused])
        #expect(office.row(row) == nil)
        // The mandatory field is there, and is refused itself.
        #expect(try office.ann([(row, .liveness, .create, Context()), office.set(row, 1, .integer(5))]).rules == [.missingMandatory, .wrongType])
        #expect(office.row(row) == nil, "a row without its mandatory field")
        let movement = office.newRow(5)
        #expect(try office.ann([
            (movement, .liveness, .create, Context()), office.set(movement, 2, .integer(5)),
            office.set(movement, 3, .reference(RowID(high: 6, low: 6))),
        ]).rules == [.dependsOnRefused, .dependsOnRefused, .unknownReference])
        #expect(office.row(movement) == nil)
    }

    @Test func aRowMayNameARowOfTheSameChangeset() throws {
        let (order, operations) = office.order(of: office.ann)
        let visit = office.newRow(3)
        let receipt = try office.ann(operations + [
            (visit, .liveness, .create, Context()), office.set(visit, 1, .reference(order.row)),
        ])
        #expect(receipt.verdicts.allSatisfy { $0.outcome == .accepted })
        #expect(office.value(visit, "order") == .reference(order.row))
    }

    // MARK: Scopes

    @Test func aRowThatWasNeverInScope() throws {
        #expect(try office.bob([office.set(key, 1, .text("x"))]).rules == [.noRight])
        let visit = office.newRow(3)
        #expect(try office.bob([
            (visit, .liveness, .create, Context()), office.set(visit, 1, .reference(key.row)),
        ]).rules == [.noRight, .dependsOnRefused])
    }

    /// A row that was refused for its parent is no row that others may hang on.
    @Test func childrenOfARefusedRowAreRefusedWithIt() throws {
        let visit = office.newRow(3), event = office.newRow(4)
        let receipt = try office.bob([
            (visit, .liveness, .create, Context()), office.set(visit, 1, .reference(key.row)),
            (event, .liveness, .create, Context()), office.set(event, 1, .reference(visit.row)),
            office.set(event, 2, .text("started")),
        ])
        #expect(receipt.rules.allSatisfy { $0 != nil })
        #expect(office.row(visit) == nil && office.row(event) == nil)
    }

    @Test func workOnARowThatHasLeftTheScopeIsLate() throws {
        let basis = office.head
        let seen = office.seen(key, 1)
        // Reassigned by the office of its own accord: an import line changes the assignee.
        try office.ann([office.set(key, 2, .reference(office.bob.user))])
        let receipt = try office.ann(
            [office.set(key, 1, .text("done offline"), seen: seen), office.set(key, 11, .integer(2))],
            .init(basis: basis))
        #expect(receipt.verdicts.map(\.outcome) == [.accepted, .accepted])
        #expect(receipt.verdicts.map(\.isLate) == [true, true])
        #expect(office.value(key, "title") == .text("done offline"))
        #expect(office.reviews() == ["late"], "one review for the row")
        // With a basis after it had left, it is no late work.
        #expect(try office.ann([office.set(key, 1, .text("again"))]).rules == [.noRight])
    }

    /// A page of catch-up shows a row before the device is complete; the row may be gone again when the work arrives.
    @Test func workOnARowThatCameAndWentAfterTheBasisIsLate() throws {
        try office.ann([office.set(key, 2, .reference(office.bob.user))])
        let before = office.head
        #expect(try office.ann([office.set(key, 1, .text("unseen"))], .init(basis: before)).rules == [.noRight])
        try office.bob([office.set(key, 2, .reference(office.ann.user))])
        let whileHers = office.head, seen = office.seen(key, 1)
        try office.ann([office.set(key, 2, .reference(office.bob.user))])
        let after = office.head
        for basis in [before, whileHers] {
            let receipt = try office.ann([office.set(key, 1, .text("shown \(basis)"), seen: seen)], .init(basis: basis))
            #expect(receipt.verdicts.map(\.isLate) == [true], "\(basis)")
        }
        #expect(try office.ann([office.set(key, 1, .text("too late"))], .init(basis: after)).rules == [.noRight])
    }

    @Test func aBasisIsBoundByWhatWasConfirmed() throws {
        let basis = office.head
        try office.ann([office.set(key, 2, .reference(office.bob.user))])
        try office.decide([.confirm(office.ann.replica, office.head, lastCounter: office.ann.counter)])
        #expect(try office.ann([office.set(key, 1, .text("x"))], .init(basis: basis)).rules == [.noRight])
    }

    @Test func whatTheDeviceWroteBeforeItConfirmedKeepsItsBasis() throws {
        let basis = office.head
        try office.ann([office.set(key, 2, .reference(office.bob.user))])
        try office.decide([.confirm(office.ann.replica, office.head, lastCounter: office.ann.counter + 1)])
        #expect(try office.ann([office.set(key, 1, .text("x"))], .init(basis: basis)).verdicts.map(\.isLate) == [true])
    }

    @Test func anOwnNewRowMayBeFilledBeforeItIsAssigned() throws {
        let row = office.newRow(2)
        let basis = office.head
        try office.ann([(row, .liveness, .create, Context()), office.set(row, 1, .text("x"))])
        #expect(try office.ann([office.set(row, 11, .integer(1))], .init(basis: basis)).rules == [nil])
    }
}
