import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import Testing
import TestTraits
import WireProtocol

/// What happens to blobs when connections, processes and disks fail.
@Suite(.serialized, .realTime)
struct BlobFaultTests {
    private static let chunk = 4_096, chunks = 10
    private static let size = chunk * chunks

    /// Chunks of one size, so that their boundaries are known, and short pauses.
    private static var limits: BlobLimits {
        var limits = BlobLimits()
        limits.leastChunk = chunk
        limits.largestChunk = chunk
        limits.blockBytes = 4 * chunk
        limits.pauseMilliseconds = 300
        return limits
    }

    private func content(_ seed: Int, _ count: Int = BlobFaultTests.size) -> [UInt8] { BlobTests.bytes(count, seed: UInt8(seed)) }

    private static let isOffline: @Sendable (ReplicaEvent) -> Bool = { if case .offline = $0 { true } else { false } }

    @Test(.timeLimit(.minutes(3)))
    func `a connection that is cut behind any chunk on the way up goes on there`() async throws {
        let world = try BlobWorld(limits: Self.limits)
        let ines = try await world.device("ines", BlobWorld.ines)
        for cut in 1..<Self.chunks {
            let bytes = content(cut)
            let (_, reference) = try ines.add(bytes)
            world.hubBlobs.with { $0.appended = 0 }
            ines.knife.with { state in
                state.up = cut
                state.sent = 0
            }
            let isCut = ines.wait(for: Self.isOffline)
            ines.replica.goOnline(world.endpoint)
            await isCut.value
            ines.replica.goOffline()
            #expect(try world.hubBlobs.size(of: reference.blob.hash) == nil)
            ines.knife.with { $0.up = .max }
            let done = ines.waitUntilHandedIn(reference.blob)
            ines.replica.goOnline(world.endpoint)
            await done.value
            #expect(try world.hubBlobs.read(reference.blob.hash, at: 0, count: Self.size) == bytes)
            #expect(ines.knife.with { $0.sent } == Self.chunks, "no chunk goes twice (cut behind \(cut))")
            #expect(world.hubBlobs.with { $0.appended } == Self.size)
        }
        try world.stop()
    }

