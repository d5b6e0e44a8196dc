import Foundation
import ReplicationCore
import WireProtocol

/// What a hub says of blobs.
extension DeviceDriver {
    mutating func take(_ message: WireMessage.OneOf_Body, blobsAt now: DeviceInstant) throws {
        guard let blobs = blobStore, blobSession != nil else { return violateBlobs(at: now) }
        switch message {
        case .blobStandings(let standings):
            guard standings.blobs.count <= ProtocolLimits.blobsPerMessage else { return violateBlobs(at: now) }
            for standing in standings.blobs { try take(standing, blobs, at: now) }
        case .blobReceived(let received):
            guard blobSession?.credit.noteReceived(received.bytes, at: now.monotonic) == true else { return violateBlobs(at: now) }
        case .blobChunk(let chunk): try take(chunk, blobs, at: now)
        default: return violateBlobs(at: now)
        }
    }

    private mutating func violateBlobs(at now: DeviceInstant) {
        finish(.offline(reason: "The hub sent a message about blobs that makes no sense in this state.", retryAfter: 0), at: now)
    }

    private mutating func take(_ standing: WireBlobStanding, _ blobs: any BlobStore, at now: DeviceInstant) throws {
        // A hub may only speak of what it was asked.
        guard let blob = BlobName(standing.blob) else { return violateBlobs(at: now) }
        if let request = blobSession?.requests[blob] {
            switch standing.state {
            case .awaited:
                blobSession?.requests[blob] = nil
                blobSession?.mayHaveRequests = true
                blobSession?.awaited[blob] = request
                if lastAwaited.count < blobLimits.requestsPerSession { lastAwaited.insert(blob) }
                return report(request.blob, .awaited)
            case .notShown: return try refuse(request.blob, blobs)
            case .busy:
                blobSession?.requests[blob] = nil
                blobSession?.mayHaveRequests = true
                blobSession?.requestsPausedUntil = now.monotonic + UInt64(standing.retryAfterMilliseconds)
                return
            default: break
            }
        }
        if standing.state == .notShown, let request = blobSession?.awaited[blob] { return try refuse(request.blob, blobs) }
        guard blobSession?.offered.contains(blob) == true else { return }
        try takeAnswer(standing, to: blob, blobs, at: now)
    }

    private mutating func refuse(_ blob: BlobName, _ blobs: any BlobStore) throws {
        blobSession?.requests[blob] = nil
        blobSession?.awaited[blob] = nil
        lastAwaited.remove(blob)
        blobSession?.mayHaveRequests = true
        blobSession?.refused.insert(blob)
        fetches.removeAll { $0 == blob }
        try blobs.dropPartial(blob.hash)
        report(blob, .notShown)
    }

    private mutating func takeAnswer(
        _ standing: WireBlobStanding, to blob: BlobName, _ blobs: any BlobStore, at now: DeviceInstant
    ) throws {
        if blobSession?.upload?.blob == blob, standing.state != .wanted { blobSession?.upload = nil }
        switch standing.state {
        case .wanted:
            guard standing.offset < blob.size else { return violateBlobs(at: now) }
            blobSession?.upload = BlobSession.Upload(blob: blob, next: standing.offset)
        case .held:
            blobSession?.offered.remove(blob)
            try store.write { store in
                guard var held = try store.blob(blob.hash) else { return }
                held.isHandedIn = true
                try store.put(held)
            }
            report(blob, .handedIn)
        case .unnamed: blobSession?.unnamed.insert(blob)
        case .damaged:
            guard try blobs.check(blob.hash) else { return try lose(blob) }
            // It was damaged on the way. What is damaged twice waits for the next session.
            if blobSession?.offeredAgain.insert(blob).inserted == true {
                blobSession?.offered.remove(blob)
                blobSession?.mayHaveOffers = true
            }
        case .noSpace, .busy:
            blobSession?.offered.remove(blob)
            blobSession?.mayHaveOffers = true
            blobSession?.offersPausedUntil = now.monotonic + max(UInt64(standing.retryAfterMilliseconds), 1)
            if standing.state == .noSpace { report(blob, .hubIsFull) }
        case .coming, .unspecified, .awaited, .notShown, .UNRECOGNIZED: break
        }
    }

    private mutating func take(_ chunk: WireBlobChunk, _ blobs: any BlobStore, at now: DeviceInstant) throws {
        guard let blob = BlobName(chunk.blob), !chunk.data.isEmpty, chunk.data.count <= ProtocolLimits.blobChunkBytes else {
            return violateBlobs(at: now)
        }
        blobSession?.received += UInt64(chunk.data.count)
        defer { giveBlobCredit(at: now) }
        // What the hub had not got begins to come.
        if blobSession?.requests[blob] == nil, let awaited = blobSession?.awaited.removeValue(forKey: blob) {
            lastAwaited.remove(blob)
            blobSession?.requests[blob] = awaited
        }
        // One that was under way when the device let go of it.
        guard let request = blobSession?.requests[blob] else { return }
        let end = chunk.offset + UInt64(chunk.data.count)
        guard chunk.offset == request.next, end <= request.blob.size else { return violateBlobs(at: now) }
        do {
            try blobs.append(Array(chunk.data), to: blob.hash, at: chunk.offset)
        } catch {
            // What had come is still here, and the rest is asked for later.
            stop(blob)
            effects.append(.event(.storeFailed(error.message)))
            blobSession?.requestsPausedUntil = now.monotonic + blobLimits.pauseMilliseconds
            return
        }
        blobSession?.requests[blob]?.next = end
        if end == request.blob.size { return try complete(request.blob, blobs, at: now) }
        // A twentieth is enough for whoever looks on.
        guard end - request.told >= request.blob.size / 20 else { return }
        blobSession?.requests[blob]?.told = end
        report(request.blob, .coming(end))
    }

    private mutating func complete(_ blob: BlobName, _ blobs: any BlobStore, at now: DeviceInstant) throws {
        blobSession?.requests[blob] = nil
        blobSession?.mayHaveRequests = true
        let isWhole: Bool
        do {
            isWhole = try blobs.complete(blob)
        } catch {
            effects.append(.event(.storeFailed(error.message)))
            blobSession?.requestsPausedUntil = now.monotonic + blobLimits.pauseMilliseconds
            return
        }
        if isWhole { return try keep(blob, at: now) }
        // It was damaged on the way, or on this disk. What is damaged twice waits for the next session.
        if blobSession?.requestedAgain.insert(blob).inserted == true { return request(blob, from: 0, at: now) }
        blobSession?.damaged.insert(blob)
        report(blob, .damaged)
    }

    private mutating func giveBlobCredit(at now: DeviceInstant) {
        guard let received = blobSession?.received else { return }
        var message = WireBlobReceived()
        message.bytes = received
        post(WireFrame.bytes(.blobReceived(message)), .urgent, at: now)
    }
}
