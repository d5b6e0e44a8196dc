import ReplicationCore
import ReplicationEngine

/// What waits for a person to decide.
extension Replica {
    /// The open conflicts that the device holds as rows, where the schema keeps them in a collection `conflict`.
    public func conflicts() throws -> [Row] {
        guard let collection = schema.collection(named: "conflict") else { return [] }
        let open = collection.field(named: "state") == nil ? "" : " AND state IS NOT 'closed'"
        return try query("SELECT * FROM conflict WHERE _alive\(open) ORDER BY id")
    }

    /// The open conflicts that the device holds, with the values of both sides.
    ///
    /// - Throws: `DeviceStoreError`, or `ReplicaError.noSuchValue` if one is about something that this app's schema does not have.
    public func openConflicts() throws -> [Conflict] {
        let schema = schema
        return try conflicts().map { try Conflict($0, in: schema) }
    }

    /// Settles a conflict, online or not: with a side, as in `resolve(conflict, with: conflict.theirs ?? [:])`, or with other
    /// values. It closes everywhere once the hub has taken them.
    ///
    /// - Parameters:
    ///   - conflict: one that is open on this device.
    ///   - values: by field.
    /// - Throws: `DeviceError` for a rule that the hub would refuse too, with nothing changed.
    @discardableResult
    public func resolve(_ conflict: Conflict, with values: [String: Value]) throws -> ChangesetID? {
        try write { try $0.resolve(conflict: conflict.id, conflict.collection, conflict.row, values) }
    }
}
