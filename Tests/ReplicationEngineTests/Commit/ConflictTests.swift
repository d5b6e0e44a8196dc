import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// Two writes of one cell, neither of which had seen the other: kept, shown to people, and closed by a
/// write that has seen all sides.
struct ConflictTests {
    private let office: Office
    private let key: RowKey

    /// An order of Ann's that Dora and Bob have in scope as well.
    init() throws {
        office = try Office()
        let (key, operations) = office.order(of: office.ann)
        self.key = key
        try office.ann(operations + [office.set(key, 13, .reference(office.dora.user))])
    }

    private var conflicts: [[String: Value]] { office.all(OfficeSchema.conflicts) }

    private func conflictRows() -> [RowKey] {
        office.store.now.rows.keys.filter { $0.collection == OfficeSchema.conflicts }.sorted()
    }

    /// Ann and Dora write the same cell, both on what stands now.
    private func clash(_ group: UInt32, _ ann: Value, _ dora: Value) throws -> Receipt {
        let seen = office.seen(key, group)
        try office.ann([office.set(key, group, ann, seen: seen)])
        return try office.dora([office.set(key, group, dora, seen: seen)])
    }

    @Test func aConflictKeepsBaseTheirsAndYours() throws {
        let receipt = try clash(1, .text("ann's"), .text("dora's"))
        #expect(receipt.verdicts.map(\.outcome) == [.conflict])
        #expect(conflicts.count == 1)
        let conflict = try #require(conflicts.first)
        #expect(conflict["subject"] == .text("orders/\(key.row)"))
        #expect(conflict["part_group"] == .integer(1))
        #expect(conflict["base"] == .text("{\"title\":\"order\"}"))
        #expect(conflict["theirs"] == .text("{\"title\":\"ann's\"}"))
        #expect(conflict["yours"] == .text("{\"title\":\"dora's\"}"))
        #expect(conflict["rule"] == .text("laterTime"))
        #expect(conflict["shown"] == .text("yours"))
        #expect(conflict["state"] == .text("open"))
        #expect(office.value(key, "title") == .text("dora's"))
    }

    @Test func theHigherRoleIsShownWhateverTheTime() throws {
        let seen = office.seen(key, 12)
        try office.dora([office.set(key, 12, .integer(1), .integer(2), seen: seen)])
        let receipt = try office.ann([office.set(key, 12, .integer(8), .integer(9), seen: seen)])
        #expect(receipt.verdicts[0].outcome == .conflict)
        #expect(receipt.verdicts[0].rank == 1)
        #expect(office.value(key, "starts") == .integer(1))
        #expect(conflicts[0]["rule"] == .text("higherRole"))
        #expect(conflicts[0]["shown"] == .text("theirs"))
        #expect(conflicts[0]["base"] == .null)
    }

    @Test func equalValuesMakeNoConflict() throws {
        let receipt = try clash(1, .text("same"), .text("same"))
        #expect(receipt.verdicts[0].outcome == .accepted)
        #expect(conflicts.isEmpty)
        #expect(office.row(key)?[Part(group: 1)]?.siblings.count == 2)
    }

