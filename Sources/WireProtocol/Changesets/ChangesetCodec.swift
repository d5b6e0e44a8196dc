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

        public init(operationCount: Int, merged: [UInt32: UInt32]) {
            self.operationCount = operationCount
            self.merged = merged
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
    public func translated(
        _ operations: [CellOperation], refused: [UInt32: Refusal], merged: [UInt32: UInt32]
    ) -> DecodedChangeset {
        DecodedChangeset(
            header: header, operations: operations, undecodable: undecodable.merging(refused) { first, _ in first },
            erasedRows: erasedRows, root: root,
            translation: Translation(operationCount: operationCount, merged: merged))
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
            return (bytes, try root(of: changeset))
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
        do {
            let changeset = try WireChangeset(serializedBytes: bytes)
            let wireHeader = try WireChangesetHeader(serializedBytes: changeset.header)
            if !changeset.saltSeed.isEmpty {
                guard changeset.saltSeed.count == 16 else { throw WireError(.malformed, "a salt seed has 16 bytes") }
                guard MerkleTree.commitment(toSeed: Array(changeset.saltSeed)) == Array(wireHeader.saltCommitment) else {
                    throw WireError(.mismatch, "the salt seed does not match the header's commitment")
                }
            }
            let header = try core(wireHeader)
            var reader = OperationReader(header: header)
            for block in changeset.rows where !block.operations.isEmpty {
                try reader.read(try WireRowOperations(serializedBytes: block.operations))
            }
            return DecodedChangeset(
                header: header, operations: reader.operations, undecodable: reader.undecodable,
                erasedRows: changeset.rows.count { $0.operations.isEmpty }, root: try root(of: changeset), translation: nil)
        } catch let error as WireError {
            throw error
        } catch {
            throw WireError(.malformed, "not a changeset: \(error)")
        }
    }

    /// Replaces rows of a changeset by their leaf hashes. Its root, and so every hash that builds on it,
    /// stands as before; the erased bytes cannot be guessed from what remains.
    public static func erase(rows: Set<RowKey>, from bytes: [UInt8]) throws(WireError) -> [UInt8] {
        do {
            var changeset = try WireChangeset(serializedBytes: bytes)
            let before = try root(of: changeset)
            let seed = Array(changeset.saltSeed)
            if !seed.isEmpty { changeset.headerSalt = Data(MerkleTree.salt(seed: seed, leaf: 0)) }
            for index in changeset.rows.indices where !changeset.rows[index].operations.isEmpty {
                if !seed.isEmpty {
                    changeset.rows[index].salt = Data(MerkleTree.salt(seed: seed, leaf: UInt32(index + 1)))
                }
                let block = try WireRowOperations(serializedBytes: changeset.rows[index].operations)
                guard let row = RowID(bytes: block.row),
                    rows.contains(RowKey(collection: block.collection, row: row))
                else { continue }
                changeset.rows[index].erasedLeaf = Data(MerkleTree.leaf(
                    salt: Array(changeset.rows[index].salt), bytes: changeset.rows[index].operations))
                changeset.rows[index].operations = Data()
                changeset.rows[index].salt = Data()
            }
            changeset.saltSeed = Data()
            guard try root(of: changeset) == before else {
                throw WireError(.mismatch, "erasing would change the changeset's hash")
            }
            return try changeset.serializedBytes()
        } catch let error as WireError {
            throw error
        } catch {
            throw WireError(.malformed, "not a changeset: \(error)")
        }
    }

    /// Whether the bytes are not more than a changeset may have; in the erased form each kept row has its salt beside it.
    public static func hasPossibleSize(_ bytes: some Swift.Collection<UInt8>) -> Bool {
        if bytes.count <= ProtocolLimits.changesetBytes { return true }
        guard bytes.count <= ProtocolLimits.erasedFormBytes else { return false }
        do {
            let changeset = try WireChangeset(serializedBytes: Array(bytes))
            return changeset.saltSeed.isEmpty && !changeset.headerSalt.isEmpty
        } catch {
            return false
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

    static func root(of changeset: WireChangeset) throws(WireError) -> [UInt8] {
        let seed = Array(changeset.saltSeed)
        func salt(_ leaf: Int, kept: Data) throws(WireError) -> [UInt8] {
            if !seed.isEmpty { return MerkleTree.salt(seed: seed, leaf: UInt32(leaf)) }
            guard kept.count == 16 else { throw WireError(.malformed, "an erased changeset lacks a salt") }
            return Array(kept)
        }
        var leaves: [[UInt8]] = [
            MerkleTree.leaf(salt: try salt(0, kept: changeset.headerSalt), bytes: changeset.header)
        ]
        for (index, block) in changeset.rows.enumerated() {
            if block.operations.isEmpty {
                guard block.erasedLeaf.count == 32 else {
                    throw WireError(.malformed, "a row block is neither there nor erased")
                }
                leaves.append(Array(block.erasedLeaf))
            } else {
                leaves.append(MerkleTree.leaf(
                    salt: try salt(index + 1, kept: block.salt), bytes: block.operations))
            }
        }
        return MerkleTree.root(leaves[...])
    }
}
