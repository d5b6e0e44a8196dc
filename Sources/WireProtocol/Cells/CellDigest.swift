import ReplicationCore

/// A sum of cell digests modulo 2^256: equal sets of cells have equal sums in any order.
public struct DigestSum: Hashable, Sendable {
    /// Most significant first.
    private var words: ContentHash.Words = (0, 0, 0, 0)
    public private(set) var cells: UInt64 = 0

    public init() {}

    /// Adds the digest of one cell.
    public mutating func add(_ cell: CellState, of key: RowKey) {
        var out = ByteWriter(capacity: 160)
        out.raw(Array("converge.v1 cell".utf8))
        out.varint(UInt64(key.collection))
        out.fixed64(key.row.high)
        out.fixed64(key.row.low)
        PackedClock.encode(cell.part, into: &out)
        out.varint(UInt64(cell.sequence.epoch))
        out.varint(cell.sequence.number)
        out.varint(UInt64(cell.siblings.count))
        for sibling in cell.siblings {
            PackedClock.encode(sibling.write, into: &out)
            PackedClock.encode(sibling.content, isShown: false, into: &out)
        }
        out.byte(cell.tally == nil ? 0 : 1)
        if let tally = cell.tally { PackedClock.encode(tally, into: &out) }
        add(out.bytes.withUnsafeBytes(ContentHash.words(of:)))
        cells += 1
    }

    private mutating func add(_ hash: ContentHash.Words) {
        var carry: UInt64 = 0
        func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
            let (first, overflow) = a.addingReportingOverflow(UInt64(bigEndian: b))
            let (second, more) = first.addingReportingOverflow(carry)
            carry = (overflow ? 1 : 0) + (more ? 1 : 0)
            return second
        }
        words.3 = sum(words.3, hash.3)
        words.2 = sum(words.2, hash.2)
        words.1 = sum(words.1, hash.1)
        words.0 = sum(words.0, hash.0)
    }

    /// 32 bytes, most significant first.
    public var bytes: [UInt8] {
        var out = ByteWriter(capacity: 32)
        out.fixed64(words.0)
        out.fixed64(words.1)
        out.fixed64(words.2)
        out.fixed64(words.3)
        return out.bytes
    }

    public static func == (a: Self, b: Self) -> Bool { a.words == b.words && a.cells == b.cells }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.3)
        hasher.combine(cells)
    }
}
