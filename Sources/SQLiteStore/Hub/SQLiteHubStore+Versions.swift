import GRDB
import ReplicationCore

/// Goes over to a later schema whose history tells how rows come from the store's one.
extension SQLiteHubStore {
    /// Changes the tables to those of a schema: by carrying rows over where its steps say so, and by adding otherwise.
    ///
    /// - Throws: `StorageFault.otherSchema` if the store's shape is none that the schema's history tells of.
    static func goOver(from stored: StoredShape, to schema: Schema, in database: Database) throws {
        guard let lens = try lens(from: stored, to: schema) else {
            try stored.checkAddition(of: StoredShape(schema))
            return try createOrExtendTables(of: schema, in: database)
        }
        try stored.checkAddition(of: StoredShape(lens.older, keepingScopesOf: stored, in: Set(lens.removed.keys)))
        // What the store lacks of the earlier version was added to it without a step, and is empty.
        try createOrExtendTables(of: lens.older, in: database)
        for number in lens.changedCollections {
            guard let older = lens.older.collection(number), let newer = schema.collection(number),
                let steps = lens.lens(of: number)
            else { continue }
            try CollectionTable.carry(older, to: newer, in: database) { steps.up($0) }
            try RestoreRows.forgetChanged(number, by: steps, in: database)
        }
        for collection in lens.removed.values.sorted(by: { $0.number < $1.number }) {
            try CollectionTable.retire(collection, in: database)
            try leaveScopes(collection.number, in: database)
        }
        try createOrExtendTables(of: schema, in: database)
    }

    /// From the version that the store's tables have; nil if that is the schema's own, or no step leads from it.
    private static func lens(from stored: StoredShape, to schema: Schema) throws -> SchemaLens? {
        guard !schema.history.isEmpty else { return nil }
        if let version = stored.version {
            guard version <= schema.version else {
                throw StoredShape.refusal("the store was opened with version \(version) before, and this is version \(schema.version)")
            }
            return schema.history.lens(from: version)
        }
        // Stores from before versions were noted: the shape tells.
        if stored.collections == StoredShape(schema).collections { return nil }
        let lenses = schema.history.versions.reversed().compactMap { schema.history.lens(from: $0) }
        func shape(_ lens: SchemaLens) -> StoredShape {
            StoredShape(lens.older, keepingScopesOf: stored, in: Set(lens.removed.keys))
        }
        if let same = lenses.first(where: { shape($0).collections == stored.collections }) { return same }
        if stored.isExtended(by: StoredShape(schema)) { return nil }
        return lenses.first { stored.isExtended(by: shape($0)) }
    }

    /// Rows of a collection that is gone are nobody's any more.
    private static func leaveScopes(_ collection: UInt32, in database: Database) throws {
        for table in ["_membership", "_membership_past", "_change"] {
            try database.execute(sql: "DELETE FROM \(table) WHERE collection = ?", arguments: [Int64(collection)])
        }
        try database.execute(
            sql: "DELETE FROM _edge WHERE source_collection = ?1 OR heir_collection = ?1", arguments: [Int64(collection)])
        try database.execute(
            sql: "DELETE FROM _newest WHERE collection = ?1 OR parent_collection = ?1", arguments: [Int64(collection)])
    }
}
