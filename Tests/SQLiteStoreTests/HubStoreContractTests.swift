import Foundation
import ReplicationCore
import ReplicationEngine
import Testing

@testable import SQLiteStore

/// What every `HubStore` keeps. Written against the port alone.
@Suite struct HubStoreContractTests {
    private let folder: TemporaryFolder
    private let store: any HubStore

    init() throws {
        folder = try TemporaryFolder()
        store = try StoreFactory.sqlite(in: folder).make(TestSchema.schema)
    }

    private struct Refused: Error {}
    private let product = key(TestSchema.product, 1)

    @Test func aNewStoreIsEmpty() throws {
        try store.read { reader throws in
            #expect(try reader.currentHead() == CommitSequence(epoch: 1, number: 0))
            #expect(try reader.identity().name == "Test")
            #expect(try reader.identity().sealKey.count == 32)
            #expect(try reader.latest() == .zero)
            #expect(try reader.lastSite() == 0)
            #expect(try reader.row(product) == nil)
            #expect(try reader.row(key(999, 1)) == nil)
            #expect(try reader.entry(at: CommitSequence(epoch: 1, number: 1)) == nil)
            #expect(try reader.count(of: TestSchema.product) == 0)
        }
    }

    @Test func aCommitIsWholeAndReportsWhatItDid() throws {
        let committed = try store.commit([
            [Edit(key: product, values: [1: [.text("a")]])],
            [Edit(key: product, values: [1: [.text("b")]]), Edit(key: key(TestSchema.document, 2))],
        ])
        #expect(committed.before == CommitSequence(epoch: 1, number: 0))
        #expect(committed.head == CommitSequence(epoch: 1, number: 2))
        #expect(committed.rows.map(\.state.key) == [product, key(TestSchema.document, 2)])
        #expect(committed.rows[0].scopesBefore == [])
        #expect(committed.rows[0].scopesAfter == [ScopeRules.everyone])
        try store.read { reader throws in
            #expect(try reader.currentHead() == committed.head)
            #expect(try reader.row(product) == committed.rows[0].state)
            #expect(try reader.latest() == HybridTime(milliseconds: 1_002))
        }
    }

