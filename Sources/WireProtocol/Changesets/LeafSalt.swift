/// What makes the hash of a leaf say nothing about its bytes: 16 bytes, which stand here and not in an array.
struct LeafSalt {
    private let words: (UInt64, UInt64)

    /// One that stands in the bytes: the erased form has a salt beside each leaf that was kept.
    ///
    /// - Returns: nil for any other length than 16.
    init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 16 else { return nil }
        words = bytes.loadUnaligned(as: (UInt64, UInt64).self)
    }

    var bytes: [UInt8] { withUnsafeBytes { [UInt8]($0) } }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        Swift.withUnsafeBytes(of: words, body)
    }

    /// The salts of a changeset's leaves, derived from the seed that travels.
    struct Source {
        /// What is hashed: purpose, seed and the leaf's number.
        private var input: [UInt8]

        /// - Parameter seed: 16 bytes.
        init(seed: some Swift.Sequence<UInt8>) { input = Array("converge.v1 leaf".utf8) + seed + [0, 0, 0, 0] }

        /// - Parameter leaf: 0 for the header, then one for each row.
        mutating func salt(of leaf: UInt32) -> LeafSalt {
            let place = input.count - 4
            return input.withUnsafeMutableBytes { buffer in
                buffer.storeBytes(of: leaf.bigEndian, toByteOffset: place, as: UInt32.self)
                let hash = ContentHash.words(of: UnsafeRawBufferPointer(buffer))
                return LeafSalt(words: (hash.0, hash.1))
            }
        }
    }

    private init(words: (UInt64, UInt64)) { self.words = words }

    /// What a changeset's header says of the seed: 16 bytes.
    static func commitment(toSeed seed: [UInt8]) -> [UInt8] {
        Array(ContentHash.of(Array("converge.v1 salt".utf8) + seed).prefix(16))
    }
}
