import Foundation
import ReplicationCore
import WireProtocol

/// Blobs of the app, and what of them the session may do now.
extension DeviceDriver {
    /// Keeps bytes as a blob of this device. It goes to the hub once a row that names it has.
    ///
    /// - Throws: `BlobStoreError`, `DeviceStoreError`, or `DeviceError.tooLarge`.
    public mutating func addBlob(_ bytes: [UInt8], at now: DeviceInstant) throws -> BlobName {
        guard let blobs = blobStore else {
            throw DeviceError(.notConnected, "This app keeps no blobs: it was opened without a place for them.")
        }
        guard !bytes.isEmpty, bytes.count <= Int(BlobReference.largestSize), let hash = BlobHash(bytes: ContentHash.of(bytes)) else {
            throw DeviceError(.tooLarge, "A blob has 1 to \(BlobReference.largestSize) bytes; this one has \(bytes.count).")
        }
        let name = BlobName(hash: hash, size: UInt64(bytes.count))
        try blobs.put(bytes, named: name)
        try store.write { store in
            let isHandedIn = try store.blob(hash)?.isHandedIn ?? false
            try store.put(HeldBlob(blob: name, isHandedIn: isHandedIn, addedMilliseconds: now.wall))
        }
        blobSession?.mayHaveOffers = true
        perform(at: now)
        return name
    }

    /// How a blob stands here.
    public func state(of blob: BlobName) throws -> BlobState {
        guard let blobs = blobStore else { return .elsewhere }
        if let size = try blobs.size(of: blob.hash), let path = try blobs.path(of: blob.hash) {
            return size == blob.size ? .here(path: path) : .damaged
        }
        if let session = blobSession {
            if session.damaged.contains(blob) { return .damaged }
            if session.awaited[blob] != nil { return .awaited }
            if session.refused.contains(blob) { return .notShown }
            if session.requests[blob] != nil { return .coming(try blobs.partialSize(of: blob.hash)) }
        }
        let here = try blobs.partialSize(of: blob.hash)
        return here > 0 ? .coming(here) : lastAwaited.contains(blob) ? .awaited : .elsewhere
    }

    /// How many blobs are here that the hub is not known to have, at most `limit`; 0 if the app keeps none.
    public func blobsToHandIn(limit: Int) throws -> Int {
        if blobStore == nil { return 0 }
        return try store.read { try $0.blobsToHandIn(limit: limit).count }
    }

    /// Asks for a blob as soon as there is a session, before those that come by themselves.
    ///
    /// - Returns: false if too many fetches wait.
    public mutating func fetch(_ blob: BlobName, at now: DeviceInstant) -> Bool {
        guard !fetches.contains(blob) else { return true }
        guard fetches.count < blobLimits.fetches else { return false }
        fetches.append(blob)
        blobSession?.refused.remove(blob)
        blobSession?.damaged.remove(blob)
        blobSession?.requestsPausedUntil = 0
        blobSession?.mayHaveRequests = true
        perform(at: now)
        return true
    }

    // MARK: The session

    /// A session was opened with a hub that takes blobs.
    mutating func openBlobs() {
        blobSession = blobStore != nil && session?.hubTakesBlobs == true ? BlobSession() : nil
    }

    /// Rows are otherwise than before, or have verdicts: other blobs may be named.
    mutating func noteNamedBlobs() {
        let unnamed = blobSession?.unnamed ?? []
        blobSession?.offered.subtract(unnamed)
        blobSession?.unnamed = []
        blobSession?.mayHaveOffers = true
        blobSession?.mayHaveRequests = true
        blobSession?.mayBeUnnamed = true
    }

