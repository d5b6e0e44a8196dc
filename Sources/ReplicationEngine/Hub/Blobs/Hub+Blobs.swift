import Foundation
import ReplicationCore
import WireProtocol

/// Blobs from devices. They go behind everything else, one at a time in a session, and only what is named is taken.
extension Hub {
    mutating func receive(_ offer: WireBlobOffer, from connection: ConnectionID) {
        guard let blobs = blobs[connection], let limits = blobLimits else { return failWithoutBlobs(connection) }
        let names = offer.blobs.compactMap { BlobName($0) }
        guard names.count == offer.blobs.count, !names.isEmpty else {
            return fail(connection, .malformed, "An offer of blobs names each by a hash of 32 bytes and a size of 1 to \(BlobReference.largestSize) bytes.")
        }
        guard names.count <= ProtocolLimits.blobsPerMessage else {
            return fail(connection, .tooLarge, "An offer names \(ProtocolLimits.blobsPerMessage) blobs.")
        }
        guard blobs.offers.count + blobs.lookedUp + names.count <= limits.offersPerSession else {
            return tell(names.map { BlobAnswer($0, .busy, retryAfter: limits.pauseMilliseconds) }, connection)
        }
        self.blobs[connection]?.lookedUp += names.count
        actions.append(.blob(.look(connection, names)))
    }

    mutating func receive(_ chunk: WireBlobChunk, from connection: ConnectionID) {
        guard var session = blobs[connection], let limits = blobLimits else { return failWithoutBlobs(connection) }
        guard !chunk.data.isEmpty, chunk.data.count <= ProtocolLimits.blobChunkBytes else {
            return fail(connection, .tooLarge, "A chunk of a blob has 1 to \(ProtocolLimits.blobChunkBytes) bytes.")
        }
        guard let upload = session.upload, BlobName(chunk.blob) == upload.blob else {
            // It was under way when the hub said that it does not take the blob.
            session.received += UInt64(chunk.data.count)
            blobs[connection] = session
            return giveBlobCredit(connection)
        }
        let count = UInt64(chunk.data.count)
        guard chunk.offset == upload.next, count <= upload.blob.size - upload.next else {
            return fail(connection, .malformed, "A chunk of a blob does not begin where the one before ended, or goes beyond the blob's size.")
        }
        guard session.unstored + chunk.data.count <= limits.unstoredBytes else {
            return fail(connection, .tooLarge, "More of a blob came than the hub gave credit for.")
        }
        session.upload?.next += count
        session.upload?.lastMilliseconds = now
        session.unstored += chunk.data.count
        blobs[connection] = session
        actions.append(.blob(.store(connection, upload.blob, offset: upload.next, bytes: Array(chunk.data))))
    }

    mutating func take(_ looked: [(blob: BlobName, standing: LookedBlob)], for connection: ConnectionID) {
        guard var session = blobs[connection], let limits = blobLimits else { return }
        session.isLooking = false
        session.lookedUp -= looked.count
        var answers: [BlobAnswer] = []
        for (blob, standing) in looked {
            // The first offer was looked up once more before it is taken.
            session.offers.removeAll { $0 == blob }
            switch standing {
            case .held: answers.append(BlobAnswer(blob, .held))
            case .unnamed: answers.append(BlobAnswer(blob, .unnamed))
            case .failed: answers.append(BlobAnswer(blob, .busy, retryAfter: limits.pauseMilliseconds))
            case .named where session.upload?.blob == blob: break
            case .named(let here):
                if let uploader = blobBoard.uploaders[blob.hash], uploader != connection {
                    blobBoard.alsoOffered[blob.hash, default: []].removeAll { $0.connection == connection }
                    blobBoard.alsoOffered[blob.hash, default: []].append((connection, blob))
                    answers.append(BlobAnswer(blob, .coming))
                } else if session.upload == nil {
                    session.upload = SessionBlobs.Upload(blob: blob, next: here, lastMilliseconds: now)
                    blobBoard.uploaders[blob.hash] = connection
                    answers.append(BlobAnswer(blob, .wanted, offset: here))
                } else {
                    session.offers.append(blob)
                }
            }
        }
        blobs[connection] = session
        tell(answers, connection)
        takeNextOffer(connection)
    }

