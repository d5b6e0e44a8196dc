/// The rules for definitions themselves: asked by the hub of every row that an administrator writes.
public struct DefinitionCheck {
    private let schema: Schema
    private let custom: CustomSchema
    /// Gives what is defined for a collection without what is being written.
    private let defined: (Collection) throws -> CustomDefinitions

    /// Nil for a schema without custom fields.
    public init?(schema: Schema, defined: @escaping (Collection) throws -> CustomDefinitions) {
        guard let custom = schema.custom else { return nil }
        self.schema = schema
        self.custom = custom
        self.defined = defined
    }

    /// Why a definition cannot stand as it would; nil if it can.
    ///
    /// - Parameters:
    ///   - before: the row as it is; nil of a new one.
    ///   - after: as it would be.
    public func refusal(of after: RowState, before: RowState?) throws -> Refusal? {
        guard let rows = schema.collection(after.key.collection), custom.holds(rows.number) else { return nil }
        func text(_ name: String, _ row: RowState?) -> String? { row?.shownValue(of: name, in: rows)?.text }
        guard let name = text("collection", after), let collection = schema.collection(onceNamed: name) else {
            return wrong("There is no collection '\(text("collection", after) ?? "")'. There are: \(schema.collections.map(\.name).joined(separator: ", ")).")
        }
        let fixed = rows.number == custom.fields ? ["collection", "key"] : ["collection", "field", "account_type"]
        if before != nil {
            for name in fixed where text(name, before) != text(name, after) {
                return wrong("\(name) of a definition never changes: retire this one, and add another.")
            }
        }
        if let refusal = refusalOfLimits(after, rows, collection) { return refusal }
        return try rows.number == custom.fields
            ? refusalOfField(after, before, rows, collection) : refusalOfRule(after, before, rows, collection)
    }

    private func refusalOfLimits(_ row: RowState, _ rows: Collection, _ collection: Collection) -> Refusal? {
        let type = row.shownValue(of: "account_type", in: rows)?.text, region = row.shownValue(of: "region", in: rows)?.row
        if type == nil, region == nil { return nil }
        guard collection.number == custom.account || !collection.accountFields.isEmpty else {
            return wrong("Rows of \(collection.name) belong to no account, so what is defined for them has no account type and no region.")
        }
        if let type, let field = schema.collection(custom.account)?.field(named: custom.type), case .choice(let choices) = field.type,
            !choices.contains(type) {
            return wrong("There is no account type '\(type)'. There are: \(choices.joined(separator: ", ")).")
        }
        return nil
    }

    private func refusalOfField(
        _ after: RowState, _ before: RowState?, _ rows: Collection, _ collection: Collection
    ) throws -> Refusal? {
        guard collection.customGroup != nil else {
            let names = schema.collections.filter { $0.customGroup != nil }.map(\.name).joined(separator: ", ")
            return wrong("\(collection.name) takes no custom fields. These do: \(names).")
        }
        let key = after.shownValue(of: "key", in: rows)?.text ?? ""
        guard CustomLimits.isKey(key) else { return wrong("A key has \(CustomLimits.keyForm).") }
        if collection.place(of: key) != nil { return wrong("\(collection.name) has a field '\(key)' already: choose another key.") }
        let type: FieldType
        do {
            type = try CustomType.read(after.shownValue(of: "type", in: rows)?.text ?? "")
        } catch {
            return wrong(error.description)
        }
        let others = try defined(collection).fields.values.filter { $0.id != after.key.row }
        if others.contains(where: { $0.key == key }) { return wrong("\(collection.name) has a custom field '\(key)' already.") }
        if before == nil, others.count >= CustomLimits.fieldsPerCollection {
            return wrong("\(collection.name) has \(CustomLimits.fieldsPerCollection) custom fields, which is the most that it may have, retired ones included.")
        }
        if let before, let former = CustomField(before, in: schema), !CustomType.areAlike(former.type, type) {
            return wrong("'\(key)' is \(former.type.words), and values of that may stand on devices: a type never changes. Retire it, and add a field with another key.")
        }
        return nil
    }

    private func refusalOfRule(
        _ after: RowState, _ before: RowState?, _ rows: Collection, _ collection: Collection
    ) throws -> Refusal? {
        if before?.shownValue(of: "region", in: rows) ?? .null != after.shownValue(of: "region", in: rows) ?? .null, before != nil {
            return wrong("region of a definition never changes: retire this one, and add another.")
        }
        let name = after.shownValue(of: "field", in: rows)?.text ?? ""
        let known = try defined(collection)
        guard let target = MandatoryRule.Target(name, of: collection, in: schema) else {
            return wrong("\(collection.name) has no field '\(name)' that can be mandatory; sets begin empty. A custom one is called \(collection.customGroup?.name ?? "custom").KEY.")
        }
        switch target {
        case .key(let key):
            guard let field = known.fields[key] else { return wrong("\(collection.name) has no custom field '\(key)': add it first.") }
            let isRetired = after.shownValue(of: "retired", in: rows)?.boolean ?? false
            if field.isRetired, !isRetired { return wrong("The custom field '\(key)' is retired.") }
        case .column(let number, let column):
            guard let group = collection.group(number) else { break }
            switch group.policy {
            case .hubOnly, .derived, .counter, .addWinsSet:
                return wrong("\(name) of \(collection.name) is not written on devices, so it cannot be asked for.")
            case .lastWriter, .authority, .lattice, .keepBoth, .writeOnce: break
            }
            if group.fields[column].isMandatory { return wrong("\(name) of \(collection.name) is mandatory everywhere already.") }
        }
        if before == nil, known.rules.count >= CustomLimits.rulesPerCollection {
            return wrong("\(collection.name) has \(CustomLimits.rulesPerCollection) mandatory rules, which is the most that it may have, retired ones included.")
        }
        return nil
    }

    private func wrong(_ detail: String) -> Refusal { Refusal(.outsideDomain, detail) }
}
