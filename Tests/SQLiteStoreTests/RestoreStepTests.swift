import Foundation
import ReplicationCore
import ReplicationEngine
import Testing

@testable import SQLiteStore

/// A restore may be stopped at any instant: what stands there is the former hub or the new one, and never an empty one.
struct RestoreStepTests {
    private let folder: TemporaryFolder
    private let backup: String
    private let product = key(TestSchema.product, 1)
    /// What the former store had committed, most of it in its log only.
    private let head = CommitSequence(epoch: 1, number: 203)

    /// The files of a hub that was killed.
    init() throws {
        folder = try TemporaryFolder()
        backup = folder.file("backup.sqlite")
        let store = try StoreFactory.makeSQLite(at: folder.file("live.sqlite"))
        try store.commit((1...3).map { _ in [Edit(key: key(TestSchema.product, 1))] })
        try store.backup(to: backup)
        try store.commit((1...200).map { _ in [Edit(key: key(TestSchema.product, 1))] })
        try FileManager.default.createDirectory(atPath: folder.file("hub"), withIntermediateDirectories: false)
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: folder.file("live.sqlite") + suffix, toPath: folder.file("hub/hub.sqlite") + suffix)
        }
        try store.close()
        let log = try FileManager.default.attributesOfItem(atPath: folder.file("hub/hub.sqlite-wal"))[.size] as? Int
        #expect(log ?? 0 > 100_000)
    }

    private var path: String { folder.file("hub/hub.sqlite") }

    private func open(_ path: String) throws -> SQLiteHubStore {
        try SQLiteHubStore.open(at: path, schema: TestSchema.schema, schemaText: "text of version 1")
    }

    private func headOfStore(at path: String) throws -> CommitSequence {
        let store = try open(path)
        try store.verifyChain(root: rootOfTest)
        let head = try store.read { try $0.head }
        try store.close()
        return head
    }

    private func files(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasSuffix(".lock") }.sorted()
    }

    /// What a machine would have on its disk, had the process ended before each step; two names of one file stay that.
    private func images(endedEpoch: UInt32? = nil) throws -> [(step: String, folder: String)] {
        var images: [(String, String)] = []
        func take(_ step: String) throws {
            let image = folder.file("image-\(step)")
            try FileManager.default.createDirectory(atPath: image, withIntermediateDirectories: false)
            var names: [UInt64: String] = [:]
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.file("hub")) {
                let from = folder.file("hub/\(name)"), to = image + "/" + name
                let number = try FileManager.default.attributesOfItem(atPath: from)[.systemFileNumber] as? UInt64 ?? 0
                if let known = names[number] { #expect(link(known, to) == 0) } else { try FileManager.default.copyItem(atPath: from, toPath: to) }
                names[number] = to
            }
            images.append((step, image))
        }
        let restored = try SQLiteHubStore.restore(from: backup, to: path, endedEpoch: endedEpoch) { try take("\($0)") }
        try take("after")
        #expect(restored.former == path + ".replaced-1")
        return images
    }

    @Test func stoppedBeforeAnyStepTheFormerHubOrTheNewOneStandsThere() throws {
        let images = try images()
        #expect(images.count == RestoreStep.allCases.count + 1)
        for (step, image) in images {
            let store = image + "/hub.sqlite"
            let expected = step == "after" ? CommitSequence(epoch: 2, number: 0) : head
            #expect(try headOfStore(at: store) == expected, "stopped before \(step)")
            #expect(throws: HubStoreError.self) { try StoreFactory.makeSQLite(at: store) }
            // Begun anew, it comes to its end, in an epoch that nobody has been in.
            let again = try SQLiteHubStore.restore(from: backup, to: store)
            #expect(again.hub.epoch == (step == "after" ? 3 : 2), "stopped before \(step)")
            #expect(try headOfStore(at: store).number == 0)
            let former = try #require(again.former)
            #expect(try headOfStore(at: former) == expected, "stopped before \(step)")
            #expect(try files(in: image).filter { $0.contains("restoring") } == [])
        }
        #expect(try files(in: folder.file("hub")) == ["hub.sqlite", "hub.sqlite.replaced-1"])
        #expect(try headOfStore(at: path + ".replaced-1") == head)
    }

    @Test func aStepThatFailsLeavesTheFormerHub() throws {
        struct Stop: Error {}
        for step in RestoreStep.allCases {
            #expect(throws: Stop.self) {
                try SQLiteHubStore.restore(from: backup, to: path, endedEpoch: nil) { if $0 == step { throw Stop() } }
            }
            #expect(try headOfStore(at: path) == head, "\(step)")
            // A second name that was given goes with the next opening.
            #expect(try files(in: folder.file("hub")).filter { $0.contains("re") } == [], "\(step)")
        }
    }

    @Test func whatCannotTellItsEpochIsNotReplacedWithoutIt() throws {
        let damaged = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try damaged.write(contentsOf: Data(count: 4096))
        try damaged.close()
        let before = try files(in: folder.file("hub"))
        let error = #expect(throws: HubStoreError.self) { try SQLiteHubStore.restore(from: backup, to: path) }
        #expect(error?.message.contains("--epoch") == true)
        #expect(try files(in: folder.file("hub")) == before)

        for (step, image) in try images(endedEpoch: 2) where step != "after" {
            // What could not be served before cannot be served now; no empty hub comes into its place.
            #expect(throws: HubStoreError.self) { try open(image + "/hub.sqlite") }
            #expect(throws: HubStoreError.self) { try StoreFactory.makeSQLite(at: image + "/hub.sqlite") }
            let again = try SQLiteHubStore.restore(from: backup, to: image + "/hub.sqlite", endedEpoch: 2)
            #expect(again.hub.epoch == 3 && again.isOffered == nil)
        }
        #expect(try headOfStore(at: path) == CommitSequence(epoch: 3, number: 0))
        // The log of the damaged store is not taken for the new one's, and is kept with its file.
        #expect(try files(in: folder.file("hub")).contains("hub.sqlite.replaced-1-wal"))
    }

    @Test func noHubIsFoundedWhereOneWas() throws {
        for left in ["hub.sqlite.replaced-1", "hub.sqlite.restoring", "hub.sqlite-wal"] {
            let place = folder.file("left-\(left)")
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
            try Data("x".utf8).write(to: URL(fileURLWithPath: place + "/" + left))
            let error = #expect(throws: HubStoreError.self) { try StoreFactory.makeSQLite(at: place + "/hub.sqlite") }
            #expect(error?.message.contains(left) == true)
            #expect(!FileManager.default.fileExists(atPath: place + "/hub.sqlite"))
        }
        let empty = folder.file("empty.sqlite")
        #expect(throws: HubStoreError.self) { try SQLiteHubStore.restore(from: backup, to: empty) }
        #expect(try SQLiteHubStore.restore(from: backup, to: empty, endedEpoch: 4).hub.epoch == 5)
    }

    /// A folder that is not there has no files; of one that cannot be listed nothing is known.
    @Test func whatCannotBeListedIsNotTakenForEmpty() throws {
        #expect(try StoreFile.leftovers(of: folder.file("nowhere") + "/hub.sqlite") == [])
        let file = folder.file("file")
        try Data().write(to: URL(fileURLWithPath: file))
        let error = #expect(throws: StorageFault.self) { try StoreFile.leftovers(of: file + "/hub.sqlite") }
        #expect(error?.message == "Cannot list the folder \(file): Not a directory. Mend that and try again.")
        #expect(error?.code == .io)
    }

    @Test func afterAnOrderlyCloseTheFileAloneIsTheWholeStore() throws {
        let store = try open(path)
        try store.commit([[Edit(key: product)]])
        try store.close()
        try FileManager.default.copyItem(atPath: path, toPath: folder.file("alone.sqlite"))
        #expect(try headOfStore(at: folder.file("alone.sqlite")).number == 204)
    }

    @Test func aBackupThatDevicesDoNotKeepForIsTold() throws {
        #expect(try SQLiteHubStore.restore(from: backup, to: path).isOffered == false)
        let store = try open(path)
        _ = try store.commit { reader in
            var plan = CommitPlan()
            plan.backups = [BackupRecord(path: "/b", sequence: CommitSequence(epoch: 1, number: 3), milliseconds: 1)]
            return (plan, ())
        }
        try store.close()
        // The one that stands there now offers none; the former one did.
        #expect(try SQLiteHubStore.restore(from: backup, to: path).isOffered == true)
    }
}