    @Test func nothingChangesWhenDecideThrows() throws {
        try store.commit([[Edit(key: product, values: [1: [.text("a")]])]])
        let before = try store.read { (try $0.head, try $0.row(product)) }
        #expect(throws: Refused.self) {
            try store.commit { reader -> (CommitPlan, Int) in
                _ = try reader.row(product)
                throw Refused()
            }
        }
        let after = try store.read { (try $0.head, try $0.row(product)) }
        #expect(before == after)
        try store.commit([[Edit(key: product, values: [1: [.text("b")]])]])
    }

    @Test func decideReadsTheHead() throws {
        try store.commit([[Edit(key: product, values: [1: [.text("a")]])]])
        let (_, seen) = try store.commit { (CommitPlan(), try $0.row(product)?.cells.count) }
        #expect(seen == 2)
    }

    @Test func aReaderStaysOnItsSnapshotWhileCommitsGoOn() throws {
        try store.commit([[Edit(key: product, values: [1: [.text("old")]])]])
        try store.read { reader throws in
            let old = try reader.row(product)
            let commits = Thread { [store, product] in
                do {
                    for _ in 0..<5 { try store.commit([[Edit(key: product, values: [1: [.text("new")]])]]) }
                } catch { Issue.record(error) }
            }
            commits.start()
            while !commits.isFinished { Thread.sleep(forTimeInterval: 0.005) }
            #expect(try reader.row(product) == old)
            #expect(try reader.currentHead().number == 1)
            #expect(try reader.changes(after: .start, in: [ScopeRules.everyone], limit: 9).rows == [old])
        }
        #expect(try store.read { try $0.currentHead().number } == 6)
    }

    @Test func rowsAreFoundByShownValue() throws {
        let account = key(TestSchema.account, 1), orders = (1...5).map { key(TestSchema.order, $0) }
        try store.commit([orders.map { Edit(key: $0, values: [2: [.named(account)], 1: [.text("e\u{301}")]]) }])
        try store.commit([[Edit(key: orders[0], isDeletion: true), Edit(key: orders[1], values: [2: [.null]])]])
        try store.read { reader throws in
            let named = try reader.rows(of: TestSchema.order, where: "account", equals: .named(account), limit: 3)
            #expect(named == [orders[0], orders[2], orders[3]])
            #expect(try reader.rows(of: TestSchema.order, where: "account", equals: .null, limit: 9) == [orders[1]])
            #expect(try reader.rows(of: TestSchema.order, where: "title", equals: .text("\u{E9}"), limit: 9).isEmpty)
            #expect(try reader.rows(of: TestSchema.order, where: "no such", equals: .null, limit: 9).isEmpty)
            #expect(try reader.rows(of: 999, where: "title", equals: .null, limit: 9).isEmpty)
            #expect(try reader.count(of: TestSchema.order) == 4)
        }
    }

    @Test func logEntriesAreFoundBySequenceIdentityAndDot() throws {
        try store.commit([[Edit(key: product)], [Edit(key: product, values: [1: [.text("x")]])]], site: 7)
        try store.commit([[]], site: 8)
        try store.read { reader throws in
            for number in 1...3 as ClosedRange<UInt64> {
                let sequence = CommitSequence(epoch: 1, number: number)
                let entry = try #require(try reader.entry(at: sequence))
                let previous = number == 1 ? CommitSequence.zero : CommitSequence(epoch: 1, number: 1)
                let touched = number == 3 ? [] : [LogEntry.Touched(key: product, previous: previous)]
                #expect(entry == makeEntry(sequence, site: number == 3 ? 8 : 7, touched: touched))
                #expect(try reader.entry(of: entry.identity) == entry)
                #expect(try reader.entry(at: entry.dot) == entry)
            }
            #expect(try reader.entry(at: Dot(site: 7, counter: 3)) == nil)
            #expect(try reader.entry(of: ChangesetID(high: 0, low: 3)) == nil)
        }
    }

    @Test func replicasCodesAndQuarantineComeBack() throws {
        let user = RowID(high: 5, low: 6)
        var replica = ReplicaRecord(
            id: ReplicaID(high: 1, low: 2), site: 3, name: "Ann's \0 phone", publicKey: [9, 8], user: user, role: 1,
            lastCounter: .max, lastRoot: [1], confirmed: CommitSequence(epoch: 1, number: 0), announcedCounter: 4,
            enrolledMilliseconds: 5, lastSeenMilliseconds: 6, isRevoked: false)
        var code = EnrolmentRecord(hash: [7, 7], user: user, expiresMilliseconds: 99)
        let held = QuarantinedOperation(
            sequence: CommitSequence(epoch: 1, number: 1), position: 2, identity: ChangesetID(high: 3, low: 4),
            author: user, replica: replica.id, refusal: Refusal(.noRight, "no"))
        _ = try store.commit { reader in
            let entry = makeEntry(CommitSequence(epoch: 1, number: 1), site: 3)
            return (CommitPlan(entries: [entry], quarantine: [held], replicas: [replica], enrolmentCodes: [code]), ())
        }
        replica.site = 2
        replica.isRevoked = true
        replica.handedIn = 2
        code.usedBy = replica.id
        _ = try store.commit { [replica, code] _ in (CommitPlan(replicas: [replica], enrolmentCodes: [code]), ()) }
        try store.read { reader throws in
            #expect(try reader.replica(replica.id) == replica)
            #expect(try reader.replica(site: 2) == replica)
            #expect(try reader.replica(site: 3) == nil)
            #expect(try reader.replicas() == [replica])
            #expect(try reader.lastSite() == 3)
            #expect(try reader.enrolmentCode(hash: [7, 7]) == code)
            #expect(try reader.enrolmentCode(hash: [7]) == nil)
            #expect(try reader.quarantined(limit: 5) == [held])
            #expect(try reader.quarantineCount() == 1)
        }
    }

    /// What waits is found by row, by user and by changeset; what is settled is gone; releases are found both ways.
    @Test func whatWaitsIsFoundAndReleased() throws {
        let ann = RowID(high: 5, low: 6), phone = ReplicaID(high: 1, low: 2), row = key(TestSchema.product, 7)
        let waiting = ChangesetID(high: 3, low: 4)
        func at(_ number: UInt64) -> CommitSequence { CommitSequence(epoch: 1, number: number) }
        func refused(_ position: UInt32, awaits: RowKey?, _ rule: Refusal.Rule = .rowUnknown) -> QuarantinedOperation {
            QuarantinedOperation(
                sequence: at(1), position: position, identity: waiting, author: ann, replica: phone,
                refusal: Refusal(rule, "why"), awaits: awaits)
        }
        let first = refused(0, awaits: row), second = refused(1, awaits: nil, .noRight), third = refused(2, awaits: row)
        _ = try store.commit { _ in
            (CommitPlan(entries: [makeEntry(at(1), site: 3)], quarantine: [first, second, third]), ())
        }
        try store.read { reader throws in
            #expect(try reader.waiting(for: row) == [first, third])
            #expect(try reader.waiting(for: product).isEmpty)
            #expect(try reader.quarantined(of: waiting) == [first, second, third])
            #expect(try reader.waitingCount(of: ann, limit: 9) == 2)
            #expect(try reader.waitingCount(of: nil, limit: 1) == 1)
            #expect(try reader.waitingCount(of: RowID(high: 9, low: 9), limit: 9) == 0)
            #expect(try reader.latestRelease(of: waiting) == nil)
        }
        let still = refused(2, awaits: nil, .noRight)
        let entry = makeEntry(at(2), site: 3)
        _ = try store.commit { _ in
            (CommitPlan(
                entries: [entry], quarantine: [still], settled: [first.place],
                releases: [Release(sequence: at(2), identity: waiting, replica: phone)]), ())
        }
        try store.read { reader throws in
            #expect(try reader.quarantined(of: waiting) == [second, still])
            #expect(try reader.waitingCount(of: nil, limit: 1) == 0)
            #expect(try reader.latestRelease(of: waiting) == entry)
            #expect(try reader.releases(to: phone, after: at(1)) == [entry])
            #expect(try reader.releases(to: phone, after: at(2)).isEmpty)
            #expect(try reader.releases(to: ReplicaID(high: 8, low: 8), after: .zero).isEmpty)
        }
    }

    /// Every commit says which state every backup holds from then on.
    @Test func aCommitTellsWhatIsBackedUp() throws {
        func commit(_ plan: CommitPlan) throws -> CommitSequence? { try store.commit { _ in (plan, ()) }.0.backedUp }
        func backup(_ path: String, _ number: UInt64) -> CommitPlan {
            var plan = CommitPlan()
            plan.backups = [BackupRecord(path: path, sequence: CommitSequence(epoch: 1, number: number), milliseconds: number)]
            return plan
        }
        func withdraw(_ path: String) -> CommitPlan {
            var plan = CommitPlan()
            plan.withdrawnBackups = [path]
            return plan
        }
        #expect(try commit(CommitPlan()) == nil)
        #expect(try commit(backup("a", 3)) == CommitSequence(epoch: 1, number: 3))
        #expect(try commit(backup("b", 7)) == CommitSequence(epoch: 1, number: 3))
        #expect(try commit(withdraw("a")) == CommitSequence(epoch: 1, number: 7))
        #expect(try commit(CommitPlan()) == CommitSequence(epoch: 1, number: 7))
        #expect(try commit(withdraw("b")) == nil)
    }

    @Test func twoReplicasNeverShareASite() throws {
        func replica(_ id: UInt64) -> ReplicaRecord {
            ReplicaRecord(
                id: ReplicaID(high: 1, low: id), site: 3, name: "", publicKey: [], user: .zero, role: 1,
                enrolledMilliseconds: 0, lastSeenMilliseconds: 0)
        }
        _ = try store.commit { _ in (CommitPlan(replicas: [replica(1)]), ()) }
        #expect(throws: HubStoreError.self) { try store.commit { _ in (CommitPlan(replicas: [replica(2)]), ()) } }
        #expect(try store.read { try $0.replicas() } == [replica(1)])
    }

    @Test func aClosedStoreThrows() throws {
        try store.close()
        #expect(throws: HubStoreError.self) { try store.read { try $0.currentHead() } }
        #expect(throws: HubStoreError.self) { try store.commit { _ in (CommitPlan(), ()) } }
    }
}
