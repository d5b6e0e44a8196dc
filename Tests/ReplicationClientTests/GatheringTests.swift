import Foundation
import ReplicationCore
import ReplicationEngine
import Testing
import WireProtocol

/// Changes of a catch-up that have come together are stored together.
struct GatheringTests {
    private let bench: Bench

    init() throws {
        bench = try Bench()
        bench.connect()
    }

    private static func key(_ number: UInt64) -> RowKey { RowKey(collection: TestSchema.item, row: RowID(high: 40, low: number)) }

    /// One row in a message of its own.
    private func message(_ number: UInt64, name: String = "a", isLast: Bool = false) -> WireBody {
        bench.hub.create(Self.key(number), [1: [.text(name)]])
        guard case .changes(var changes) = bench.hub.changes([Self.key(number)]) else { preconditionFailure("the hub sends changes") }
        changes.cursor = Data([UInt8(number)])
        if !isLast { changes.clearComplete() }
        return .changes(changes)
    }

    private func rows() throws -> Int { try bench.store.query("SELECT id FROM item", []).count }

    private var reports: [ChangeReport] { bench.events.compactMap { if case .changes(let report) = $0 { report } else { nil } } }
    private var confirmed: [[UInt8]] { bench.sent.compactMap { if case .confirm(let confirm) = $0 { Array(confirm.cursor) } else { nil } } }

    @Test func whatHasComeIsStoredAtOnce() throws {
        bench.deliver(message(1), moreFollows: true)
        bench.deliver(message(2), moreFollows: true)
        #expect(try rows() == 0)
        #expect(confirmed.isEmpty)
        bench.deliver(message(3))
        #expect(try rows() == 3)
        #expect(reports.map(\.received) == [3] && confirmed == [[3]])
        #expect(try bench.store.read { try $0.progress.cursor } == [3])
    }

    @Test func theEndOfACatchUpWaitsForNothing() throws {
        bench.deliver(message(1), moreFollows: true)
        bench.deliver(message(2, isLast: true), moreFollows: true)
        #expect(try rows() == 2)
        #expect(reports.count == 1 && reports[0].complete == bench.hub.head && bench.driver.isCaughtUp)
    }

    @Test func noMoreIsKeptThanTheLimit() throws {
        let large = String(repeating: "x", count: DeviceLimits.gatheredBytes / 4)
        for number in 1...3 { bench.deliver(message(UInt64(number), name: large), moreFollows: true) }
        #expect(try rows() == 0)
        bench.deliver(message(4, name: large), moreFollows: true)
        #expect(try rows() == 4)
        #expect(confirmed == [[4]])
    }

    /// What else the hub says is of what came before it.
    @Test func whatFollowsFindsThemStored() throws {
        bench.deliver(message(1), moreFollows: true)
        bench.deliver(.verdicts(WireVerdicts()), moreFollows: true)
        #expect(try rows() == 1)
        #expect(confirmed == [[1]])
        bench.deliver(message(2), moreFollows: true)
        guard case .changes(var live) = message(3, isLast: true) else { return }
        live.live = true
        bench.deliver(.changes(live), moreFollows: true)
        #expect(try rows() == 3)
        #expect(reports.map(\.isLive) == [false, false, true])
    }

    @Test func oneThatCannotBeTakenIsAloneAtFault() throws {
        bench.deliver(message(1), moreFollows: true)
        var unknown = WireChanges(), part = WireCollectionChanges()
        part.collection = 99
        unknown.cursor = Data([2])
        unknown.collections = [part]
        bench.deliver(.changes(unknown), moreFollows: true)
        bench.deliver(message(3))
        #expect(try rows() == 1)
        #expect(!bench.driver.isOnline)
        #expect(try bench.store.read { try $0.progress.cursor } == [1])
    }

    @Test func whatHasComeIsStoredBeforeTheConnectionIsGivenUp() throws {
        bench.deliver(message(1), moreFollows: true)
        bench.disconnect()
        #expect(try rows() == 1)
        #expect(try bench.store.read { try $0.progress.cursor } == [1])
    }

    /// Nothing waits for an event that is none of the session's.
    @Test func anyEventWithNothingBehindItEndsTheWait() throws {
        bench.deliver(message(1), moreFollows: true)
        bench.strangerCloses()
        #expect(try rows() == 1)
    }
}
