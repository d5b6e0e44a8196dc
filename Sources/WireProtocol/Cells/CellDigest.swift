import ReplicationCore

/// SHA-256 of a cell as it stands at a row: what two replicas compare in place of the cell. "Digests" in
/// `Protocol/README.md` says of which bytes.
public struct CellDigest: Sendable {
    let words: ContentHash.Words

    public init(of cell: CellState, in key: RowKey) {
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
        words = out.bytes.withUnsafeBytes(ContentHash.words(of:))
    }
}

/// A sum of cell digests modulo 2^256: equal sets of cells have equal sums in any order.
///
/// It shows what chance and damage do. Somebody who may choose many cells freely can make different sets with equal sums;
/// against that stands `RangeFingerprint`.
public struct DigestSum: Hashable, Sendable {
    /// Most significant first.
    private var words: ContentHash.Words = (0, 0, 0, 0)
    public private(set) var cells: UInt64 = 0

    public init() {}

    public mutating func add(_ digest: CellDigest) {
        var carry: UInt64 = 0
        func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
            let (first, overflow) = a.addingReportingOverflow(UInt64(bigEndian: b))
            let (second, more) = first.addingReportingOverflow(carry)
            carry = (overflow ? 1 : 0) + (more ? 1 : 0)
            return second
        }
        words.3 = sum(words.3, digest.words.3)
        words.2 = sum(words.2, digest.words.2)
        words.1 = sum(words.1, digest.words.1)
        words.0 = sum(words.0, digest.words.0)
        cells += 1
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