    /// Offers, sends and asks for what may go now. Called after everything that may have changed that.
    mutating func moveBlobs(at now: DeviceInstant) {
        guard let blobs = blobStore, blobSession != nil, isOnline else { return }
        do {
            try stopUnnamed()
            try offerBlobs(at: now)
            try sendChunks(blobs, at: now)
            try requestBlobs(blobs, at: now)
        } catch {
            // Rows and changesets go on without blobs.
            effects.append(.event(.storeFailed("\(error)")))
            pauseBlobs(at: now)
        }
    }

    mutating func pauseBlobs(at now: DeviceInstant) {
        let end = now.monotonic + blobLimits.pauseMilliseconds
        blobSession?.offersPausedUntil = end
        blobSession?.requestsPausedUntil = end
    }

    /// Nothing is offered before everything that was written has a verdict: the hub takes only what is named.
    private mutating func offerBlobs(at now: DeviceInstant) throws {
        guard let current = blobSession, current.mayHaveOffers, session?.isUploadIdle == true, now.monotonic >= current.offersPausedUntil
        else { return }
        let limit = ProtocolLimits.blobsPerMessage
        let open = try store.read { try $0.blobsToHandIn(limit: limit + current.offered.count) }.filter { !current.offered.contains($0) }
        let names = Array(open.prefix(limit))
        blobSession?.mayHaveOffers = open.count > limit
        if names.isEmpty { return }
        blobSession?.offered.formUnion(names)
        var offer = WireBlobOffer()
        offer.blobs = names.map(\.message)
        post(WireFrame.bytes(.blobOffer(offer)), .urgent, at: now)
    }

    private mutating func sendChunks(_ blobs: any BlobStore, at now: DeviceInstant) throws {
        while let upload = blobSession?.upload, lane?.isEmpty ?? true {
            let left = upload.blob.size - upload.next
            let count = Int(min(left, UInt64(blobLimits.chunk(in: blobSession?.credit.window ?? 0))))
            guard left > 0, blobSession?.credit.hasRoom(for: count) == true else { return }
            // A file that is gone, or has become shorter.
            guard try blobs.size(of: upload.blob.hash) == upload.blob.size else { return try lose(upload.blob) }
            let bytes = try blobs.read(upload.blob.hash, at: upload.next, count: count)
            var chunk = WireBlobChunk()
            chunk.blob = upload.blob.message
            chunk.offset = upload.next
            chunk.data = Data(bytes)
            blobSession?.credit.noteSent(count, at: now.monotonic)
            blobSession?.upload?.next += UInt64(count)
            post(WireFrame.bytes(.blobChunk(chunk)), .blobs, at: now)
            report(upload.blob, .sending(upload.next + UInt64(count)))
        }
    }

    /// The own file is not what it was. If the hub has it, it comes back like any other.
    mutating func lose(_ blob: BlobName) throws {
        blobSession?.upload = nil
        blobSession?.offered.remove(blob)
        // The hub lets others send it, and may give it back.
        stop(blob)
        try store.write { try $0.removeBlob(blob.hash) }
        try blobStore?.remove(blob.hash)
        report(blob, .lost)
    }

    private mutating func requestBlobs(_ blobs: any BlobStore, at now: DeviceInstant) throws {
        guard let current = blobSession, current.mayHaveRequests, now.monotonic >= current.requestsPausedUntil else { return }
        // The hub closes sessions that ask for more.
        var room = min(blobLimits.requestsAtOnce - current.requests.count, blobLimits.requestsPerSession - current.awaited.count - current.requests.count)
        guard room > 0 else { return }
        let settled = current.refused.union(current.damaged).union(current.requests.keys).union(current.awaited.keys)
        var candidates = fetches
        if blobPolicy != .onDemand {
            candidates += try store.read {
                try $0.missingBlobs(thumbnailsOnly: blobPolicy == .thumbnails, limit: room + settled.count)
            }
        }
        for blob in candidates where room > 0 && !settled.contains(blob) && blobSession?.requests[blob] == nil {
            if try blobs.size(of: blob.hash) != nil {
                // It is here, and the process ended before that was noted.
                try keep(blob, at: now)
                continue
            }
            var here = try blobs.partialSize(of: blob.hash)
            if here == blob.size, try blobs.complete(blob) {
                try keep(blob, at: now)
                continue
            }
            if here >= blob.size {
                try blobs.dropPartial(blob.hash)
                here = 0
            }
            request(blob, from: here, at: now)
            room -= 1
        }
        // With room left there is nothing more to be asked for.
        if room > 0 { blobSession?.mayHaveRequests = false }
    }

