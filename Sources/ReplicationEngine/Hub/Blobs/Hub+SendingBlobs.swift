import Foundation
import ReplicationCore
import WireProtocol

/// Blobs to devices. They go while nothing else waits, one at a time in a session, and the right to them is looked up with
/// each block that is read.
extension Hub {
    mutating func receive(_ request: WireBlobRequest, from connection: ConnectionID) {
        guard let session = blobs[connection], let limits = blobLimits else { return failWithoutBlobs(connection) }
        guard let blob = BlobName(request.blob), request.offset < blob.size else {
            return fail(connection, .malformed, "A request for a blob names a hash of 32 bytes, a size of 1 to \(BlobReference.largestSize) bytes, and an offset before its end.")
        }
        guard session.openRequests < limits.requestsPerSession else {
            return fail(connection, .tooLarge, "A session may ask for \(limits.requestsPerSession) blobs that have not come yet.")
        }
        drop(blob, of: connection)
        blobs[connection]?.requests.append(SessionBlobs.Request(blob: blob, offset: request.offset))
        sendBlobs(to: connection)
    }

    mutating func receive(_ stop: WireBlobStop, from connection: ConnectionID) {
        guard blobs[connection] != nil else { return failWithoutBlobs(connection) }
        guard let blob = BlobName(stop.blob) else {
            return fail(connection, .malformed, "A blob is named by a hash of 32 bytes and a size of 1 to \(BlobReference.largestSize) bytes.")
        }
        drop(blob, of: connection)
        stopUpload(of: blob, connection)
        sendBlobs(to: connection)
    }

    mutating func receive(_ received: WireBlobReceived, from connection: ConnectionID) {
        guard blobs[connection] != nil else { return failWithoutBlobs(connection) }
        guard blobs[connection]?.credit.noteReceived(received.bytes, at: now) == true else {
            return fail(connection, .malformed, "The device says that it has received more of blobs than was sent.")
        }
        sendBlobs(to: connection)
    }

    /// A blob is asked for no more.
    private mutating func drop(_ blob: BlobName, of connection: ConnectionID) {
        blobs[connection]?.requests.removeAll { $0.blob == blob }
        if blobs[connection]?.download?.blob == blob { blobs[connection]?.download = nil }
        guard blobs[connection]?.awaited.removeValue(forKey: blob) != nil,
            blobs[connection]?.awaited.keys.contains(where: { $0.hash == blob.hash }) == false
        else { return }
        blobBoard.stopAwaiting(blob.hash, connection)
    }

    mutating func take(_ given: GivenBlock, of reading: BlobReading, for connection: ConnectionID) {
        blobs[connection]?.reads -= 1
        guard let download = blobs[connection]?.download, download.blob == reading.blob, download.isReading,
            download.readUpTo == reading.offset
        // What was asked for since may wait for its turn to be read.
        else { return sendBlobs(to: connection) }
        switch given {
        case .bytes(let bytes) where !bytes.isEmpty:
            var next = download
            next.block = Array(download.block[download.sentOfBlock...]) + bytes
            next.sentOfBlock = 0
            next.isReading = false
            blobs[connection]?.download = next
        case .awaited:
            blobs[connection]?.download = nil
            blobs[connection]?.awaited[reading.blob] = SessionBlobs.Request(blob: reading.blob, offset: reading.offset)
            blobBoard.awaiting[reading.blob.hash, default: []].insert(connection)
            tell([BlobAnswer(reading.blob, .awaited)], connection)
        case .notShown:
            blobs[connection]?.download = nil
            tell([BlobAnswer(reading.blob, .notShown)], connection)
        case .failed, .bytes:
            blobs[connection]?.download = nil
            tell([BlobAnswer(reading.blob, .busy, retryAfter: blobLimits?.pauseMilliseconds ?? 0)], connection)
        }
        sendBlobs(to: connection)
    }

    /// Sends what was asked for as far as credit goes, while nothing waits in the changes lane.
    mutating func sendBlobs(to connection: ConnectionID) {
        guard let limits = blobLimits, case .open(let open) = sessions[connection]?.phase else { return }
        while var session = blobs[connection] {
            if session.download == nil {
                guard !session.requests.isEmpty else { return }
                session.download = SessionBlobs.Download(session.requests.removeFirst())
            }
            guard var download = session.download else { return }
            if readAhead(&download, reads: session.reads, open, limits, connection) { session.reads += 1 }
            session.download = download
            blobs[connection] = session
            let count = min(download.left, limits.chunk(in: session.credit.window))
            guard count > 0, lanes[connection]?.outgoing.isEmpty ?? true, blobs[connection]?.credit.hasRoom(for: count) == true else { return }
            sendChunk(count, of: download, connection)
        }
    }

    /// - Returns: whether a block is being read from now on.
    private mutating func readAhead(
        _ download: inout SessionBlobs.Download, reads: Int, _ open: OpenSession, _ limits: BlobLimits, _ connection: ConnectionID
    ) -> Bool {
        let offset = download.readUpTo
        guard !download.isReading, download.left < limits.blockBytes / 2, offset < download.blob.size,
            reads < BlobLimits.readsAtOnce
        else { return false }
        download.isReading = true
        actions.append(.blob(.read(connection, BlobReading(
            blob: download.blob, user: open.replica.user, role: open.replica.role, offset: offset,
            count: Int(min(UInt64(limits.blockBytes), download.blob.size - offset))))))
        return true
    }

    private mutating func sendChunk(_ count: Int, of download: SessionBlobs.Download, _ connection: ConnectionID) {
        var chunk = WireBlobChunk()
        chunk.blob = download.blob.message
        chunk.offset = download.next
        chunk.data = Data(download.block[download.sentOfBlock..<(download.sentOfBlock + count)])
        actions.append(.send(connection, WireFrame.bytes(.blobChunk(chunk)), .blobs))
        blobs[connection]?.credit.noteSent(count, at: now)
        blobs[connection]?.download?.next += UInt64(count)
        blobs[connection]?.download?.sentOfBlock += count
        if download.next + UInt64(count) == download.blob.size { blobs[connection]?.download = nil }
    }
}
