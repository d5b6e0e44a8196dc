/// What a field holds.
///
/// Timestamps are integers (Unix milliseconds, UTC), dates are integers (days since 1970-01-01),
/// references and content hashes are bytes. A real is finite and never the negative zero, so that equal
/// values have equal bytes.
public enum Value: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])

    /// A real in its only form; nil if it is not finite.
    public static func normalized(real: Double) -> Value? {
        guard real.isFinite else { return nil }
        return .real(real == 0 ? 0 : real)
    }

    public static func reference(_ row: RowID) -> Value { .bytes(row.bytes) }

    public var isNull: Bool { self == .null }

    public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    public var text: String? { if case .text(let value) = self { value } else { nil } }
    public var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
    public var real: Double? { if case .real(let value) = self { value } else { nil } }
    public var bytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }
    /// The row that a reference names.
    public var row: RowID? { bytes.flatMap { RowID(bytes: $0) } }
}

extension Value {
    /// Equal values have equal bytes: text is compared as UTF-8, not by Swift's canonical equivalence,
    /// so that every language decides alike.
    public static func == (a: Self, b: Self) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.boolean(let a), .boolean(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.real(let a), .real(let b)): a.bitPattern == b.bitPattern
        case (.text(let a), .text(let b)): a.utf8.elementsEqual(b.utf8)
        case (.bytes(let a), .bytes(let b)): a == b
        case (.null, _), (.boolean, _), (.integer, _), (.real, _), (.text, _), (.bytes, _): false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .boolean(let value): hasher.combine(value)
        case .integer(let value): hasher.combine(value)
        case .real(let value): hasher.combine(value.bitPattern)
        case .text(let value): for byte in value.utf8 { hasher.combine(byte) }
        case .bytes(let value): hasher.combine(value)
        }
    }
}
