import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import Testing
import TestTraits
import WireProtocol

/// Blobs from one device's app to another's, over real sockets and real files.
@Suite(.serialized, .realTime)
struct BlobTests {
    static func bytes(_ count: Int, seed: UInt8 = 1) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 251) &+ seed } }

    @Test(.timeLimit(.minutes(2)))
    func `a photo goes to the hub behind its row, and the other device says that it is to come until it has it`() async throws {
        let world = try BlobWorld()
        let ines = try await world.device("ines", BlobWorld.ines), dora = try await world.device("dora", BlobWorld.dora)
        let content = Self.bytes(300_000)
        // Nothing of the photo gets through: the row is there before it.
        ines.knife.with { $0.up = 0 }
        let (row, reference) = try ines.add(content)
        #expect(try ines.replica.blob(reference) == .here(path: ines.blobs.folder + "/" + "\(reference.blob.hash)".prefix(2) + "/\(reference.blob.hash)"))
        ines.replica.goOnline(world.endpoint)
        try await ines.replica.syncNow()
        #expect(try ines.replica.blobsToHandIn() == 1)
        dora.replica.goOnline(world.endpoint)
        try await dora.replica.syncNow()
        try await dora.wait(reference.blob) { $0 == .awaited }
        #expect(try dora.replica.blobs().map(\.row) == [row])
        #expect(try dora.replica.blobs().map(\.state) == [.awaited])

        ines.knife.with { $0.up = .max }
        ines.replica.goOffline()
        ines.replica.goOnline(world.endpoint)
        try await dora.waitUntilHere(reference.blob)
        guard case .here(let path) = try dora.replica.blob(reference) else { return }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(content))
        #expect(try dora.replica.blobs().count == 1)
        #expect(try ines.replica.blobsToHandIn() == 0)
        try world.stop()
    }
}

extension BlobTests {
    @Test(.timeLimit(.minutes(2)))
    func `a photo that two devices have is sent once`() async throws {
        let world = try BlobWorld()
        let ines = try await world.device("ines", BlobWorld.ines), bo = try await world.device("bo", BlobWorld.bo)
        let content = Self.bytes(100_000)
        let (_, reference) = try ines.add(content)
        try bo.add(content)
        let done = [ines.waitUntilHandedIn(reference.blob), bo.waitUntilHandedIn(reference.blob)]
        for device in [ines, bo] { device.replica.goOnline(world.endpoint) }
        for task in done { await task.value }
        #expect(world.hubBlobs.with { $0.appended } == content.count)
        #expect(world.hubBlobs.with { $0.completed } == [reference.blob.hash])
        try world.stop()
    }

    @Test(.timeLimit(.minutes(2)))
    func `thumbnails come first, and whole photos as the app has said`() async throws {
        let world = try BlobWorld()
        let ines = try await world.device("ines", BlobWorld.ines)
        let dora = try await world.device("dora", BlobWorld.dora, policy: .thumbnails)
        let bo = try await world.device("bo", BlobWorld.bo, policy: .onDemand)
        let (_, reference) = try ines.add(Self.bytes(50_000), thumbnail: Self.bytes(500, seed: 9))
        let small = try #require(reference.thumbnail)
        let done = ines.waitUntilHandedIn(reference.blob)
        ines.replica.goOnline(world.endpoint)
        await done.value
        #expect(world.hubBlobs.with { $0.completed } == [small.hash, reference.blob.hash])
        for device in [dora, bo] {
            device.replica.goOnline(world.endpoint)
            try await device.replica.syncNow()
        }
        try await dora.waitUntilHere(small)
        #expect(try dora.replica.blob(reference) == .elsewhere)
        #expect(try bo.replica.state(of: small) == .elsewhere)
        dora.replica.fetch(reference)
        bo.replica.fetch(reference)
        try await dora.waitUntilHere(reference.blob)
        try await bo.waitUntilHere(reference.blob)
        #expect(try bo.replica.state(of: small) == .elsewhere)
        try world.stop()
    }

    @Test(.timeLimit(.minutes(2)))
    func `a device without the row is told nothing, and one without blobs works as ever`() async throws {
        let world = try BlobWorld()
        let ines = try await world.device("ines", BlobWorld.ines), omar = try await world.device("omar", BlobWorld.omar)
        let dora = try await world.device("dora", BlobWorld.dora, takesBlobs: false)
        let (row, reference) = try ines.add(Self.bytes(5_000))
        let done = ines.waitUntilHandedIn(reference.blob)
        ines.replica.goOnline(world.endpoint)
        await done.value
        for device in [omar, dora] {
            device.replica.goOnline(world.endpoint)
            try await device.replica.syncNow()
        }
        let none = BlobName(hash: try #require(BlobHash(bytes: [UInt8](repeating: 7, count: 32))), size: 5_000)
        for blob in [reference.blob, none] {
            omar.replica.fetch(blob)
            try await omar.wait(blob) { $0 == .notShown }
        }
        #expect(omar.knife.with { $0.received } == 0)
        let text = try dora.replica.query("SELECT content FROM document WHERE id = ?", [.reference(row)]).first?.text("content")
        #expect(text == reference.description)
        #expect(try await dora.replica.verify().isEqual)
        try world.stop()
    }

    @Test(.timeLimit(.minutes(2)))
    func `a hub that was restored without its blobs is given them again by those who have them`() async throws {
        let world = try BlobWorld()
        let ines = try await world.device("ines", BlobWorld.ines), dora = try await world.device("dora", BlobWorld.dora)
        let (_, reference) = try ines.add(Self.bytes(20_000))
        let done = ines.waitUntilHandedIn(reference.blob)
        ines.replica.goOnline(world.endpoint)
        await done.value
        ines.replica.goOffline()
        let backup = world.folder.path + "/backup.sqlite"
        try world.store.backup(to: backup)
        try world.restartHub {
            try FileManager.default.removeItem(atPath: world.folder.path + "/blobs")
            try world.restore(from: backup)
        }
        dora.replica.goOnline(world.endpoint)
        try await dora.replica.syncNow()
        try await dora.wait(reference.blob) { $0 == .awaited }
        ines.replica.goOnline(world.endpoint)
        try await dora.waitUntilHere(reference.blob)
        try world.stop()
    }

    @Test(.timeLimit(.minutes(2)))
    func `an erased row takes its blobs with it, at the hub and on devices`() async throws {
        let world = try BlobWorld()
        let ines = try await world.device("ines", BlobWorld.ines), dora = try await world.device("dora", BlobWorld.dora)
        let (row, reference) = try ines.add(Self.bytes(20_000))
        let (_, kept) = try ines.add(Self.bytes(20_000, seed: 5))
        for device in [ines, dora] { device.replica.goOnline(world.endpoint) }
        for blob in [reference.blob, kept.blob] { try await dora.waitUntilHere(blob) }
        let gone = [ines, dora].map { $0.wait { if case .erased = $0 { true } else { false } } }
        try await world.erase("document", row)
        for task in gone { await task.value }
        for device in [ines, dora] {
            #expect(try device.blobs.size(of: reference.blob.hash) == nil)
            #expect(try device.blobs.size(of: kept.blob.hash) != nil)
        }
        // The hub removes it behind the commit.
        try await dora.wait(kept.blob) { _ in (try? world.hubBlobs.size(of: reference.blob.hash)) == .some(nil) }
        #expect(try world.hubBlobs.size(of: kept.blob.hash) != nil)
        try world.stop()
    }
}
