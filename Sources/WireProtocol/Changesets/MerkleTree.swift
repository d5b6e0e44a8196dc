/// The hash of a changeset: a binary tree over salted leaves (shape as in RFC 6962, section 2.1), the
/// header first and then one leaf for each row.
///
/// A leaf's salt makes its hash say nothing about its bytes once they are erased; the tree makes the
/// root stand when a row is replaced by its leaf hash. It takes the leaves from left to right, and holds no more hashes
/// than it has levels.
struct MerkleTree {
    /// How many leaves it has.
    private(set) var count: UInt32 = 0
    /// The roots of the largest full subtrees, from the left: one for each bit that is set in `count`.
    private var subtrees: [Node] = []

    mutating func append(_ leaf: Node) {
        var node = leaf
        // As in binary addition: two full subtrees of one size become one of twice the size.
        for _ in 0..<(~count).trailingZeroBitCount { node = Node(subtrees.removeLast(), node) }
        subtrees.append(node)
        count += 1
    }

    /// - Precondition: it has a leaf.
    var root: Node {
        precondition(!subtrees.isEmpty, "a changeset has a header")
        return subtrees.dropLast().reversed().reduce(subtrees[subtrees.count - 1]) { Node($1, $0) }
    }
}
