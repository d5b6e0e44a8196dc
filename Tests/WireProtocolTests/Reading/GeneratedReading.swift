import Crypto
import Foundation
import ReplicationCore
@testable import WireProtocol

/// Reads changesets through the generated types, and computes the root as the protocol defines it: what the reader of the
/// shipped code, which goes straight over the bytes, is compared with.
enum GeneratedReading {
    static func decode(_ bytes: [UInt8]) throws(WireError) -> DecodedChangeset {
        do {
            let changeset = try WireChangeset(serializedBytes: bytes)
            guard changeset.rows.count <= ProtocolLimits.operationsPerChangeset else {
                throw WireError(.tooLarge, "\(changeset.rows.count) blocks")
            }
            let wireHeader = try WireChangesetHeader(serializedBytes: changeset.header)
            if !changeset.saltSeed.isEmpty {
                guard changeset.saltSeed.count == 16 else { throw WireError(.malformed, "a salt seed has 16 bytes") }
                let commitment = SHA256.hash(data: Data("converge.v1 salt".utf8) + changeset.saltSeed).prefix(16)
                guard commitment.elementsEqual(wireHeader.saltCommitment) else {
                    throw WireError(.mismatch, "the salt seed does not match the header's commitment")
                }
            }
            let header = try core(wireHeader)
            var reader = GeneratedOperations(header: header)
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

    private static func core(_ header: WireChangesetHeader) throws(WireError) -> ChangesetHeader {
        guard let identity = ChangesetID(bytes: header.identity), !identity.isZero else {
            throw WireError(.malformed, "a changeset's identity has 16 bytes")
        }
        guard let author = RowID(bytes: header.author) else {
            throw WireError(.malformed, "an author has 16 bytes")
        }
        return ChangesetHeader(
            identity: identity, author: author, role: header.role, stamp: HybridTime(rawValue: header.stamp),
            schemaVersion: header.schemaVersion, basis: try header.basis.core(), isAtomic: header.atomic,
            job: try optional(header.job), mends: try optional(header.mends),
            cause: try optional(header.cause), discards: try optional(header.discards),
            releases: try optional(header.releases), salvages: try optional(header.salvages),
            act: header.hasAct ? header.act.core : nil)
    }

    private static func optional(_ bytes: Data) throws(WireError) -> ChangesetID? {
        if bytes.isEmpty { return nil }
        guard let identity = ChangesetID(bytes: bytes) else {
            throw WireError(.malformed, "an identity has 16 bytes")
        }
        return identity
    }

    private static func root(of changeset: WireChangeset) throws(WireError) -> [UInt8] {
        func leaf(_ index: Int, _ bytes: Data, kept: Data) throws(WireError) -> Data {
            let number = withUnsafeBytes(of: UInt32(index).bigEndian) { Data($0) }
            let salt = changeset.saltSeed.isEmpty
                ? kept : hash(Data("converge.v1 leaf".utf8) + changeset.saltSeed + number).prefix(16)
            guard salt.count == 16 else { throw WireError(.malformed, "an erased changeset lacks a salt") }
            return hash([0] + salt + bytes)
        }
        var leaves = [try leaf(0, changeset.header, kept: changeset.headerSalt)]
        for (index, block) in changeset.rows.enumerated() {
            if block.operations.isEmpty {
                guard block.erasedLeaf.count == 32 else { throw WireError(.malformed, "a row block is neither there nor erased") }
                leaves.append(block.erasedLeaf)
            } else {
                leaves.append(try leaf(index + 1, block.operations, kept: block.salt))
            }
        }
        return Array(root(leaves[...]))
    }

    /// RFC 6962, section 2.1.
    static func root(_ leaves: ArraySlice<Data>) -> Data {
        if leaves.count == 1 { return leaves[leaves.startIndex] }
        var left = 1
        while left * 2 < leaves.count { left *= 2 }
        let middle = leaves.startIndex + left
        return hash([1] + root(leaves[..<middle]) + root(leaves[middle...]))
    }

    private static func hash(_ bytes: Data) -> Data { Data(SHA256.hash(data: bytes)) }
}
