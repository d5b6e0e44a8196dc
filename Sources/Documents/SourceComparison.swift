import ReplicationCore

/// What a document would show otherwise if it were made now.
public struct ChangedSource: Hashable, Sendable {
    /// As the document has it. Of a row that came or went: the field by which it is listed.
    public var source: DocumentForm.Source
    public var now: Present

    public enum Present: Hashable, Sendable {
        /// As JSON, like the source's.
        case value(String)
        /// The row was deleted.
        case deleted
        /// The row is listed, and was not.
        case added
    }

    /// Names it to whoever knows the schema: `collection.field`, and the collection alone where a row was added to it.
    public var name: String { now == .added ? source.collection : "\(source.collection).\(source.field)" }
}

/// Compares what a document was made from with what stands now.
public struct SourceComparison {
    private let records: any DocumentRecords

    public init(_ records: any DocumentRecords) { self.records = records }

    /// In the order of the form's sources, and of its lists behind them. Of a row that was deleted every field counts as changed.
    /// - Throws: what the records throw.
    public func changes(since form: DocumentForm) throws -> [ChangedSource] {
        var rows: [RowKey: [String: [Value]]?] = [:]
        let changed = try form.sources.compactMap { source -> ChangedSource? in
            guard let collection = records.schema.collection(named: source.collection), let row = RowID(source.row),
                let field = collection.field(named: source.field), records.mayRead(field.name, of: collection)
            else { return nil }
            let key = RowKey(collection: collection.number, row: row)
            let values: [String: [Value]]?
            if let known = rows[key] { values = known } else { values = try records.row(key) }
            rows[key] = .some(values)
            guard let values else { return try records.isGone(key) ? ChangedSource(source: source, now: .deleted) : nil }
            let now = DocumentForm.Source.text(values[field.name] ?? [], isSet: collection.group(holding: field.name)?.isSet == true)
            return now == source.value ? nil : ChangedSource(source: source, now: .value(now))
        }
        let shown = Set(form.sources.map(\.row))
        return try changed + form.listed.flatMap { try changes(of: $0, shown: shown) }
    }

    /// The rows that came to a list, those that name another row now, and those that are gone and of which no field is shown.
    private func changes(of list: DocumentForm.List, shown: Set<String>) throws -> [ChangedSource] {
        guard let collection = records.schema.collection(named: list.collection), let row = RowID(list.row),
            case .reference? = collection.field(named: list.field)?.type, records.mayRead(list.field, of: collection)
        else { return [] }
        func source(_ id: RowID, _ value: Value) -> DocumentForm.Source {
            .init(collection: collection.name, row: id.description, field: list.field, value: ValueJSON.text(of: value))
        }
        let present = try records.rows(of: collection.number, where: list.field, names: row)
        let former = list.rows.compactMap { RowID($0) }
        let added = Set(present).subtracting(former).sorted().map { ChangedSource(source: source($0, .null), now: .added) }
        return try added + Set(former).subtracting(present).sorted().compactMap { id in
            let key = RowKey(collection: collection.number, row: id)
            guard let values = try records.row(key) else {
                // Of one that is not held nothing is known.
                let isUntold = try !shown.contains(id.description) && records.isGone(key)
                return isUntold ? ChangedSource(source: source(id, .reference(row)), now: .deleted) : nil
            }
            return ChangedSource(source: source(id, .reference(row)), now: .value(DocumentForm.Source.text(values[list.field] ?? [], isSet: false)))
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
