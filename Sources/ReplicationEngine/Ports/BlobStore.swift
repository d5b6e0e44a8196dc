import ReplicationCore

/// Blobs by what they hold, on a hub or a device: whole ones, and what has come of others.
///
/// Whether a blob is here is nowhere else: what is here is whole and has been verified when it came. All methods may be
/// called from any thread and block it; calls about one blob follow one another.
public protocol BlobStore: Sendable {
    /// The size of a whole blob, in bytes; nil if it is not here.
    func size(of hash: BlobHash) throws(BlobStoreError) -> UInt64?
    /// How many bytes of a blob have come that is not whole; 0 if none have.
    func partialSize(of hash: BlobHash) throws(BlobStoreError) -> UInt64

    /// Adds what follows to what has come of a blob. Nothing is promised of it before `complete`.
    ///
    /// - Parameters:
    ///   - bytes: what follows.
    ///   - hash: of the whole blob.
    ///   - offset: must be `partialSize`.
    /// - Throws: with the code `full`, nothing of these bytes was kept, and what had come before still is.
    func append(_ bytes: [UInt8], to hash: BlobHash, at offset: UInt64) throws(BlobStoreError)

    /// Makes of what has come a whole blob, and returns when it is durable.
    ///
    /// - Returns: false if what has come has another hash or size: it is dropped then.
    func complete(_ name: BlobName) throws(BlobStoreError) -> Bool

    /// Drops what has come of a blob that is not whole.
    func dropPartial(_ hash: BlobHash) throws(BlobStoreError)

    /// At most `count` bytes of a whole blob; fewer only at its end.
    func read(_ hash: BlobHash, at offset: UInt64, count: Int) throws(BlobStoreError) -> [UInt8]

    /// Whether a whole blob still holds what its name says. One that does not is removed.
    func check(_ hash: BlobHash) throws(BlobStoreError) -> Bool

    /// Removes a whole blob, and what has come of it. One that is not here is no error.
    func remove(_ hash: BlobHash) throws(BlobStoreError)

    /// The whole blobs, by rising hash, after one, at most `limit`.
    func hashes(after hash: BlobHash?, limit: Int) throws(BlobStoreError) -> [BlobHash]

    /// Where a whole blob can be read as a file; nil if the store has no files, or not this blob.
    func path(of hash: BlobHash) throws(BlobStoreError) -> String?
}

/// What can go wrong with stored blobs.
public struct BlobStoreError: Error, Sendable, Equatable, CustomStringConvertible {
    public let code: Code
    /// What happened, where, and what to do.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public enum Code: String, Sendable {
        /// No space is left. Nothing is half-done; try again when there is.
        case full
        case readOnly
        /// The bytes do not continue what is here.
        case outOfPlace
        /// There is no such blob here.
        case missing
        /// Anything else from the operating system.
        case io
    }

    public var description: String { message }
}

extension BlobStore {
    /// Keeps bytes as a blob.
    public func put(_ bytes: [UInt8], named name: BlobName) throws(BlobStoreError) {
        if try size(of: name.hash) == name.size { return }
        try dropPartial(name.hash)
        try append(bytes, to: name.hash, at: 0)
        guard try complete(name) else {
            throw BlobStoreError(.io, "The blob \(name.hash) did not come back from the disk as it was written. Check the disk, and try again.")
        }
    }
}
