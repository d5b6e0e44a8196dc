import Crypto
import Foundation
import ReplicationCore
@testable import ReplicationEngine
import SQLiteStore
import Testing
import WireProtocol

/// What a device does when its disk, its hub or its schema is not what it was.
@Suite struct FaultTests {
    private let bench: Bench

    init() throws { bench = try Bench() }

    private func names() throws -> [Value] {
        try bench.store.query("SELECT name FROM item WHERE _alive ORDER BY name", []).map { $0.values[0] }
    }

    private func create(_ name: String) throws -> LocalCommit {
        try #require(try bench.write { try $0.create("item", ["name": .text(name)]) })
    }

    private func forks() -> Int { bench.events.count { if case .forked = $0 { true } else { false } } }

    // MARK: A damaged outbox

    private func damage(_ identity: ChangesetID) throws {
        try bench.store.write { store in
            var entry = try #require(try store.outboxEntry(identity))
            entry.changeset = [1, 2, 3]
            try store.put(entry)
        }
    }

    @Test func aDamagedChangesetIsReportedAndTheRestGoesOn() throws {
        let damaged = try create("a"), second = try create("b"), third = try create("c")
        try damage(damaged.identity)
        try bench.restart()
        #expect(bench.driver.replica.damaged == [damaged.identity])
        #expect(bench.events.contains { if case .storeFailed = $0 { true } else { false } })
        let reported = try bench.store.read { try $0.refusals() }
        #expect(reported.map(\.identity) == [damaged.identity] && reported[0].refusal.rule == .undecodable)
        // The hub cannot read it either. Behind it the stream does not fit, and forks: once.
        bench.connect()
        #expect(forks() == 1)
        #expect(bench.hub.received.suffix(2) == [second.identity, third.identity])
        bench.deliverVerdicts()
        bench.deliverChanges()
        #expect(bench.driver.unanswered == 0 && bench.driver.isEchoed)
        #expect(try names() == [.text("b"), .text("c")], "what nobody can read any more is not shown as if it were written")
        #expect(try bench.store.read { try $0.refusals() }.map(\.identity) == [damaged.identity])
        try bench.restart()
        #expect(bench.driver.replica.damaged.isEmpty && bench.isConvergedAgain())
    }

    @Test func aChangesetThatIsDamagedWhileTheProgramRuns() throws {
        let damaged = try create("a")
        try damage(damaged.identity)
        bench.connect()
        bench.deliverVerdicts()
        #expect(bench.driver.unanswered == 0 && forks() == 0)
        #expect(try names() == [])
        #expect(try bench.store.read { try $0.refusals() }.map(\.identity) == [damaged.identity])
        _ = try create("b")
        #expect(forks() == 1)
        bench.deliverVerdicts()
        #expect(bench.driver.unanswered == 0 && forks() == 1)
    }

    /// The hub got it while it was whole.
    @Test func aReceiptForWhatWasDamagedAfterwards() throws {
        bench.connect()
        let damaged = try create("a")
        try damage(damaged.identity)
        bench.hub.isDeaf = true
        try bench.restart()
        #expect(try bench.store.read { try $0.refusals() }.count == 1)
        bench.connect()
        bench.deliverVerdicts()
        bench.deliverChanges()
        #expect(bench.driver.unanswered == 0)
        #expect(try bench.store.read { try $0.refusals() }.isEmpty)
        #expect(try names() == [.text("a")] && bench.isConverged())
    }

    @Test func aHubThatForksForEverIsNotAskedAllTheTime() throws {
        _ = try create("a")
        bench.hub.forksAlways = true
        bench.connect()
        #expect(forks() == DeviceLimits.forksAtOnce + 1)
        bench.wait(DeviceLimits.firstBackoffMilliseconds)
        #expect(forks() == DeviceLimits.forksAtOnce + 2)
        bench.wait(1)
        #expect(forks() == DeviceLimits.forksAtOnce + 2)
        bench.hub.forksAlways = false
        bench.wait(DeviceLimits.longestBackoffMilliseconds)
        bench.deliverVerdicts()
        #expect(bench.driver.unanswered == 0)
    }

    // MARK: Receipts

    private func deliver(_ verdicts: [Verdict], for commit: LocalCommit) throws {
        let entry = try #require(try bench.store.read { try $0.outboxEntry(commit.identity) })
        let receipt = Receipt(
            identity: commit.identity, dot: entry.dot, root: entry.root, sequence: CommitSequence(epoch: 1, number: 1),
            verdicts: verdicts)
        var message = WireVerdicts()
        message.receipts = [try ReceiptCodec.encode(receipt, seal: ReceiptSeal(key: SymmetricKey(data: Data(count: 32))))]
        bench.deliver(.verdicts(message))
    }

    @Test func oneVerdictOnOtherContentIsForAllOfIt() throws {
        bench.hub.isDeaf = true
        bench.connect()
        let commit = try create("a")
        try deliver([Verdict(outcome: .refused(Refusal(.otherContent, "known")))], for: commit)
        #expect(bench.driver.unanswered == 0)
        #expect(try bench.store.read { try $0.refusals() }.map(\.position) == [0, 1])
        #expect(try names() == [])
        try bench.restart()
        #expect(bench.driver.replica.pending.isEmpty)
    }

