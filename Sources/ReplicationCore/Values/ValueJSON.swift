/// Values as JSON, for conflict records and for output that programs read.
public enum ValueJSON {
    /// An object with these members, in this order.
    public static func object(_ members: [(String, Value)]) -> String {
        "{" + members.map { "\(string($0.0)):\(text(of: $0.1))" }.joined(separator: ",") + "}"
    }

    /// Bytes of 16 become a UUID, other bytes hexadecimal text.
    public static func text(of value: Value) -> String {
        switch value {
        case .null: return "null"
        case .boolean(let value): return value ? "true" : "false"
        case .integer(let value): return "\(value)"
        case .real(let value): return "\(value)"
        case .text(let value): return string(value)
        case .bytes(let value):
            if let row = RowID(bytes: value) { return string(row.description) }
            return string(Hexadecimal.text(value))
        }
    }

    /// A JSON string with its quotes (RFC 8259, section 7).
    public static func string(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            default:
                if scalar.value < 0x20 {
                    out += "\\u00" + Hexadecimal.text(CollectionOfOne(UInt8(scalar.value)))
                } else {
                    out.unicodeScalars.append(scalar)
                }
            }
        }
        return out + "\""
    }
}
