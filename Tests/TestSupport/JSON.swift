import Foundation

/// JSON whose text is the same for the same content: keys in the order given, one member to a line.
///
/// Numbers of 64 bits are texts, because many readers take JSON numbers as doubles.
public indirect enum JSON: Equatable, Sendable {
    case null
    case bool(Bool)
    case number(Int)
    case text(String)
    case array([JSON])
    case object([(String, JSON)])

    public init(_ parsed: Any) {
        switch parsed {
        case let text as String: self = .text(text)
        case let array as [Any]: self = .array(array.map { JSON($0) })
        case let object as [String: Any]: self = .object(object.sorted { $0.key < $1.key }.map { ($0.key, JSON($0.value)) })
        case let number as NSNumber where String(cString: number.objCType) == "c": self = .bool(number.boolValue)
        case let number as NSNumber: self = .number(number.intValue)
        default: self = .null
        }
    }

    public static func big(_ value: UInt64) -> JSON { .text(String(value)) }
    public static func big(_ value: Int64) -> JSON { .text(String(value)) }
    public static func hex(_ bytes: some Sequence<UInt8>) -> JSON { .text(Hex.text(bytes)) }

    public subscript(_ key: String) -> JSON {
        guard case .object(let members) = self else { return .null }
        return members.first { $0.0 == key }?.1 ?? .null
    }

    public var array: [JSON] { if case .array(let values) = self { values } else { [] } }
    public var string: String? { if case .text(let value) = self { value } else { nil } }
    /// The bytes of a hexadecimal text.
    public var bytes: [UInt8]? { string.flatMap { Hex.bytes($0) } }

    public static func == (a: Self, b: Self) -> Bool { a.sorted.text == b.sorted.text }

    private var sorted: JSON {
        switch self {
        case .object(let members): .object(members.map { ($0.0, $0.1.sorted) }.sorted { $0.0 < $1.0 })
        case .array(let values): .array(values.map(\.sorted))
        case .null, .bool, .number, .text: self
        }
    }

    public var text: String { written(indent: "") }

    /// On one line, for long lists of small things.
    public var line: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let value): "\(value)"
        case .text(let value): Self.quoted(value)
        case .array(let values): "[" + values.map(\.line).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { "\(Self.quoted($0.0)): \($0.1.line)" }.joined(separator: ", ") + "}"
        }
    }

    private func written(indent: String) -> String {
        let flat = line
        if flat.utf8.count + indent.utf8.count <= 110 { return flat }
        let inner = indent + "  "
        switch self {
        case .array(let values):
            return "[\n" + values.map { inner + $0.written(indent: inner) }.joined(separator: ",\n") + "\n\(indent)]"
        case .object(let members):
            return "{\n" + members.map { "\(inner)\(Self.quoted($0.0)): \($0.1.written(indent: inner))" }
                .joined(separator: ",\n") + "\n\(indent)}"
        case .null, .bool, .number, .text: return flat
        }
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" {
                out += "\\\(scalar)"
            } else if (0x20..<0x7F).contains(scalar.value) {
                out.unicodeScalars.append(scalar)
            } else {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
        }
        return out + "\""
    }
}

public enum Hex {
    public static func text(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    public static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var out: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else { return nil }
            out.append(byte)
        }
        return out
    }
}
