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
}
