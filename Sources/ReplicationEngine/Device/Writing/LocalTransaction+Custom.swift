import ReplicationCore

extension LocalTransaction {
    /// Asks what an administrator has defined, against what the device's user sees.
    func checkCustom(_ operations: [CellOperation], store: any DeviceReader) throws {
        var known: [UInt32: CustomDefinitions] = [:]
        for (key, row) in Dictionary(grouping: operations, by: \.key).sorted(by: { $0.key < $1.key }) {
            guard let collection = schema.collection(key.collection) else { continue }
            let definitions = try known[key.collection] ?? store.customDefinitions(of: collection, in: schema)
            known[key.collection] = definitions
            let check = CustomCheck(
                schema: schema, collection: collection, definitions: definitions, writer: role,
                look: { [self] in try view($0) })
            if let breach = try self.breach(of: row, on: key, collection, check) { throw DeviceError.refused(breach.refusal) }
        }
    }

    private func breach(
        of operations: [CellOperation], on key: RowKey, _ collection: Collection, _ check: CustomCheck
    ) throws -> CustomBreach? {
        let after = try view(key)
        for operation in operations where CustomCheck.concerns(operation, in: collection) {
            if let breach = try check.breach(ofValue: operation, on: after) { return breach }
        }
        if created.contains(key) { return try after.flatMap { try check.breaches(ofNewRow: $0).first } }
        let before = try viewBefore(key)
        for operation in operations {
            if let breach = try check.breach(ofClearing: operation, before: before, row: after) { return breach }
        }
        return nil
    }
}

extension DeviceReader {
    /// What an administrator has defined for a collection, as far as the device has been told.
    public func customDefinitions(of collection: Collection, in schema: Schema) throws -> CustomDefinitions {
        let limit = CustomLimits.fieldsPerCollection + CustomLimits.rulesPerCollection
        return try CustomDefinitions(of: collection, in: schema) { number, name in
            try rows(of: number, where: [(name: "collection", value: .text(name))], limit: limit).map { RowKey(collection: number, row: $0) }
        } look: { try visible($0) }
    }
}
