import Foundation

/// The hash of a changeset: a binary tree over salted leaves (shape as in RFC 6962, section 2.1), the
/// header first and then one leaf for each row.
///
/// A leaf's salt makes its hash say nothing about its bytes once they are erased; the tree makes the
/// root stand when a row is replaced by its leaf hash.
enum MerkleTree {
    static func salt(seed: [UInt8], leaf: UInt32) -> [UInt8] {
        var bytes = Array("converge.v1 leaf".utf8)
        bytes.append(contentsOf: seed)
        withUnsafeBytes(of: leaf.bigEndian) { bytes.append(contentsOf: $0) }
        return Array(ContentHash.of(bytes).prefix(16))
    }

    static func commitment(toSeed seed: [UInt8]) -> [UInt8] {
        Array(ContentHash.of(Array("converge.v1 salt".utf8) + seed).prefix(16))
    }

    static func leaf(salt: [UInt8], bytes: Data) -> [UInt8] {
        var all: [UInt8] = []
        all.reserveCapacity(1 + salt.count + bytes.count)
        all.append(0)
        all.append(contentsOf: salt)
        bytes.withUnsafeBytes { all.append(contentsOf: $0) }
        return ContentHash.of(all)
    }

    /// - Parameter leaves: at least one.
    static func root(_ leaves: ArraySlice<[UInt8]>) -> [UInt8] {
        precondition(!leaves.isEmpty, "a changeset has a header")
        if leaves.count == 1 { return leaves[leaves.startIndex] }
        var left = 1
        while left * 2 < leaves.count { left *= 2 }
        let middle = leaves.startIndex + left
        return ContentHash.of([1] + root(leaves[..<middle]) + root(leaves[middle...]))
    }
}