    /// Three concurrent writes of which the third repeats the first: one pair differs, not two.
    @Test func aThirdWriteConflictsOnlyWithWhatDiffers() throws {
        let seen = office.seen(key, 1)
        _ = try clash(1, .text("a"), .text("b"))
        try office.dora([office.set(key, 1, .text("a"), seen: seen)])
        #expect(conflicts.count == 2)
        for conflict in conflicts { #expect(conflict["theirs"] != conflict["yours"]) }
    }

    /// An inbox grows with who wrote, not with its square; and everybody's work is in it.
    @Test func manyWritesThatHadNotSeenEachOther() throws {
        let seen = office.seen(key, 1)
        let texts = (0..<30).map { "by \($0)" }
        for text in texts { try office.dora([office.set(key, 1, .text(text), seen: seen)]) }
        #expect(office.row(key)?[Part(group: 1)]?.siblings.count == 30)
        #expect(conflicts.count == 6 + 26)
        let sides = conflicts.flatMap { [$0["theirs"], $0["yours"]] }.compactMap { $0?.text }
        for text in texts { #expect(sides.contains { $0.contains("\"\(text)\"") }, "\(text) is in no conflict") }
    }

    @Test func groupsConflictAsOne() throws {
        let seen = office.seen(key, 12)
        try office.dora([office.set(key, 12, .integer(1), .integer(5), seen: seen)])
        try office.dora([office.set(key, 12, .integer(0), .integer(6), seen: seen)])
        #expect(office.value(key, "starts") == .integer(0))
        #expect(office.value(key, "ends") == .integer(6), "never the start of one and the end of the other")
        #expect(conflicts[0]["theirs"] == .text("{\"starts\":1,\"ends\":5}"))
    }

    // MARK: Resolving

    @Test func aMarkedWriteThatSawAllSidesCloses() throws {
        _ = try clash(1, .text("a"), .text("b"))
        let conflict = conflictRows()[0]
        try office.ann([office.set(key, 1, .text("c"))], .init(resolves: [conflict.row]))
        #expect(office.value(conflict, "state") == .text("closed"))
        #expect(office.value(conflict, "closed_by") == .reference(office.ann.user))
        #expect(office.row(key)?[Part(group: 1)]?.siblings.count == 1)
    }

    @Test func anUnmarkedWriteLeavesItOpen() throws {
        _ = try clash(1, .text("a"), .text("b"))
        try office.ann([office.set(key, 1, .text("c"))])
        #expect(office.value(conflictRows()[0], "state") == .text("open"))
    }

    @Test func aMarkedWriteThatSawOneSideLeavesItOpen() throws {
        let seen = office.seen(key, 1)
        let first = try office.ann([office.set(key, 1, .text("a"), seen: seen)])
        try office.dora([office.set(key, 1, .text("b"), seen: seen)])
        let conflict = conflictRows()[0]
        try office.ann(
            [office.set(key, 1, .text("c"), seen: Context(sequence: first.verdicts[0].sequence))],
            .init(resolves: [conflict.row]))
        #expect(office.value(conflict, "state") == .text("open"))
        #expect(office.row(key)?[Part(group: 1)]?.siblings.count == 2)
    }

    @Test func aMarkedWriteOfAnotherFieldLeavesItOpen() throws {
        _ = try clash(1, .text("a"), .text("b"))
        let conflict = conflictRows()[0]
        try office.ann([office.set(key, 11, .integer(1))], .init(resolves: [conflict.row]))
        #expect(office.value(conflict, "state") == .text("open"))
    }

    @Test func twoResolutionsAreThemselvesAConflict() throws {
        _ = try clash(1, .text("a"), .text("b"))
        let conflict = conflictRows()[0]
        let seen = office.seen(key, 1)
        try office.ann([office.set(key, 1, .text("c"), seen: seen)], .init(resolves: [conflict.row]))
        try office.dora([office.set(key, 1, .text("d"), seen: seen)], .init(resolves: [conflict.row]))
        #expect(office.value(conflict, "state") == .text("closed"))
        let second = try #require(conflictRows().first { $0 != conflict })
        #expect(office.value(second, "state") == .text("open"))
        try office.dora([office.set(key, 1, .text("d"))], .init(resolves: [second.row]))
        #expect(office.value(second, "state") == .text("closed"))
    }

    /// Somebody who saw only the winner mends a typo: it is the same conflict, and the new value is theirs.
    @Test(arguments: [true, false])
    func aTypoFixedByWhoSawOnlyTheWinnerLeavesItOpen(laterIsShown: Bool) throws {
        let seen = office.seen(key, 1)
        // The dispatcher's clock runs behind where Ann's earlier commit is to be shown.
        office.dora.skew = laterIsShown ? 0 : -60_000
        try office.ann([office.set(key, 1, .text("ann's"), seen: seen)])
        try office.dora([office.set(key, 1, .text("dora's"), seen: seen)])
        let conflict = conflictRows()[0]
        #expect(office.value(conflict, "shown") == .text(laterIsShown ? "yours" : "theirs"))
        let winner = try #require(office.row(key)?[Part(group: 1)]?.siblings.first {
            ($0.write.author == office.dora.user) == laterIsShown
        })
        let context = Context(pending: [winner.write.identity])
        let fix = try office.bobSees(key, [office.set(key, 1, .text("fixed"), seen: context)])
        #expect(fix.verdicts.map(\.outcome) == [.conflict])
        #expect(conflictRows() == [conflict], "no second conflict about the same loser")
        #expect(office.value(conflict, "state") == .text("open"))
        #expect(office.value(conflict, "theirs") == .text("{\"title\":\"fixed\"}"))
        #expect(office.value(conflict, "yours") == .text(laterIsShown ? "{\"title\":\"ann's\"}" : "{\"title\":\"dora's\"}"))
        #expect(office.value(conflict, "shown") == .text("theirs"))
        #expect(office.value(conflict, "base") == .text("{\"title\":\"order\"}"))
        try office.dora([office.set(key, 1, .text("settled"))], .init(resolves: [conflict.row]))
        #expect(office.value(conflict, "state") == .text("closed"))
    }

