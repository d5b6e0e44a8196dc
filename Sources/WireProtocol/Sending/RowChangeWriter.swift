import ReplicationCore

/// Writes `RowChange`s of whole rows, one behind another, straight from where the rows are kept. The bytes are those that the
/// generated type would write.
public struct RowChangeWriter {
    private var out = ByteWriter()
    private var start = 0

    public init() {}

    public var bytes: [UInt8] { out.bytes }

    /// Begins a row change. Its values follow, for each cell in its order one for each column.
    public mutating func begin(_ row: RowID, clock: UnsafeRawBufferPointer) {
        start = out.bytes.count
        out.byte(Tag.row)
        out.byte(16)
        out.fixed64(row.high)
        out.fixed64(row.low)
        out.lengthAndBytes(Tag.clock, clock)
    }

    public mutating func append(_ value: BorrowedValue) {
        out.byte(Tag.value)
        switch value {
        case .null: out.byte(0)
        case .boolean(let flag):
            out.byte(2)
            out.byte(Tag.boolean)
            out.byte(flag ? 1 : 0)
        case .integer(let number):
            let zigzag = UInt64(bitPattern: number << 1 ^ number >> 63)
            out.byte(UInt8(1 + ByteWriter.size(ofVarint: zigzag)))
            out.byte(Tag.integer)
            out.varint(zigzag)
        case .real(let number):
            out.byte(9)
            out.byte(Tag.real)
            // Protocol Buffers have the least significant byte first.
            out.fixed64(number.bitPattern.byteSwapped)
        case .text(let bytes): appendBody(Tag.text, bytes)
        case .bytes(let bytes): appendBody(Tag.bytes, bytes)
        }
    }

    /// Ends the row change, which is marked as whole.
    ///
    /// - Returns: where it stands.
    public mutating func end() -> Range<Int> {
        out.byte(Tag.whole)
        out.byte(1)
        return start..<out.bytes.count
    }

    /// Drops the row change that was begun last.
    public mutating func drop() { out.truncate(to: start) }

    private mutating func appendBody(_ tag: UInt8, _ bytes: UnsafeRawBufferPointer) {
        out.varint(UInt64(1 + ByteWriter.size(ofVarint: UInt64(bytes.count)) + bytes.count))
        out.lengthAndBytes(tag, bytes)
    }

    /// The fields of `RowChange` and `Value` with their formats.
    private enum Tag {
        static let row: UInt8 = 1 << 3 | 2
        static let clock: UInt8 = 2 << 3 | 2
        static let value: UInt8 = 3 << 3 | 2
        static let whole: UInt8 = 4 << 3
        static let boolean: UInt8 = 1 << 3
        static let integer: UInt8 = 2 << 3
        static let real: UInt8 = 3 << 3 | 1
        static let text: UInt8 = 4 << 3 | 2
        static let bytes: UInt8 = 5 << 3 | 2
    }
}

extension BorrowedValue {
    /// A text, if the bytes are one.
    public init?(text bytes: UnsafeRawBufferPointer) {
        guard Self.isText(bytes) else { return nil }
        self = .text(bytes)
    }
}
