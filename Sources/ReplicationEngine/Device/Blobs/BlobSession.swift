import ReplicationCore

/// Which blobs a device asks for by itself.
public enum BlobPolicy: String, Sendable, CaseIterable {
    /// Thumbnails first, then all others.
    case all
    /// Thumbnails; others when the app fetches them.
    case thumbnails
    /// What the app fetches.
    case onDemand
}

/// How a blob stands on a device.
public enum BlobState: Sendable, Equatable {
    /// It is here, whole and verified, as a file that must not be written.
    case here(path: String)
    /// It is asked for; so many bytes of it have come.
    case coming(UInt64)
    /// It is still to come: nobody has handed it in at the hub.
    case awaited
    /// The device has not asked for it yet: without a connection, in its turn, or when the app fetches it.
    case elsewhere
    /// The hub does not give it: no row that this device receives names it with this size.
    case notShown
    /// What came, or what was here, is not what the hash says.
    case damaged
}

/// What happened to a blob.
public struct BlobReport: Sendable, Equatable {
    public var blob: BlobName
    public var change: Change

    public enum Change: Sendable, Equatable {
        /// So many bytes have come.
        case coming(UInt64)
        case here
        case awaited
        case notShown
        /// What came is not what the hash says.
        case damaged
        /// So many bytes were sent to the hub.
        case sending(UInt64)
        /// The hub has it.
        case handedIn
        /// The file on this device is not what it was any more, and nobody else has it yet.
        case lost
        /// The hub's disk is full: it is offered again later.
        case hubIsFull
    }
}

/// Where a device stands with blobs in one session.
struct BlobSession: Sendable {
    // Up.

    /// What the hub was offered.
    var offered: Set<BlobName> = []
    /// Of those, the ones that nothing at the hub names yet.
    var unnamed: Set<BlobName> = []
    /// Offered once more because what came at the hub was damaged.
    var offeredAgain: Set<BlobName> = []
    var upload: Upload?
    var credit = CreditWindow()
    /// Nothing is offered before this moment of the monotonic clock.
    var offersPausedUntil: UInt64 = 0
    /// There may be something to offer that was not.
    var mayHaveOffers = true

    // Down.

    /// Asked for, and expected from this place on.
    var requests: [BlobName: Request] = [:]
    /// Those of them that the hub has not got.
    var awaited: [BlobName: Request] = [:]
    /// Not to be asked for again in this session.
    var refused: Set<BlobName> = []
    var damaged: Set<BlobName> = []
    /// Asked for once more because what came was damaged.
    var requestedAgain: Set<BlobName> = []
    var received: UInt64 = 0
    var requestsPausedUntil: UInt64 = 0
    /// There may be something to ask for that was not.
    var mayHaveRequests = true
    /// Rows may name less than they did.
    var mayBeUnnamed = false

    struct Upload: Sendable {
        let blob: BlobName
        var next: UInt64
    }

    struct Request: Sendable {
        let blob: BlobName
        var next: UInt64
        /// Up to where the app was told.
        var told: UInt64
    }
}