    @Test(.timeLimit(.minutes(3)))
    func `a connection that is cut behind any chunk on the way down goes on there`() async throws {
        let world = try BlobWorld(limits: Self.limits)
        let ines = try await world.device("ines", BlobWorld.ines), dora = try await world.device("dora", BlobWorld.dora)
        for cut in 1..<Self.chunks {
            let bytes = content(cut)
            let (_, reference) = try ines.add(bytes)
            let done = ines.waitUntilHandedIn(reference.blob)
            ines.replica.goOnline(world.endpoint)
            await done.value
            ines.replica.goOffline()
            dora.blobs.with { $0.appended = 0 }
            dora.knife.with { $0.down = cut }
            let isCut = dora.wait(for: Self.isOffline)
            dora.replica.goOnline(world.endpoint)
            await isCut.value
            dora.replica.goOffline()
            dora.knife.with { $0.down = .max }
            let came = dora.blobs.with { $0.appended }
            #expect(came >= cut * Self.chunk)
            if came < Self.size { #expect(try dora.replica.blob(reference) == .coming(UInt64(came))) }
            dora.replica.goOnline(world.endpoint)
            try await dora.waitUntilHere(reference.blob)
            #expect(try dora.blobs.read(reference.blob.hash, at: 0, count: Self.size) == bytes)
            #expect(dora.blobs.with { $0.appended } == Self.size, "nothing is stored twice (cut behind \(cut))")
            dora.replica.goOffline()
        }
        try world.stop()
    }

    /// Both programs end with half of it, and what a crash of the machine took or changed is found.
    @Test(.timeLimit(.minutes(3)), arguments: [0, 1, 2])
    func `a restart in the middle`(loss: Int) async throws {
        let world = try BlobWorld(limits: Self.limits)
        let ines = try await world.device("ines", BlobWorld.ines), dora = try await world.device("dora", BlobWorld.dora)
        let bytes = content(7)
        let (_, reference) = try ines.add(bytes)
        ines.knife.with { $0.up = Self.chunks / 2 }
        let isCut = ines.wait(for: Self.isOffline)
        ines.replica.goOnline(world.endpoint)
        await isCut.value
        // Before it connects again by itself.
        ines.replica.goOffline()
        ines.knife.with { $0.up = .max }
        try ines.restart()
        try world.restartHub { try spoil(world.folder.path + "/blobs/partial/\(reference.blob.hash)", loss) }
        let done = ines.waitUntilHandedIn(reference.blob)
        ines.replica.goOnline(world.endpoint)
        await done.value

        dora.knife.with { $0.down = Self.chunks / 2 }
        let isCutBelow = dora.wait(for: Self.isOffline)
        dora.replica.goOnline(world.endpoint)
        await isCutBelow.value
        dora.replica.goOffline()
        dora.knife.with { $0.down = .max }
        try dora.restart { try spoil(dora.folder + "/blobs/partial/\(reference.blob.hash)", loss) }
        dora.replica.goOnline(world.endpoint)
        try await dora.waitUntilHere(reference.blob)
        #expect(try dora.blobs.read(reference.blob.hash, at: 0, count: Self.size) == bytes)
        try world.stop()
    }

    /// Nothing, the last chunk is lost, or a byte is another.
    private func spoil(_ path: String, _ loss: Int) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(bytes.count >= Self.size / 2)
        if loss == 1 { bytes.removeLast(Self.chunk) }
        if loss == 2 { bytes[10] ^= 1 }
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    @Test(.timeLimit(.minutes(2)))
    func `what is damaged on its way is sent once more, both ways`() async throws {
        let world = try BlobWorld(limits: Self.limits)
        let ines = try await world.device("ines", BlobWorld.ines), dora = try await world.device("dora", BlobWorld.dora)
        let (_, reference) = try ines.add(content(1))
        world.hubBlobs.with { $0.damages = 1 }
        dora.blobs.with { $0.damages = 1 }
        let done = ines.waitUntilHandedIn(reference.blob)
        for device in [ines, dora] { device.replica.goOnline(world.endpoint) }
        await done.value
        #expect(world.hubBlobs.with { $0.appended } == 2 * Self.size)
        try await dora.waitUntilHere(reference.blob)
        #expect(dora.blobs.with { $0.appended } == 2 * Self.size)
        #expect(try dora.blobs.check(reference.blob.hash))
        try world.stop()
    }

    @Test(.timeLimit(.minutes(2)))
    func `a file that is not what it was is found, removed and reported`() async throws {
        let world = try BlobWorld(limits: Self.limits)
        let ines = try await world.device("ines", BlobWorld.ines), dora = try await world.device("dora", BlobWorld.dora)
        let (_, reference) = try ines.add(content(1))
        guard case .here(let path) = try ines.replica.blob(reference) else { return }
        try Data(content(2)).write(to: URL(fileURLWithPath: path))
        let blob = reference.blob
        let lost = ines.wait { if case .blob(let report) = $0 { report.blob == blob && report.change == .lost } else { false } }
        for device in [ines, dora] { device.replica.goOnline(world.endpoint) }
        await lost.value
        // Nobody has it: both say that it is to come.
        try await ines.wait(blob) { $0 == .awaited }
        try await dora.wait(blob) { $0 == .awaited }
        #expect(try world.hubBlobs.size(of: blob.hash) == nil)
        // Somebody who still has it hands it in.
        let bo = try await world.device("bo", BlobWorld.bo)
        bo.replica.goOnline(world.endpoint)
        try bo.add(content(1))
        for device in [ines, dora] { try await device.waitUntilHere(blob) }
        try world.stop()
    }

    @Test(.timeLimit(.minutes(2)))
    func `a reference with a wrong size never has a blob`() async throws {
        let world = try BlobWorld(limits: Self.limits)
        let ines = try await world.device("ines", BlobWorld.ines), dora = try await world.device("dora", BlobWorld.dora)
        let right = try ines.replica.addBlob(content(1), mediaType: "image/jpeg")
        let wrong = try #require(BlobReference(blob: BlobName(hash: right.blob.hash, size: right.blob.size + 1), mediaType: "image/jpeg"))
        _ = try ines.name(wrong)
        for device in [ines, dora] { device.replica.goOnline(world.endpoint) }
        try await ines.replica.syncNow()
        try await dora.wait(wrong.blob) { $0 == .awaited }
        #expect(world.hubBlobs.with { $0.appended } == 0, "nothing names it with the size that it has")
        // Named rightly as well, it comes; for the wrong name there is still none.
        _ = try ines.name(right)
        try await dora.waitUntilHere(right.blob)
        dora.replica.goOffline()
        dora.replica.goOnline(world.endpoint)
        try await dora.replica.syncNow()
        #expect(try dora.replica.blob(wrong) == .damaged)
        try world.stop()
    }

    @Test(.timeLimit(.minutes(2)))
    func `a full disk at the hub, and then on a device, stops blobs and nothing else`() async throws {
        let world = try BlobWorld(limits: Self.limits)
        let ines = try await world.device("ines", BlobWorld.ines), dora = try await world.device("dora", BlobWorld.dora)
        world.hubBlobs.with { $0.room = 3 * Self.chunk }
        dora.blobs.with { $0.room = 2 * Self.chunk }
        let (_, reference) = try ines.add(content(1))
        let isFull = ines.wait { if case .blob(let report) = $0 { report.change == .hubIsFull } else { false } }
        let done = ines.waitUntilHandedIn(reference.blob)
        let dorasIsFull = dora.wait { if case .storeFailed = $0 { true } else { false } }
        for device in [ines, dora] { device.replica.goOnline(world.endpoint) }
        await isFull.value
        try ines.replica.write { _ = try $0.create("document", ["work_order": .reference(BlobWorld.order), "title": .text("Note")]) }
        try await ines.replica.syncNow()
        #expect(try world.hubBlobs.partialSize(of: reference.blob.hash) == 3 * UInt64(Self.chunk))
        world.hubBlobs.with { $0.room = .max }
        await done.value
        #expect(world.hubBlobs.with { $0.appended } == Self.size, "what had come was not sent again")

        await dorasIsFull.value
        try await dora.replica.syncNow()
        #expect(try dora.replica.query("SELECT id FROM document WHERE _alive").count == 2)
        dora.blobs.with { $0.room = .max }
        try await dora.waitUntilHere(reference.blob)
        #expect(dora.blobs.with { $0.appended } == Self.size)
        try world.stop()
    }
}
