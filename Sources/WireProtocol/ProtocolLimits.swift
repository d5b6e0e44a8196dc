/// The bounds of the protocol. Both sides enforce them: when writing, so that nothing is made that cannot
/// travel, and when reading, because the other side may be hostile. They stand in `Protocol/README.md`.
public enum ProtocolLimits {
    /// The largest message, in bytes: the transport takes no larger one.
    public static let frameBytes = 4 << 20
    /// The most messages in a frame.
    public static let messagesPerFrame = 16_384
    /// The largest changeset, in bytes. Checked when it is written locally, so an app learns at once.
    public static let changesetBytes = 1 << 20
    /// The largest changeset of which rows were erased: each kept row has its salt beside it.
    public static let erasedFormBytes = changesetBytes + (256 << 10)
    /// The most operations in a changeset, and the most blocks: each is there for an operation.
    public static let operationsPerChangeset = 10_000
    /// The most own pending writes that a context may name.
    public static let pendingPerContext = 1_000
    /// Refused operations of one user that wait at the hub for a row to become known; further ones do not wait.
    public static let waitingOperations = 10_000
    /// Announced in `Welcome` by a hub that answers `PreviewRequest`.
    public static let previewCapability = "preview"
    /// Announced in `Hello` by a device that carries out `Erasures`.
    public static let erasuresCapability = "erasures"
    /// Announced in `Welcome` to a device whose access was taken away: it hands in what it has written, and receives
    /// nothing.
    public static let handInCapability = "hand-in"
    /// An `Erasures` message is filled up to about this many bytes.
    public static let erasuresBytes = 64 << 10
    /// Announced in `Hello` by a device that takes a later schema from the hub.
    public static let schemaUpdateCapability = "schema-update"
    /// The longest schema that is offered to devices, in bytes of UTF-8.
    public static let schemaBytes = 2 << 20
    /// A preview lists rows up to about so many bytes.
    public static let previewBytes = 1 << 20
    /// The most changesets in an upload.
    public static let changesetsPerUpload = 1_000
    /// Unanswered changesets that a device may have under way, in bytes.
    public static let uploadWindowBytes = 2 << 20
    /// What a changeset counts for at least, in bytes.
    public static let leastChangesetWeight = 64
    /// An upload is filled up to about this many bytes, so that verdicts come in a steady flow.
    public static let uploadTargetBytes = 128 << 10
    /// Row changes in `Upload.seen`.
    public static let seenRowsPerUpload = 1_000
    /// A Changes message of catch-up is filled up to about this many bytes.
    public static let chunkTargetBytes = 48 << 10
    /// Changes that the device has not confirmed, in bytes: beyond it the hub waits.
    public static let changesWindowBytes = 1 << 20
    /// What a row may grow to by the writes of devices, in bytes as they are counted by the hub.
    public static let rowBytes = 2 << 20
    /// The longest element of a set, in bytes of UTF-8.
    public static let elementBytes = 1_024
    /// The lowest and the highest protocol version spoken here.
    public static let versions: ClosedRange<UInt32> = 1...1
    /// Name of the WebSocket subprotocol.
    public static let subprotocol = "converge.v1"

    /// Announced by devices and hubs that send the changes lane in fragments, by credit.
    public static let fragmentsCapability = "fragments"
    /// Announced by devices and hubs that know live values.
    public static let signalsCapability = "signals"
    /// Announced by hubs that tell which rows differ, and by devices that compare themselves when they are asked to.
    public static let repairCapability = "repair"
    /// Announced by devices that compare, at the end of each catch-up, what they hold with what the hub says they should.
    public static let sumsCapability = "sums"
    /// The most ranges in a request for ranges.
    public static let rangesPerRequest = 64
    /// The most rows in a request for rows.
    public static let rowsPerRepair = 500
    /// The largest `Signal`, as `SignalCodec` counts it.
    public static let signalBytes = 1_024

    /// Announced by devices and hubs that transfer blobs.
    public static let blobsCapability = "blobs"
    /// Blobs in a `BlobOffer` or `BlobStandings`.
    public static let blobsPerMessage = 200
    /// The largest part of a blob in a message, in bytes.
    public static let blobChunkBytes = 64 << 10

    /// The relations that must hold between the limits.
    public static var areConsistent: Bool {
        changesetBytes <= uploadWindowBytes && uploadTargetBytes <= uploadWindowBytes
            && changesetBytes + 1_024 <= frameBytes && rowBytes + changesetBytes <= frameBytes
            && chunkTargetBytes <= changesWindowBytes && schemaBytes + 1_024 <= frameBytes
            // A salt takes 18 bytes, and each block has one beside the header's.
            && changesetBytes + 18 * (operationsPerChangeset + 1) <= erasedFormBytes && erasedFormBytes + 1_024 <= frameBytes
    }
}
