import ReplicationCore
import ReplicationEngine

extension Replica {
    /// The custom fields and mandatory rules of a collection, as far as this device has been told; retired ones are among
    /// them. Values are written as `<group>.<key>`, and stand in the group's column as a JSON object.
    ///
    /// - Throws: `DeviceError.unknownName` if the schema has no such collection.
    public func customDefinitions(of collection: String) throws -> CustomDefinitions {
        let schema = schema
        guard let found = schema.collection(named: collection) else {
            throw DeviceError(.unknownName, "The schema has no collection '\(collection)'.")
        }
        return try store.read { try $0.customDefinitions(of: found, in: schema) }
    }

    /// The custom fields of a row with their values, by key: those that its user may read and that are for this row, empty
    /// ones among them, and those that it has a value of although they are not for it any more.
    ///
    /// - Returns: nothing for a row that is not here, and for collections without custom fields.
    public func customValues(of collection: String, _ id: RowID) throws -> [CustomValue] {
        let schema = schema
        guard let collection = schema.collection(named: collection), let group = collection.customGroup else { return [] }
        let key = RowKey(collection: collection.number, row: id), role = progress.role
        guard schema.mayRead(role, group.number, of: collection) else { return [] }
        return try core.withLock { core in
            try store.read { reader in
                guard let row = try reader.visible(key) else { return [] }
                let check = CustomCheck(
                    schema: schema, collection: collection, definitions: try reader.customDefinitions(of: collection, in: schema), writer: role,
                    look: { try reader.visible($0) })
                let confirmed = try reader.confirmed(key), own = core.driver.replica.pending.operations(on: key)
                return try check.fields(of: row).map { field in
                    let part = Part(group: group.number, element: field.key)
                    return CustomValue(
                        field: field, value: row.customValue(field.key, in: collection) ?? .null,
                        standing: FieldStanding(of: group, own.last { $0.operation.part == part }, confirmed?[part].map { [$0] } ?? []))
                }
            }
        }
    }
}

/// A custom field of a row.
public struct CustomValue: Sendable, Equatable {
    public let field: CustomField
    /// Null where it is empty.
    public let value: Value
    /// Nil for what nobody has written.
    public let standing: FieldStanding?
}
