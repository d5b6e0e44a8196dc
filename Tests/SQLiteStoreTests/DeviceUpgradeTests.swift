import Foundation
import GRDB
import ReplicationCore
import ReplicationEngine
import SQLiteStore
import Testing

/// Device stores of earlier versions open, with what they hold.
struct DeviceUpgradeTests {
    private static let unanswered = entry(1, receipt: nil)
    private static let answered = entry(2, receipt: [9])

    private static func entry(_ position: UInt64, receipt: [UInt8]?) -> OutboxEntry {
        OutboxEntry(
            position: position, identity: ChangesetID(high: 1, low: position), dot: Dot(site: 3, counter: position),
            predecessor: [], root: [1], changeset: [2], evidence: nil, receipt: receipt)
    }

    /// What each earlier version lacks.
    @Test(arguments: [
        (1, ["departed", "is_renumbered"]),
        (2, ["is_renumbered"]),
    ])
    func earlierVersionsGetTheirColumns(_ version: Int, _ missing: [String]) throws {
        let folder = try TemporaryFolder()
        try makeStore(in: folder)
        let queue = try DatabaseQueue(path: folder.file("device.sqlite"))
        try queue.write { database in
            for column in missing { try database.execute(sql: "ALTER TABLE _outbox DROP COLUMN \(column)") }
            try database.execute(sql: "PRAGMA user_version = \(version)")
        }
        try queue.close()

        let store = try SQLiteDeviceStore(folder: folder.path) { _ in TestSchema.schema }
        // Nobody noted whether a fork had moved it.
        var moved = Self.unanswered
        moved.isRenumbered = true
        #expect(try store.read { try $0.outboxEntry(moved.identity) } == moved)
        #expect(try store.read { try $0.outboxEntry(Self.answered.identity) } == Self.answered)
        moved.departed = [0, 7, 70_000]
        moved.isRenumbered = false
        try store.write { [moved] in try $0.put(moved) }
        #expect(try store.read { try $0.outboxEntry(moved.identity) } == moved)
        try store.close()

        // Opened again it is no earlier version any more, and nothing is marked.
        let again = try SQLiteDeviceStore(folder: folder.path) { _ in TestSchema.schema }
        #expect(try again.read { try $0.outboxEntry(moved.identity) } == moved)
        try again.close()
    }

    /// Also a store that kept nothing sealed keeps it from now on; a program from before would leave in it what is erased.
    @Test func storesFromBeforeSealsGetTheirTable() throws {
        let folder = try TemporaryFolder()
        try makeStore(in: folder)
        var queue = try DatabaseQueue(path: folder.file("device.sqlite"))
        try queue.write { try $0.execute(sql: "DROP TABLE _sealed; PRAGMA user_version = 5") }
        try queue.close()
        let store = try SQLiteDeviceStore(folder: folder.path) { _ in TestSchema.schema }
        let key = RowKey(collection: TestSchema.product, row: RowID(high: 1, low: 1))
        var form = SealedForm(key: key, schemaVersion: 1, sequence: CommitSequence(epoch: 1, number: 4), change: [1, 2])
        try store.write { [form] in try $0.append(form) }
        form.place = 1
        #expect(try store.read { try $0.sealed(of: key) } == [form])
        #expect(try store.read { try $0.sealed(after: 0, bytes: 0) } == [form])
        #expect(try store.read { try $0.sealed(after: 1, bytes: 9) } == [])
        try store.write { try $0.removeSealed(after: CommitSequence(epoch: 1, number: 4), upTo: CommitSequence(epoch: 1, number: 9)) }
        #expect(try store.read { try $0.sealed(of: key) } == [form])
        try store.write { try $0.removeSealed(after: .zero, upTo: form.sequence) }
        #expect(try store.read { try $0.sealed(of: key) } == [])
        try store.close()
        queue = try DatabaseQueue(path: folder.file("device.sqlite"))
        #expect(try queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 8)
    }

    @Test func laterVersionsAreLeftAlone() throws {
        let folder = try TemporaryFolder()
        try makeStore(in: folder)
        let queue = try DatabaseQueue(path: folder.file("device.sqlite"))
        try queue.write { try $0.execute(sql: "PRAGMA user_version = 1000") }
        try queue.close()
        let error = #expect(throws: DeviceStoreError.self) {
            try SQLiteDeviceStore(folder: folder.path) { _ in TestSchema.schema }
        }
        #expect(error?.code == .newerVersion)
    }

    private func makeStore(in folder: TemporaryFolder) throws {
        let identity = DeviceIdentity(
            replica: ReplicaID(high: 1, low: 1), hub: ReplicaID(high: 2, low: 2), user: RowID(high: 3, low: 3),
            privateKey: [], endpoint: "", schemaText: "text")
        let store = try SQLiteDeviceStore(folder: folder.path) { _ in TestSchema.schema }
        try store.write {
            try $0.enrol(identity, schema: TestSchema.schema)
            for entry in [Self.unanswered, Self.answered] { try $0.put(entry) }
        }
        try store.close()
    }
}
