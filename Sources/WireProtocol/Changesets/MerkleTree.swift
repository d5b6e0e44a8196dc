import Crypto

/// The hash of a changeset: a binary tree over salted leaves (shape as in RFC 6962, section 2.1), the
/// header first and then one leaf for each row.
///
/// A leaf's salt makes its hash say nothing about its bytes once they are erased; the tree makes the
/// root stand when a row is replaced by its leaf hash.
enum MerkleTree {
    static func salt(seed: [UInt8], leaf: UInt32) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: Array("converge.v1 leaf".utf8))
        hash.update(data: seed)
        hash.update(data: [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: leaf >> $0) })
        return Array(hash.finalize().prefix(16))
    }

    static func commitment(toSeed seed: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: Array("converge.v1 salt".utf8))
        hash.update(data: seed)
        return Array(hash.finalize().prefix(16))
    }

    static func leaf(salt: [UInt8], bytes: some Collection<UInt8>) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: [0])
        hash.update(data: salt)
        hash.update(data: Array(bytes))
        return Array(hash.finalize())
    }

    /// - Parameter leaves: at least one.
    static func root(_ leaves: ArraySlice<[UInt8]>) -> [UInt8] {
        precondition(!leaves.isEmpty, "a changeset has a header")
        if leaves.count == 1 { return leaves[leaves.startIndex] }
        var left = 1
        while left * 2 < leaves.count { left *= 2 }
        let middle = leaves.startIndex + left
        var hash = SHA256()
        hash.update(data: [1])
        hash.update(data: root(leaves[..<middle]))
        hash.update(data: root(leaves[middle...]))
        return Array(hash.finalize())
    }
}
