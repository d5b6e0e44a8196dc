extension MerkleTree {
    /// The hash of a leaf or of a subtree: 32 bytes, which stand here and not in an array.
    struct Node: Equatable {
        private let words: ContentHash.Words

        /// - Parameter bytes: 32 of them.
        init(_ bytes: UnsafeRawBufferPointer) {
            precondition(bytes.count == 32, "a hash has 32 bytes")
            words = bytes.loadUnaligned(as: ContentHash.Words.self)
        }

        /// A leaf.
        init(leaf: UnsafeRawBufferPointer, salt: LeafSalt) {
            self = withUnsafeTemporaryAllocation(byteCount: 17 + leaf.count, alignment: 1) { buffer in
                buffer[0] = 0
                salt.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[1..<17]).copyMemory(from: $0) }
                UnsafeMutableRawBufferPointer(rebasing: buffer[17...]).copyMemory(from: leaf)
                return Node(hashing: UnsafeRawBufferPointer(buffer))
            }
        }

        /// A subtree of two.
        init(_ left: Node, _ right: Node) {
            self = withUnsafeTemporaryAllocation(byteCount: 65, alignment: 1) { buffer in
                buffer[0] = 1
                buffer.storeBytes(of: left.words, toByteOffset: 1, as: ContentHash.Words.self)
                buffer.storeBytes(of: right.words, toByteOffset: 33, as: ContentHash.Words.self)
                return Node(hashing: UnsafeRawBufferPointer(buffer))
            }
        }

        private init(hashing bytes: UnsafeRawBufferPointer) { words = ContentHash.words(of: bytes) }

        var bytes: [UInt8] { withUnsafeBytes(of: words) { [UInt8]($0) } }

        static func == (a: Node, b: Node) -> Bool { a.words == b.words }
    }
}
