import GRDB
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// What was taken away: access, rows, and the rows of earlier log entries.
enum TakenTables {
    /// `_taken` has one row for each row that was purged or erased; erasures are numbered in the order in which they were
    /// made. Ids only: no values.
    static let definition = """
        CREATE TABLE _revocation (
            subject BLOB NOT NULL PRIMARY KEY,
            sequence INTEGER NOT NULL,
            moment INTEGER NOT NULL,
            administrator TEXT NOT NULL,
            reason TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE _taken (
            collection INTEGER NOT NULL,
            row BLOB NOT NULL,
            kind INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            erasure BLOB NOT NULL,
            parent_collection INTEGER,
            parent_row BLOB,
            PRIMARY KEY (collection, row)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX _taken_by_erasure ON _taken (erasure, collection, row) WHERE kind = 2;
        CREATE INDEX _taken_by_parent ON _taken (parent_collection, parent_row) WHERE parent_row IS NOT NULL;
        CREATE TABLE _erasure (
            number INTEGER NOT NULL PRIMARY KEY,
            identity BLOB NOT NULL UNIQUE,
            moment INTEGER NOT NULL,
            is_cleared INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE TABLE _erasure_done (
            replica BLOB NOT NULL PRIMARY KEY,
            identity BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;

        """

    static func write(_ plan: TakenPlan, _ layout: HubLayout, in database: Database) throws {
        for subject in plan.reinstated {
            let statement = try RawStatement(database, "DELETE FROM _revocation WHERE subject = ?")
            try statement.bind(subject, at: 1)
            try statement.run()
        }
        for revocation in plan.revoked { try write(revocation, in: database) }
        for erasure in plan.erasures {
            let statement = try RawStatement(database, "INSERT INTO _erasure (identity, moment) VALUES (?, ?)")
            try statement.bind(erasure.identity, at: 1)
            try statement.bind(unsigned: erasure.milliseconds, at: 2)
            try statement.run()
        }
        let present = Set(layout.schema.collections.map(\.number))
        for row in plan.rows {
            try write(row, in: database)
            if !present.contains(row.key.collection) { try RemovedTables.remove(row.key, in: database) }
        }
        for done in plan.erasuresDone {
            let statement = try RawStatement(database, "INSERT OR REPLACE INTO _erasure_done (replica, identity) VALUES (?, ?)")
            try statement.bind(done.replica, at: 1)
            try statement.bind(done.identity, at: 2)
            try statement.run()
        }
        if let log = plan.log { try erase(log, in: database) }
    }

    private static func write(_ revocation: Revocation, in database: Database) throws {
        let statement = try RawStatement(database, """
            INSERT OR REPLACE INTO _revocation (subject, sequence, moment, administrator, reason) VALUES (?, ?, ?, ?, ?)
            """)
        try statement.bind(revocation.subject, at: 1)
        try statement.bind(revocation.sequence, at: 2)
        try statement.bind(unsigned: revocation.milliseconds, at: 3)
        try statement.bind(revocation.administrator, at: 4)
        try statement.bind(revocation.reason, at: 5)
        try statement.run()
    }

    private static func write(_ row: TakenRow, in database: Database) throws {
        let statement = try RawStatement(database, """
            INSERT OR REPLACE INTO _taken (collection, row, kind, sequence, erasure, parent_collection, parent_row) \
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """)
        try statement.bind(row.key)
        try statement.bind(Int64(row.kind.rawValue), at: 3)
        try statement.bind(row.sequence, at: 4)
        try statement.bind(row.erasure, at: 5)
        if let parent = row.parent {
            try statement.bind(parent, at: 6)
        } else {
            try statement.bindNull(at: 6)
            try statement.bindNull(at: 7)
        }
        try statement.run()
    }

    /// Replaces rows in entries of the log by their leaf hashes, one entry at a time.
    private static func erase(_ log: TakenPlan.LogErasure, in database: Database) throws {
        for sequence in log.sequences {
            let find = try RawStatement(database, "SELECT changeset, root FROM _log WHERE sequence = ?")
            try find.bind(sequence, at: 1)
            guard let (bytes, root) = try find.first({ ($0.bytes(0), $0.bytes(1)) }) else { continue }
            let erased = ChangesetCodec.erase(rows: log.rows, fromLogged: bytes, root: root)
            let update = try RawStatement(database, "UPDATE _log SET changeset = ? WHERE sequence = ?")
            try update.bind(erased, at: 1)
            try update.bind(sequence, at: 2)
            try update.run()
        }
    }
}