    /// Looks up the first offer that waits: meanwhile another device may have sent it.
    private mutating func takeNextOffer(_ connection: ConnectionID) {
        guard var session = blobs[connection], session.upload == nil, !session.isLooking, let first = session.offers.first else { return }
        session.isLooking = true
        session.lookedUp += 1
        blobs[connection] = session
        actions.append(.blob(.look(connection, [first])))
    }

    mutating func take(_ stored: StoredChunk, of blob: BlobName, count: Int, for connection: ConnectionID) {
        if var session = blobs[connection] {
            session.unstored -= count
            session.received += UInt64(count)
            let isCurrent = session.upload?.blob == blob
            if isCurrent, stored != .more { session.upload = nil }
            blobs[connection] = session
            giveBlobCredit(connection)
            if isCurrent { answer(stored, blob, connection) }
        }
        // The device may be gone; what it has sent counts all the same.
        if stored == .complete { announce(blob.hash) }
        if stored != .more, blobBoard.uploaders[blob.hash] == connection { release(blob.hash) }
        takeNextOffer(connection)
    }

    private mutating func answer(_ stored: StoredChunk, _ blob: BlobName, _ connection: ConnectionID) {
        let pause = blobLimits?.pauseMilliseconds ?? 0
        switch stored {
        case .more: break
        case .complete: tell([BlobAnswer(blob, .held)], connection)
        case .damaged: tell([BlobAnswer(blob, .damaged)], connection)
        case .failed: tell([BlobAnswer(blob, .busy, retryAfter: pause)], connection)
        case .full:
            // For what waits behind it there is no space either.
            let refused = [blob] + (blobs[connection]?.offers ?? [])
            blobs[connection]?.offers = []
            tell(refused.map { BlobAnswer($0, .noSpace, retryAfter: pause) }, connection)
        }
    }

    /// A blob is here: those who have offered it know, and those who wait for it get it.
    private mutating func announce(_ hash: BlobHash) {
        for other in blobBoard.alsoOffered.removeValue(forKey: hash) ?? [] { tell([BlobAnswer(other.blob, .held)], other.connection) }
        for connection in (blobBoard.awaiting.removeValue(forKey: hash) ?? []).sorted() {
            // With another size than it has, it is not shown to anybody.
            for request in (blobs[connection]?.awaited ?? [:]).values.filter({ $0.blob.hash == hash }).sorted(by: { $0.blob < $1.blob }) {
                blobs[connection]?.awaited[request.blob] = nil
                blobs[connection]?.requests.append(request)
            }
            sendBlobs(to: connection)
        }
    }

    /// Nobody sends a blob any more: the next who has offered it may.
    private mutating func release(_ hash: BlobHash) {
        blobBoard.uploaders[hash] = nil
        for other in blobBoard.alsoOffered.removeValue(forKey: hash) ?? [] {
            blobs[other.connection]?.offers.append(other.blob)
            takeNextOffer(other.connection)
        }
    }

    /// The device cannot send what it has offered.
    mutating func stopUpload(of blob: BlobName, _ connection: ConnectionID) {
        blobs[connection]?.offers.removeAll { $0 == blob }
        guard blobs[connection]?.upload?.blob == blob else { return }
        blobs[connection]?.upload = nil
        if blobBoard.uploaders[blob.hash] == connection { release(blob.hash) }
        takeNextOffer(connection)
    }

    /// A device that sends nothing of what is wanted keeps nobody else from it.
    private mutating func endSilentUploads() {
        guard let limits = blobLimits else { return }
        for connection in Set(blobBoard.uploaders.values).sorted() {
            guard let session = blobs[connection], let upload = session.upload, session.unstored == 0,
                now - min(upload.lastMilliseconds, now) >= limits.pauseMilliseconds
            else { continue }
            tell([BlobAnswer(upload.blob, .busy, retryAfter: limits.pauseMilliseconds)], connection)
            stopUpload(of: upload.blob, connection)
        }
    }

