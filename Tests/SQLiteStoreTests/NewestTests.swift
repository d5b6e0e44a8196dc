import Foundation
import GRDB
import ReplicationCore
import ReplicationEngine
import Testing

@testable import SQLiteStore

/// Rows that are received as the newest under another one: an order is, while it is among the two newest of its document.
@Suite struct NewestTests {
    private let folder: TemporaryFolder
    private let store: SQLiteHubStore
    private let document = key(TestSchema.document, 1), other = key(TestSchema.document, 2)
    private let visit = key(TestSchema.visit, 3), tech = key(TestSchema.user, 4)
    /// Names the document and was made before all times.
    private let named = key(TestSchema.order, 5)
    private static let day: Int64 = 86_400_000

    init() throws {
        folder = try TemporaryFolder()
        store = try StoreFactory.makeSQLite(at: folder.file("hub.sqlite"), schema: TestSchema.withWindows)
        try store.commit([[
            Edit(key: named, values: [4: [.named(document)]]), Edit(key: document),
            Edit(key: visit, values: [1: [.integer(100 * Self.day + 5)], 2: [.named(tech)], 4: [.named(named)]]),
        ]])
    }

    private func order(_ number: UInt64) -> RowKey { key(TestSchema.order, 10 + number) }

    private func edit(_ number: UInt64, day: Int64, of document: RowKey? = nil) -> Edit {
        Edit(key: order(number), values: [4: [.named(document ?? self.document)], 5: [.integer(day * Self.day)]])
    }

    /// The orders that come with the document, by number.
    private func newest(_ parent: RowKey? = nil) throws -> [UInt64] {
        try (1...9).filter { number in
            try !store.read { try $0.scopes(of: order(number)) }.filter { scope in scope.key.hasSuffix("+newest") }.isEmpty
        }
    }

    private var byDay: Scope { Scope(kind: "tech", key: "\(tech.row)@1970-04-11+newest") }

    @Test func newestComeAndPushOutOlderOnes() throws {
        try store.commit([[edit(1, day: 1), edit(3, day: 3), edit(2, day: 2)]])
        #expect(try newest() == [2, 3])
        let committed = try store.commit([[edit(4, day: 4)]])
        #expect(try newest() == [3, 4])
        // Of those that were there already only the one that leaves is told.
        #expect(Set(committed.rows.map(\.state.key)) == [order(2), order(4)])
        let pushed = try #require(committed.rows.first { $0.state.key == order(2) })
        #expect(pushed.scopesBefore == [byDay] && pushed.scopesAfter == [])
        let page = try store.read {
            try $0.changes(after: CatchUpCursor(complete: CommitSequence(epoch: 1, number: 2)), in: [byDay], limit: 9)
        }
        #expect(page.rows.map(\.key) == [order(4)] && page.evicted == [order(2)])
        // An older one changes nothing for anybody.
        #expect(try store.commit([[edit(5, day: 2)]]).rows.map(\.state.key) == [order(5)])
    }

    @Test func deletedAndUndatedOnesAndThoseOfOthersDoNotCount() throws {
        try store.commit([[edit(1, day: 1), edit(2, day: 2), edit(3, day: 3)]])
        try store.commit([[Edit(key: order(3), isDeletion: true)]])
        #expect(try newest() == [1, 2])
        try store.commit([[Edit(key: order(3), values: [1: [.text("back")]])]])
        #expect(try newest() == [2, 3])
        try store.commit([[Edit(key: order(2), values: [5: [.null]])]])
        #expect(try newest() == [1, 3])
        try store.commit([[edit(3, day: 3, of: other)]])
        #expect(try newest() == [1], "nobody receives the other document")
        try store.commit([[edit(2, day: 0)]])
        #expect(try newest() == [1, 2])
        // All at once: what one leaves another takes in the same commit.
        let committed = try store.commit([
            [Edit(key: order(1), isDeletion: true), edit(3, day: 3)], [Edit(key: order(3), isDeletion: true), edit(4, day: 9)],
        ])
        #expect(try newest() == [2, 4] && !committed.rows.contains { $0.state.key == order(2) })
    }

    @Test func ofOneTimeTheHigherIdIsNewer() throws {
        try store.commit([[edit(2, day: 7), edit(3, day: 7), edit(1, day: 7)]])
        #expect(try newest() == [2, 3])
        // The time changes, and the day does not.
        try store.commit([[Edit(key: order(1), values: [5: [.integer(7 * Self.day + 1)]])]])
        #expect(try newest() == [1, 3])
    }

