/// Writes the primitives of the packed formats into memory that is there. What does not fit is a mistake of the program.
struct BufferWriter {
    private let buffer: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    /// The buffer must outlive the writer.
    init(_ buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }

    var written: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[..<count]) }

    /// Forgets what was written beyond a place.
    mutating func rewind(to place: Int) {
        precondition(place <= count, "nothing was written there")
        count = place
    }

    @inline(__always)
    mutating func byte(_ value: UInt8) {
        precondition(count < buffer.count, "the buffer is full")
        buffer[count] = value
        count += 1
    }

    @inline(__always)
    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            byte(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        byte(UInt8(truncatingIfNeeded: rest))
    }

    /// Most significant byte first.
    @inline(__always)
    mutating func fixed64(_ value: UInt64) {
        precondition(buffer.count - count >= 8, "the buffer is full")
        buffer.storeBytes(of: value.bigEndian, toByteOffset: count, as: UInt64.self)
        count += 8
    }

    @inline(__always)
    mutating func raw(_ bytes: UnsafeRawBufferPointer) {
        precondition(buffer.count - count >= bytes.count, "the buffer is full")
        UnsafeMutableRawBufferPointer(rebasing: buffer[count..<count + bytes.count]).copyMemory(from: bytes)
        count += bytes.count
    }

    /// A value as it stands in a packed clock.
    mutating func value(_ value: BorrowedValue) {
        switch value {
        case .null: byte(0)
        case .boolean(let flag): byte(flag ? 2 : 1)
        case .integer(let number):
            byte(3)
            varint(UInt64(bitPattern: number << 1 ^ number >> 63))
        case .real(let number):
            byte(4)
            fixed64(number.bitPattern)
        case .text(let bytes): lengthAndRaw(5, bytes)
        case .bytes(let bytes): lengthAndRaw(6, bytes)
        }
    }

    private mutating func lengthAndRaw(_ kind: UInt8, _ bytes: UnsafeRawBufferPointer) {
        byte(kind)
        varint(UInt64(bytes.count))
        raw(bytes)
    }
}
