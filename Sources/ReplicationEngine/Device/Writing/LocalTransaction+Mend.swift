import ReplicationCore
import WireProtocol

extension LocalTransaction {
    /// Writes the refused operations of a changeset anew, with the contexts of what is shown now.
    ///
    /// What only waits is left to follow by itself, unless the user corrects it or a new row needs it; of an
    /// all-or-nothing changeset everything is written.
    /// - Parameters:
    ///   - refused: the changeset of which something is in quarantine.
    ///   - changes: the fields that the user has corrected, by row.
    ///   - omitted: fields whose writes are given up, by row, with those that belong together with them.
    /// - Throws: `DeviceError`: `notRefused`, or the first rule that the corrected operations break.
    public func mend(
        _ refused: ChangesetID, _ changes: [RowKey: [String: Value]] = [:], without omitted: [RowKey: Set<String>] = [:]
    ) throws {
        let refusals = try store.refusals().filter { $0.identity == refused }
        guard !refusals.isEmpty, let entry = try store.outboxEntry(refused) else {
            throw DeviceError(.notRefused, "Nothing of the changeset \(refused) is refused here.")
        }
        let changeset = try ChangesetCodec.decode(entry.changeset).meant(in: schema, at: entry.dot) { try self.view($0) }
        let rules = Dictionary(refusals.map { ($0.position, $0.refusal.rule) }, uniquingKeysWith: { first, _ in first })
        mends = refused
        isAtomic = changeset.header.isAtomic
        var rest = changes
        for operation in changeset.operations.sorted(by: { $0.position < $1.position }) {
            guard let rule = rules[operation.position], let collection = schema.collection(operation.key.collection) else { continue }
            let group = collection.group(operation.part.group)
            if omitted[operation.key]?.contains(where: { group?.hasField($0, in: operation.part) ?? false }) ?? false { continue }
            let isNeeded = created.contains(operation.key) && group?.fields.contains(where: \.isMandatory) ?? false
            let corrected = changes[operation.key]?.filter { group?.hasField($0.key, in: operation.part) ?? false } ?? [:]
            let isCorrected = operation.action == .create ? changes[operation.key] != nil : !corrected.isEmpty
            guard !rule.waitsForRow || isNeeded || isCorrected || isAtomic else { continue }
            try repeatWrite(operation, group, corrected, collection, &rest)
        }
        for (key, fields) in rest.sorted(by: { $0.key < $1.key }) where !fields.isEmpty {
            guard let collection = schema.collection(key.collection) else { continue }
            try set(collection.name, key.row, fields)
        }
    }

    private func repeatWrite(
        _ operation: CellOperation, _ group: Group?, _ corrected: [String: Value], _ collection: Collection,
        _ rest: inout [RowKey: [String: Value]]
    ) throws {
        let row = operation.key.row
        switch operation.action {
        case .create: try create(collection.name, id: row, [:])
        case .set(let values):
            guard let group else { return }
            var fields = Dictionary(zip(group.names(in: operation.part), values), uniquingKeysWith: { first, _ in first })
            for (name, value) in corrected {
                fields[name] = value
                rest[operation.key]?[name] = nil
            }
            try set(collection.name, row, fields)
        case .add, .remove:
            guard let group, let element = operation.part.element else { return }
            if operation.action == .add {
                try add(collection.name, row, group.name, element)
            } else {
                try remove(collection.name, row, group.name, element)
            }
        case .increment(let amount):
            guard let field = group?.fields.first?.name else { return }
            try increment(collection.name, row, field, by: amount)
        case .delete: try delete(collection.name, row)
        case .restore: try restore(collection.name, row)
        }
    }
}

extension Group {
    fileprivate func hasField(_ name: String, in part: Part) -> Bool { names(in: part).contains(name) }

    /// What the columns of a cell are called where fields are written.
    fileprivate func names(in part: Part) -> [String] {
        if isKeyed, let key = part.element { return ["\(name).\(key)"] }
        return fields.map(\.name)
    }
}
