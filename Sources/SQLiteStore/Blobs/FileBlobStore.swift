import Crypto
import Foundation
import ReplicationCore
import ReplicationEngine

/// Blobs as files in a folder, readable by their owner only: a whole one as `ab/abcdef…`, by its hash, and what has come of
/// one that is not whole as `partial/abcdef…`.
///
/// A whole one gets its name when its bytes are on the disk and have the right hash, and is never written again. What a
/// crash leaves in `partial` is checked when it is completed, like anything else.
public final class FileBlobStore: BlobStore {
    public let folder: String
    private var partials: String { folder + "/partial" }

    /// Bytes that are read at once to be hashed.
    private static let hashedAtOnce = 1 << 20

    /// Where the blobs of a store stand: in its folder.
    public static func folder(besideStoreAt store: String) -> String {
        URL(fileURLWithPath: store).deletingLastPathComponent().appendingPathComponent("blobs").path
    }

    /// How long what has come of a blob is kept while nothing more comes, in seconds. Then the file that it was, if it still comes, comes from
    /// its first byte.
    private static let partialSeconds = 30 * 86_400

    /// Opens the folder, makes it if it is not there, and removes what has come of blobs that nobody has gone on with for a month.
    /// - Throws: `BlobStoreError`.
    public init(folder: String) throws(BlobStoreError) {
        self.folder = folder
        try Self.make(folder)
        try Self.make(partials)
        try removeOldPartials()
    }

