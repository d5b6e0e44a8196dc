import WireProtocol
import ReplicationCore
import ReplicationEngine
import Testing

/// Small histories with one right outcome each.
@Suite struct HistoryTests {
    let item = RowKey(collection: TestSchema.item, row: RowID(high: 10, low: 1))
    let name = Part(group: 1)

    @Test func writesReachTheHubAndEcho() throws {
        let bench = try Bench()
        var id = RowID.zero
        let commit = try bench.write { id = try $0.create("item", ["name": .text("pump")]) }
        #expect(try bench.shown("item", id, "name") == .text("pump"))
        #expect(try bench.status(TestSchema.item, id) == .pending)
        bench.connect()
        #expect(bench.hub.received == [try #require(commit).identity])
        bench.deliverVerdicts()
        #expect(bench.driver.unanswered == 0)
        #expect(try bench.status(TestSchema.item, id) == .pending)
        bench.deliverChanges()
        #expect(try bench.status(TestSchema.item, id) == .synced)
        #expect(bench.driver.isEchoed)
        #expect(bench.isConverged())
    }

    @Test("1: nothing that the device was not shown is covered")
    func contextIsWhatWasShown() throws {
        let bench = try Bench()
        bench.connect()
        bench.hub.create(item, [1: [.text("a")]])
        bench.deliverChanges()
        let shown = bench.hub.head
        bench.disconnect()
        bench.hub.write(item, name, .set([.text("b")]))
        let commit = try bench.write { try $0.set("item", item.row, ["name": .text("c")]) }
        #expect(try bench.operations(of: commit).first?.context == Context(sequence: shown))
        bench.connect()
        #expect(bench.hub.rows[item]?[name]?.siblings.count == 2)
        bench.deliverVerdicts()
        bench.deliverChanges()
        #expect(try bench.status(TestSchema.item, item.row) == .conflict)
        #expect(bench.isConverged())
    }

    @Test("1b: eviction with a pending edit keeps the context of the first")
    func evictionKeepsContext() throws {
        let bench = try Bench()
        bench.connect()
        bench.hub.create(item, [1: [.text("a")]])
        bench.deliverChanges()
        let shown = bench.hub.head
        bench.disconnect()
        let first = try bench.write { try $0.set("item", item.row, ["name": .text("b")]) }
        bench.hub.isDeaf = true
        bench.connect()
        bench.hub.write(item, name, .set([.text("theirs")]))
        bench.deliver(bench.hub.changes([], evicted: [item]))
        #expect(try bench.store.read { try $0.confirmed(item) } == nil)
        bench.deliver(bench.hub.changes([item]))
        #expect(try bench.shown("item", item.row, "name") == .text("b"))
        let second = try bench.write { try $0.set("item", item.row, ["name": .text("c")]) }
        let context = try #require(try bench.operations(of: second).first).context
        #expect(context.sequence == shown)
        #expect(context.pending == [try #require(first).identity])
    }

    @Test("2: an own write shows until its echo, also when the verdict comes first")
    func verdictOvertakesData() throws {
        let bench = try Bench()
        bench.connect()
        bench.hub.create(item, [1: [.text("a")]])
        bench.deliverChanges()
        try bench.write { try $0.set("item", item.row, ["name": .text("mine")]) }
        bench.hub.write(item, name, .set([.text("theirs")]))
        bench.deliverVerdicts()
        #expect(try bench.shown("item", item.row, "name") == .text("mine"))
        bench.deliverChanges()
        #expect(try bench.shown("item", item.row, "name") == .text("theirs"))
        #expect(bench.driver.isEchoed)
    }

    @Test("2b: an older state arriving late does not take an own write from view")
    func olderStateIsNoEcho() throws {
        let bench = try Bench()
        bench.connect()
        bench.hub.create(item, [1: [.text("a")]])
        let old = bench.hub.changes([item])
        try bench.deliverAndWrite(old) { try $0.set("item", item.row, ["name": .text("mine")]) }
        bench.deliverVerdicts()
        bench.deliver(old)
        #expect(try bench.shown("item", item.row, "name") == .text("mine"))
    }

    @Test("2c: what has left the view stays away, also when the program ends before the verdict comes")
    func whatHasLeftStaysAway() throws {
        let bench = try Bench()
        bench.connect()
        bench.hub.create(item, [1: [.text("a")]])
        bench.deliverChanges()
        try bench.write { try $0.set("item", item.row, ["name": .text("mine")]) }
        bench.deliverChanges()
        bench.hub.write(item, name, .set([.text("theirs")]))
        bench.deliverChanges()
        #expect(bench.driver.replica.pending.isEmpty)
        try bench.restart()
        #expect(bench.driver.replica.pending.isEmpty)
        let next = try bench.write { try $0.set("item", item.row, ["name": .text("next")]) }
        let context = try #require(try bench.operations(of: next).first).context
        #expect(context == Context(sequence: try #require(bench.hub.rows[item]?[name]).sequence))
    }

