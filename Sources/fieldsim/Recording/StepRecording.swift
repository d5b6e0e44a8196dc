import ReplicationClient
import ReplicationCore

/// Makes steps of changesets, one after another: rows that one makes have a name for the next.
struct StepRecording {
    typealias Fields = [(name: String, values: [String], isSet: Bool)]

    let schema: Schema
    var names: [RowKey: String]
    var counts: [String: Int]
    let device: String

    /// - Returns: nil if nothing of it can be told: it wrote rows that the device does not hold any more.
    mutating func step(_ changeset: OwnChangeset, after seconds: UInt64, flow: (Fields) -> String) -> String? {
        var writes: [String] = []
        var keys: [RowKey] = []
        for operation in changeset.operations where !keys.contains(operation.key) { keys.append(operation.key) }
        for key in keys {
            guard let collection = schema.collection(key.collection) else { continue }
            let operations = changeset.operations.filter { $0.key == key }
            let isNew = operations.contains { $0.action == .create }
            if isNew { name(key, collection) }
            guard let name = names[key] else { continue }
            let masking = ValueMasking(schema: schema, names: names, now: Int64(clamping: changeset.milliseconds))
            let target = "row: \(collection.name)/\(name)"
            // What a new row does not have need not be said.
            let fields = operations.flatMap { Self.fields($0, collection, masking) }.filter { !isNew || $0.values != ["null"] }
            if isNew || !fields.isEmpty { writes.append("{does: \(isNew ? "create" : "set"), \(target), fields: \(flow(fields))}") }
            for operation in operations { if let write = other(operation, collection, target) { writes.append(write) } }
        }
        guard !writes.isEmpty else { return nil }
        let refused = changeset.refused ?? 0
        let isUnchecked = refused > 0 ? ", unchecked: true, note: \(refused) of it refused" : ""
        return "  - {after: \(seconds) s, who: \(device), does: write, writes: [\(writes.joined(separator: ", "))]\(isUnchecked)}"
    }

    private mutating func name(_ key: RowKey, _ collection: ReplicationCore.Collection) {
        counts[collection.name, default: 0] += 1
        names[key] = "\(collection.name)_\(counts[collection.name] ?? 0)"
    }

    /// Of an operation that sets a group: its columns. What stands for nothing is told as null.
    private static func fields(_ operation: CellOperation, _ collection: ReplicationCore.Collection, _ masking: ValueMasking) -> Fields {
        guard case .set(let values) = operation.action, let group = collection.group(operation.part.group), !group.isKeyed else { return [] }
        return zip(group.fields, values).compactMap { field, value in
            if field.type.isBlob { return nil }
            return (field.name, [masking.text(value, of: field, in: collection) ?? (field.isMandatory ? masking.filler(of: field) ?? "null" : "null")], false)
        }
    }

    /// What is no group that is set.
    private func other(_ operation: CellOperation, _ collection: ReplicationCore.Collection, _ target: String) -> String? {
        let field = collection.group(operation.part.group)?.fields.first
        switch operation.action {
        case .add, .remove:
            guard let field, !field.type.isBlob, let element = operation.part.element else { return nil }
            let kind = operation.action == .add ? "add" : "remove"
            return "{does: \(kind), \(target), fields: {\(field.name): [\(ValueJSON.string(MaskedText.of(element)))]}}"
        case .increment(let amount): return field.map { "{does: increment, \(target), fields: {\($0.name): \(amount)}}" }
        case .delete: return "{does: delete, \(target)}"
        case .restore: return "{does: restore, \(target)}"
        case .set, .create: return nil
        }
    }
}
