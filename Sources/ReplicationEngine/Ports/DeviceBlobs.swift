import ReplicationCore

/// What a device's store knows of blobs. The blobs themselves stand in a `BlobStore`.
public protocol DeviceBlobReader {
    /// What is known of a blob that is here; nil if it is not.
    func blob(_ hash: BlobHash) throws -> HeldBlob?
    /// Blobs that are here and that the hub is not known to have, thumbnails before others, and of each kind in the
    /// order in which they were added, at most `limit`.
    func blobsToHandIn(limit: Int) throws -> [BlobName]
    /// Blobs that rows name and that are not here: thumbnails before others, and of each kind those of the newest rows
    /// first, at most `limit`.
    func missingBlobs(thumbnailsOnly: Bool, limit: Int) throws -> [BlobName]
    /// Whether a row, as it is shown or as the hub said it, names a blob.
    func isNamed(_ blob: BlobName) throws -> Bool
    /// The blobs that a row names.
    func blobs(namedBy key: RowKey) throws -> [BlobName]
    /// Blobs that are here and that no row names, oldest first, at most `limit`.
    func unnamedBlobs(limit: Int) throws -> [HeldBlob]
}

public protocol DeviceBlobTransaction {
    func put(_ blob: HeldBlob) throws
    func removeBlob(_ hash: BlobHash) throws
    /// The hub was restored: of no blob is it known that it has it.
    func forgetHandedIn() throws
}

/// A blob that is whole on a device.
public struct HeldBlob: Sendable, Equatable {
    public var blob: BlobName
    /// The hub is known to have it.
    public var isHandedIn: Bool
    /// By the device's wall clock.
    public var addedMilliseconds: UInt64

    public init(blob: BlobName, isHandedIn: Bool, addedMilliseconds: UInt64) {
        self.blob = blob
        self.isHandedIn = isHandedIn
        self.addedMilliseconds = addedMilliseconds
    }
}