    @Test func anUnmarkedWriteThatSawBothSidesIsTheirs() throws {
        _ = try clash(1, .text("a"), .text("b"))
        let conflict = conflictRows()[0]
        try office.ann([office.set(key, 1, .text("c"))])
        #expect(office.value(conflict, "theirs") == .text("{\"title\":\"c\"}"))
        #expect(office.value(conflict, "yours") == .text("{\"title\":\"a\"}"), "the loser is kept")
        try office.ann([office.set(key, 1, .text("d"))])
        #expect(office.value(conflict, "theirs") == .text("{\"title\":\"d\"}"))
        #expect(office.value(conflict, "state") == .text("open"))
        try office.ann([office.set(key, 1, .text("d"))], .init(resolves: [conflict.row]))
        #expect(office.value(conflict, "state") == .text("closed"))
    }

    /// A third value, which concerns another conflict, does not keep the first from closing.
    @Test func whatStandsBesideAndIsNoSideOfItDoesNotKeepItOpen() throws {
        let seen = office.seen(key, 1)
        _ = try clash(1, .text("a"), .text("b"))
        let conflict = conflictRows()[0]
        let sawBoth = office.seen(key, 1)
        try office.dora([office.set(key, 1, .text("third"), seen: seen)])
        try office.ann([office.set(key, 1, .text("c"), seen: sawBoth)], .init(resolves: [conflict.row]))
        #expect(office.value(conflict, "state") == .text("closed"))
        let open = conflictRows().filter { office.value($0, "state") == .text("open") }
        #expect(!open.isEmpty)
        for row in open { #expect(office.value(row, "theirs") == .text("{\"title\":\"c\"}")) }
    }

    @Test func aSecondSignatureIsSettledByWhoSawBoth() throws {
        try office.ann([office.set(key, 5, .bytes([1]))])
        try office.dora([office.set(key, 5, .bytes([2]))])
        let conflict = conflictRows()[0]
        let unseen = try office.ann(
            [office.set(key, 5, .bytes([1]), seen: Context())], .init(resolves: [conflict.row]))
        #expect(unseen.verdicts.map(\.outcome) == [.conflict])
        #expect(office.value(conflict, "state") == .text("open"))
        let settled = try office.ann([office.set(key, 5, .bytes([1]))], .init(resolves: [conflict.row]))
        #expect(settled.verdicts.map(\.outcome) == [.accepted])
        #expect(office.value(conflict, "state") == .text("closed"))
        #expect(office.value(key, "signature") == .bytes([1]))
    }

    /// Each round leaves one conflict less than it found, whoever is first.
    @Test func resolvingTheSameConflictDifferentlyEnds() throws {
        _ = try clash(1, .text("a"), .text("b"))
        for round in 0..<3 {
            let open = conflictRows().filter { office.value($0, "state") == .text("open") }
            #expect(open.count == 1, "round \(round)")
            let seen = office.seen(key, 1)
            let mark = Office.Options(resolves: open.map(\.row))
            try office.ann([office.set(key, 1, .text("ann \(round)"), seen: seen)], mark)
            if round < 2 { try office.dora([office.set(key, 1, .text("dora \(round)"), seen: seen)], mark) }
        }
        #expect(conflictRows().allSatisfy { office.value($0, "state") == .text("closed") })
        #expect(conflictRows().count == 3)
    }

    // MARK: Reviews

    @Test func aSecondSignatureIsKeptAndReviewed() throws {
        try office.ann([office.set(key, 5, .bytes([1]))])
        // It saw the first, and yet both are kept.
        let receipt = try office.dora([office.set(key, 5, .bytes([2]))])
        #expect(receipt.verdicts[0].outcome == .conflict)
        #expect(office.value(key, "signature") == .bytes([1]))
        #expect(office.row(key)?[Part(group: 5)]?.siblings.count == 2)
        #expect(office.reviews() == ["second_value"])
    }

    @Test(arguments: [("completed", "canceled"), ("canceled", "completed")])
    func aClashIsReviewedInBothOrders(first: String, second: String) throws {
        _ = try clash(9, .text(first), .text(second))
        #expect(office.reviews() == ["clash"])
        #expect(office.value(key, "state") == .text("canceled"), "the further of the declared order")
    }

    @Test func whatShouldBeUniqueIsReviewed() throws {
        try office.ann([office.set(key, 6, .text("N1"))])
        let (other, operations) = office.order(of: office.bob)
        #expect(try office.bob(operations + [office.set(other, 6, .text("N1"))]).rules.allSatisfy { $0 == nil })
        #expect(office.reviews() == ["unique"])
        let (third, more) = office.order(of: office.bob)
        try office.bob(more + [office.set(third, 6, .text("N2"))])
        #expect(office.reviews() == ["unique"])
    }

    // MARK: Deleted rows

    private func delete() -> Office.Operation {
        let row = office.row(key)
        let covering = row?.cells.map { SeenCell(part: $0.part, context: Context(sequence: $0.sequence)) } ?? []
        return (key, .liveness, .delete(covering: covering), office.seen(key, 0))
    }

    @Test func aConcurrentEditRevivesIntoReview() throws {
        let seen = office.seen(key, 1)
        #expect(try office.dora([delete()]).rules == [nil])
        #expect(office.row(key)?.isAlive == false)
        try office.ann([office.set(key, 1, .text("still needed"), seen: seen)])
        #expect(office.row(key)?.isAlive == true)
        #expect(office.reviews() == ["revived"])
        #expect(try office.dora([delete()]).rules == [nil])
        #expect(office.row(key)?.isAlive == false)
    }

    @Test func aNewChildRevivesItsParents() throws {
        let visit = office.newRow(3)
        try office.ann([(visit, .liveness, .create, Context()), office.set(visit, 1, .reference(key.row))])
        let row = office.row(visit)
        let covering = row?.cells.map { SeenCell(part: $0.part, context: Context(sequence: $0.sequence)) } ?? []
        try office.dora([delete(), (visit, .liveness, .delete(covering: covering), office.seen(visit, 0))])
        #expect(office.row(key)?.isAlive == false && office.row(visit)?.isAlive == false)
        let event = office.newRow(4)
        try office.ann([(event, .liveness, .create, Context()), office.set(event, 1, .reference(visit.row))])
        #expect(office.row(visit)?.isAlive == true, "the parent")
        #expect(office.row(key)?.isAlive == true, "and its parent")
        #expect(office.reviews() == ["revived", "revived"])
    }
}
