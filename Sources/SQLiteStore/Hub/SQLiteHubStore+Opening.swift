import Foundation
import GRDB
import ReplicationCore
import ReplicationEngine

extension SQLiteHubStore {
    /// Makes a new store. Its folder must exist, the file must not.
    ///
    /// - Parameters:
    ///   - schemaText: the text that `schema` was read from; kept with the store.
    ///   - hubName: names the organisation to people.
    ///   - milliseconds: Unix time of the caller's clock, for the hub's identity.
    ///   - random: makes the identity and the key of receipts; must be fit for secrets.
    /// - Throws: `HubStoreError`; no store is left behind then, only the lock beside it, which means nothing. Where files
    ///   of a former store stand without it, none is made.
    public static func create(
        at path: String, schema: Schema, schemaText: String, hubName: String, milliseconds: UInt64,
        random: inout some RandomNumberGenerator
    ) throws -> SQLiteHubStore {
        var generator = IdentifierGenerator()
        let hub = HubIdentity(
            id: generator.next(milliseconds: milliseconds, random: &random),
            sealKey: (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) },
            epoch: 1, name: hubName, schemaText: schemaText)
        return try translating(path) {
            let layout = try HubLayout(schema: schema, hub: hub, path: path)
            try StoreFile.checkPresence(of: path, mustExist: false)
            let lock = try StoreLock(storeAt: path)
            try StoreFile.checkNothingIsLeft(of: path)
            do {
                try StoreFile.makePrivate(at: path)
                let pool = try StoreFile.open(at: path, label: "hub")
                try closing(pool) {
                    try fill(pool, layout)
                    try StoreFile.synchronizeFolder(of: path)
                }
                return SQLiteHubStore(pool: pool, layout: layout, lock: lock)
            } catch {
                StoreFile.discard(at: path)
                throw error
            }
        }
    }

    /// Opens a store, extending its tables if the schema has grown, and carrying its rows over if the schema tells how.
    ///
    /// - Parameter rebuildsSums: makes the sums that devices compare themselves with anew, from all rows.
    /// - Throws: `HubStoreError`: `otherSchema` if the schema is not the stored one with additions, nor a later version
    ///   whose history tells of it.
    public static func open(at path: String, schema: Schema, schemaText: String, rebuildsSums: Bool = false) throws -> SQLiteHubStore {
        try translating(path) {
            try StoreFile.checkPresence(of: path, mustExist: true)
            let lock = try StoreLock(storeAt: path)
            try StoreFile.checkHeader(of: path, applicationID: HubTables.applicationID)
            try StoreFile.dropSecondNames(of: path)
            let pool = try StoreFile.open(at: path, label: "hub")
            let layout = try closing(pool) {
                try migrate(pool, path)
                let hub = try adopt(schema, schemaText, in: pool, path)
                let layout = try HubLayout(schema: schema, hub: hub, path: path)
                try makeSums(pool, layout, inAnyCase: rebuildsSums)
                return layout
            }
            return SQLiteHubStore(pool: pool, layout: layout, lock: lock)
        }
    }

    /// Does what opening needs, and closes the connections at once if it fails: not at some later moment, when
    /// another may have opened or removed the file.
    static func closing<Result>(_ pool: DatabasePool, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            try pool.close()
            throw error
        }
    }

    /// The text of the schema that a store was last opened with, for those who have only the store.
    public static func schemaText(at path: String) throws -> String {
        try translating(path) {
            try StoreFile.checkPresence(of: path, mustExist: true)
            let lock = try StoreLock(storeAt: path)
            defer { lock.release() }
            try StoreFile.checkHeader(of: path, applicationID: HubTables.applicationID)
            let pool = try StoreFile.open(at: path, label: "hub")
            let text = try closing(pool) {
                try migrate(pool, path)
                return try pool.read { try identity($0, path).schemaText }
            }
            try pool.close()
            return text
        }
    }

    /// Reads all rows, once, where there are no sums yet, or others than by the schema's classes of readers.
    private static func makeSums(_ pool: DatabasePool, _ layout: HubLayout, inAnyCase: Bool) throws {
        try pool.write { database in
            if try !inAnyCase && CohortTables.classes(in: database) == layout.classes.text { return }
            try CohortCheck(database, layout, ScopeLedger(database, numbers: layout.numbers)).rebuild()
        }
    }

    static func migrate(_ pool: DatabasePool, _ path: String) throws {
        let migrator = HubTables.migrator
        if try pool.read({ try migrator.hasBeenSuperseded($0) }) {
            throw StorageFault(.newerVersion, """
                The store at \(path) was written by a later version of this program. Run that version, or restore \
                a backup that this one made.
                """)
        }
        try migrator.migrate(pool)
    }

    private static func fill(_ pool: DatabasePool, _ layout: HubLayout) throws {
        try HubTables.migrator.migrate(pool)
        try pool.write { database in
            try createOrExtendTables(of: layout.schema, in: database)
            let hub = layout.hub
            try database.execute(
                sql: "INSERT INTO _hub (one, replica, seal_key, epoch, name, schema_text, shape) VALUES (1, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    Data(hub.id.bytes), Data(hub.sealKey), Int64(hub.epoch), hub.name, hub.schemaText,
                    try StoredShape(layout.schema).json(),
                ])
            try CohortTables.note(layout.classes, in: database)
            let start = CommitSequence(epoch: hub.epoch, number: 0)
            try HubHead(sequence: start, chain: LogRow.origin(of: hub.id), latestEffective: .zero, lastSite: 0)
                .write(in: database)
        }
        // The file's header must say what it is before anybody looks at it without the log.
        _ = try pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
    }

    static func createOrExtendTables(of schema: Schema, in database: Database) throws {
        for collection in schema.collections { try CollectionTable(collection).createOrExtend(in: database) }
    }

    private static func adopt(
        _ schema: Schema, _ schemaText: String, in pool: DatabasePool, _ path: String
    ) throws -> HubIdentity {
        let newer = StoredShape(schema)
        return try pool.write { database in
            var hub = try identity(database, path)
            let shapeText = try String.fetchOne(database, sql: "SELECT shape FROM _hub") ?? ""
            let stored = try StoredShape(json: shapeText)
            if stored != newer {
                try goOver(from: stored, to: schema, in: database)
                try BlobTables.rebuild(schema, in: database)
                try CohortTables.forget(in: database)
            }
            if stored != newer || hub.schemaText != schemaText {
                try database.execute(
                    sql: "UPDATE _hub SET schema_text = ?, shape = ?", arguments: [schemaText, try newer.json()])
                // Roles may receive other scopes now: the day begins anew for everybody, and with it what they receive.
                try database.execute(sql: "DELETE FROM _day")
                hub.schemaText = schemaText
            }
            return hub
        }
    }

    static func identity(_ database: Database, _ path: String) throws -> HubIdentity {
        let kept = try RawStatement(database, "SELECT sequence FROM _kept ORDER BY epoch").all { $0.sequence(0) }
        let columns = "replica, seal_key, epoch, name, schema_text, last_site_before"
        let hub = try RawStatement(database, "SELECT \(columns) FROM _hub").first {
            HubIdentity(
                id: try $0.identifier(0), sealKey: $0.bytes(1), epoch: $0.unsigned32(2), name: $0.text(3),
                schemaText: $0.text(4), kept: kept, lastSiteBefore: $0.unsigned32(5))
        }
        guard let hub else {
            throw StorageFault(.corrupt, "Making the store at \(path) was interrupted. Remove the file and make it anew.")
        }
        return hub
    }
}
