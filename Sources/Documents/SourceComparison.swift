import ReplicationCore

/// A field that shows something else than when a document was made from it.
public struct ChangedSource: Hashable, Sendable {
    /// As the document has it.
    public var source: DocumentForm.Source
    /// As JSON, like the source's; nil if the row was deleted.
    public var now: String?
}

/// Compares what a document was made from with what stands now.
public struct SourceComparison {
    private let records: any DocumentRecords

    public init(_ records: any DocumentRecords) { self.records = records }

    /// In the order of the form's sources. Of a row that was deleted every field counts as changed.
    /// - Throws: what the records throw.
    public func changes(since form: DocumentForm) throws -> [ChangedSource] {
        var rows: [RowKey: [String: [Value]]?] = [:]
        return try form.sources.compactMap { source in
            guard let collection = records.schema.collection(named: source.collection), let row = RowID(source.row),
                let field = collection.field(named: source.field), records.mayRead(field.name, of: collection)
            else { return nil }
            let key = RowKey(collection: collection.number, row: row)
            let values: [String: [Value]]?
            if let known = rows[key] { values = known } else { values = try records.row(key) }
            rows[key] = .some(values)
            guard let values else { return try records.isGone(key) ? ChangedSource(source: source, now: nil) : nil }
            let now = DocumentForm.Source.text(values[field.name] ?? [], isSet: collection.group(holding: field.name)?.isSet == true)
            return now == source.value ? nil : ChangedSource(source: source, now: now)
        }
    }
}

extension DocumentForm.Source {
    /// The value of a field as JSON: of a set, its elements in an order that does not depend on how they came.
    static func text(_ values: [Value], isSet: Bool) -> String {
        if isSet { return "[" + values.map(ValueJSON.text).sorted().joined(separator: ",") + "]" }
        return values.first.map(ValueJSON.text) ?? "null"
    }
}