    @Test("2d: of a changeset in two rows, the part that has left stays away")
    func partsThatHaveLeftStayAway() throws {
        let bench = try Bench()
        let other = RowKey(collection: TestSchema.item, row: RowID(high: 10, low: 2))
        bench.connect()
        bench.hub.create(item, [1: [.text("a")]])
        bench.hub.create(other, [1: [.text("b")]])
        bench.deliverChanges()
        try bench.write {
            try $0.set("item", item.row, ["name": .text("mine")])
            try $0.set("item", other.row, ["name": .text("mine too")])
        }
        bench.deliverChanges([item])
        bench.hub.write(item, name, .set([.text("theirs")]))
        bench.deliverChanges([item])
        try bench.restart()
        #expect(bench.driver.replica.pending.operations(on: item).isEmpty)
        #expect(bench.driver.replica.pending.operations(on: other).count == 1)
    }

    @Test("4: a write is later than what was shown, though the wall clock is years behind")
    func stampsFollowWhatWasShown() throws {
        let bench = try Bench()
        bench.connect()
        bench.hub.create(item, [1: [.text("a")]])
        bench.deliverChanges()
        let shown = try #require(bench.hub.rows[item]?[name]?.siblings.first).write.effective
        bench.now = DeviceInstant(wall: 0, monotonic: 1, boot: 2)
        let commit = try #require(try bench.write { try $0.set("item", item.row, ["name": .text("b")]) })
        let entry = try #require(try bench.store.read { try $0.outboxEntry(commit.identity) })
        #expect(try ChangesetCodec.decode(entry.changeset).header.stamp > shown)
        #expect(entry.evidence == nil)
    }

    @Test("14: hub time comes from the exchange at connect and the monotonic clock, not from the wall")
    func timeIsHonest() throws {
        let bench = try Bench()
        bench.connect()
        bench.hub.create(item, [1: [.text("a")]])
        bench.deliverChanges()
        func write(_ text: String) throws -> (stamp: HybridTime, evidence: ClockEvidence?) {
            let commit = try #require(try bench.write { try $0.set("item", item.row, ["name": .text(text)]) })
            let entry = try #require(try bench.store.read { try $0.outboxEntry(commit.identity) })
            return (try ChangesetCodec.decode(entry.changeset).header.stamp, entry.evidence)
        }
        bench.disconnect()
        // The user sets the wall clock, offline, ten years back and then ahead: an hour is still an hour.
        let start = bench.now.monotonic
        for years in [-10, 10] as [Int64] {
            bench.now.wall = UInt64(1_700_000_000_000 + years * 31_557_600_000)
            bench.now.monotonic += 3_600_000
            let (stamp, evidence) = try write("offline \(years)")
            let told = try #require(evidence).hubMilliseconds
            #expect(abs(Int64(told) - Int64(5_000_000 + bench.now.monotonic - start)) <= 100)
            #expect(stamp.milliseconds == told)
        }
        // A reboot, two days ahead: nothing is known of hub time, and nothing is claimed.
        let twoDays: UInt64 = 172_800_000
        bench.now = DeviceInstant(wall: 1_700_000_000_000 + twoDays, monotonic: 50, boot: 2)
        let rebooted = try write("rebooted")
        #expect(rebooted.evidence == nil)
        #expect(rebooted.stamp.milliseconds == 1_700_000_000_000 + twoDays)
        // The next connection measures anew: what is written now says hub time, though the stamp goes on from where it is.
        bench.connect()
        let again = try write("connected")
        #expect(abs(Int64(try #require(again.evidence).hubMilliseconds) - 5_000_000) <= 100)
        #expect(again.stamp > rebooted.stamp)
    }

    @Test("3: increments add up, elements join, a second signature is kept")
    func sumsAndSets() throws {
        let bench = try Bench()
        var id = RowID.zero
        try bench.write { id = try $0.create("item", ["name": .text("x"), "signature": .text("one")]) }
        try bench.write { try $0.increment("item", id, "count", by: 5) }
        try bench.write { try $0.increment("item", id, "count", by: 3) }
        try bench.write { try $0.add("item", id, "tags", "x") }
        try bench.write { try $0.add("item", id, "tags", "y") }
        try bench.write { try $0.set("item", id, ["signature": .text("two")]) }
        #expect(try bench.shown("item", id, "count") == .integer(8))
        #expect(try bench.shown("item", id, "tags") == .text(#"["x","y"]"#))
        bench.connect()
        bench.deliverVerdicts()
        bench.deliverChanges()
        #expect(try bench.shown("item", id, "count") == .integer(8))
        #expect(try bench.shown("item", id, "tags") == .text(#"["x","y"]"#))
        let key = RowKey(collection: TestSchema.item, row: id)
        #expect(bench.hub.rows[key]?[Part(group: 5)]?.siblings.count == 2)
        #expect(bench.isConverged())
    }

