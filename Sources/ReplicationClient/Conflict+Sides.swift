import Foundation
import ReplicationCore

extension Conflict {
    /// The values of a side, by field, from what its column holds: a JSON object with the columns of a group, as the hub writes it.
    ///
    /// - Parameters:
    ///   - side: what a column `base`, `theirs` or `yours` holds.
    ///   - collection: of the row that the conflict is about.
    /// - Returns: nil for what is no such object, or has a field that the collection does not have.
    public static func values(of side: String, in collection: ReplicationCore.Collection) -> [String: Value]? {
        // What does not parse is no side; nothing is kept then.
        guard let object = try? JSONSerialization.jsonObject(with: Data(side.utf8)) as? [String: Any] else { return nil }
        var values: [String: Value] = [:]
        for (name, content) in object {
            guard let field = collection.field(named: name), let value = value(content, field) else { return nil }
            values[name] = value
        }
        return values
    }

    private static func value(_ content: Any, _ field: Field) -> Value? {
        if content is NSNull { return .null }
        switch field.type {
        case .text, .choice, .anyReference, .blob, .custom: return (content as? String).map { .text($0) }
        case .integer, .timestamp, .date: return (content as? NSNumber).map { .integer($0.int64Value) }
        case .real: return (content as? NSNumber).flatMap { Value.normalized(real: $0.doubleValue) }
        case .boolean: return (content as? NSNumber).map { .boolean($0.boolValue) }
        case .reference: return (content as? String).flatMap { RowID($0) }.map { .reference($0) }
        case .bytes: return nil
        }
    }
}
