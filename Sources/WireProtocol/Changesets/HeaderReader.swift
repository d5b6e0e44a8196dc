import Foundation
import ReplicationCore
import SwiftProtobuf

/// Reads a changeset's header straight from its bytes.
struct HeaderReader {
    /// The commitment to the salt seed: where it stands in the bytes.
    private(set) var saltCommitment = UnsafeRawBufferPointer(start: nil, count: 0)
    private var identity = UnsafeRawBufferPointer(start: nil, count: 0)
    private var author = UnsafeRawBufferPointer(start: nil, count: 0)
    private var role: UInt32 = 0
    private var stamp: UInt64 = 0
    private var schemaVersion: UInt32 = 0
    private var basis = CommitSequence.zero
    private var isAtomic = false
    private var job = UnsafeRawBufferPointer(start: nil, count: 0)
    private var mends = UnsafeRawBufferPointer(start: nil, count: 0)
    private var cause = UnsafeRawBufferPointer(start: nil, count: 0)
    private var discards = UnsafeRawBufferPointer(start: nil, count: 0)
    private var releases = UnsafeRawBufferPointer(start: nil, count: 0)
    private var salvages = UnsafeRawBufferPointer(start: nil, count: 0)
    private var act: AdministrativeAct?

    /// - Parameter bytes: a `ChangesetHeader`, which must outlive the reader.
    mutating func read(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
        var reader = MessageReader(bytes)
        var actBytes: [UInt8]?
        while let field = try reader.next() {
            switch (field.number, field.format) {
            case (1, .body): identity = try reader.body()
            case (2, .body): author = try reader.body()
            case (3, .varint): role = try reader.varint32()
            case (4, .varint): stamp = try reader.varint()
            case (5, .varint): schemaVersion = try reader.varint32()
            case (6, .body): try readBasis(MessageReader(try reader.body(), level: 1))
            case (7, .body): saltCommitment = try reader.body()
            case (8, .varint): isAtomic = try reader.varint() != 0
            case (9, .body): job = try reader.body()
            case (10, .body): mends = try reader.body()
            case (11, .body): cause = try reader.body()
            case (12, .body): discards = try reader.body()
            case (13, .body): releases = try reader.body()
            case (14, .body): salvages = try reader.body()
            // A message that stands several times is one: so are their bytes, one after the other.
            case (15, .body): actBytes = (actBytes ?? []) + (try reader.body())
            default: try reader.skip(field)
            }
        }
        if let actBytes { act = try Self.administrativeAct(actBytes) }
    }

    private mutating func readBasis(_ reader: consuming MessageReader) throws(WireError) {
        while let field = try reader.next() {
            switch (field.number, field.format) {
            case (1, .varint): basis.epoch = try reader.varint32()
            case (2, .varint): basis.number = try reader.varint()
            default: try reader.skip(field)
            }
        }
    }

    /// What was read.
    ///
    /// - Throws: `WireError.malformed` for what no header says.
    func header() throws(WireError) -> ChangesetHeader {
        guard let identity = ChangesetID(bytes: identity), !identity.isZero else {
            throw WireError(.malformed, "a changeset's identity has 16 bytes")
        }
        guard let author = RowID(bytes: author) else { throw WireError(.malformed, "an author has 16 bytes") }
        guard basis.isPossible else { throw WireError(.malformed, "no hub has given the sequence \(basis)") }
        return ChangesetHeader(
            identity: identity, author: author, role: role, stamp: HybridTime(rawValue: stamp), schemaVersion: schemaVersion,
            basis: basis, isAtomic: isAtomic, job: try optional(job), mends: try optional(mends), cause: try optional(cause),
            discards: try optional(discards), releases: try optional(releases), salvages: try optional(salvages),
            act: act)
    }

    private func optional(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> ChangesetID? {
        if bytes.isEmpty { return nil }
        guard let identity = ChangesetID(bytes: bytes) else { throw WireError(.malformed, "an identity has 16 bytes") }
        return identity
    }

    /// It stands in few headers, and is read through the generated type.
    private static func administrativeAct(_ bytes: [UInt8]) throws(WireError) -> AdministrativeAct? {
        do {
            return try WireAdministrativeAct(serializedBytes: bytes, options: withinHeader).core
        } catch {
            throw WireError(.malformed, "not a changeset: \(error)")
        }
    }

    /// One message lies around it.
    private static var withinHeader: BinaryDecodingOptions {
        var options = BinaryDecodingOptions()
        options.messageDepthLimit -= 1
        return options
    }
}
