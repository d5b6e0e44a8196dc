import Foundation
import GRDB
import ReplicationCore
import ReplicationEngine

/// The store's own tables. Their names start with an underscore, which collections' names may not.
enum DeviceTables {
    /// The version of these tables.
    static let version = 8
    /// Marks the file as a device's store: "CVDV".
    static let applicationID = 0x4356_4456
    static let names = ["_identity", "_enrolment", "_progress", "_shadow", "_stale", "_outbox", "_refusal", "_ended", "_former_receipt", "_erasure", "_sealed", "_verified", "_held", "_blob", "_blob_use"]

    static func migrate(_ database: Database, path: String) throws {
        let application = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        if application == 0, found == 0, try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") == 0 {
            try create(database)
            try createLaterTables(database)
            // Nothing is held yet. Older stores know what they hold once it is asked for.
            return try database.execute(sql: "INSERT INTO _held (one, rows, cells, sum) VALUES (1, 0, 0, zeroblob(32))")
        }
        guard application == applicationID else {
            throw StorageFault(.corrupt, "The file \(path) is not a device's store. Choose another folder.")
        }
        guard found <= version else {
            throw StorageFault(.newerVersion, "A later version of the program wrote the store at \(path) (version \(found), this one knows \(version)). Update the program; nothing was changed.")
        }
        if found < 2 { try database.execute(sql: "ALTER TABLE _outbox ADD COLUMN departed BLOB") }
        if found < 3 {
            // Earlier versions did not note whether a fork had given an entry another place: it may have.
            try database.execute(sql: """
                ALTER TABLE _outbox ADD COLUMN is_renumbered INTEGER NOT NULL DEFAULT 0;
                UPDATE _outbox SET is_renumbered = 1 WHERE receipt IS NULL;
                """)
        }
        try createLaterTables(database)
        // A program from before version 5 would take the erased form of a changeset for damage; one from before version 7
        // would leave in `_sealed` what is erased; one from before version 8 would change rows and not `_held`.
        if found < version { try database.execute(sql: "PRAGMA user_version = \(version)") }
    }

    /// Stores that were made before there were these tables get them when they are opened. Programs from before
    /// do not look at them, so they are no new version.
    private static func createLaterTables(_ database: Database) throws {
        try database.execute(sql: """
            CREATE TABLE IF NOT EXISTS _enrolment (
              one INTEGER PRIMARY KEY CHECK (one = 1), private_key BLOB NOT NULL
            ) STRICT;
            CREATE TABLE IF NOT EXISTS _ended (
              one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL, kept BLOB NOT NULL
            ) STRICT;
            CREATE TABLE IF NOT EXISTS _former_receipt (
              identity BLOB NOT NULL, sequence INTEGER NOT NULL, receipt BLOB NOT NULL, PRIMARY KEY (identity, sequence)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS _erasure (
              one INTEGER PRIMARY KEY CHECK (one = 1), identity BLOB NOT NULL
            ) STRICT;
            CREATE TABLE IF NOT EXISTS _sealed (
              place INTEGER PRIMARY KEY, collection INTEGER NOT NULL, id BLOB NOT NULL,
              schema_version INTEGER NOT NULL, sequence INTEGER NOT NULL, change BLOB NOT NULL
            ) STRICT;
            CREATE TABLE IF NOT EXISTS _verified (
              one INTEGER PRIMARY KEY CHECK (one = 1), milliseconds INTEGER NOT NULL
            ) STRICT;
            CREATE TABLE IF NOT EXISTS _held (
              one INTEGER PRIMARY KEY CHECK (one = 1), rows INTEGER NOT NULL, cells INTEGER NOT NULL, sum BLOB NOT NULL
            ) STRICT;
            CREATE INDEX IF NOT EXISTS _sealed_by_row ON _sealed (collection, id, place);
            CREATE INDEX IF NOT EXISTS _sealed_by_sequence ON _sealed (sequence);
            """ + SQLiteDeviceTransaction.blobTables)
    }

    private static func create(_ database: Database) throws {
        try database.execute(sql: """
            PRAGMA application_id = \(applicationID);
            PRAGMA user_version = \(version);
            CREATE TABLE _identity (
              one INTEGER PRIMARY KEY CHECK (one = 1), replica BLOB NOT NULL, hub BLOB NOT NULL, user BLOB NOT NULL,
              private_key BLOB NOT NULL, endpoint TEXT NOT NULL, schema TEXT NOT NULL
            ) STRICT;
            CREATE TABLE _progress (
              one INTEGER PRIMARY KEY CHECK (one = 1), site INTEGER NOT NULL, role INTEGER NOT NULL,
              epoch INTEGER NOT NULL, cursor BLOB NOT NULL, basis INTEGER NOT NULL, last_counter INTEGER NOT NULL,
              last_root BLOB NOT NULL, last_position INTEGER NOT NULL, clock INTEGER NOT NULL, scopes TEXT NOT NULL,
              is_restarting INTEGER NOT NULL, safe INTEGER NOT NULL, hub_time INTEGER, hub_monotonic INTEGER,
              hub_boot INTEGER, hub_uncertainty INTEGER
            ) STRICT;
            CREATE TABLE _shadow (
              collection INTEGER NOT NULL, id BLOB NOT NULL, change BLOB, PRIMARY KEY (collection, id)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE _stale (
              collection INTEGER NOT NULL, id BLOB NOT NULL, PRIMARY KEY (collection, id)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE _outbox (
              position INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE, site INTEGER NOT NULL,
              counter INTEGER NOT NULL, predecessor BLOB NOT NULL, root BLOB NOT NULL, changeset BLOB NOT NULL,
              evidence_time INTEGER, evidence_uncertainty INTEGER, receipt BLOB, sequence INTEGER NOT NULL,
              is_settled INTEGER NOT NULL, departed BLOB, is_renumbered INTEGER NOT NULL DEFAULT 0
            ) STRICT;
            CREATE INDEX _outbox_by_place ON _outbox (site, counter);
            CREATE INDEX _outbox_unanswered ON _outbox (site, counter) WHERE receipt IS NULL;
            CREATE INDEX _outbox_unsettled ON _outbox (position) WHERE is_settled = 0;
            CREATE TABLE _refusal (
              identity BLOB NOT NULL, position INTEGER NOT NULL, collection INTEGER NOT NULL, id BLOB NOT NULL,
              rule INTEGER NOT NULL, detail TEXT NOT NULL, remedy TEXT NOT NULL, PRIMARY KEY (identity, position)
            ) STRICT, WITHOUT ROWID;
            """)
    }

    static func identity(_ database: Database) throws -> DeviceIdentity? {
        try RawStatement(
            database, "SELECT replica, hub, user, private_key, endpoint, schema FROM _identity"
        ).first { row in
            DeviceIdentity(
                replica: try row.identifier(0), hub: try row.identifier(1), user: try row.identifier(2),
                privateKey: row.bytes(3), endpoint: row.text(4), schemaText: row.text(5))
        }
    }
}

/// What a store's code needs to know of the schema.
struct DeviceLayout: Sendable {
    let schema: Schema
    let tables: [UInt32: CollectionTable]

    init(schema: Schema, path: String) throws {
        self.schema = schema
        var tables: [UInt32: CollectionTable] = [:]
        for collection in schema.collections { tables[collection.number] = try CollectionTable(collection) }
        self.tables = tables
    }
}
