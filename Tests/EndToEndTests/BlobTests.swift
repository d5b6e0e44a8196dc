import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import Testing
import WireProtocol

/// Blobs from one device's app to another's, over real sockets and real files.
@Suite(.serialized)
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
        try world.stop()
    }
}