    mutating func forgetBlobs(of connection: ConnectionID) {
        guard let session = blobs.removeValue(forKey: connection) else { return }
        blobBoard.forget(connection, session)
        if let hash = session.upload?.blob.hash, blobBoard.uploaders[hash] == connection { release(hash) }
    }

    // MARK: Both ways

    mutating func handle(_ result: BlobResult) {
        switch result {
        case .looked(let connection, let looked): take(looked, for: connection)
        case .stored(let connection, let blob, let count, let stored): take(stored, of: blob, count: count, for: connection)
        case .gave(let connection, let reading, let given): take(given, of: reading, for: connection)
        case .collected(let isAll): nextCollection = isAll ? now + (blobLimits?.collectMilliseconds ?? 0) : now
        }
    }

    /// Lets the hub look for blobs that nothing names any more.
    mutating func keepBlobs() {
        endSilentUploads()
        guard blobLimits != nil, let due = nextCollection, now >= due else { return }
        nextCollection = nil
        actions.append(.blob(.collect(atMilliseconds: now)))
    }

    /// What was purged or erased takes its blobs with it.
    mutating func collectBlobsOfTakenRows() {
        if blobLimits != nil { actions.append(.blob(.collect(atMilliseconds: now))) }
    }

    mutating func failWithoutBlobs(_ connection: ConnectionID) {
        fail(connection, .malformed, "A message about blobs came of a device that has not announced blobs, or to a hub that takes none.")
    }

    private mutating func giveBlobCredit(_ connection: ConnectionID) {
        guard let session = blobs[connection] else { return }
        var received = WireBlobReceived()
        received.bytes = session.received
        send(.blobReceived(received), to: connection)
    }

    mutating func tell(_ answers: [BlobAnswer], _ connection: ConnectionID) {
        if answers.isEmpty { return }
        for start in stride(from: 0, to: answers.count, by: ProtocolLimits.blobsPerMessage) {
            var message = WireBlobStandings()
            message.blobs = answers[start..<min(answers.count, start + ProtocolLimits.blobsPerMessage)].map(\.message)
            send(.blobStandings(message), to: connection)
        }
    }
}

/// What a device is told of a blob.
struct BlobAnswer: Sendable {
    let blob: BlobName
    let state: WireBlobState
    let offset: UInt64
    let retryAfter: UInt64

    init(_ blob: BlobName, _ state: Standing, offset: UInt64 = 0, retryAfter: UInt64 = 0) {
        self.blob = blob
        self.state = state.wire
        self.offset = offset
        self.retryAfter = retryAfter
    }

    enum Standing {
        case wanted, held, coming, unnamed, damaged, noSpace, busy, awaited, notShown

        var wire: WireBlobState {
            switch self {
            case .wanted: .wanted
            case .held: .held
            case .coming: .coming
            case .unnamed: .unnamed
            case .damaged: .damaged
            case .noSpace: .noSpace
            case .busy: .busy
            case .awaited: .awaited
            case .notShown: .notShown
            }
        }
    }

    var message: WireBlobStanding {
        var message = WireBlobStanding()
        message.blob = blob.message
        message.state = state
        message.offset = offset
        message.retryAfterMilliseconds = UInt32(clamping: retryAfter)
        return message
    }
}

extension BlobName {
    /// Nil for what is no name of a blob.
    init?(_ message: WireBlobName) {
        guard let hash = BlobHash(bytes: message.hash), 1...BlobReference.largestSize ~= message.size else { return nil }
        self.init(hash: hash, size: message.size)
    }

    var message: WireBlobName {
        var message = WireBlobName()
        message.hash = Data(hash.bytes)
        message.size = size
        return message
    }
}
