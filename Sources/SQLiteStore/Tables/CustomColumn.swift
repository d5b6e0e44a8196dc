import ReplicationCore

/// The text of the column of custom fields: a JSON object, for readers with any SQL tool.
enum CustomColumn {
    /// Nil where there are no values. Keys come in byte order, so that equal rows have equal text.
    static func json(_ values: [(key: String, value: Value)]) -> String? {
        if values.isEmpty { return nil }
        return "{" + values.map { "\(SetColumn.string($0.key)):\(json($0.value))" }.joined(separator: ",") + "}"
    }

    private static func json(_ value: Value) -> String {
        switch value {
        case .null: "null"
        case .boolean(let flag): flag ? "true" : "false"
        case .integer(let number): "\(number)"
        case .real(let number): "\(number)"
        case .text(let text): SetColumn.string(text)
        // No custom field takes bytes.
        case .bytes: "null"
        }
    }
}
