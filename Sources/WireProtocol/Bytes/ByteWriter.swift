/// Appends the few primitives of the packed formats.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    /// Base-128, least significant group first, as in Protocol Buffers.
    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func zigzag(_ value: Int64) { varint(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    /// Most significant byte first.
    mutating func fixed64(_ value: UInt64) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// How many bytes `varint` writes.
    static func size(ofVarint value: UInt64) -> Int { (64 - max(value, 1).leadingZeroBitCount + 6) / 7 }

    /// A field of Protocol Buffers with a body, whose tag takes one byte.
    mutating func lengthAndBytes(_ tag: UInt8, _ value: UnsafeRawBufferPointer) {
        byte(tag)
        varint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func truncate(to count: Int) { bytes.removeLast(bytes.count - count) }

    mutating func raw(_ value: [UInt8]) { bytes.append(contentsOf: value) }

    mutating func lengthAndRaw(_ value: [UInt8]) {
        varint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func lengthAndText(_ value: String) {
        var value = value
        value.withUTF8 { utf8 in
            varint(UInt64(utf8.count))
            bytes.append(contentsOf: utf8)
        }
    }
}
