import Foundation
import GRDB
import ReplicationCore
import ReplicationEngine
import SQLiteStore
import Testing

/// Device stores of earlier versions open, with what they hold.
struct DeviceUpgradeTests {
    @Test func versionOneGetsTheColumnForWhatHasLeft() throws {
        let folder = try TemporaryFolder()
        let entry = OutboxEntry(
            position: 1, identity: ChangesetID(high: 1, low: 1), dot: Dot(site: 3, counter: 1), predecessor: [],
            root: [1], changeset: [2], evidence: nil)
        let identity = DeviceIdentity(
            replica: ReplicaID(high: 1, low: 1), hub: ReplicaID(high: 2, low: 2), user: RowID(high: 3, low: 3),
            privateKey: [], endpoint: "", schemaText: "text")
        do {
            let store = try SQLiteDeviceStore(folder: folder.path) { _ in TestSchema.schema }
            try store.write {
                try $0.enrol(identity, schema: TestSchema.schema)
                try $0.put(entry)
            }
            try store.close()
        }
        let queue = try DatabaseQueue(path: folder.file("device.sqlite"))
        try queue.write { try $0.execute(sql: "ALTER TABLE _outbox DROP COLUMN departed; PRAGMA user_version = 1") }
        try queue.close()

        let store = try SQLiteDeviceStore(folder: folder.path) { _ in TestSchema.schema }
        #expect(try store.read { try $0.outboxEntry(entry.identity) } == entry)
        var changed = entry
        changed.departed = [0, 7, 70_000]
        try store.write { [changed] in try $0.put(changed) }
        #expect(try store.read { try $0.outboxEntry(entry.identity) } == changed)
        try store.close()
    }
}
