import ReplicationCore

/// Walks through the fields of one serialized Protocol Buffers message that nobody vouches for, in one pass and without
/// copies.
///
/// It accepts and refuses exactly what the generated types do: unknown fields, and known ones in another wire format, are
/// skipped; of a repeated singular field the last one counts; numbers that are too long for their type lose their upper
/// bits. The bodies that it hands out lie within the message, so nothing is reserved on the word of a length.
struct MessageReader {
    /// The buffer is not indexed but through `position`, which every function keeps at or below its end.
    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0
    /// How many groups may still lie in each other in what is skipped.
    private let depth: Int

    /// - Parameters:
    ///   - bytes: the message; the buffer must outlive the reader and every body that it hands out.
    ///   - level: how many messages lie around it, up to the one that was given as bytes.
    init(_ bytes: UnsafeRawBufferPointer, level: Int = 0) {
        self.bytes = bytes
        depth = Self.deepest - 1 - level
    }

    /// As many messages and groups may lie in each other.
    private static let deepest = 100

    /// What stands before each field.
    struct Field {
        var number: UInt32
        var format: Format
    }

    enum Format: UInt8 {
        case varint = 0
        case fixed64 = 1
        case body = 2
        case groupStart = 3
        case groupEnd = 4
        case fixed32 = 5
    }

    private var remaining: Int { bytes.count - position }

    var isAtEnd: Bool { position == bytes.count }

    /// The next field; nil at the end of the message. Its content must then be read, or skipped.
    @inline(__always)
    mutating func next() throws(WireError) -> Field? {
        guard position < bytes.count else { return nil }
        let start = position
        let tag = try varint()
        guard position - start <= 5, let field = Self.field(tag), field.format != .groupEnd else { throw Self.malformed }
        return field
    }

    @inline(__always)
    private static func field(_ tag: UInt64) -> Field? {
        guard let format = Format(rawValue: UInt8(truncatingIfNeeded: tag & 7)), let tag = UInt32(exactly: tag), tag >= 8
        else { return nil }
        return Field(number: tag >> 3, format: format)
    }

    /// The content of a varint field. Bits beyond the 64th are lost.
    @inline(__always)
    mutating func varint() throws(WireError) -> UInt64 {
        guard position < bytes.count else { throw Self.truncated }
        let first = bytes[position]
        position += 1
        return first < 0x80 ? UInt64(first) : try longVarint(UInt64(first & 0x7F))
    }

    private mutating func longVarint(_ lowest: UInt64) throws(WireError) -> UInt64 {
        var value = lowest
        for shift in stride(from: UInt64(7), through: 63, by: 7) {
            guard position < bytes.count else { throw Self.truncated }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Self.malformed
    }

    /// The content of a field of 32 bits. Upper bits are lost.
    @inline(__always)
    mutating func varint32() throws(WireError) -> UInt32 { UInt32(truncatingIfNeeded: try varint()) }

    /// The content of an `sint64` field.
    mutating func zigzag() throws(WireError) -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// The content of a `double` field.
    mutating func double() throws(WireError) -> Double {
        guard remaining >= 8 else { throw Self.truncated }
        let bits = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        position += 8
        return Double(bitPattern: bits)
    }

    /// The content of a field of bytes, or of a message.
    @inline(__always)
    mutating func body() throws(WireError) -> UnsafeRawBufferPointer {
        let count = try varint()
        guard count <= UInt64(remaining) else { throw Self.truncated }
        let start = position
        position += Int(count)
        return UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    }

    /// The content of a `string` field.
    mutating func text() throws(WireError) -> String {
        let body = try body()
        // Of the standard library's ways to check and copy a text, the one that is not generic: it takes a sixth of the others' time.
        do {
            return String(copying: try UTF8Span(validating: body.assumingMemoryBound(to: UInt8.self).span))
        } catch {
            throw WireError(.malformed, "a text is not UTF-8")
        }
    }

    /// Passes over the content of a field.
    mutating func skip(_ field: Field) throws(WireError) { try skip(field, depth: depth) }

    private mutating func skip(_ field: Field, depth: Int) throws(WireError) {
        switch field.format {
        case .varint: _ = try varint()
        case .fixed64: try pass(8)
        case .fixed32: try pass(4)
        case .body: _ = try body()
        case .groupStart:
            guard depth > 0 else { throw Self.malformed }
            while true {
                guard let inner = Self.field(try varint()) else { throw Self.malformed }
                if inner.format == .groupEnd {
                    guard inner.number == field.number else { throw Self.malformed }
                    return
                }
                try skip(inner, depth: depth - 1)
            }
        case .groupEnd: throw Self.malformed
        }
    }

    private mutating func pass(_ count: Int) throws(WireError) {
        guard remaining >= count else { throw Self.truncated }
        position += count
    }

    private static var truncated: WireError { WireError(.malformed, "a message ends within a field") }
    private static var malformed: WireError { WireError(.malformed, "bytes that are no field of a message") }
}
