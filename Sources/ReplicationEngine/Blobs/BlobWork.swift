import ReplicationCore

/// What a hub wants done with its blobs. Done one after another, beside commits and reads.
public enum BlobWork: Sendable {
    /// A device offers these: which are here, and which are named?
    case look(ConnectionID, [BlobName])
    /// Adds a chunk to what has come of a blob.
    case store(ConnectionID, BlobName, offset: UInt64, bytes: [UInt8])
    /// Reads a block of a blob for a user, if a row names it that the user receives.
    case read(ConnectionID, BlobReading)
    /// Removes what nothing names any more.
    case collect(atMilliseconds: UInt64)
}

/// A device's wish for a part of a blob.
public struct BlobReading: Sendable, Equatable {
    public var blob: BlobName
    public var user: RowID
    public var role: UInt32
    public var offset: UInt64
    public var count: Int
}

/// What became of a work.
public enum BlobResult: Sendable {
    case looked(ConnectionID, [(blob: BlobName, standing: LookedBlob)])
    case stored(ConnectionID, BlobName, count: Int, StoredChunk)
    case gave(ConnectionID, BlobReading, GivenBlock)
    /// - Parameter isAll: nothing is left to be removed at present.
    case collected(isAll: Bool)
}

public enum LookedBlob: Sendable, Equatable {
    case held
    /// Something names it, and so many bytes of it are here.
    case named(UInt64)
    case unnamed
    /// It could not be looked up now.
    case failed
}

public enum StoredChunk: Sendable, Equatable {
    case more
    /// It is whole, verified and durable.
    case complete
    /// It had all its bytes and another hash. It was dropped.
    case damaged
    case full
    /// The hub could not store it.
    case failed
}

public enum GivenBlock: Sendable, Equatable {
    case bytes([UInt8])
    /// A row that the user receives names it, and it has not come yet.
    case awaited
    case notShown
    case failed
}

/// Carries out what a hub wants done with its blobs.
public struct BlobKeeping: Sendable {
    private let schema: Schema
    private let blobs: any BlobStore
    private let limits: BlobLimits
    private let log: @Sendable (String) -> Void

    /// - Parameters:
    ///   - schema: says which fields name blobs.
    ///   - blobs: where they are kept.
    ///   - limits: of sizes and times.
    ///   - log: takes a line about what went wrong; it holds no personal data.
    public init(schema: Schema, blobs: any BlobStore, limits: BlobLimits, log: @escaping @Sendable (String) -> Void) {
        self.schema = schema
        self.blobs = blobs
        self.limits = limits
        self.log = log
    }

    /// Before a hub serves: takes note of blobs of which the store knows nothing, as after a restore.
    public func begin(_ store: any HubStore, atMilliseconds now: UInt64) throws {
        var last: BlobHash?
        while case let page = try blobs.hashes(after: last, limit: limits.collectedAtOnce), let end = page.last {
            try store.noteUnnamed(page, at: now)
            last = end
        }
    }

    public func perform(_ work: BlobWork, _ store: any HubStore) -> BlobResult {
        switch work {
        case .look(let connection, let names):
            do {
                return .looked(connection, try store.read { reader in try names.map { ($0, try look($0, reader)) } })
            } catch {
                log("blobs could not be looked up: \(error)")
                return .looked(connection, names.map { ($0, .failed) })
            }
        case .store(let connection, let blob, let offset, let bytes):
            return .stored(connection, blob, count: bytes.count, keep(bytes, of: blob, at: offset))
        case .read(let connection, let reading):
            do {
                return .gave(connection, reading, try store.read { try read(reading, $0) })
            } catch {
                log("a blob could not be read: \(error)")
                return .gave(connection, reading, .failed)
            }
        case .collect(let now):
            do {
                let before = now - min(now, limits.graceMilliseconds)
                let count = try store.collectBlobs(endedBefore: before, limit: limits.collectedAtOnce) { try blobs.remove($0) }
                return .collected(isAll: count < limits.collectedAtOnce)
            } catch {
                log("blobs that nothing names could not be removed: \(error)")
                return .collected(isAll: true)
            }
        }
    }

    private func look(_ blob: BlobName, _ reader: any HubReader) throws -> LookedBlob {
        guard try reader.isNamed(blob) else { return .unnamed }
        if let size = try blobs.size(of: blob.hash) { return size == blob.size ? .held : .unnamed }
        let here = try blobs.partialSize(of: blob.hash)
        // All of it, and not verified: the process ended between the last chunk and that.
        if here < blob.size { return .named(here) }
        if here == blob.size, try blobs.complete(blob) { return .held }
        try blobs.dropPartial(blob.hash)
        return .named(0)
    }

    private func keep(_ bytes: [UInt8], of blob: BlobName, at offset: UInt64) -> StoredChunk {
        do {
            try blobs.append(bytes, to: blob.hash, at: offset)
            guard offset + UInt64(bytes.count) == blob.size else { return .more }
            return try blobs.complete(blob) ? .complete : .damaged
        } catch {
            log("a blob could not be stored: \(error)")
            return error.code == .full || error.code == .readOnly ? .full : .failed
        }
    }

    private func read(_ reading: BlobReading, _ reader: any HubReader) throws -> GivenBlock {
        guard try isShown(reading, reader) else { return .notShown }
        guard let size = try blobs.size(of: reading.blob.hash) else { return .awaited }
        // What a row claims of a blob's size and is not so, no device can ever get.
        guard size == reading.blob.size else { return .notShown }
        return .bytes(try blobs.read(reading.blob.hash, at: reading.offset, count: reading.count))
    }

    /// A row of the user's scopes names it in a field that the role may read.
    private func isShown(_ reading: BlobReading, _ reader: any HubReader) throws -> Bool {
        for use in try reader.uses(of: reading.blob, receivedBy: reading.user, limit: limits.usesPerLook) {
            guard let collection = schema.collection(use.key.collection),
                schema.mayRead(reading.role, use.group, of: collection), let row = try reader.row(use.key),
                schema.mayRead(reading.role, row, of: collection)
            else { continue }
            return true
        }
        return false
    }
}
