extension Field {
    /// Why a value does not fit the field; nil if it does. Null fits every field: whether a new row must
    /// have it is asked elsewhere.
    ///
    /// The words never quote the value: they stand in receipts and in the log's chain, from which nothing can be
    /// erased.
    public func refusal(of value: Value, in schema: Schema) -> Refusal? {
        if value.isNull { return nil }
        switch (type, value) {
        case (.text(let maximum), .text(let text)):
            return text.utf8.count <= maximum
                ? nil : outside("has \(text.utf8.count) bytes; it takes at most \(maximum)")
        case (.integer(let minimum, let maximum), .integer(let number)):
            return minimum...maximum ~= number
                ? nil : outside("is out of range; it takes \(minimum) to \(maximum)")
        case (.real, .real), (.boolean, .boolean): return nil
        case (.timestamp, .integer(let milliseconds)):
            // The years 1677 to 2262: what every language's time type can hold.
            return -9_223_372_036_854...9_223_372_036_854 ~= milliseconds ? nil : outside("is no time that a calendar knows")
        case (.date, .integer(let days)):
            return -106_751...106_751 ~= days ? nil : outside("is no day that a calendar knows")
        case (.choice(let choices), .text(let text)):
            return choices.contains(text) ? nil : outside("is none of its choices: \(choices.joined(separator: ", "))")
        case (.reference, .bytes(let bytes)):
            return bytes.count == 16 ? nil : outside("is no row id: it has \(bytes.count) bytes, not 16")
        case (.anyReference(let collections), .text(let text)):
            guard let key = schema.rowKey(fromReference: text) else {
                return outside("is no reference of the form collection/uuid")
            }
            return collections.contains(key.collection) ? nil : outside("names a collection that it does not take")
        case (.bytes(let maximum), .bytes(let bytes)):
            return bytes.count <= maximum
                ? nil : outside("has \(bytes.count) bytes; it takes at most \(maximum)")
        case (.blob(let maximum), .text(let text)):
            guard let reference = BlobReference(text: text) else {
                return outside("is no reference to a blob: SHA-256, size and media type, and of a thumbnail SHA-256 and size")
            }
            let largest = max(reference.blob.size, reference.thumbnail?.size ?? 0)
            return largest <= maximum
                ? nil : outside("names a blob of \(largest) bytes; it takes at most \(maximum)")
        case (.custom, .text(let text)):
            return text.utf8.count <= CustomLimits.textBytes
                ? nil : outside("has \(text.utf8.count) bytes; it takes at most \(CustomLimits.textBytes)")
        case (.custom, .integer), (.custom, .real), (.custom, .boolean): return nil
        case (.text, _), (.integer, _), (.real, _), (.boolean, _), (.timestamp, _), (.date, _), (.choice, _),
            (.reference, _), (.anyReference, _), (.bytes, _), (.blob, _), (.custom, _):
            return Refusal(.wrongType, "\(label) (\(name)) takes \(type.words), not \(value.words).")
        }
    }

    private func outside(_ what: String) -> Refusal { Refusal(.outsideDomain, "\(label) (\(name)) \(what).") }
}

extension Schema {
    /// Reads the text form of an any-reference, `collection/uuid`. Only the usual form is one, so that references to
    /// one row have the same bytes wherever they are compared.
    public func rowKey(fromReference text: String) -> RowKey? {
        guard let slash = text.firstIndex(of: "/"), let collection = collection(named: String(text[..<slash])),
            case let id = text[text.index(after: slash)...], id.utf8.count == 36, let row = RowID(String(id)),
            row.description.utf8.elementsEqual(id.utf8)
        else { return nil }
        return RowKey(collection: collection.number, row: row)
    }

    /// The text form of a reference to any row; nil for an unknown collection.
    public func reference(to key: RowKey) -> String? {
        collection(key.collection).map { "\($0.name)/\(key.row)" }
    }

    /// The row that a field's value names; nil if the field is no reference, or null.
    public func referenced(by field: Field, _ value: Value) -> RowKey? {
        switch field.type {
        case .reference(let collection): value.row.map { RowKey(collection: collection, row: $0) }
        case .anyReference: value.text.flatMap { rowKey(fromReference: $0) }
        case .text, .integer, .real, .boolean, .timestamp, .date, .choice, .bytes, .blob, .custom: nil
        }
    }
}

extension FieldType {
    /// What people call it.
    public var words: String {
        switch self {
        case .text: "a text"
        case .integer: "an integer"
        case .real: "a number"
        case .boolean: "yes or no"
        case .timestamp: "a time"
        case .date: "a date"
        case .choice: "a choice"
        case .reference, .anyReference: "a reference to a row"
        case .bytes: "bytes"
        case .blob: "a reference to a blob"
        case .custom: "what the custom field of its key takes"
        }
    }
}

extension Value {
    /// What people call it.
    public var words: String {
        switch self {
        case .null: "nothing"
        case .boolean: "yes or no"
        case .integer: "an integer"
        case .real: "a number"
        case .text: "a text"
        case .bytes: "bytes"
        }
    }
}
