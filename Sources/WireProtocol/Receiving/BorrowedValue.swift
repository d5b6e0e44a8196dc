import ReplicationCore

/// A value whose bytes stand elsewhere: in a message, or in a column of a row that is being read. It is good for as long as
/// they stand there.
public enum BorrowedValue {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// In its only form: see `Value.normalized`.
    case real(Double)
    /// UTF-8.
    case text(UnsafeRawBufferPointer)
    case bytes(UnsafeRawBufferPointer)
}

extension BorrowedValue {
    /// Reads a `Value` of the protocol.
    ///
    /// - Returns: nil for anything that is not written as this program writes it, whatever it means.
    init?(message: UnsafeRawBufferPointer) throws(WireError) {
        self = .null
        if message.isEmpty { return }
        var reader = MessageReader(message, level: 5)
        guard let field = try reader.next() else { return }
        switch (field.number, field.format) {
        case (1, .varint): self = .boolean(try reader.varint() != 0)
        case (2, .varint): self = .integer(try reader.zigzag())
        case (3, .fixed64):
            let real = try reader.double()
            guard real.isFinite, !(real == 0 && real.sign == .minus) else { return nil }
            self = .real(real)
        case (4, .body):
            let body = try reader.body()
            guard Self.isText(body) else { return nil }
            self = .text(body)
        case (5, .body): self = .bytes(try reader.body())
        default: return nil
        }
        guard reader.isAtEnd else { return nil }
    }

    static func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
        do {
            _ = try UTF8Span(validating: bytes.assumingMemoryBound(to: UInt8.self).span)
            return true
        } catch {
            return false
        }
    }
}
