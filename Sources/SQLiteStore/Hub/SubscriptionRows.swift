import GRDB
import ReplicationCore
import ReplicationEngine

/// Which scopes a user receives, and since when, within one transaction.
struct SubscriptionRows {
    let database: Database
    let ledger: ScopeLedger

    /// Ends and begins subscriptions so that the user receives these scopes from `moment` on.
    ///
    /// - Returns: whether anything changed.
    func update(_ user: RowID, to scopes: Set<Scope>, at moment: CommitSequence) throws -> Bool {
        let old = try numbers(of: user)
        let new = Set(try scopes.map { try ledger.number(of: $0) })
        for number in old.subtracting(new) {
            let end = try RawStatement(
                database, "UPDATE _subscription SET until = ?1 WHERE user = ?2 AND scope = ?3 AND until IS NULL")
            try end.bind(moment, at: 1)
            try end.bind(user, at: 2)
            try end.bind(number, at: 3)
            try end.run()
        }
        for number in new.subtracting(old) {
            let begin = try RawStatement(database, "INSERT INTO _subscription (user, scope, since) VALUES (?, ?, ?)")
            try begin.bind(user, at: 1)
            try begin.bind(number, at: 2)
            try begin.bind(moment, at: 3)
            try begin.run()
        }
        return old != new
    }

    /// The scopes that a user receives at the head.
    func numbers(of user: RowID) throws -> Set<ScopeNumber> {
        let now = try RawStatement(database, "SELECT scope FROM _subscription WHERE user = ? AND until IS NULL")
        try now.bind(user, at: 1)
        return Set(try now.all { $0.integer(0) })
    }

    /// What a user receives, and what was taken from them behind the cursor: of what they received at its base, or after the
    /// catch-up began. Of the rest nothing was ever delivered.
    func all(of user: RowID, after cursor: CatchUpCursor, head: CommitSequence) throws -> [Subscription] {
        let find = try RawStatement(database, """
            SELECT scope, since, until FROM _subscription \
            WHERE user = ?1 AND (until IS NULL OR until >= ?2 AND (since <= ?3 OR until > ?4))
            """)
        try find.bind(user, at: 1)
        try find.bind(cursor.place.sequence, at: 2)
        try find.bind(cursor.base, at: 3)
        try find.bind(cursor.begun(at: head), at: 4)
        return try find.all { row in
            Subscription(
                scope: try ledger.scope(row.integer(0)), since: row.sequence(1), until: row.isNull(2) ? nil : row.sequence(2))
        }
    }

    /// The day that it is in each time zone in use, as days since 1970-01-01.
    func days() throws -> [String: Int64] {
        let find = try RawStatement(database, "SELECT zone, day FROM _day")
        return Dictionary(uniqueKeysWithValues: try find.all { ($0.text(0), $0.integer(1)) })
    }

    func forget(_ zone: String) throws {
        let delete = try RawStatement(database, "DELETE FROM _day WHERE zone = ?")
        try delete.bind(zone, at: 1)
        try delete.run()
    }

    func write(_ day: ZoneDay) throws {
        let write = try RawStatement(database, "INSERT OR REPLACE INTO _day (zone, day) VALUES (?, ?)")
        try write.bind(day.zone, at: 1)
        try write.bind(day.day, at: 2)
        try write.run()
    }
}
