import ReplicationCore

/// What a hub keeps of the blobs of one session. Kept beside the session, because it is touched with each chunk.
struct SessionBlobs: Sendable {
    /// Blobs that the device has offered and that are named, in order, behind the one that is being taken.
    var offers: [BlobName] = []
    var upload: Upload?
    /// The first offer is being looked up anew.
    var isLooking = false
    /// Offered blobs that are being looked up.
    var lookedUp = 0
    /// Bytes of chunks that have come and were taken in.
    var received: UInt64 = 0
    /// Bytes of chunks that are being stored.
    var unstored = 0

    /// What the device has asked for, in order, behind what is being sent.
    var requests: [Request] = []
    /// What it has asked for and the hub has not got.
    var awaited: [BlobName: Request] = [:]
    var download: Download?
    /// Blocks that are being read, also for what is asked for no more.
    var reads = 0
    var credit = CreditWindow()

    struct Upload: Sendable {
        let blob: BlobName
        /// Where the next chunk has to begin.
        var next: UInt64
        /// When it was asked for, or its last chunk came.
        var lastMilliseconds: UInt64
    }

    struct Request: Sendable {
        let blob: BlobName
        let offset: UInt64
    }

    struct Download: Sendable {
        let blob: BlobName
        /// Where the next chunk begins.
        var next: UInt64
        /// What was read from there on, and so much of it was sent.
        var block: [UInt8] = []
        var sentOfBlock = 0
        var isReading = false

        init(_ request: Request) {
            blob = request.blob
            next = request.offset
        }

        /// Bytes that were read and not sent.
        var left: Int { block.count - sentOfBlock }
        /// Where the next block begins.
        var readUpTo: UInt64 { next + UInt64(left) }
    }

    var isAskingForNothing: Bool { requests.isEmpty && download == nil }
    var openRequests: Int { requests.count + awaited.count + (download == nil ? 0 : 1) }
}

/// Who hands in a blob, and who waits for it.
struct BlobBoard: Sendable {
    /// The session that is sending it.
    var uploaders: [BlobHash: ConnectionID] = [:]
    /// Sessions that have offered it as well.
    var alsoOffered: [BlobHash: [(connection: ConnectionID, blob: BlobName)]] = [:]
    /// Sessions that have asked for it.
    var awaiting: [BlobHash: Set<ConnectionID>] = [:]

    /// Takes a session out.
    mutating func forget(_ connection: ConnectionID, _ session: SessionBlobs) {
        for blob in session.awaited.keys { stopAwaiting(blob.hash, connection) }
        for (hash, offered) in alsoOffered where offered.contains(where: { $0.connection == connection }) {
            let left = offered.filter { $0.connection != connection }
            alsoOffered[hash] = left.isEmpty ? nil : left
        }
    }

    mutating func stopAwaiting(_ hash: BlobHash, _ connection: ConnectionID) {
        awaiting[hash]?.remove(connection)
        if awaiting[hash]?.isEmpty == true { awaiting[hash] = nil }
    }
}
