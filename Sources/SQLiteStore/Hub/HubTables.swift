import GRDB

/// The fixed tables of a hub's store. Their names start with an underscore, which no collection's does.
enum HubTables {
    /// Stands in the file's header: "Cvge" in ASCII.
    static let applicationID: Int32 = 0x4376_6765

    /// A migration, once shipped, never changes.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            try database.execute(sql: identity + log + replicas + scopes)
        }
        migrator.registerMigration("2") { try $0.execute(sql: waiting) }
        migrator.registerMigration("3") { try $0.execute(sql: restoring) }
        migrator.registerMigration("4") { try $0.execute(sql: TakenTables.definition) }
        migrator.registerMigration("7") { try $0.execute(sql: handingIn) }
        migrator.registerMigration("8") { try $0.execute(sql: telling) }
        migrator.registerMigration("9") { try $0.execute(sql: windows) }
        migrator.registerMigration("10") { try $0.execute(sql: newest) }
        migrator.registerMigration("12") { try $0.execute(sql: BlobTables.definition) }
        migrator.registerMigration("14") { try $0.execute(sql: CohortTables.definition) }
        migrator.registerMigration("15") { try $0.execute(sql: ServiceTables.definition) }
        migrator.registerMigration("16") { try $0.execute(sql: withholding) }
        return migrator
    }

    /// `_hub` and `_head` have one row each; `_head` changes with every commit, so it is narrow.
    private static let identity = """
        CREATE TABLE _hub (
            one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
            replica BLOB NOT NULL,
            seal_key BLOB NOT NULL,
            epoch INTEGER NOT NULL,
            name TEXT NOT NULL,
            schema_text TEXT NOT NULL,
            shape TEXT NOT NULL
        ) STRICT;
        CREATE TABLE _head (
            one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
            sequence INTEGER NOT NULL,
            chain BLOB NOT NULL,
            latest_effective INTEGER NOT NULL,
            last_site INTEGER NOT NULL
        ) STRICT;

        """

    private static let log = """
        CREATE TABLE _log (
            sequence INTEGER NOT NULL PRIMARY KEY,
            site INTEGER NOT NULL,
            counter INTEGER NOT NULL,
            identity BLOB NOT NULL,
            root BLOB NOT NULL,
            chain BLOB NOT NULL,
            received INTEGER NOT NULL,
            evidence_time INTEGER,
            evidence_uncertainty INTEGER,
            receipt BLOB NOT NULL,
            touched BLOB NOT NULL,
            changeset BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX _log_by_dot ON _log (site, counter);
        CREATE UNIQUE INDEX _log_by_identity ON _log (identity, root);

        """

    private static let replicas = """
        CREATE TABLE _replica (
            id BLOB NOT NULL PRIMARY KEY,
            site INTEGER NOT NULL,
            name TEXT NOT NULL,
            public_key BLOB NOT NULL,
            user BLOB NOT NULL,
            role INTEGER NOT NULL,
            last_counter INTEGER NOT NULL,
            last_root BLOB NOT NULL,
            confirmed INTEGER NOT NULL,
            announced_counter INTEGER NOT NULL,
            enrolled INTEGER NOT NULL,
            last_seen INTEGER NOT NULL,
            is_revoked INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX _replica_by_site ON _replica (site);
        CREATE TABLE _enrolment (
            hash BLOB NOT NULL PRIMARY KEY,
            user BLOB NOT NULL,
            expires INTEGER NOT NULL,
            used_by BLOB
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE _quarantine (
            sequence INTEGER NOT NULL,
            position INTEGER NOT NULL,
            identity BLOB NOT NULL,
            author BLOB NOT NULL,
            rule INTEGER NOT NULL,
            detail TEXT NOT NULL,
            PRIMARY KEY (sequence, position)
        ) STRICT, WITHOUT ROWID;

        """

    /// What is refused may wait for a row; its release is found by changeset, and by the replica to be told.
    private static let waiting = """
        ALTER TABLE _quarantine ADD COLUMN replica BLOB NOT NULL DEFAULT (zeroblob(16));
        ALTER TABLE _quarantine ADD COLUMN awaited_collection INTEGER;
        ALTER TABLE _quarantine ADD COLUMN awaited_row BLOB;
        CREATE INDEX _quarantine_by_identity ON _quarantine (identity);
        CREATE INDEX _quarantine_by_row ON _quarantine (awaited_collection, awaited_row)
            WHERE awaited_row IS NOT NULL;
        CREATE INDEX _quarantine_by_author ON _quarantine (author) WHERE awaited_row IS NOT NULL;
        CREATE TABLE _release (
            sequence INTEGER NOT NULL PRIMARY KEY,
            identity BLOB NOT NULL,
            replica BLOB NOT NULL
        ) STRICT;
        CREATE INDEX _release_by_identity ON _release (identity, sequence);
        CREATE INDEX _release_by_replica ON _release (replica, sequence);

        """

    /// Epochs that a restore ended, what was handed in of them again, and from which backups the hub may be
    /// restored. `_contained` says how far such an epoch is contained in a cell.
    private static let restoring = """
        ALTER TABLE _hub ADD COLUMN last_site_before INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE _kept (
            epoch INTEGER NOT NULL PRIMARY KEY,
            sequence INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE _adopted (
            identity BLOB NOT NULL,
            former INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            receipt BLOB,
            PRIMARY KEY (identity, former)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX _adopted_by_former ON _adopted (former, sequence);
        CREATE TABLE _contained (
            collection INTEGER NOT NULL,
            row BLOB NOT NULL,
            part BLOB NOT NULL,
            epoch INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            PRIMARY KEY (collection, row, part, epoch)
        ) STRICT, WITHOUT ROWID;
        ALTER TABLE _quarantine ADD COLUMN is_parked INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX _quarantine_parked ON _quarantine (sequence, position) WHERE is_parked = 1;
        CREATE TABLE _backup (
            path TEXT NOT NULL PRIMARY KEY,
            sequence INTEGER NOT NULL,
            made INTEGER NOT NULL
        ) STRICT;

        """

    /// A replica hands in once for each epoch what the hub has lost.
    private static let handingIn = "ALTER TABLE _replica ADD COLUMN handed_in INTEGER NOT NULL DEFAULT 0"

    /// Where states of lost time had the writes of cells.
    private static let telling = """
        CREATE TABLE _told (
            identity BLOB NOT NULL,
            collection INTEGER NOT NULL,
            row BLOB NOT NULL,
            part BLOB NOT NULL,
            place INTEGER NOT NULL,
            is_taken_in INTEGER NOT NULL,
            PRIMARY KEY (identity, collection, row, part, place)
        ) STRICT, WITHOUT ROWID;
        """

    /// Refused work that its writer let go of or mended, while it may have been released in lost time.
    private static let withholding = """
        CREATE TABLE _withheld (
            identity BLOB NOT NULL,
            position INTEGER NOT NULL,
            PRIMARY KEY (identity, position)
        ) STRICT, WITHOUT ROWID;
        """

    /// The day that it is in each time zone in use. `part` says which part of scopes an edge passes on, as `ScopeLedger`
    /// writes it; null for the whole.
    private static let windows = """
        ALTER TABLE _edge ADD COLUMN part TEXT;
        CREATE TABLE _day (
            zone TEXT NOT NULL PRIMARY KEY,
            day INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// The living rows that name a parent, and their times, where the newest of them inherit: `field` is the reference, as
    /// in `_edge`. Read from its end.
    private static let newest = """
        CREATE TABLE _newest (
            parent_collection INTEGER NOT NULL,
            parent_row BLOB NOT NULL,
            collection INTEGER NOT NULL,
            field INTEGER NOT NULL,
            time INTEGER NOT NULL,
            row BLOB NOT NULL,
            PRIMARY KEY (parent_collection, parent_row, collection, field, time, row)
        ) STRICT, WITHOUT ROWID;
        """

    /// A membership of a row that the hub does not know yet has `since` 0 and stands in no index.
    /// `_change` is the order of catch-up: a row's place in a scope is the later of the row's own last
    /// change and its entry into the scope.
    private static let scopes = """
        CREATE TABLE _scope (
            number INTEGER NOT NULL PRIMARY KEY,
            kind TEXT NOT NULL,
            key TEXT NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX _scope_by_name ON _scope (kind, key);
        CREATE TABLE _edge (
            source_collection INTEGER NOT NULL,
            source_row BLOB NOT NULL,
            heir_collection INTEGER NOT NULL,
            heir_row BLOB NOT NULL,
            field INTEGER NOT NULL,
            PRIMARY KEY (source_collection, source_row, heir_collection, heir_row, field)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE _membership (
            collection INTEGER NOT NULL,
            row BLOB NOT NULL,
            scope INTEGER NOT NULL,
            count INTEGER NOT NULL,
            since INTEGER NOT NULL,
            PRIMARY KEY (collection, row, scope)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX _membership_by_scope ON _membership (scope, collection, row) WHERE since > 0;
        CREATE TABLE _membership_past (
            collection INTEGER NOT NULL,
            row BLOB NOT NULL,
            scope INTEGER NOT NULL,
            since INTEGER NOT NULL,
            until INTEGER NOT NULL,
            PRIMARY KEY (collection, row, scope, until)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX _membership_past_by_scope ON _membership_past (scope, until, collection, row);
        CREATE TABLE _change (
            scope INTEGER NOT NULL,
            changed INTEGER NOT NULL,
            collection INTEGER NOT NULL,
            row BLOB NOT NULL,
            PRIMARY KEY (scope, changed, collection, row)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE _subscription (
            user BLOB NOT NULL,
            scope INTEGER NOT NULL,
            since INTEGER NOT NULL,
            until INTEGER,
            PRIMARY KEY (user, scope, since)
        ) STRICT, WITHOUT ROWID;

        """
}
