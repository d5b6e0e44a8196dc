import Foundation
import ReplicationCore
import SwiftProtobuf

/// A changeset as its bytes, with what they say.
public struct DecodedChangeset: Sendable {
    public let header: ChangesetHeader
    /// In the order of the blocks: operations of a row stand together.
    public let operations: [CellOperation]
    /// Operations that stand in the bytes but cannot be understood, by position.
    public let undecodable: [UInt32: Refusal]
    /// How many rows were erased from it: their operations are not there any more, nor can their positions be told.
    public let erasedRows: Int
    /// The Merkle root: 32 bytes.
    public let root: [UInt8]
    /// How the operations came from those in the bytes, where they are other ones; nil where they are the same.
    public let translation: Translation?

    /// The operations are those that an app of another schema version meant. Their positions are those of the
    /// operations in the bytes, of which one may have become several, several one, and some none.
    public struct Translation: Sendable, Equatable {
        /// As in the bytes.
        public let operationCount: Int
        /// Positions whose operations went into that of another one, with that position.
        public let merged: [UInt32: UInt32]
        /// The operations in the bytes that have become those at a position, where their cells are gone.
        public let former: [UInt32: [CellOperation]]

        public init(operationCount: Int, merged: [UInt32: UInt32], former: [UInt32: [CellOperation]]) {
            self.operationCount = operationCount
            self.merged = merged
            self.former = former
        }
    }

    /// Where the operation at a position of the bytes stands now.
    public func place(of position: UInt32) -> UInt32 { translation?.merged[position] ?? position }

    /// One more than the highest position.
    public var operationCount: Int {
        if let translation { return translation.operationCount }
        var count = 0
        for operation in operations { count = max(count, Int(operation.position) + 1) }
        for position in undecodable.keys { count = max(count, Int(position) + 1) }
        return count
    }

    /// Indexes of `operations`, by rising position: the order in which they take effect. Those of one position keep
    /// theirs.
    public var order: [Int] {
        let isRising = operations.indices.dropFirst().allSatisfy { operations[$0 - 1].position <= operations[$0].position }
        return isRising
            ? Array(operations.indices)
            : operations.indices.sorted { (operations[$0].position, $0) < (operations[$1].position, $1) }
    }
}

extension DecodedChangeset {
    /// The same changeset with some of its operations only.
    public func keeping(_ positions: Set<UInt32>) -> DecodedChangeset {
        let places = Set(positions.map { place(of: $0) })
        return DecodedChangeset(
            header: header, operations: operations.filter { places.contains($0.position) }, undecodable: [:],
            erasedRows: 0, root: root, translation: translation)
    }

    /// The same changeset with what its operations mean in another schema version.
    ///
    /// - Parameters:
    ///   - operations: those of a row stand together.
    ///   - refused: positions whose operations mean nothing there.
    ///   - merged: positions whose operations went into that of another one, with that position.
    ///   - former: the operations that have become those at a position, where their cells are gone there.
    public func translated(
        _ operations: [CellOperation], refused: [UInt32: Refusal], merged: [UInt32: UInt32], former: [UInt32: [CellOperation]]
    ) -> DecodedChangeset {
        DecodedChangeset(
            header: header, operations: operations, undecodable: undecodable.merging(refused) { first, _ in first },
            erasedRows: erasedRows, root: root,
            translation: Translation(operationCount: operationCount, merged: merged, former: former))
    }
}

/// Turns changesets into the byte strings that never change again, and back.
public enum ChangesetCodec {
    /// Fixes a changeset.
    ///
    /// - Parameters:
    ///   - operations: by position, contiguous from 0.
    ///   - saltSeed: 16 random bytes, used for nothing else.
    /// - Returns: the byte string and its Merkle root.
    /// - Throws: `WireError.tooLarge` if it is over the limits: nothing is made then that cannot travel.
    public static func encode(
        _ header: ChangesetHeader, _ operations: [CellOperation], saltSeed: [UInt8]
    ) throws(WireError) -> (bytes: [UInt8], root: [UInt8]) {
        precondition(saltSeed.count == 16, "a salt seed has 16 bytes")
        guard operations.count <= ProtocolLimits.operationsPerChangeset else {
            throw WireError(.tooLarge, "\(operations.count) operations; a changeset takes \(ProtocolLimits.operationsPerChangeset)")
        }
        do {
            var changeset = WireChangeset()
            changeset.header = try wire(header, saltSeed: saltSeed).serializedData()
            changeset.saltSeed = Data(saltSeed)
            changeset.rows = try blocks(operations, header: header)
            let bytes: [UInt8] = try changeset.serializedBytes()
            guard bytes.count <= ProtocolLimits.changesetBytes else {
                throw WireError(.tooLarge, "\(bytes.count) bytes; a changeset takes \(ProtocolLimits.changesetBytes)")
            }
            return (bytes, try root(of: bytes))
        } catch let error as WireError {
            throw error
        } catch {
            throw WireError(.malformed, "\(error)")
        }
    }