    /// What hangs on an order comes with it; what it names, and what is newest under it, does not.
    @Test func newestBringWhatHangsOnThemAndNothingElse() throws {
        let note = key(TestSchema.note, 30), call = key(TestSchema.call, 31), itsDocument = key(TestSchema.document, 2)
        try store.commit([[
            edit(1, day: 1), edit(2, day: 1, of: itsDocument), Edit(key: itsDocument),
            Edit(key: note, values: [2: [.named(order(1))]]),
            Edit(key: call, values: [1: [.integer(3)], 2: [.text("orders/\(order(1).row)")]]),
        ]])
        try store.commit([[Edit(key: visit, values: [4: [.named(named)]])]])
        #expect(try store.read { try $0.scopes(of: note) } == [byDay])
        #expect(try store.read { try $0.scopes(of: call) } == [])
        #expect(try store.read { try $0.scopes(of: document) }.count == 1, "it is not held by its own orders")
        #expect(try store.read { try $0.scopes(of: itsDocument) } == [])
        // Without the visit nothing holds any of them, although they name each other in a circle.
        try store.commit([[Edit(key: visit, values: [2: [.null]])]])
        for row in [named, document, order(1), note] { #expect(try store.read { try $0.scopes(of: row) } == []) }
    }

    /// A visit of a day brings what was before the end of that day.
    @Test func nothingLaterComesThroughADay() throws {
        try store.commit([[edit(1, day: 99), edit(2, day: 100), edit(3, day: 101)]])
        #expect(try newest() == [2])
        try store.commit([[Edit(key: visit, values: [1: [.integer(101 * Self.day)]])]])
        #expect(try newest() == [2, 3])
        try store.commit([[Edit(key: visit, values: [1: [.null]])]])
        #expect(try newest() == [2, 3], "the visit may be on any day")
    }

    @Test func theyComeAndGoWithTheWindow() throws {
        func received(_ key: RowKey) throws -> Bool {
            try store.read { try !$0.scopes(of: key).isDisjoint(with: $0.subscriptions(of: tech.row)) }
        }
        func begin(_ day: Int64) throws -> Committed {
            let moment = CommitMoment(wallMilliseconds: UInt64(day * Self.day))
            return try store.commit { reader in
                try CommitBatch.decide([.beginDays], reader: reader, schema: TestSchema.withWindows, moment: moment)
            }.0
        }
        try store.commit([[Edit(key: tech, values: [2: [.text("technician")]]), edit(1, day: 1)]])
        var held: [Int64: Bool] = [:]
        for day in 95...104 as ClosedRange<Int64> {
            #expect(try begin(day).rows.isEmpty, "no row is written")
            held[day] = try received(order(1))
            #expect(try received(document) == held[day])
        }
        #expect(held.filter(\.value).keys.sorted() == [97, 98, 99, 100, 101, 102])
        let was = try store.read { try $0.received(order(1), by: tech.row, since: CommitSequence(epoch: 1, number: 3)) }
        #expect(was, "late work on it is that of somebody who had it")
    }

    /// However many orders a document has, a commit reads the first of them in the order of the table.
    @Test func oneOfManyIsFoundWithoutReadingThem() throws {
        let plan = try store.pool.read { database in
            let sql = "EXPLAIN QUERY PLAN " + ScopeLedger.newestQuery
            return try Row.fetchAll(database, sql: sql, arguments: [1, Data(), 1, 1, 1]).map { String($0["detail"]) }
        }
        #expect(plan.count == 1 && plan.allSatisfy { $0.hasPrefix("SEARCH _newest USING PRIMARY KEY") }, "\(plan)")
    }

    @Test func rowsThatAreTakenAwayGiveTheirPlaceUp() throws {
        try store.commit([[edit(1, day: 1), edit(2, day: 2), edit(3, day: 3)]])
        _ = try store.commit { reader in
            var plan = CommitPlan()
            var head = try reader.head
            head.number += 1
            plan.entries = [makeEntry(head, site: 1)]
            guard var row = try reader.row(order(3)) else { return (plan, ()) }
            row[Part(group: 1)] = TestRows.cell(1, [([.text("gone")], head.number)])
            plan.rows = [row]
            plan.taken.rows = [TakenRow(key: row.key, kind: .purged, sequence: head)]
            return (plan, ())
        }
        #expect(try newest() == [1, 2])
    }
}
