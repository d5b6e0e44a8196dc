import Crypto
import Foundation
import ReplicationCore
import ReplicationEngine
@testable import SQLiteStore
import Testing

/// Blobs as files: what counts, what does not, and what a full disk leaves.
struct FileBlobStoreTests {
    private let folder: TemporaryFolder
    private let blobs: FileBlobStore
    private let content = [UInt8]((0..<3_000).map { UInt8(truncatingIfNeeded: $0 &* 13) })

    init() throws {
        folder = try TemporaryFolder()
        blobs = try FileBlobStore(folder: folder.file("blobs"))
    }

    private func name(_ bytes: [UInt8]) throws -> BlobName {
        BlobName(hash: try #require(BlobHash(bytes: Array(SHA256.hash(data: bytes)))), size: UInt64(bytes.count))
    }

    @Test func whatNobodyGoesOnWithIsRemovedAfterAMonth() throws {
        let old = try name(content), new = try name([1, 2, 3])
        for blob in [old, new] { try blobs.append([1], to: blob.hash, at: 0) }
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -31 * 86_400)], ofItemAtPath: folder.file("blobs/partial/\(old.hash)"))
        let again = try FileBlobStore(folder: folder.file("blobs"))
        #expect(try again.partialSize(of: old.hash) == 0 && again.partialSize(of: new.hash) == 1)
    }

    @Test func aBlobIsThereWhenItIsWholeAndVerified() throws {
        let blob = try name(content)
        try blobs.append(Array(content[..<1_000]), to: blob.hash, at: 0)
        #expect(try blobs.partialSize(of: blob.hash) == 1_000 && blobs.size(of: blob.hash) == nil)
        #expect(throws: BlobStoreError.self) { try blobs.read(blob.hash, at: 0, count: 1) }
        // In another process it goes on.
        let again = try FileBlobStore(folder: folder.file("blobs"))
        try again.append(Array(content[1_000...]), to: blob.hash, at: 1_000)
        #expect(try again.complete(blob))
        #expect(try blobs.size(of: blob.hash) == 3_000 && blobs.partialSize(of: blob.hash) == 0)
        #expect(try blobs.read(blob.hash, at: 2_990, count: 100) == Array(content[2_990...]))
        let path = try #require(try blobs.path(of: blob.hash))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600 && path.hasSuffix("/\(blob.hash.description.prefix(2))/\(blob.hash)"))
        #expect(try blobs.hashes(after: nil, limit: 10) == [blob.hash] && blobs.hashes(after: blob.hash, limit: 10) == [])
        try blobs.remove(blob.hash)
        try blobs.remove(blob.hash)
        #expect(try blobs.size(of: blob.hash) == nil)
    }

    @Test func whatIsNotWhatItsNameSaysIsDropped() throws {
        let blob = try name(content)
        for (bytes, name) in [
            (content.map { $0 ^ 1 }, blob), (Array(content.dropLast()), blob), (content + [0], blob),
            (content, BlobName(hash: blob.hash, size: 2_999)),
        ] {
            try blobs.append(bytes, to: blob.hash, at: 0)
            #expect(try !blobs.complete(name))
            #expect(try blobs.partialSize(of: blob.hash) == 0 && blobs.size(of: blob.hash) == nil)
        }
        try blobs.put(content, named: blob)
        #expect(try blobs.check(blob.hash))
        let path = try #require(try blobs.path(of: blob.hash))
        try Data(content.reversed()).write(to: URL(fileURLWithPath: path))
        #expect(try !blobs.check(blob.hash) && blobs.size(of: blob.hash) == nil)
    }

    @Test func bytesHaveTheirPlace() throws {
        let blob = try name(content)
        try blobs.append([1, 2, 3], to: blob.hash, at: 0)
        for offset in [UInt64(0), 2, 4] {
            #expect { try blobs.append([4], to: blob.hash, at: offset) } throws: { ($0 as? BlobStoreError)?.code == .outOfPlace }
        }
        #expect(try blobs.partialSize(of: blob.hash) == 3)
    }

    /// The kernel says that the device is full.
    @Test func aFullDiskIsSaidAndLeavesNothingHalfDone() throws {
        let blob = try name(content)
        let partial = folder.file("blobs/partial/\(blob.hash)")
        try FileManager.default.createSymbolicLink(atPath: partial, withDestinationPath: "/dev/full")
        #expect { try blobs.append(content, to: blob.hash, at: 0) } throws: { ($0 as? BlobStoreError)?.code == .full }
        try FileManager.default.removeItem(atPath: partial)
        try blobs.put(content, named: blob)
        #expect(try blobs.check(blob.hash))
    }

    @Test func manyAreListedInOrder() throws {
        var names: [BlobHash] = []
        for number in 0..<50 {
            let blob = try name([UInt8(number)])
            try blobs.put([UInt8(number)], named: blob)
            names.append(blob.hash)
        }
        var listed: [BlobHash] = []
        while case let page = try blobs.hashes(after: listed.last, limit: 7), !page.isEmpty { listed += page }
        #expect(listed == names.sorted())
    }
}
