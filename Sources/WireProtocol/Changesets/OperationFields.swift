import ReplicationCore

/// The fields of one `Operation` as they stand in the bytes: what they mean is not decided here, because that depends on
/// the operation's kind.
struct OperationFields {
    private(set) var group: UInt32 = 0
    private(set) var kind: Int32 = 0
    /// As they were sent: a real may be infinite, no number or the negative zero.
    private(set) var values: [Value] = []
    private(set) var context = ContextFields()
    private(set) var covering: [SeenCellFields] = []
    private(set) var resolves: [UnsafeRawBufferPointer] = []
    /// The place plus one; 0 where the operation follows the one before.
    private(set) var position: UInt32 = 0

    /// Where a context stands, in an operation or in a cell that a deletion covers.
    struct ContextFields {
        var seen: UInt64 = 0
        var seenEpoch: UInt32 = 0
        var pending: [UnsafeRawBufferPointer] = []
    }

    struct SeenCellFields {
        var group: UInt32 = 0
        var element: String?
        var context = ContextFields()
    }

    /// Takes the fields of a serialized `Operation`. Not an initializer: one that throws would copy what it made.
    mutating func read(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
        var reader = MessageReader(bytes, level: 1)
        while let field = try reader.next() {
            switch (field.number, field.format) {
            case (1, .varint): group = try reader.varint32()
            case (2, .varint): kind = Int32(truncatingIfNeeded: try reader.varint())
            case (3, .body):
                // Most groups have one column, and an array of one is made faster than it grows.
                let value = try Self.value(try reader.body())
                if values.isEmpty { values = [value] } else { values.append(value) }
            case (4, .varint): context.seen = try reader.varint()
            case (5, .varint): context.seenEpoch = try reader.varint32()
            case (6, .body): context.pending.append(try reader.body())
            case (7, .body): covering.append(try Self.seenCell(try reader.body()))
            case (8, .body): resolves.append(try reader.body())
            case (9, .varint): position = try reader.varint32()
            default: try reader.skip(field)
            }
        }
    }

    private static func value(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> Value {
        var reader = MessageReader(bytes, level: 2)
        var value = Value.null
        while let field = try reader.next() {
            switch (field.number, field.format) {
            case (1, .varint): value = .boolean(try reader.varint() != 0)
            case (2, .varint): value = .integer(try reader.zigzag())
            case (3, .fixed64): value = .real(try reader.double())
            case (4, .body): value = .text(try reader.text())
            case (5, .body): value = .bytes([UInt8](try reader.body()))
            default: try reader.skip(field)
            }
        }
        return value
    }

    private static func seenCell(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> SeenCellFields {
        var reader = MessageReader(bytes, level: 2)
        var cell = SeenCellFields()
        while let field = try reader.next() {
            switch (field.number, field.format) {
            case (1, .varint): cell.group = try reader.varint32()
            case (2, .body): cell.element = try reader.text()
            case (3, .varint): cell.context.seen = try reader.varint()
            case (4, .varint): cell.context.seenEpoch = try reader.varint32()
            case (5, .body): cell.context.pending.append(try reader.body())
            default: try reader.skip(field)
            }
        }
        return cell
    }
}
