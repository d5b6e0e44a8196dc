import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine

extension Shell {
    /// A custom field by its name, `custom.KEY`. Of a key that is not defined here the value goes as it was typed: another
    /// device, or the hub, may know it.
    func customField(_ name: String, _ collection: ReplicationCore.Collection) throws -> Field? {
        guard let key = collection.customKey(in: name) else { return nil }
        if let known = try replica().customDefinitions(of: collection.name).fields[key] { return known.field }
        return isUnchecked ? Field(name: name, label: name, type: .text(maximumBytes: CustomLimits.textBytes)) : nil
    }

    /// The values of a row's custom fields, each with what people call it.
    func customValues(_ json: String?, _ collection: ReplicationCore.Collection) throws -> [(String, Value)] {
        guard let json, let members = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] else { return [] }
        let group = collection.customGroup?.name ?? "custom"
        let known = try replica().customDefinitions(of: collection.name).fields
        return members.sorted { $0.key < $1.key }.map { key, member in
            let state = known[key].map { $0.isRetired ? " (retired)" : "" } ?? " (not known here)"
            return ("\(group).\(key)\(state)", Self.value(member, of: known[key]?.type))
        }
    }

    func showFields(_ name: String) throws {
        guard let collection = try replica().schema.collection(named: name) else {
            throw ShellError("fields takes a collection. There are: \(try replica().schema.collections.map(\.name).joined(separator: ", "))")
        }
        let custom = try replica().customDefinitions(of: collection.name)
        let isSpanish = try speaksSpanish()
        var rows: [[(String, Value)]] = []
        for group in collection.groups where !group.isKeyed {
            for (column, field) in group.fields.enumerated() {
                let rules = custom.rules.filter { !$0.isRetired && $0.target == .column(group: group.number, column) }
                rows.append(try line(
                    field.name, field.label, Self.words(field.type), "", field.isMandatory ? "always" : words(rules.map(\.scope))))
            }
        }
        for field in custom.fields.values.sorted(by: { $0.key < $1.key }) {
            let rules = custom.rules.filter { !$0.isRetired && $0.target == .key(field.key) }
            rows.append(try line(
                "\(collection.customGroup?.name ?? "custom").\(field.key)", isSpanish ? field.spanishLabel ?? field.label : field.label,
                CustomType.text(of: field.type) ?? "", field.isRetired ? "nothing any more: retired" : words([field.scope]), words(rules.map(\.scope))))
        }
        printer.rows(rows, named: "fields")
    }

    private func line(_ name: String, _ label: String, _ type: String, _ scope: String, _ mandatory: String) throws -> [(String, Value)] {
        func text(_ text: String) -> Value { text.isEmpty ? .null : .text(text) }
        return [("field", .text(name)), ("label", .text(label)), ("type", .text(type)), ("for", text(scope)), ("mandatory", text(mandatory))]
    }

    /// Where definitions hold, in words; nothing for none.
    private func words(_ scopes: [CustomScope]) throws -> String {
        try scopes.map { scope in
            if scope.isEverywhere { return "everywhere" }
            let region = try scope.region.map { id in
                try title(of: id) ?? id.description
            }
            return [scope.accountType.map { "\($0) accounts" }, region.map { "in \($0)" }].compactMap { $0 }.joined(separator: " ")
        }.joined(separator: "; ")
    }

    private func title(of region: RowID) throws -> String? {
        let replica = try replica()
        guard let regions = replica.schema.custom.flatMap({ replica.schema.collection($0.regions) }), let title = regions.titleField else { return nil }
        return try replica.query("SELECT \"\(title)\" AS title FROM \"\(regions.name)\" WHERE id = ?", [.reference(region)]).first?.text("title")
    }

    private func speaksSpanish() throws -> Bool {
        let replica = try replica()
        guard let users = replica.schema.collection(replica.schema.userCollection), users.field(named: "language") != nil else { return false }
        return try replica.query("SELECT language FROM \"\(users.name)\" WHERE id = ?", [.reference(replica.identity.user)])
            .first?.text("language")?.hasPrefix("es") ?? false
    }

    private static func words(_ type: FieldType) -> String {
        if case .choice(let choices) = type { return choices.joined(separator: " | ") }
        return CustomType.text(of: type) ?? type.words
    }

    private static func value(_ member: Any, of type: FieldType?) -> Value {
        if let text = member as? String { return .text(text) }
        guard let number = member as? NSNumber else { return .null }
        switch type {
        case .boolean: return .boolean(number.boolValue)
        case .integer, .timestamp, .date: return .integer(number.int64Value)
        default: return Value.normalized(real: number.doubleValue) ?? .null
        }
    }
}
