import ReplicationCore

/// SHA-256 of a cell as it stands at a row: what two replicas compare in place of the cell. "Digests" in
/// `Protocol/README.md` says of which bytes.
public struct CellDigest: Sendable {
    /// As they stand in memory: most significant byte first.
    let words: ContentHash.Words

    fileprivate var number: ContentHash.Words {
        (UInt64(bigEndian: words.0), UInt64(bigEndian: words.1), UInt64(bigEndian: words.2), UInt64(bigEndian: words.3))
    }

    private static let domain = Array("converge.v1 cell".utf8)

    init(words: ContentHash.Words) { self.words = words }

    /// Writes what is hashed before each cell of a row.
    static func begin(_ key: RowKey, into out: inout BufferWriter) {
        domain.withUnsafeBytes { out.raw($0) }
        out.varint(UInt64(key.collection))
        out.fixed64(key.row.high)
        out.fixed64(key.row.low)
    }

    public init(of cell: CellState, in key: RowKey) {
        var out = ByteWriter(capacity: 160)
        out.raw(Self.domain)
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

    /// Nil unless there are 32 bytes.
    public init?(bytes: some Swift.Collection<UInt8>, cells: UInt64) {
        let bytes = Array(bytes)
        guard let sum = bytes.withUnsafeBytes({ DigestSum(raw: $0, cells: cells) }) else { return nil }
        self = sum
    }

    /// The same, of bytes that stand in memory: the end of a catch-up reads thousands of sums.
    public init?(raw bytes: UnsafeRawBufferPointer, cells: UInt64) {
        guard bytes.count == 32 else { return nil }
        func word(_ place: Int) -> UInt64 { UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8 * place, as: UInt64.self)) }
        words = (word(0), word(1), word(2), word(3))
        self.cells = cells
    }

    public mutating func add(_ digest: CellDigest) {
        words = Self.sum(words, digest.number)
        cells &+= 1
    }

    public mutating func subtract(_ digest: CellDigest) {
        words = Self.sum(words, Self.negative(digest.number))
        cells &-= 1
    }

    /// A difference may have fewer cells than none: sums and numbers of cells wrap around, and are right again once
    /// everything is added.
    public static func += (a: inout Self, b: Self) {
        a.words = sum(a.words, b.words)
        a.cells &+= b.cells
    }

    public static func -= (a: inout Self, b: Self) {
        a.words = sum(a.words, negative(b.words))
        a.cells &-= b.cells
    }

    private static func sum(_ a: ContentHash.Words, _ b: ContentHash.Words) -> ContentHash.Words {
        var carry: UInt64 = 0
        func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
            let (first, overflow) = a.addingReportingOverflow(b)
            let (second, more) = first.addingReportingOverflow(carry)
            carry = (overflow ? 1 : 0) + (more ? 1 : 0)
            return second
        }
        let last = sum(a.3, b.3), third = sum(a.2, b.2), second = sum(a.1, b.1)
        return (sum(a.0, b.0), second, third, last)
    }

    private static func negative(_ a: ContentHash.Words) -> ContentHash.Words { sum((~a.0, ~a.1, ~a.2, ~a.3), (0, 0, 0, 1)) }

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