    @Test("19: an accepted write to a row that left, and a removal of nothing, do not stay pending")
    func nothingPendsForEver() throws {
        let bench = try Bench()
        bench.connect()
        bench.hub.create(item, [1: [.text("a")]])
        bench.deliverChanges()
        try bench.write { try $0.set("item", item.row, ["name": .text("b")]) }
        bench.deliverVerdicts()
        #expect(!bench.driver.isEchoed)
        bench.deliver(bench.hub.changes([], evicted: [item]))
        #expect(bench.driver.isEchoed)
        #expect(try bench.store.read { try $0.visible(item) } == nil)

        bench.deliverChanges()
        try bench.write { try $0.remove("item", item.row, "tags", "none") }
        #expect(bench.driver.unanswered == 0)
        #expect(bench.driver.isEchoed)
    }

    @Test("20: an element that another added while an own add is pending can be removed")
    func othersElementIsRemoved() throws {
        let bench = try Bench()
        bench.connect()
        bench.hub.create(item, [1: [.text("a")]])
        bench.deliverChanges()
        bench.disconnect()
        try bench.write { try $0.add("item", item.row, "tags", "own") }
        bench.connect()
        bench.hub.write(item, Part(group: 3, element: "other"), .add)
        bench.deliverChanges()
        #expect(try bench.shown("item", item.row, "tags") == .text(#"["other","own"]"#))
        try bench.write { try $0.remove("item", item.row, "tags", "other") }
        bench.deliverVerdicts()
        bench.deliverChanges()
        #expect(try bench.shown("item", item.row, "tags") == .text(#"["own"]"#))
        #expect(bench.driver.isEchoed)
        #expect(bench.isConverged())
    }

    @Test("21: what the hub's sum contains is not taken off again")
    func sumNeverCountsTwice() throws {
        let bench = try Bench()
        bench.connect()
        let stock = RowKey(collection: TestSchema.stock, row: RowID(high: 20, low: 1))
        bench.hub.create(item, [1: [.text("part")]])
        bench.hub.create(stock, [1: [.reference(item.row)]])
        bench.hub.setTally(stock, group: 2, Tally(sum: 10))
        bench.deliverChanges()
        try bench.write {
            try $0.create("movement", ["item": .reference(item.row), "amount": .integer(-2)])
        }
        #expect(try bench.shown("stock", stock.row, "on_hand") == .integer(8))
        // The hub has committed it, and the verdict is lost: the sum arrives alone.
        bench.hub.setTally(stock, group: 2, Tally(sum: 8, contained: [Dot(site: 3, counter: 1)]))
        bench.deliverChanges([stock])
        #expect(try bench.shown("stock", stock.row, "on_hand") == .integer(8))
        try bench.restart()
        #expect(try bench.shown("stock", stock.row, "on_hand") == .integer(8))
        try bench.write {
            try $0.create("movement", ["item": .reference(item.row), "amount": .integer(-1)])
        }
        #expect(try bench.shown("stock", stock.row, "on_hand") == .integer(7))
    }

    @Test("12: own steps show through two levels of derivation, also after a restart")
    func twoLevels() throws {
        let bench = try Bench()
        bench.connect()
        let order = RowKey(collection: TestSchema.order, row: RowID(high: 30, low: 1))
        let appointment = RowKey(collection: TestSchema.appointment, row: RowID(high: 31, low: 1))
        bench.hub.create(order, [1: [.text("job")], 2: [.text("open")]])
        bench.hub.create(appointment, [1: [.reference(order.row)], 2: [.text("open")]])
        bench.deliverChanges()
        bench.disconnect()
        try bench.write { try $0.create("event", ["appointment": .reference(appointment.row), "state": .text("started")]) }
        #expect(try bench.shown("appointment", appointment.row, "status") == .text("started"))
        #expect(try bench.shown("work_order", order.row, "status") == .text("started"))
        try bench.restart()
        try bench.write { try $0.create("event", ["appointment": .reference(appointment.row), "state": .text("done")]) }
        #expect(try bench.shown("work_order", order.row, "status") == .text("done"))
        // The hub refuses: both levels fall back to what it says.
        bench.hub.refuse = { _ in Refusal(.noRight, "no") }
        bench.connect()
        bench.deliverVerdicts()
        #expect(try bench.shown("appointment", appointment.row, "status") == .text("open"))
        #expect(try bench.shown("work_order", order.row, "status") == .text("open"))
    }
}

extension Bench {
    func deliverAndWrite(_ body: WireBody, _ write: (LocalTransaction) throws -> Void) throws {
        deliver(body)
        try self.write(write)
    }
}
