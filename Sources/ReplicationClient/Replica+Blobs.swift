import Foundation
import ReplicationCore
import ReplicationEngine

/// Photos, scans, signature images and documents: rows name them, and they travel behind the rows.
extension Replica {
    /// Keeps bytes as a blob, durably, and gives what a field of the type blob takes. The blob goes to the hub once the hub
    /// has judged a row that names it.
    ///
    /// One that no row names after `BlobLimits.unusedMilliseconds` may be removed, once the hub has it or does not take it.
    ///
    /// - Parameters:
    ///   - bytes: 1 to `BlobReference.largestSize`.
    ///   - mediaType: such as `image/jpeg`; lower case, without parameters.
    ///   - thumbnail: a small picture of it, which goes and comes first.
    /// - Throws: `BlobStoreError`, `DeviceStoreError`, or `DeviceError`: `tooLarge`, or `refused` for what is no media type.
    public func addBlob(_ bytes: [UInt8], mediaType: String, thumbnail: [UInt8]? = nil) throws -> BlobReference {
        guard BlobReference.isMediaType(mediaType) else {
            let problem = "A blob's media type has the form type/subtype, in lower case, as image/jpeg."
            throw DeviceError(.refused(Refusal(.outsideDomain, problem)), problem)
        }
        var outcome = Result<BlobReference, any Error>.failure(ReplicaError(.stopped, "The replica was stopped."))
        with { core, now in
            outcome = Result {
                let small = try thumbnail.map { try core.driver.addBlob($0, at: now) }
                let blob = try core.driver.addBlob(bytes, at: now)
                guard let reference = BlobReference(blob: blob, mediaType: mediaType, thumbnail: small) else {
                    throw DeviceError(.tooLarge, "A blob has 1 to \(BlobReference.largestSize) bytes.")
                }
                return reference
            }
        }
        return try outcome.get()
    }

    /// Keeps a file's content as a blob; see `addBlob(_:mediaType:thumbnail:)`. The file is read once and not looked at
    /// again.
    public func addBlob(file: String, mediaType: String, thumbnail: [UInt8]? = nil) throws -> BlobReference {
        let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? UInt64 ?? 0
        guard size <= BlobReference.largestSize else {
            throw DeviceError(.tooLarge, "The file \(file) has \(size) bytes; a blob has 1 to \(BlobReference.largestSize).")
        }
        return try addBlob([UInt8](Data(contentsOf: URL(fileURLWithPath: file))), mediaType: mediaType, thumbnail: thumbnail)
    }

    /// How a blob stands on this device.
    /// - Throws: `BlobStoreError`.
    public func state(of blob: BlobName) throws -> BlobState { try core.withLock { try $0.driver.state(of: blob) } }

    /// How the blob of a field stands on this device; its thumbnail is asked for by `state(of:)`.
    public func blob(_ reference: BlobReference) throws -> BlobState { try state(of: reference.blob) }

    /// Asks for a blob as soon as there is a connection, before those that come by themselves. Waits until the process
    /// ends.
    ///
    /// - Returns: false if too many fetches wait (`BlobLimits.fetches`).
    @discardableResult
    public func fetch(_ blob: BlobName) -> Bool {
        var isTaken = false
        with { core, now in isTaken = core.driver.fetch(blob, at: now) }
        return isTaken
    }

    /// Asks for the blob of a field; see `fetch(_:)`.
    @discardableResult
    public func fetch(_ reference: BlobReference) -> Bool { fetch(reference.blob) }

    /// How a blob stands now, and again whenever that changes. A slow reader misses states, never the last one.
    public func observe(_ blob: BlobName) -> AsyncThrowingStream<BlobState, any Error> {
        let events = events()
        return AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let task = Task { [weak self] in
                do {
                    guard let now = try self?.state(of: blob) else { return continuation.finish() }
                    continuation.yield(now)
                    for await event in events {
                        switch event {
                        case .blob(let report) where report.blob.hash == blob.hash: break
                        // What was on its way stands otherwise.
                        case .connected, .offline: break
                        default: continue
                        }
                        guard let state = try self?.state(of: blob) else { break }
                        continuation.yield(state)
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// The blobs that living rows of this device name, with how they stand: of each collection, row and field one for each
    /// value that is shown.
    public func blobs() throws -> [NamedBlob] {
        var found: [NamedBlob] = []
        for collection in schema.collections where collection.namesBlobs {
            let fields = collection.fields.filter(\.type.isBlob)
            for row in try query("SELECT * FROM \"\(collection.name)\" WHERE _alive ORDER BY id") {
                guard let id = row.reference("id") else { continue }
                for field in fields {
                    for reference in Self.references(in: row.text(field.name)) {
                        found.append(NamedBlob(
                            collection: collection.name, row: id, field: field.name, reference: reference,
                            state: try state(of: reference.blob), thumbnail: try reference.thumbnail.map { try state(of: $0) }))
                    }
                }
            }
        }
        return found
    }

    /// How many blobs are here that the hub is not known to have, those that no row names included; at most `limit` are counted. They go behind
    /// the rows that name them, while there is a connection: being in step does not wait for them.
    /// - Throws: `DeviceStoreError`.
    public func blobsToHandIn(limit: Int = 1_000) throws -> Int { try core.withLock { try $0.driver.blobsToHandIn(limit: limit) } }

    /// The references of a field as a query gives it: one, or those of a set.
    public static func references(in text: String?) -> [BlobReference] {
        guard let text else { return [] }
        if let one = BlobReference(text: text) { return [one] }
        // A set is a JSON array. A text that is none holds no references.
        let elements = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String] ?? []
        return elements.compactMap { BlobReference(text: $0) }
    }
}

/// A blob that a row names.
public struct NamedBlob: Sendable, Equatable {
    public var collection: String
    public var row: RowID
    public var field: String
    public var reference: BlobReference
    public var state: BlobState
    /// Nil if the reference has no thumbnail.
    public var thumbnail: BlobState?
}
