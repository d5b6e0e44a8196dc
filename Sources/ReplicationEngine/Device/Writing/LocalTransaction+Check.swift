import ReplicationCore

extension LocalTransaction {
    /// Asks every rule that the hub will ask, against what the device's user sees.
    func check(_ operations: [CellOperation], store: any DeviceReader) throws {
        if isUnchecked { return }
        let check = OperationCheck(schema: schema)
        for operation in operations {
            let presence: OperationCheck.RowPresence =
                if created.contains(operation.key) { .beingCreated } else if try view(operation.key) != nil { .known } else { .unknown }
            if let refusal = check.refusal(of: operation, role: role, presence: presence) {
                throw DeviceError.refused(refusal)
            }
            try checkReferences(of: operation)
        }
        for key in created {
            guard let collection = schema.collection(key.collection) else { continue }
            if let refusal = check.refusalOfNewRow(operations.filter { $0.key == key }, in: collection) {
                throw DeviceError.refused(refusal)
            }
        }
        try checkCustom(operations, store: store)
        for key in Set(operations.map(\.key)) {
            guard let row = try confirmed(key), let collection = schema.collection(key.collection) else { continue }
            var growth = RowGrowth(row)
            for operation in operations where operation.key == key {
                if let refusal = growth.refusal(of: operation, in: collection) { throw DeviceError.refused(refusal) }
            }
        }
        for key in Set(operations.map(\.key)) { try checkUniqueness(of: key, operations, store: store) }
    }

    /// A reference that the transaction changes must name a row that the user can see.
    private func checkReferences(of operation: CellOperation) throws {
        guard case .set(let values) = operation.action, let collection = schema.collection(operation.key.collection),
            let group = collection.group(operation.part.group)
        else { return }
        let before = try confirmed(operation.key)?.shownValues(of: group)
        for (column, (field, value)) in zip(group.fields, values).enumerated() {
            guard let target = schema.referenced(by: field, value), before?[column] != value else { continue }
            guard try view(target) != nil else {
                throw DeviceError.refused(Refusal(
                    .unknownReference, "\(field.label) (\(field.name)) of \(collection.label) names a row that is not here."))
            }
        }
    }

    private func checkUniqueness(of key: RowKey, _ operations: [CellOperation], store: any DeviceReader) throws {
        guard let collection = schema.collection(key.collection), let row = try view(key), row.isAlive else { return }
        let written = Set(operations.lazy.filter { $0.key == key }.map(\.part.group))
        for names in collection.unique {
            guard names.contains(where: { collection.group(holding: $0).map { written.contains($0.number) } ?? false })
            else { continue }
            let fields = names.map { (name: $0, value: row.shownValue(of: $0, in: collection) ?? .null) }
            if fields.contains(where: { $0.value.isNull }) { continue }
            for other in try store.rows(of: collection.number, where: fields, limit: 8) where other != key.row {
                // The other row may be given another value by this very transaction.
                guard let rival = try view(RowKey(collection: collection.number, row: other)), rival.isAlive,
                    fields.allSatisfy({ rival.shownValue(of: $0.name, in: collection) == $0.value })
                else { continue }
                throw DeviceError(
                    .notUnique, "Another \(collection.label) has the same \(names.joined(separator: ", ")).")
            }
        }
    }
}
