import ReplicationCore
import Synchronization
@testable import ReplicationEngine
@testable import WireProtocol

/// Blobs in memory, on a disk that can be full or damaged.
final class MemoryBlobStore: BlobStore {
    private let state = Mutex(State())

    struct State: Sendable {
        var whole: [BlobHash: [UInt8]] = [:]
        var partial: [BlobHash: [UInt8]] = [:]
        var isFull = false
        var reads = 0
    }

    func with<Result>(_ body: (inout State) -> Result) -> Result { state.withLock { body(&$0) } }

    func size(of hash: BlobHash) -> UInt64? { with { $0.whole[hash].map { UInt64($0.count) } } }
    func partialSize(of hash: BlobHash) -> UInt64 { with { UInt64($0.partial[hash]?.count ?? 0) } }

    func append(_ bytes: [UInt8], to hash: BlobHash, at offset: UInt64) throws(BlobStoreError) {
        if with({ $0.isFull }) { throw BlobStoreError(.full, "The disk is full.") }
        guard partialSize(of: hash) == offset else { throw BlobStoreError(.outOfPlace, "There is a gap.") }
        with { $0.partial[hash, default: []] += bytes }
    }

    func complete(_ name: BlobName) -> Bool {
        with { state in
            guard let bytes = state.partial.removeValue(forKey: name.hash), UInt64(bytes.count) == name.size,
                ContentHash.of(bytes) == name.hash.bytes
            else { return false }
            state.whole[name.hash] = bytes
            return true
        }
    }

    func dropPartial(_ hash: BlobHash) { with { $0.partial[hash] = nil } }

    func read(_ hash: BlobHash, at offset: UInt64, count: Int) throws(BlobStoreError) -> [UInt8] {
        guard let bytes = with({ state in
            state.reads += 1
            return state.whole[hash]
        }) else { throw BlobStoreError(.missing, "It is not here.") }
        return Array(bytes.dropFirst(Int(offset)).prefix(count))
    }

    func check(_ hash: BlobHash) -> Bool { with { state in state.whole[hash].map { ContentHash.of($0) == hash.bytes } ?? false } }
    func remove(_ hash: BlobHash) {
        with {
            $0.whole[hash] = nil
            $0.partial[hash] = nil
        }
    }
    func hashes(after hash: BlobHash?, limit: Int) -> [BlobHash] {
        with { state in Array(state.whole.keys.filter { key in hash.map { $0 < key } ?? true }.sorted().prefix(limit)) }
    }
    func path(of hash: BlobHash) -> String? { nil }
}