    @Test func aReceiptWithAnotherNumberOfVerdictsIsNotTaken() throws {
        bench.hub.isDeaf = true
        bench.connect()
        let commit = try create("a")
        let accepted = Verdict(outcome: .accepted, sequence: CommitSequence(epoch: 1, number: 1))
        for count in [0, 1, 3] {
            try deliver(Array(repeating: accepted, count: count), for: commit)
            #expect(bench.driver.unanswered == 1)
            bench.wait(DeviceLimits.longestBackoffMilliseconds)
        }
        #expect(try names() == [.text("a")])
    }

    // MARK: A hub that says what none can say

    @Test func sequencesThatNoHubGivesAreNotTaken() throws {
        let key = RowKey(collection: TestSchema.item, row: RowID(high: 10, low: 1))
        bench.hub.create(key, [1: [.text("a")]])
        bench.connect()
        for (epoch, number) in [(0, 7), (0, UInt64.max), (1, 1 << 48), (0x8000, 1)] as [(UInt32, UInt64)] {
            guard case .changes(var message) = bench.hub.changes() else { return }
            message.complete.epoch = epoch
            message.complete.number = number
            bench.deliver(.changes(message))
            #expect(!bench.driver.isOnline)
            bench.wait(DeviceLimits.longestBackoffMilliseconds)

            let row = RowState(key: key, cells: [CellState(
                part: Part(group: 4), sequence: CommitSequence(epoch: epoch, number: number), tally: Tally(sum: 1))])
            guard case .changes(var changes) = bench.hub.changes() else { return }
            let collection = try #require(TestSchema.schema.collection(TestSchema.item))
            changes.collections[0].rows = [RowChangeCodec.encode(row, in: collection)]
            bench.deliver(.changes(changes))
            #expect(!bench.driver.isOnline)
            bench.wait(DeviceLimits.longestBackoffMilliseconds)
        }
        bench.deliverChanges()
        #expect(try names() == [.text("a")])
    }

    private func unknownCollection() -> WireMessage.OneOf_Body {
        var message = WireChanges()
        message.cursor = Data([9])
        var batch = WireCollectionChanges()
        batch.collection = 99
        message.collections = [batch]
        return .changes(message)
    }

    @Test func whatCannotBeTakenIsNotAskedForTwiceASecond() throws {
        bench.connect()
        var waits: [UInt64] = []
        for _ in 0..<10 {
            bench.deliver(unknownCollection())
            guard case .offline(_, let wait?)? = bench.events.last(where: { if case .offline = $0 { true } else { false } })
            else { return #expect(Bool(false)) }
            waits.append(wait)
            bench.wait(wait)
            #expect(bench.driver.isOnline)
        }
        #expect(waits[0] <= DeviceLimits.firstBackoffMilliseconds && waits[9] > DeviceLimits.longestBackoffMilliseconds / 2)
        // A session that was of use makes the next wait short again, and so does one that lasts.
        bench.deliverChanges()
        bench.deliver(unknownCollection())
        guard case .offline(_, let wait?)? = bench.events.last(where: { if case .offline = $0 { true } else { false } })
        else { return #expect(Bool(false)) }
        #expect(wait <= DeviceLimits.firstBackoffMilliseconds)
    }

    // MARK: A schema that has grown

    @Test func workGoesUpToAHubWithALaterSchema() throws {
        bench.hub.schemaVersion = 2
        let first = try create("a")
        bench.connect()
        bench.deliver(unknownCollection())
        #expect(bench.driver.isOnline && bench.driver.obstacle != nil)
        #expect(bench.events.contains { if case .blocked(.enrolAgain) = $0 { true } else { false } })
        let second = try create("b")
        bench.deliverChanges()
        #expect(bench.hub.received == [first.identity, second.identity])
        bench.deliverVerdicts()
        #expect(bench.driver.unanswered == 0)
        #expect(bench.events.count { $0 == .connected } == 1)
        #expect(bench.driver.replica.progress.cursor == [])
    }

    @Test func enrollingAgainTakesTheGrownSchema() throws {
        bench.connect()
        let held = RowKey(collection: TestSchema.item, row: RowID(high: 10, low: 1))
        bench.hub.create(held, [1: [.text("held")]])
        bench.deliverChanges()
        bench.disconnect()
        let own = try create("own")
        var enrolled = WireEnrolled()
        enrolled.replica = Data(ReplicaID(high: 5, low: 6).bytes)
        enrolled.site = 4
        enrolled.hub = Data(ScriptedHub.id.bytes)
        enrolled.epoch = 3
        enrolled.user = Data(Bench.user.bytes)
        enrolled.role = 1
        enrolled.schema = "later"
        try Enrolment.store(enrolled, privateKey: [], endpoint: "", schema: TestSchema.later, in: bench.store)
        try bench.restart(schema: TestSchema.later)
        #expect(bench.driver.replica.progress.epoch == 1, "it rises when what the hub has lost is handed in")
        #expect(try bench.store.read { try $0.unanswered() }.map(\.dot) == [Dot(site: 4, counter: 1)])
        try bench.write {
            try $0.set("item", held.row, ["colour": .text("red")])
            try $0.create("tool", ["name": .text("wrench")])
        }
        #expect(try bench.shown("item", held.row, "colour") == .text("red"))
        // Catch-up from nothing goes over every table.
        bench.hub.nextSite = 4
        bench.connect()
        bench.deliver(bench.hub.changes([held], isRestart: true))
        #expect(bench.driver.isOnline && bench.hub.received.first == own.identity)
        #expect(try names() == [.text("held"), .text("own")])
    }
}

extension Bench {
    /// Connects once more and compares.
    fileprivate func isConvergedAgain() -> Bool {
        connect()
        deliverChanges()
        return isConverged()
    }
}
