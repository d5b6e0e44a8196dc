import Foundation
import ReplicationCore

/// Values as scenarios compare them: as texts, so that hub and device, and both stages, say the same.
public enum ShownText {
    /// - Returns: nil for nothing.
    public static func of(_ value: Value) -> String? {
        switch value {
        case .null: nil
        case .boolean(let flag): flag ? "true" : "false"
        case .integer(let number): "\(number)"
        case .real(let number): "\(number)"
        case .text(let text): text
        case .bytes(let bytes): RowID(bytes: bytes).map { "\($0)" } ?? Hexadecimal.text(bytes)
        }
    }

    /// Of a field as a query of a device gives it.
    public static func of(_ value: Value, field: Field, isSet: Bool) -> String? {
        if isSet { return value.text.flatMap { set(of: elements($0)) } }
        if case .boolean = field.type, let number = value.integer { return number == 0 ? "false" : "true" }
        return of(value)
    }

    /// Of the elements of a set.
    public static func set(of elements: [String]) -> String? { elements.isEmpty ? nil : elements.sorted().joined(separator: ", ") }

    /// The elements of a set out of its JSON; a text that is none is its own.
    private static func elements(_ json: String) -> [String] {
        do {
            return try JSONDecoder().decode([String].self, from: Data(json.utf8))
        } catch {
            return [json]
        }
    }
}