    private func removeOldPartials() throws(BlobStoreError) {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: partials)
        } catch {
            throw Self.failure("read", partials)
        }
        for name in names {
            let path = "\(partials)/\(name)"
            var status = stat()
            // One that is gone meanwhile need not be removed.
            guard stat(path, &status) == 0, time(nil) - status.st_mtim.tv_sec > Self.partialSeconds else { continue }
            try Self.remove(path)
        }
    }

    // MARK: Whole

    public func size(of hash: BlobHash) throws(BlobStoreError) -> UInt64? { try Self.size(of: file(hash)) }

    public func path(of hash: BlobHash) throws(BlobStoreError) -> String? {
        try size(of: hash).map { _ in file(hash) }
    }

    public func read(_ hash: BlobHash, at offset: UInt64, count: Int) throws(BlobStoreError) -> [UInt8] {
        let path = file(hash)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { throw BlobStoreError(.missing, "The blob \(hash) is not here.") }
        guard descriptor >= 0 else { throw Self.failure("read", path) }
        defer { close(descriptor) }
        return try Self.read(descriptor, at: offset, count: count, path)
    }

    public func check(_ hash: BlobHash) throws(BlobStoreError) -> Bool {
        guard try size(of: hash) != nil else { return false }
        if try Self.hash(of: file(hash)) == hash { return true }
        try Self.remove(file(hash))
        return false
    }

    public func remove(_ hash: BlobHash) throws(BlobStoreError) {
        try Self.remove(file(hash))
        try Self.remove(partial(hash))
    }

    public func hashes(after hash: BlobHash?, limit: Int) throws(BlobStoreError) -> [BlobHash] {
        var found: [BlobHash] = []
        let first = hash.map { Int($0.bytes[0]) } ?? 0
        for number in first..<256 where found.count < limit {
            let path = folder + "/" + Hexadecimal.text([UInt8(number)])
            // A folder that is not there holds no blobs; one that cannot be read may.
            if try Self.size(of: path) == nil { continue }
            let names: [String]
            do {
                names = try FileManager.default.contentsOfDirectory(atPath: path)
            } catch {
                throw BlobStoreError(.io, "Cannot list \(path): \(error.localizedDescription) Make it readable for this user.")
            }
            let hashes = names.compactMap { BlobHash(hex: $0) }.filter { candidate in hash.map { $0 < candidate } ?? true }
            found += hashes.sorted()
        }
        return Array(found.prefix(limit))
    }

    // MARK: Coming

    public func partialSize(of hash: BlobHash) throws(BlobStoreError) -> UInt64 { try Self.size(of: partial(hash)) ?? 0 }

    public func dropPartial(_ hash: BlobHash) throws(BlobStoreError) { try Self.remove(partial(hash)) }

    public func append(_ bytes: [UInt8], to hash: BlobHash, at offset: UInt64) throws(BlobStoreError) {
        let path = partial(hash)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("write", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure("read", path) }
        guard UInt64(status.st_size) == offset else {
            throw BlobStoreError(.outOfPlace, "Bytes of the blob \(hash) came for \(offset); \(status.st_size) are here.")
        }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset) + off_t(written)) }
            guard count > 0 else {
                let error = Self.failure("write", path)
                // What was written of these bytes goes again. If it does not, it is the beginning of them all the same.
                _ = ftruncate(descriptor, off_t(offset))
                throw error
            }
            written += count
        }
    }

    public func complete(_ name: BlobName) throws(BlobStoreError) -> Bool {
        let path = partial(name.hash), target = file(name.hash)
        guard try Self.size(of: path) == name.size, try Self.hash(of: path) == name.hash else {
            try Self.remove(path)
            return false
        }
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure("read", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Self.failure("make durable", path) }
        let parent = URL(fileURLWithPath: target).deletingLastPathComponent().path
        try Self.make(parent)
        guard rename(path, target) == 0 else { throw Self.failure("name", target) }
        do {
            try StoreFile.synchronizeFolder(of: target)
        } catch {
            throw BlobStoreError(.io, "\(error)")
        }
        return true
    }

    // MARK: Files

    private func file(_ hash: BlobHash) -> String {
        let name = hash.description
        return "\(folder)/\(name.prefix(2))/\(name)"
    }

    private func partial(_ hash: BlobHash) -> String { "\(partials)/\(hash)" }

    private static func size(of path: String) throws(BlobStoreError) -> UInt64? {
        var status = stat()
        if stat(path, &status) == 0 { return UInt64(status.st_size) }
        if errno == ENOENT { return nil }
        throw failure("read", path)
    }

    private static func remove(_ path: String) throws(BlobStoreError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure("remove", path) }
    }

    private static func make(_ folder: String) throws(BlobStoreError) {
        if mkdir(folder, 0o700) == 0 {
            do {
                return try StoreFile.synchronizeFolder(of: folder)
            } catch {
                throw BlobStoreError(.io, "\(error)")
            }
        }
        guard errno == EEXIST else { throw failure("make the folder", folder) }
    }

    private static func hash(of path: String) throws(BlobStoreError) -> BlobHash? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("read", path) }
        defer { close(descriptor) }
        var hasher = SHA256()
        var offset: UInt64 = 0
        while case let bytes = try read(descriptor, at: offset, count: hashedAtOnce, path), !bytes.isEmpty {
            hasher.update(data: bytes)
            offset += UInt64(bytes.count)
        }
        return BlobHash(bytes: Array(hasher.finalize()))
    }

    private static func read(
        _ descriptor: Int32, at offset: UInt64, count: Int, _ path: String
    ) throws(BlobStoreError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes[filled...].withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(offset) + off_t(filled)) }
            guard got >= 0 else { throw failure("read", path) }
            if got == 0 { break }
            filled += got
        }
        return Array(bytes.prefix(filled))
    }

    /// What the last call to the system has said.
    private static func failure(_ action: String, _ path: String) -> BlobStoreError {
        let number = errno
        let reason = String(cString: strerror(number))
        switch number {
        case ENOSPC, EDQUOT, EFBIG:
            return BlobStoreError(.full, "No space is left to \(action) \(path) (\(reason)). Nothing is half-done; free some space.")
        case EACCES, EPERM, EROFS:
            return BlobStoreError(.readOnly, "Cannot \(action) \(path): \(reason). Make it and its folder writable for this user.")
        default: return BlobStoreError(.io, "Cannot \(action) \(path): \(reason). Mend that, and try again.")
        }
    }
}
