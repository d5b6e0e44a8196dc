import Crypto
import Foundation
import ReplicationCore
@testable import ReplicationEngine
import Testing
import WireProtocol

/// Sums on a device whose stream may not be the one that the hub knows: it shows its confirmed sums and exactly those own
/// writes that they lack.
@Suite struct RestoreTests {
    private let bench: Bench
    private let item = RowKey(collection: TestSchema.item, row: RowID(high: 10, low: 1))
    private let stock = RowKey(collection: TestSchema.stock, row: RowID(high: 20, low: 1))

    init() throws {
        bench = try Bench()
        bench.hub.create(item, [1: [.text("part")]])
        bench.hub.create(stock, [1: [.reference(item.row)]])
        bench.hub.setTally(item, group: 4, Tally(sum: 10))
        bench.hub.setTally(stock, group: 2, Tally(sum: 10))
        bench.connect()
        bench.deliverChanges()
    }

    private func sums() throws -> [Value?] {
        [try bench.shown("item", item.row, "count"), try bench.shown("stock", stock.row, "on_hand")]
    }

    /// Adds to both: to the counter by an increment, to the derived sum by a new row.
    private func add(_ amount: Int64) throws -> LocalCommit {
        try #require(try bench.write {
            try $0.increment("item", item.row, "count", by: amount)
            try $0.create("movement", ["item": .reference(item.row), "amount": .integer(amount)])
        })
    }

    private func setSums(_ sum: Int64, _ contained: [Dot]) {
        bench.hub.setTally(item, group: 4, Tally(sum: sum, contained: contained))
        bench.hub.setTally(stock, group: 2, Tally(sum: sum, contained: contained))
    }

    private func isShown(_ sum: Int64) throws -> Bool { try sums() == [.integer(sum), .integer(sum)] }

    /// A driver that a failed expectation prints is long.
    private func isOnline() -> Bool { bench.driver.isOnline }

    /// The hub's answer for a changeset that it took at this place.
    private func answer(_ commit: LocalCommit, at dot: Dot) throws {
        let entry = try #require(try bench.store.read { try $0.outboxEntry(commit.identity) })
        let count = try ChangesetCodec.decode(entry.changeset).operationCount
        let receipt = Receipt(
            identity: commit.identity, dot: dot, root: entry.root, sequence: bench.hub.head,
            verdicts: Array(repeating: Verdict(outcome: .accepted, sequence: bench.hub.head), count: count))
        var message = WireVerdicts()
        message.receipts = [try ReceiptCodec.encode(receipt, seal: ReceiptSeal(key: SymmetricKey(data: Data(count: 32))))]
        bench.deliver(.verdicts(message))
    }

    @Test func aSumThatMayHoldAnUnansweredWriteWaitsWithAllThatFollows() throws {
        bench.hub.isDeaf = true
        let commit = try add(5)
        setSums(15, [Dot(site: 3, counter: 1)])
        bench.deliverChanges()
        bench.hub.write(item, Part(group: 1), .set([.text("renamed")]))
        bench.deliverChanges([item])
        #expect(try isShown(15))
        #expect(try bench.shown("item", item.row, "name") == .text("part"), "in order, or not at all")
        let before = bench.driver.replica.progress.cursor
        #expect(!bench.isConverged())
        #expect(!bench.events.contains { if case .digest = $0 { true } else { false } }, "digests cover what waits")
        try answer(commit, at: Dot(site: 3, counter: 1))
        #expect(try isShown(15))
        #expect(try bench.shown("item", item.row, "name") == .text("renamed"))
        #expect(bench.driver.isEchoed && bench.driver.replica.progress.cursor != before)
        guard case .digest(let report)? = bench.events.last(where: { if case .digest = $0 { true } else { false } })
        else { return #expect(Bool(false)) }
        #expect(report.isEqual)
    }

    @Test func sumsThatHoldNoneOfItsStreamDoNotWait() throws {
        bench.hub.isDeaf = true
        let commit = try add(5)
        setSums(17, [Dot(site: 9, counter: 40)])
        bench.deliverChanges()
        #expect(try isShown(22))
        setSums(22, [Dot(site: 3, counter: 1), Dot(site: 9, counter: 40)])
        try answer(commit, at: Dot(site: 3, counter: 1))
        bench.deliverChanges()
        #expect(try isShown(22))
        #expect(bench.driver.isEchoed)
    }

    /// A later self of the device, lost since, used the counters that it gives now.
    @Test func countersOfALostSelfAreNotTakenForItsOwn() throws {
        bench.hub.isDeaf = true
        _ = try add(5)
        setSums(30, [Dot(site: 3, counter: 1)])
        bench.deliverChanges()
        #expect(try isShown(15), "10 and its own 5; the 20 of the lost self come with the fork")
        bench.hub.isDeaf = false
        bench.hub.nextSite = 4
        bench.disconnect()
        bench.connect()
        #expect(bench.driver.replica.progress.site == 4)
        bench.deliverVerdicts()
        setSums(35, [Dot(site: 3, counter: 1), Dot(site: 4, counter: 1)])
        bench.deliverChanges()
        #expect(try isShown(35))
        #expect(bench.driver.isEchoed)
    }

    /// Another copy of the phone handed it in, under a site that this one has never had.
    @Test func whatAForkHasMovedIsUncertainUntilItIsAnswered() throws {
        bench.disconnect()
        let moved = try add(5)
        bench.hub.nextSite = 4
        bench.connect()
        #expect(try bench.store.read { try $0.outboxEntry(moved.identity) }?.dot == Dot(site: 4, counter: 1))
        bench.hub.isDeaf = true
        setSums(15, [Dot(site: 7, counter: 3)])
        bench.deliverChanges()
        #expect(try isShown(15))
        try bench.restart()
        bench.connect()
        bench.deliverChanges()
        #expect(try isShown(15), "also after a restart")
        // What is written from now on is not: nobody else has it.
        _ = try add(1)
        #expect(try isShown(16))
        try answer(moved, at: Dot(site: 7, counter: 3))
        #expect(try isShown(16))
        #expect(bench.driver.unanswered == 1)
        #expect(try bench.store.read { try $0.confirmed(item) }?[Part(group: 4)]?.tally?.sum == 15)
    }

    @Test func aSumBeyondItsOwnStreamEndsTheSession() throws {
        bench.hub.isDeaf = true
        setSums(30, [Dot(site: 3, counter: 2)])
        bench.deliverChanges()
        #expect(isOnline() == false)
        #expect(try isShown(10))
        // Connecting again shows the hub that the stream is another.
        bench.hub.nextSite = 4
        bench.wait(DeviceLimits.longestBackoffMilliseconds)
        #expect(isOnline())
        bench.deliverChanges()
        #expect(try isShown(30))
    }

    @Test func whatWaitsIsBounded() throws {
        bench.hub.isDeaf = true
        _ = try add(5)
        setSums(15, [Dot(site: 3, counter: 1)])
        bench.deliverChanges()
        var message = WireChanges()
        message.cursor = Data(repeating: 1, count: DeviceLimits.deferredBytes / 4)
        for _ in 0..<3 { bench.deliver(.changes(message)) }
        #expect(isOnline())
        bench.deliver(.changes(message))
        #expect(isOnline() == false)
        #expect(try isShown(15))
    }
}
