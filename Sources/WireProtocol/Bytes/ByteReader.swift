import ReplicationCore

/// Reads the primitives of the packed formats from bytes that nobody vouches for.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    /// The buffer must outlive the reader.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var remaining: Int { bytes.count - position }

    mutating func byte() throws(WireError) -> UInt8 {
        guard position < bytes.count else { throw WireError(.truncated, "packed bytes end early") }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func varint() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let byte = try byte()
            if shift == 63, byte > 1 { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw WireError(.malformed, "a packed number is longer than 64 bits")
    }

    mutating func varint32() throws(WireError) -> UInt32 {
        guard let value = UInt32(exactly: try varint()) else {
            throw WireError(.malformed, "a packed number is longer than 32 bits")
        }
        return value
    }

    mutating func zigzag() throws(WireError) -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func fixed64() throws(WireError) -> UInt64 {
        guard remaining >= 8 else { throw WireError(.truncated, "packed bytes end early") }
        defer { position += 8 }
        return UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    mutating func identifier<Subject>() throws(WireError) -> Identifier<Subject> {
        Identifier(high: try fixed64(), low: try fixed64())
    }

    /// A count of things that take at least `size` bytes each, so that a hostile count cannot reserve
    /// more memory than the input is long.
    mutating func count(ofAtLeast size: Int) throws(WireError) -> Int {
        let value = try varint()
        guard value <= UInt64(remaining / max(size, 1)) else {
            throw WireError(.malformed, "a packed count is larger than what follows")
        }
        return Int(value)
    }

    mutating func raw(_ count: Int) throws(WireError) -> [UInt8] {
        guard count >= 0, remaining >= count else { throw WireError(.truncated, "packed bytes end early") }
        defer { position += count }
        return [UInt8](UnsafeRawBufferPointer(rebasing: bytes[position..<position + count]))
    }

    mutating func skip(_ count: Int) throws(WireError) {
        guard count >= 0, remaining >= count else { throw WireError(.truncated, "packed bytes end early") }
        position += count
    }

    mutating func text() throws(WireError) -> String {
        let count = try count(ofAtLeast: 1)
        guard remaining >= count else { throw WireError(.truncated, "packed bytes end early") }
        defer { position += count }
        guard let text = String(
            validating: UnsafeRawBufferPointer(rebasing: bytes[position..<position + count]), as: UTF8.self
        ) else { throw WireError(.malformed, "packed text is not UTF-8") }
        return text
    }
}
