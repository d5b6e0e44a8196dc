import ReplicationCore
import ReplicationEngine
import Testing
import WireProtocol

/// A changeset has at most one operation for each cell.
@Suite struct TransactionTests {
    func actions(_ bench: Bench, _ body: (LocalTransaction) throws -> Void) throws -> [Action] {
        try bench.operations(of: try bench.write(body)).sorted { $0.position < $1.position }.map(\.action)
    }

    @Test func laterWritesFold() throws {
        let bench = try Bench()
        var id = RowID.zero
        #expect(try actions(bench) {
            id = try $0.create("item", ["name": .text("a")])
            try $0.set("item", id, ["name": .text("b")])
            try $0.set("item", id, ["starts": .integer(1)])
            try $0.set("item", id, ["ends": .integer(2)])
        } == [.create, .set([.text("b")]), .set([.integer(1), .integer(2)])])
        #expect(try actions(bench) {
            try $0.increment("item", id, "count", by: 5)
            try $0.increment("item", id, "count", by: -2)
        } == [.increment(3)])
        #expect(try actions(bench) {
            try $0.increment("item", id, "count", by: 5)
            try $0.increment("item", id, "count", by: -5)
        } == [])
        #expect(try actions(bench) {
            try $0.add("item", id, "tags", "x")
            try $0.remove("item", id, "tags", "x")
        } == [])
        #expect(try actions(bench) { try $0.add("item", id, "tags", "x") } == [.add])
        #expect(try actions(bench) {
            try $0.remove("item", id, "tags", "x")
            try $0.add("item", id, "tags", "x")
        } == [.add])
        #expect(try actions(bench) {
            try $0.add("item", id, "tags", "x")
            try $0.remove("item", id, "tags", "x")
        } == [.remove])
        #expect(try bench.shown("item", id, "tags") == .text("[]"))
        #expect(try actions(bench) {
            let other = try $0.create("item", ["name": .text("gone")])
            try $0.delete("item", other)
        } == [])
        #expect(try actions(bench) {
            try $0.delete("item", id)
            try $0.restore("item", id)
        } == [])
        #expect(try bench.shown("item", id, "name") == .text("b"))
    }

    @Test func aGroupKeepsTheColumnsThatAreNotNamed() throws {
        let bench = try Bench()
        var id = RowID.zero
        try bench.write { id = try $0.create("item", ["name": .text("a"), "starts": .integer(1), "ends": .integer(2)]) }
        #expect(try actions(bench) { try $0.set("item", id, ["ends": .integer(9)]) } == [.set([.integer(1), .integer(9)])])
    }

    @Test func deletionHidesAndRestorationShows() throws {
        let bench = try Bench()
        var id = RowID.zero
        try bench.write { id = try $0.create("item", ["name": .text("a")]) }
        try bench.write { try $0.delete("item", id) }
        #expect(try bench.shown("item", id, "name") == nil)
        try bench.write { try $0.restore("item", id) }
        #expect(try bench.shown("item", id, "name") == .text("a"))
        bench.connect()
        bench.deliverVerdicts()
        bench.deliverChanges()
        #expect(try bench.shown("item", id, "name") == .text("a"))
        #expect(bench.isConverged())
    }

    /// Both never happened; what was written to the row before them did.
    @Test func deletingAndRestoringInOneTransactionKeepsWhatWasWritten() throws {
        let bench = try Bench()
        var id = RowID.zero
        try bench.write { id = try $0.create("item", ["name": .text("a")]) }
        let commit = try bench.write {
            try $0.set("item", id, ["name": .text("b")])
            try $0.add("item", id, "tags", "x")
            try $0.delete("item", id)
            try $0.restore("item", id)
            try $0.set("item", id, ["starts": .integer(1)])
        }
        #expect(try bench.shown("item", id, "name") == .text("b"))
        #expect(try bench.shown("item", id, "tags") == .text("[\"x\"]"))
        #expect(try bench.operations(of: commit).allSatisfy { $0.part != .liveness })
        #expect(try bench.operations(of: commit).count == 3)
        // A deletion that stands takes them with it.
        let deletion = try bench.write {
            try $0.set("item", id, ["name": .text("c")])
            try $0.delete("item", id)
        }
        #expect(try bench.operations(of: deletion).map(\.part) == [.liveness])
    }

    /// An increment takes nothing away: it has no need to name the ones before it.
    @Test func incrementsNameNothing() throws {
        let bench = try Bench()
        let key = RowKey(collection: TestSchema.item, row: RowID(high: 10, low: 1))
        bench.hub.create(key, [1: [.text("a")]])
        bench.hub.write(key, Part(group: 4), .increment(5))
        bench.connect()
        bench.deliverChanges()
        bench.disconnect()
        let seen = bench.hub.head
        for _ in 0..<5 {
            let commit = try bench.write { try $0.increment("item", key.row, "count", by: 2) }
            #expect(try bench.operations(of: commit).map(\.context) == [Context(sequence: seen)])
        }
        #expect(try bench.shown("item", key.row, "count") == .integer(15))
        bench.connect()
        bench.deliverVerdicts()
        bench.deliverChanges()
        #expect(try bench.shown("item", key.row, "count") == .integer(15))
        #expect(bench.driver.isEchoed && bench.isConverged())
    }

    @Test func aFailedTransactionLeavesNothing() throws {
        let bench = try Bench()
        struct Changed: Error {}
        #expect(throws: Changed.self) {
            try bench.write {
                try $0.create("item", ["name": .text("a")])
                throw Changed()
            }
        }
        #expect(try bench.store.query("SELECT * FROM item", []).isEmpty)
        #expect(try bench.write { try $0.create("item", ["name": .text("a")]) }?.dot == Dot(site: 3, counter: 1))
    }

    @Test func theStreamIsChainedAndSurvivesARestart() throws {
        let bench = try Bench()
        try bench.write { try $0.create("item", ["name": .text("a")]) }
        try bench.restart()
        try bench.write { try $0.create("item", ["name": .text("b")]) }
        let entries = try bench.store.read { try $0.unanswered() }
        #expect(entries.map(\.dot.counter) == [1, 2])
        #expect(entries[0].predecessor == [] && entries[1].predecessor == entries[0].root)
        for entry in entries { #expect(try ChangesetCodec.decode(entry.changeset).root == entry.root) }
    }

    @Test func aForkRenumbersAndKeepsTheBytes() throws {
        let bench = try Bench()
        try bench.write { try $0.create("item", ["name": .text("a")]) }
        bench.connect()
        bench.deliverVerdicts()
        bench.disconnect()
        try bench.write { try $0.create("item", ["name": .text("b")]) }
        try bench.write { try $0.create("item", ["name": .text("c")]) }
        let before = try bench.store.read { try $0.unanswered() }
        bench.hub.nextSite = 8
        bench.connect()
        let after = try bench.store.read { try $0.unanswered() }
        #expect(after.map(\.dot) == [Dot(site: 8, counter: 1), Dot(site: 8, counter: 2)])
        #expect(after.map(\.changeset) == before.map(\.changeset))
        #expect(after[0].predecessor == [] && after[1].predecessor == after[0].root)
        #expect(bench.events.contains(.forked(8)))
        // It has connected again with the new site, and handed its outbox in.
        #expect(bench.hub.received.count == 3)
        bench.deliverVerdicts()
        bench.deliverChanges()
        #expect(bench.driver.isEchoed && bench.isConverged())
    }

    @Test func catchUpFromNothingDropsWhatIsNotSentAgain() throws {
        let bench = try Bench()
        let kept = RowKey(collection: TestSchema.item, row: RowID(high: 10, low: 1))
        let left = RowKey(collection: TestSchema.item, row: RowID(high: 10, low: 2))
        bench.hub.create(kept, [1: [.text("kept")]])
        bench.hub.create(left, [1: [.text("left")]])
        bench.connect()
        bench.deliverChanges()
        try bench.write { try $0.create("item", ["name": .text("own")]) }
        bench.deliver(bench.hub.changes([kept], isRestart: true))
        #expect(try bench.store.query("SELECT name FROM item WHERE _alive ORDER BY name", []).map { $0.values[0] }
            == [.text("kept"), .text("own")])
    }
}
