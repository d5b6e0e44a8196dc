import ReplicationCore

/// What an administrator has defined holds for imports as well, and imports are how it is defined.
extension CommitDecision {
    /// - Throws: `Refusal` of the first thing that a line breaks.
    mutating func checkCustom(_ operations: [CellOperation], _ made: Set<RowKey>) throws {
        let written = Dictionary(grouping: operations, by: \.key)
        for (key, row) in written.sorted(by: { $0.key < $1.key }) {
            guard let collection = schema.collection(key.collection) else { continue }
            if schema.custom?.holds(key.collection) == true {
                try checkDefinition(key, row, written)
                continue
            }
            let definitions = try definitions(of: collection)
            let isKeyed = row.contains { CustomCheck.concerns($0, in: collection) }
            if definitions.isEmpty, !isKeyed { continue }
            let look = lookNow { written[$0] ?? [] }
            let check = CustomCheck(
                schema: schema, collection: collection, definitions: definitions, writer: nil, look: look)
            let after = try look(key), before = try rows.row(key)
            for operation in row {
                if isKeyed, CustomCheck.concerns(operation, in: collection), let breach = try check.breach(ofValue: operation, on: after) {
                    throw breach.refusal
                }
                if !made.contains(key), let breach = try check.breach(ofClearing: operation, before: before, row: after) { throw breach.refusal }
            }
            if made.contains(key), let after, let breach = try check.breaches(ofNewRow: after).first { throw breach.refusal }
        }
    }

    /// Files do not know what type a custom field has: they give texts.
    mutating func typed(_ value: Value, _ key: String, _ collection: ReplicationCore.Collection) throws -> Value {
        guard case .text(let text) = value, let type = try definitions(of: collection).fields[key]?.type else { return value }
        return CustomType.value(text, as: type) ?? value
    }

    private mutating func checkDefinition(
        _ key: RowKey, _ operations: [CellOperation], _ written: [RowKey: [CellOperation]]
    ) throws {
        let before = try rows.row(key)
        let look = lookNow { written[$0] ?? [] }
        guard let after = try look(key) else { return }
        var known: [UInt32: CustomDefinitions] = [:]
        for collection in schema.collections { known[collection.number] = try isNamed(collection, by: after) ? definitions(of: collection) : nil }
        let check = DefinitionCheck(schema: schema) { known[$0.number] ?? CustomDefinitions() }
        if let refusal = try check?.refusal(of: after, before: before) { throw refusal }
    }

    private func isNamed(_ collection: ReplicationCore.Collection, by definition: RowState) -> Bool {
        guard let rows = schema.collection(definition.key.collection),
            let name = definition.shownValue(of: "collection", in: rows)?.text
        else { return false }
        return schema.collection(onceNamed: name)?.number == collection.number
    }
}
