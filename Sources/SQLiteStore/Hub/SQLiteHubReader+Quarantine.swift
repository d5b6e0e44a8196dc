import ReplicationCore
import ReplicationEngine

extension SQLiteHubReader {
    /// The oldest come first.
    func quarantined(limit: Int) throws -> [QuarantinedOperation] {
        let statement = try quarantine("ORDER BY sequence, position LIMIT ?")
        try statement.bind(Int64(limit), at: 1)
        return try statement.all { try QuarantineRow.read($0) }
    }

    func quarantined(of identity: ChangesetID) throws -> [QuarantinedOperation] {
        let statement = try quarantine("WHERE identity = ? ORDER BY position")
        try statement.bind(identity, at: 1)
        return try statement.all { try QuarantineRow.read($0) }
    }

    func waiting(for key: RowKey) throws -> [QuarantinedOperation] {
        let statement = try quarantine("WHERE awaited_collection = ? AND awaited_row = ? ORDER BY sequence, position")
        try statement.bind(key)
        return try statement.all { try QuarantineRow.read($0) }
    }

    func parked(limit: Int) throws -> [QuarantinedOperation] {
        let statement = try quarantine("WHERE is_parked = 1 ORDER BY sequence, position LIMIT ?")
        try statement.bind(Int64(limit), at: 1)
        return try statement.all { try QuarantineRow.read($0) }
    }

    func quarantineCount() throws -> Int {
        try RawStatement(database, "SELECT count(*) FROM _quarantine").first { Int($0.integer(0)) } ?? 0
    }

    func waitingCount(of author: RowID?, limit: Int) throws -> Int {
        let whose = author == nil ? "" : "AND author = ?2"
        let statement = try RawStatement(database, """
            SELECT count(*) FROM (SELECT 1 FROM _quarantine WHERE awaited_row IS NOT NULL \(whose) LIMIT ?1)
            """)
        try statement.bind(Int64(limit), at: 1)
        if let author { try statement.bind(author, at: 2) }
        return try statement.first { Int($0.integer(0)) } ?? 0
    }

    // MARK: Releases

    func latestRelease(of identity: ChangesetID) throws -> LogEntry? {
        let statement = try RawStatement(
            database, "SELECT sequence FROM _release WHERE identity = ? ORDER BY sequence DESC LIMIT 1")
        try statement.bind(identity, at: 1)
        return try statement.first { $0.sequence(0) }.flatMap { try entry(at: $0) }
    }

    func releases(to replica: ReplicaID, after sequence: CommitSequence) throws -> [LogEntry] {
        let statement = try RawStatement(
            database, "SELECT sequence FROM _release WHERE replica = ? AND sequence > ? ORDER BY sequence")
        try statement.bind(replica, at: 1)
        try statement.bind(sequence, at: 2)
        return try statement.all { $0.sequence(0) }.compactMap { try entry(at: $0) }
    }

    private func quarantine(_ condition: String) throws -> RawStatement {
        try RawStatement(database, "SELECT \(QuarantineRow.columns) FROM _quarantine \(condition)")
    }
}
