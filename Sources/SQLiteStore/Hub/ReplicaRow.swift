import GRDB
import ReplicationCore
import ReplicationEngine

/// A replica as a row of `_replica`.
enum ReplicaRow {
    static let columns = """
        id, site, name, public_key, user, role, last_counter, last_root, confirmed, announced_counter, \
        enrolled, last_seen, is_revoked, handed_in
        """

    static func write(_ replica: ReplicaRecord, in database: Database) throws {
        // Not INSERT OR REPLACE: that would silently drop another replica which holds the site.
        let statement = try RawStatement(database, """
            INSERT INTO _replica (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
            ON CONFLICT (id) DO UPDATE SET site = excluded.site, name = excluded.name, \
            public_key = excluded.public_key, user = excluded.user, role = excluded.role, \
            last_counter = excluded.last_counter, last_root = excluded.last_root, \
            confirmed = excluded.confirmed, announced_counter = excluded.announced_counter, \
            enrolled = excluded.enrolled, last_seen = excluded.last_seen, is_revoked = excluded.is_revoked, \
            handed_in = excluded.handed_in
            """)
        try statement.bind(replica.id, at: 1)
        try statement.bind(Int64(replica.site), at: 2)
        try statement.bind(replica.name, at: 3)
        try statement.bind(replica.publicKey, at: 4)
        try statement.bind(replica.user, at: 5)
        try statement.bind(Int64(replica.role), at: 6)
        try statement.bind(unsigned: replica.lastCounter, at: 7)
        try statement.bind(replica.lastRoot, at: 8)
        try statement.bind(replica.confirmed, at: 9)
        try statement.bind(unsigned: replica.announcedCounter, at: 10)
        try statement.bind(unsigned: replica.enrolledMilliseconds, at: 11)
        try statement.bind(unsigned: replica.lastSeenMilliseconds, at: 12)
        try statement.bind(replica.isRevoked, at: 13)
        try statement.bind(Int64(replica.handedIn), at: 14)
        try statement.run()
    }

    static func read(_ statement: RawStatement) throws -> ReplicaRecord {
        ReplicaRecord(
            id: try statement.identifier(0), site: statement.unsigned32(1), name: statement.text(2),
            publicKey: statement.bytes(3), user: try statement.identifier(4), role: statement.unsigned32(5),
            lastCounter: statement.unsigned(6), lastRoot: statement.bytes(7), confirmed: statement.sequence(8),
            announcedCounter: statement.unsigned(9), enrolledMilliseconds: statement.unsigned(10),
            lastSeenMilliseconds: statement.unsigned(11), isRevoked: statement.integer(12) != 0,
            handedIn: statement.unsigned32(13))
    }
}

/// An enrolment code as a row of `_enrolment`.
enum EnrolmentRow {
    static func write(_ code: EnrolmentRecord, in database: Database) throws {
        let statement = try RawStatement(
            database, "INSERT OR REPLACE INTO _enrolment (hash, user, expires, used_by) VALUES (?, ?, ?, ?)")
        try statement.bind(code.hash, at: 1)
        try statement.bind(code.user, at: 2)
        try statement.bind(unsigned: code.expiresMilliseconds, at: 3)
        if let replica = code.usedBy {
            try statement.bind(replica, at: 4)
        } else {
            try statement.bindNull(at: 4)
        }
        try statement.run()
    }

    static func read(hash: [UInt8], in database: Database) throws -> EnrolmentRecord? {
        let statement = try RawStatement(database, "SELECT user, expires, used_by FROM _enrolment WHERE hash = ?")
        try statement.bind(hash, at: 1)
        return try statement.first {
            EnrolmentRecord(
                hash: hash, user: try $0.identifier(0), expiresMilliseconds: $0.unsigned(1),
                usedBy: $0.isNull(2) ? nil : try $0.identifier(2))
        }
    }
}
