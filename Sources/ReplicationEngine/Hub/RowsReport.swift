import ReplicationCore
import WireProtocol

/// Which rows are to be listed.
public struct RowsQuestion: Sendable {
    public var collection: String
    /// A field, or `id`.
    public var field: String
    /// Of a text or a choice as it is, of a reference the row's id.
    public var values: [String]
    public var limit: Int

    public init(collection: String, field: String, values: [String], limit: Int) {
        self.collection = collection
        self.field = field
        self.values = values
        self.limit = limit
    }
}

/// Living rows with what they show, for administrators.
struct RowsReport {
    let reader: any HubReader
    let schema: Schema

    func json(_ question: RowsQuestion) throws -> Result<String, ControlRefusal> {
        guard let collection = schema.collection(named: question.collection) else {
            return .failure(ControlRefusal("The schema has no collection '\(question.collection)'."))
        }
        if question.field == "id" {
            let rows = try question.values.prefix(question.limit).compactMap { RowID($0) }.compactMap { try reader.row(RowKey(collection: collection.number, row: $0)) }
            return .success("{\"rows\":[\(rows.filter(\.isAlive).map { Self.json($0, collection) }.joined(separator: ","))]}")
        }
        guard let field = collection.field(named: question.field), collection.group(holding: field.name)?.isSet == false else {
            return .failure(ControlRefusal("\(collection.label) has no field '\(question.field)' by which rows can be listed."))
        }
        var rows: [String] = []
        for value in question.values {
            guard let value = Self.value(value, of: field) else {
                return .failure(ControlRefusal("'\(value)' is no value of \(field.label)."))
            }
            for key in try reader.rows(of: collection.number, where: field.name, equals: value, limit: question.limit) where rows.count < question.limit {
                guard let row = try reader.row(key), row.isAlive else { continue }
                rows.append(Self.json(row, collection))
            }
        }
        return .success("{\"rows\":[\(rows.joined(separator: ","))]}")
    }

    private static func value(_ text: String, of field: Field) -> Value? {
        switch field.type {
        case .reference, .anyReference: RowID(text).map { .reference($0) }
        case .text, .choice: .text(text)
        case .integer, .timestamp, .date: Int64(text).map { .integer($0) }
        case .boolean: Bool(text).map { .boolean($0) }
        case .real, .bytes, .blob, .custom: nil
        }
    }

    private static func json(_ row: RowState, _ collection: ReplicationCore.Collection) -> String {
        var members = ["\"id\":\(ValueJSON.string(row.key.row.description))"]
        for group in collection.groups {
            if group.isSet {
                let elements = row.elements(of: group.number).map { ValueJSON.string($0) }.joined(separator: ",")
                members.append("\(ValueJSON.string(group.fields[0].name)):[\(elements)]")
                continue
            }
            for (field, value) in zip(group.fields, row.shownValues(of: group) ?? []) where !value.isNull {
                members.append("\(ValueJSON.string(field.name)):\(ValueJSON.text(of: value))")
            }
        }
        return "{\(members.joined(separator: ","))}"
    }
}
