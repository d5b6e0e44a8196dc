import GRDB
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// What those who receive rows should hold, kept with every commit: for each cohort in which scopes it is, and for each
/// class of readers the number of its rows and the sum of its cells' digests.
enum CohortTables {
    /// Rows are counted with the class that reads their liveness. Numbers and sums of no row, cell or difference are not kept,
    /// and a cohort without rows is not. `_sums` says by which classes they were made; without it they have to be made anew.
    static let definition = """
        CREATE TABLE _cohort (
            number INTEGER NOT NULL PRIMARY KEY,
            key BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX _cohort_by_key ON _cohort (key);
        CREATE TABLE _cohort_scope (
            scope INTEGER NOT NULL,
            cohort INTEGER NOT NULL,
            PRIMARY KEY (scope, cohort)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE _cohort_sum (
            cohort INTEGER NOT NULL,
            readers BLOB NOT NULL,
            rows INTEGER NOT NULL,
            cells INTEGER NOT NULL,
            sum BLOB NOT NULL,
            PRIMARY KEY (cohort, readers)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE _sums (
            one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
            classes TEXT NOT NULL
        ) STRICT;

        """

    /// By which classes the sums were made; nil if there are none.
    static func classes(in database: Database) throws -> String? {
        try RawStatement(database, "SELECT classes FROM _sums").first { $0.text(0) }
    }

    static func note(_ classes: ReaderClasses, in database: Database) throws {
        let write = try RawStatement(database, "INSERT OR REPLACE INTO _sums (one, classes) VALUES (1, ?)")
        try write.bind(classes.text, at: 1)
        try write.run()
    }

    /// Sums of rows in another form, or by other classes, say nothing.
    static func forget(in database: Database) throws {
        for table in ["_sums", "_cohort_sum", "_cohort_scope", "_cohort"] { try database.execute(sql: "DELETE FROM \(table)") }
    }

    // MARK: Cohorts

    static func number(of cohort: Cohort, in database: Database) throws -> Int64? {
        let find = try RawStatement(database, "SELECT number FROM _cohort WHERE key = ?")
        try find.bind(cohort.bytes, at: 1)
        return try find.first { $0.integer(0) }
    }

    static func insert(_ cohort: Cohort, in database: Database) throws -> Int64 {
        let insert = try RawStatement(database, "INSERT INTO _cohort (key) VALUES (?)")
        try insert.bind(cohort.bytes, at: 1)
        try insert.run()
        return database.lastInsertedRowID
    }

    static func delete(cohort number: Int64, in database: Database) throws {
        let delete = try RawStatement(database, "DELETE FROM _cohort WHERE number = ?")
        try delete.bind(number, at: 1)
        try delete.run()
    }

    static func insert(_ scopes: [ScopeNumber], of number: Int64, in database: Database) throws {
        for scope in scopes { try change(scope, number, "INSERT INTO _cohort_scope (scope, cohort) VALUES (?, ?)", database) }
    }

    static func delete(_ scopes: [ScopeNumber], of number: Int64, in database: Database) throws {
        for scope in scopes { try change(scope, number, "DELETE FROM _cohort_scope WHERE scope = ? AND cohort = ?", database) }
    }

    private static func change(_ scope: ScopeNumber, _ number: Int64, _ sql: String, _ database: Database) throws {
        let statement = try RawStatement(database, sql)
        try statement.bind(scope, at: 1)
        try statement.bind(number, at: 2)
        try statement.run()
    }

    // MARK: Sums

    static func held(by readers: Readers, of cohort: Int64, in database: Database) throws -> HeldSum {
        let find = try RawStatement(database, "SELECT rows, cells, sum FROM _cohort_sum WHERE cohort = ? AND readers = ?")
        try find.bind(cohort, at: 1)
        try find.bind(readers.bytes, at: 2)
        return try find.first { try held($0, from: 0) } ?? HeldSum()
    }

    static func write(_ held: HeldSum, by readers: Readers, of cohort: Int64, in database: Database) throws {
        let isGone = held.isEmpty
        let statement = try RawStatement(database, isGone
            ? "DELETE FROM _cohort_sum WHERE cohort = ? AND readers = ?"
            : "INSERT OR REPLACE INTO _cohort_sum (cohort, readers, rows, cells, sum) VALUES (?, ?, ?, ?, ?)")
        try statement.bind(cohort, at: 1)
        try statement.bind(readers.bytes, at: 2)
        if !isGone {
            try statement.bind(unsigned: held.rows, at: 3)
            try statement.bind(unsigned: held.cells.cells, at: 4)
            try statement.bind(held.cells.bytes, at: 5)
        }
        try statement.run()
    }

    static func hasSums(_ cohort: Int64, in database: Database) throws -> Bool {
        let find = try RawStatement(database, "SELECT 1 FROM _cohort_sum WHERE cohort = ? LIMIT 1")
        try find.bind(cohort, at: 1)
        return try find.first { _ in true } ?? false
    }

    /// Reads rows, cells and sum from three columns.
    static func held(_ row: RawStatement, from column: Int32) throws -> HeldSum {
        guard let cells = row.withBytes(column + 2, { DigestSum(raw: $0, cells: row.unsigned(column + 1)) }) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a sum of digests has not 32 bytes")
        }
        return HeldSum(rows: row.unsigned(column), cells: cells)
    }
}
