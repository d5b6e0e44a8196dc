import ReplicationCore
import WireProtocol

/// The bounds of transferring blobs, at a hub or a device. Sizes in bytes, times in milliseconds.
public struct BlobLimits: Sendable, Equatable {
    /// A chunk is a sixteenth of the credit window, within these.
    public var leastChunk = 512
    public var largestChunk = 32 << 10
    /// What is read of a blob at once to be sent. The right to it is looked up with each.
    public var blockBytes = 256 << 10
    /// Blocks that are being read for a session: one that is wanted, and one that is wanted no more.
    static let readsAtOnce = 2
    /// What has come of a session and is not stored yet.
    public var unstoredBytes = LaneLimits.largestWindow + ProtocolLimits.blobChunkBytes
    /// Offers of a session that the hub wants and has not taken yet.
    public var offersPerSession = 1_000
    /// Blobs that a session asks for and has not got, those included that have not come to the hub.
    public var requestsPerSession = 1_000
    /// Rows of a user's scopes that are looked at for one that names a blob in a field that the role may read.
    public var usesPerLook = 1_000
    /// A device asks for so many blobs at once: one comes, and the next is known.
    public var requestsAtOnce = 2
    /// Fetches of an app that wait.
    public var fetches = 1_000

    /// How long both sides leave alone what they could not store.
    public var pauseMilliseconds: UInt64 = 60_000
    /// How long the hub keeps a blob that nothing names any more.
    public var graceMilliseconds: UInt64 = 30 * 86_400_000
    /// How often the hub looks for those, and how many it removes at once.
    public var collectMilliseconds: UInt64 = 3_600_000
    public var collectedAtOnce = 1_000
    /// How long a device keeps a blob that was added and that no row names.
    public var unusedMilliseconds: UInt64 = 86_400_000

    public init() {}

    /// The relations that must hold between the limits.
    public var areConsistent: Bool {
        leastChunk > 0 && leastChunk <= largestChunk && largestChunk <= ProtocolLimits.blobChunkBytes
            && largestChunk <= blockBytes && blockBytes <= 4 << 20 && requestsAtOnce > 0 && requestsAtOnce <= requestsPerSession
            && ProtocolLimits.blobsPerMessage <= offersPerSession
            && unstoredBytes >= LaneLimits.largestWindow + ProtocolLimits.blobChunkBytes
            && ProtocolLimits.blobChunkBytes + 1_024 <= ProtocolLimits.frameBytes
    }

    /// How large the next chunk may be in a credit window.
    func chunk(in window: Int) -> Int { min(max(window / 16, leastChunk), largestChunk) }
}
