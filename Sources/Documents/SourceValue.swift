import ReplicationCore

/// Values as JSON, by which what a document was made from is compared with what stands now.
enum SourceValue {
    static func text(_ values: [Value], isSet: Bool) -> String {
        if isSet { return "[" + values.map(text).sorted().joined(separator: ",") + "]" }
        return values.first.map(text) ?? "null"
    }

    private static func text(_ value: Value) -> String {
        switch value {
        case .null: "null"
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): "\(value)"
        case .real(let value): "\(value)"
        case .text(let value): string(value)
        case .bytes(let value): string(Hexadecimal.text(value))
        }
    }

    /// As RFC 8259, section 7.
    private static func string(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case _ where scalar.value < 0x20: out += "\\u00" + Hexadecimal.text([UInt8(scalar.value)])
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