    mutating func request(_ blob: BlobName, from offset: UInt64, at now: DeviceInstant) {
        blobSession?.requests[blob] = BlobSession.Request(blob: blob, next: offset, told: offset)
        var message = WireBlobRequest()
        message.blob = blob.message
        message.offset = offset
        post(WireFrame.bytes(.blobRequest(message)), .urgent, at: now)
    }

    /// A blob is whole here, and came from the hub.
    mutating func keep(_ blob: BlobName, at now: DeviceInstant) throws {
        try store.write { store in
            let isHandedIn = try store.blob(blob.hash)?.isHandedIn ?? true
            try store.put(HeldBlob(blob: blob, isHandedIn: isHandedIn, addedMilliseconds: now.wall))
        }
        fetches.removeAll { $0 == blob }
        lastAwaited.remove(blob)
        report(blob, .here)
    }

    /// Lets go of what is on its way although nothing here names it any more, unless the app has asked for it.
    private mutating func stopUnnamed() throws {
        guard let current = blobSession, current.mayBeUnnamed else { return }
        blobSession?.mayBeUnnamed = false
        for request in Array(current.requests.values) + Array(current.awaited.values) where !fetches.contains(request.blob) {
            if try store.read({ try $0.isNamed(request.blob) }) { continue }
            stop(request.blob)
            try blobStore?.dropPartial(request.blob.hash)
        }
    }

    mutating func stop(_ blob: BlobName) {
        blobSession?.requests[blob] = nil
        blobSession?.awaited[blob] = nil
        lastAwaited.remove(blob)
        blobSession?.mayHaveRequests = true
        var message = WireBlobStop()
        message.blob = blob.message
        guard let connection else { return }
        effects.append(.send(connection, WireFrame.bytes(.blobStop(message)), .urgent))
    }

    // MARK: Garbage

    /// Removes blobs that no row names and that the hub has, or that were added long ago for nothing.
    mutating func collectBlobs(at now: DeviceInstant) {
        guard let blobs = blobStore else { return }
        do {
            let limit = blobLimits
            let unnamed = try store.read { try $0.unnamedBlobs(limit: limit.collectedAtOnce) }.filter { held in
                let age = now.wall - min(now.wall, held.addedMilliseconds)
                // Between adding a blob and naming it an app may take its time.
                guard age >= limit.unusedMilliseconds, !fetches.contains(held.blob) else { return false }
                return held.isHandedIn || (session?.isUploadIdle == true && blobSession?.unnamed.contains(held.blob) == true)
            }
            for held in unnamed {
                try store.write { try $0.removeBlob(held.blob.hash) }
                try blobs.remove(held.blob.hash)
            }
        } catch {
            effects.append(.event(.storeFailed("\(error)")))
        }
    }

    /// Removes what erased rows named, unless another row does.
    mutating func eraseBlobs(_ erased: [BlobName]) throws {
        guard let blobs = blobStore else { return }
        for blob in erased {
            if try store.read({ try $0.isNamed(blob) }) { continue }
            if blobSession?.upload?.blob == blob { blobSession?.upload = nil }
            if blobSession?.requests[blob] != nil { stop(blob) }
            try store.write { try $0.removeBlob(blob.hash) }
            try blobs.remove(blob.hash)
        }
    }

    mutating func report(_ blob: BlobName, _ change: BlobReport.Change) {
        effects.append(.event(.blob(BlobReport(blob: blob, change: change))))
    }
}
