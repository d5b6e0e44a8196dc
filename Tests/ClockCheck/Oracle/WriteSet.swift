/// A set of writes, by number: a full causal history.
struct WriteSet: Hashable, Sendable {
    private var words: [UInt64] = []

    init(_ writes: some Sequence<Int> = []) { for write in writes { insert(write) } }

    mutating func insert(_ write: Int) {
        while words.count <= write / 64 { words.append(0) }
        words[write / 64] |= 1 << UInt64(write % 64)
    }

    func contains(_ write: Int) -> Bool { write / 64 < words.count && words[write / 64] >> UInt64(write % 64) & 1 == 1 }

    mutating func formUnion(_ other: WriteSet) {
        while words.count < other.words.count { words.append(0) }
        for (index, word) in other.words.enumerated() { words[index] |= word }
    }
}
