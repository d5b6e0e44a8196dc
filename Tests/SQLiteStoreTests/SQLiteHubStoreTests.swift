import Foundation
import GRDB
import ReplicationCore
import ReplicationEngine
import Testing

@testable import SQLiteStore

/// What only the store in a file can show: its connections, its chain, and what the world does to files.
@Suite struct SQLiteHubStoreTests {
    private let folder: TemporaryFolder
    private let path: String
    private let product = key(TestSchema.product, 1)

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("hub.sqlite")
    }

    private func open(_ schema: Schema = TestSchema.schema) throws -> SQLiteHubStore {
        try SQLiteHubStore.open(at: path, schema: schema, schemaText: "text of version \(schema.version)")
    }

    private func expectFailure(
        _ code: HubStoreError.Code, at location: SourceLocation = #_sourceLocation, _ body: () throws -> some Any
    ) {
        let error = #expect(throws: HubStoreError.self, sourceLocation: location) { _ = try body() }
        #expect(error?.code == code, sourceLocation: location)
        #expect(error?.message.contains(folder.path) == true || code == .otherSchema, "\(error?.message ?? "")", sourceLocation: location)
    }

    @Test func whatWasCommittedIsThereAfterOpeningAgain() throws {
        let store = try StoreFactory.makeSQLite(at: path)
        try store.commit([[Edit(key: product, values: [1: [.text("a")]])]])
        let (hub, row) = try store.read { (try $0.hub, try $0.row(product)) }
        try store.close()
        #expect(try SQLiteHubStore.schemaText(at: path) == "text of version 1")
        let again = try open()
        #expect(try again.read { try $0.identity() } == hub)
        #expect(try again.read { try $0.row(product) } == row)
        #expect(try again.commit([[Edit(key: product)]]).head.number == 2)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    /// A site that a hub has given since a restore may be known to a device: going back to the same backup once more must
    /// not give it again.
    @Test func oneBackupRestoredTwiceGivesNoNumberTwice() throws {
        let store = try StoreFactory.makeSQLite(at: path)
        try store.commit([[Edit(key: product, values: [1: [.text("a")]])]])
        let backup = folder.file("backup.sqlite")
        try store.backup(to: backup)
        try store.close()
        var sites: [Site] = []
        for epoch in 2...4 as ClosedRange<UInt32> {
            let hub = try SQLiteHubStore.restore(from: backup, to: path).hub
            #expect(hub.epoch == epoch)
            let restored = try open()
            sites.append(try restored.read { try $0.lastSite() })
            try restored.close()
        }
        #expect(sites[1] - sites[0] >= 1 << 20 && sites[2] - sites[1] >= 1 << 20, "\(sites)")
        // The epochs that a site can tell apart end before the epochs do.
        let error = #expect(throws: HubStoreError.self) {
            try SQLiteHubStore.restore(from: backup, to: path, endedEpoch: 5_000)
        }
        #expect(error?.message.contains("no sites left") == true)
    }

    /// A statement fails, and not the process: whatever let such a sequence come so far.
    @Test func sequencesThatCannotBeKept() throws {
        let store = try StoreFactory.makeSQLite(at: path)
        try store.commit([[Edit(key: product)]])
        for (epoch, number) in [(0, UInt64.max), (1, 1 << 48), (0x8000, 1)] as [(UInt32, UInt64)] {
            let sequence = CommitSequence(epoch: epoch, number: number)
            #expect(throws: (any Error).self) { try store.read { try $0.received(product, by: RowID(high: 1, low: 1), since: sequence) } }
            #expect(throws: (any Error).self) { try store.read { try $0.entry(at: sequence) } }
            #expect(throws: (any Error).self) {
                try store.read { try $0.changes(after: CatchUpCursor(complete: sequence), in: [ScopeRules.everyone], limit: 9) }
            }
        }
        #expect(try store.read { try $0.row(product) } != nil)
    }

    @Test func onlyOneConnectionWritesAndItWaitsForTheDisk() throws {
        let store = try StoreFactory.makeSQLite(at: path)
        try store.pool.writeWithoutTransaction { database throws in
            #expect(try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2)
            #expect(try String.fetchOne(database, sql: "PRAGMA journal_mode") == "wal")
            #expect(try Int.fetchOne(database, sql: "PRAGMA wal_autocheckpoint") == 10_000)
            #expect(try Int.fetchOne(database, sql: "PRAGMA cache_size") == -131_072)
        }
        try store.commit([[Edit(key: product)]])
        try store.pool.read { database throws in
            #expect(try Int.fetchOne(database, sql: "PRAGMA query_only") == 1)
            #expect(try Int.fetchOne(database, sql: "PRAGMA wal_autocheckpoint") == 0)
            let error = #expect(throws: DatabaseError.self) {
                try database.execute(sql: "INSERT INTO _enrolment (hash, user, expires) VALUES (x'00', x'00', 0)")
            }
            #expect(error?.resultCode == .SQLITE_READONLY)
        }
        // Not even a reader that asks for it moves pages from the log into the file.
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        try store.pool.unsafeRead { database throws in
            _ = #expect(throws: DatabaseError.self) { try database.execute(sql: "PRAGMA wal_checkpoint(FULL)") }
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    // MARK: The chain

    @Test(arguments: [
        "site = site + 1", "counter = counter + 9000", "identity = x'00000000000000000000000000000000'", "root = x'01'",
        "chain = x'02'", "received = received + 1", "evidence_time = 1", "evidence_uncertainty = 2",
        "receipt = x'0102'", "touched = x''", "changeset = x'00'",
    ])
    func aChangedByteInTheLogIsFound(change: String) throws {
        let store = try StoreFactory.makeSQLite(at: path)
        try store.commit((1...250).map { _ in [Edit(key: product)] })
        try store.verifyChain(root: rootOfTest)
        try store.pool.write { try $0.execute(sql: "UPDATE _log SET \(change) WHERE sequence & 0xFFFF = 123") }
        let error = #expect(throws: HubStoreError.self) { try store.verifyChain(root: rootOfTest) }
        #expect(error?.code == .corrupt && error?.message.contains("1:123") == true)
        let range = CommitSequence(epoch: 1, number: 1)...CommitSequence(epoch: 1, number: 122)
        try store.verifyChain(from: range.lowerBound, to: range.upperBound, root: rootOfTest)
        if change != "chain = x'02'" { try store.verifyChain(from: CommitSequence(epoch: 1, number: 124), root: rootOfTest) }
    }

    @Test(arguments: [1, 123, 250])
    func aMissingLogEntryIsFound(number: Int) throws {
        let store = try StoreFactory.makeSQLite(at: path)
        try store.commit((1...250).map { _ in [Edit(key: product)] })
        try store.pool.write { try $0.execute(sql: "DELETE FROM _log WHERE sequence & 0xFFFF = \(number)") }
        expectFailure(.corrupt) { try store.verifyChain(root: rootOfTest) }
    }

    // MARK: What the world does

    @Test func aFullDiskCommitsNothingAndPasses() throws {
        let store = try StoreFactory.makeSQLite(at: path)
        try store.commit([[Edit(key: product, values: [1: [.text("a")]])]])
        let before = try store.read { (try $0.head, try $0.row(product)) }
        try store.pool.writeWithoutTransaction { database throws in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            try database.execute(sql: "PRAGMA max_page_count = \(pages)")
        }
        let large = Edit(key: key(TestSchema.everything, 1), values: [7: [.bytes(Array(repeating: 1, count: 500_000))]])
        expectFailure(.full) { try store.commit([[Edit(key: product, values: [1: [.text("b")]])], [large]]) }
        #expect(try store.read { (try $0.head, try $0.row(product)) } == before)
        try store.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
        try store.commit([[Edit(key: product, values: [1: [.text("b")]])], [large]])
        #expect(try store.read { try $0.currentHead().number } == 3)
        try store.verifyChain(root: rootOfTest)
    }

    @Test func aSecondOpenerIsRefused() throws {
        let store = try StoreFactory.makeSQLite(at: path)
        expectFailure(.inUse) { try open() }
        #expect(try OtherProcess("open", path).result() == "inUse")
        try store.commit([[Edit(key: product)]])
        try store.close()
        try open().close()
    }

    @Test func whatMayNotBeWrittenIsSaidToBeReadOnly() throws {
        // Root may write everything, so another user has to try.
        guard geteuid() == 0 else { return }
        try StoreFactory.makeSQLite(at: path).close()
        chmod(folder.path, 0o755)
        #expect(try OtherProcess("open-as-nobody", path).result() == "readOnly")
    }

    @Test func aLaterVersionIsLeftAlone() throws {
        let store = try StoreFactory.makeSQLite(at: path)
        try store.pool.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('later')") }
        try store.close()
        expectFailure(.newerVersion) { try open() }
    }

    @Test func whatIsNoStoreIsCorruptAndStaysAsItIs() throws {
        let foreign = folder.file("foreign.sqlite")
        let queue = try DatabaseQueue(path: foreign)
        try queue.write { try $0.execute(sql: "CREATE TABLE t (a)") }
        try queue.close()
        let contents = [
            Data(), Data("no store".utf8), Data(repeating: 0xA5, count: 50_000),
            try Data(contentsOf: URL(fileURLWithPath: foreign)),
        ]
        for content in contents {
            try content.write(to: URL(fileURLWithPath: path))
            expectFailure(.corrupt) { try open() }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == content)
            #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
        }
    }

    @Test func aDamagedStoreIsCorrupt() throws {
        let store = try StoreFactory.makeSQLite(at: path)
        try store.commit((1...100).map { [Edit(key: key(TestSchema.product, $0))] })
        try store.close()
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.seek(toOffset: 8_192)
        try file.write(contentsOf: Data(repeating: 0xFF, count: 60_000))
        try file.close()
        expectFailure(.corrupt) {
            let store = try open()
            try store.verifyChain(root: rootOfTest)
        }
    }

    @Test func missingAndPresentFilesAreTold() throws {
        expectFailure(.io) { try open() }
        expectFailure(.io) { try StoreFactory.makeSQLite(at: folder.file("none/hub.sqlite")) }
        try StoreFactory.makeSQLite(at: path).close()
        expectFailure(.io) { try StoreFactory.makeSQLite(at: path) }
        try open().close()
    }

    // MARK: Backup

    @Test func aBackupIsTheStoreAsOfOneCommit() throws {
        let store = try StoreFactory.makeSQLite(at: path)
        try store.commit((1...300).map { [Edit(key: key(TestSchema.product, $0))] })
        let copy = folder.file("copy.sqlite")
        let commits = Thread {
            do {
                for _ in 0..<20 { try store.commit([[Edit(key: product, values: [1: [.text("during")]])]]) }
            } catch { Issue.record(error) }
        }
        commits.start()
        try store.backup(to: copy)
        while !commits.isFinished { Thread.sleep(forTimeInterval: 0.005) }
        expectFailure(.io) { try store.backup(to: copy) }
        let backup = try SQLiteHubStore.open(at: copy, schema: TestSchema.schema, schemaText: "text of version 1")
        try backup.verifyChain(root: rootOfTest)
        let head = try backup.read { try $0.head }
        #expect(head.number >= 300 && head.number <= 320)
        #expect(try backup.read { try $0.count(of: TestSchema.product) } == 300)
        #expect(try backup.read { try $0.hub } == store.read { try $0.hub })
        #expect(!FileManager.default.fileExists(atPath: copy + ".partial"))
    }
}