    /// Reads a changeset that nobody vouches for.
    public static func decode(_ bytes: [UInt8]) throws(WireError) -> DecodedChangeset {
        guard hasPossibleSize(bytes) else {
            throw WireError(.tooLarge, "\(bytes.count) bytes; a changeset takes \(ProtocolLimits.changesetBytes)")
        }
        return try bytes.withUnsafeBufferPointer { buffer throws(WireError) in try decode(UnsafeRawBufferPointer(buffer)) }
    }

    private static func decode(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> DecodedChangeset {
        let parts = try ChangesetParts(bytes)
        let header = try decodeHeader(parts)
        var reader = OperationReader(header: header, rowCount: parts.rows.count, byteCount: bytes.count)
        for row in parts.rows where !row.isErased { try reader.read(row.operations) }
        return DecodedChangeset(
            header: header, operations: reader.operations, undecodable: reader.undecodable,
            erasedRows: parts.rows.count(where: \.isErased), root: try parts.root().bytes, translation: nil)
    }

    private static func decodeHeader(_ parts: ChangesetParts) throws(WireError) -> ChangesetHeader {
        var reader = HeaderReader()
        try reader.read(parts.header)
        if !parts.saltSeed.isEmpty {
            guard parts.saltSeed.count == 16 else { throw WireError(.malformed, "a salt seed has 16 bytes") }
            guard LeafSalt.commitment(toSeed: [UInt8](parts.saltSeed)).elementsEqual(reader.saltCommitment) else {
                throw WireError(.mismatch, "the salt seed does not match the header's commitment")
            }
        }
        return try reader.header()
    }

    /// Replaces rows of a changeset by their leaf hashes. Its root, and so every hash that builds on it,
    /// stands as before; the erased bytes cannot be guessed from what remains.
    public static func erase(rows: Set<RowKey>, from bytes: [UInt8]) throws(WireError) -> [UInt8] {
        do {
            var changeset = try WireChangeset(serializedBytes: bytes)
            let before = try root(of: bytes)
            let seed = Array(changeset.saltSeed)
            var salts = LeafSalt.Source(seed: seed)
            if !seed.isEmpty { changeset.headerSalt = Data(salts.salt(of: 0).bytes) }
            for index in changeset.rows.indices where !changeset.rows[index].operations.isEmpty {
                if !seed.isEmpty {
                    changeset.rows[index].salt = Data(salts.salt(of: UInt32(index + 1)).bytes)
                }
                let block = try WireRowOperations(serializedBytes: changeset.rows[index].operations)
                guard let row = RowID(bytes: block.row),
                    rows.contains(RowKey(collection: block.collection, row: row))
                else { continue }
                changeset.rows[index].erasedLeaf = try leaf(changeset.rows[index])
                changeset.rows[index].operations = Data()
                changeset.rows[index].salt = Data()
            }
            changeset.saltSeed = Data()
            let erased: [UInt8] = try changeset.serializedBytes()
            guard try root(of: erased) == before else {
                throw WireError(.mismatch, "erasing would change the changeset's hash")
            }
            return erased
        } catch let error as WireError {
            throw error
        } catch {
            throw WireError(.malformed, "not a changeset: \(error)")
        }
    }

    /// The hash of a row's leaf.
    private static func leaf(_ row: WireRowBlock) throws(WireError) -> Data {
        guard let salt = row.salt.withUnsafeBytes({ LeafSalt(bytes: $0) }) else {
            throw WireError(.malformed, "an erased changeset lacks a salt")
        }
        return row.operations.withUnsafeBytes { Data(MerkleTree.Node(leaf: $0, salt: salt).bytes) }
    }

    /// Whether the bytes are not more than a changeset may have; in the erased form each kept row has its salt beside it.
    public static func hasPossibleSize(_ bytes: some Swift.Collection<UInt8>) -> Bool {
        if bytes.count <= ProtocolLimits.changesetBytes { return true }
        guard bytes.count <= ProtocolLimits.erasedFormBytes else { return false }
        return Array(bytes).withUnsafeBytes { buffer in
            do throws(WireError) {
                let parts = try ChangesetParts(buffer)
                return parts.saltSeed.isEmpty && !parts.headerSalt.isEmpty
            } catch {
                return false
            }
        }
    }

    /// The rows that a changeset writes, in the order of its blocks; erased ones cannot be told any more.
    public static func rows(in bytes: [UInt8]) throws(WireError) -> [RowKey] {
        do {
            return try WireChangeset(serializedBytes: bytes).rows.compactMap { block in
                if block.operations.isEmpty { return nil }
                let operations = try WireRowOperations(serializedBytes: block.operations)
                return RowID(bytes: operations.row).map { RowKey(collection: operations.collection, row: $0) }
            }
        } catch {
            throw WireError(.malformed, "not a changeset: \(error)")
        }
    }

    static func root(of bytes: [UInt8]) throws(WireError) -> [UInt8] {
        try bytes.withUnsafeBufferPointer { buffer throws(WireError) in
            try ChangesetParts(UnsafeRawBufferPointer(buffer)).root().bytes
        }
    }
}
