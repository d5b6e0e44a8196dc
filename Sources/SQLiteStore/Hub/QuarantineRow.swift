import GRDB
import ReplicationCore
import ReplicationEngine

/// A row of `_quarantine`.
enum QuarantineRow {
    static let columns = """
        sequence, position, identity, author, rule, detail, replica, awaited_collection, awaited_row, is_parked
        """

    /// What leaves quarantine, what enters it, and what is released.
    static func write(_ plan: CommitPlan, in database: Database) throws {
        for place in plan.settled {
            let statement = try RawStatement(database, "DELETE FROM _quarantine WHERE sequence = ? AND position = ?")
            try statement.bind(place.sequence, at: 1)
            try statement.bind(Int64(place.position), at: 2)
            try statement.run()
        }
        for operation in plan.quarantine { try write(operation, in: database) }
        for release in plan.releases {
            let statement = try RawStatement(
                database, "INSERT INTO _release (sequence, identity, replica) VALUES (?, ?, ?)")
            try statement.bind(release.sequence, at: 1)
            try statement.bind(release.identity, at: 2)
            try statement.bind(release.replica, at: 3)
            try statement.run()
        }
    }

    private static func write(_ operation: QuarantinedOperation, in database: Database) throws {
        let statement = try RawStatement(
            database, "INSERT OR REPLACE INTO _quarantine (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        try statement.bind(operation.sequence, at: 1)
        try statement.bind(Int64(operation.position), at: 2)
        try statement.bind(operation.identity, at: 3)
        try statement.bind(operation.author, at: 4)
        try statement.bind(Int64(operation.refusal.rule.rawValue), at: 5)
        try statement.bind(operation.refusal.detail, at: 6)
        try statement.bind(operation.replica, at: 7)
        if let awaited = operation.awaits {
            try statement.bind(Int64(awaited.collection), at: 8)
            try statement.bind(awaited.row, at: 9)
        } else {
            try statement.bindNull(at: 8)
            try statement.bindNull(at: 9)
        }
        try statement.bind(operation.isParked, at: 10)
        try statement.run()
    }

    static func read(_ row: RawStatement) throws -> QuarantinedOperation {
        // A rule of a later version is kept with its text; only its number is not known here.
        let rule = Refusal.Rule(rawValue: row.unsigned32(4)) ?? .undecodable
        return QuarantinedOperation(
            sequence: row.sequence(0), position: row.unsigned32(1), identity: try row.identifier(2),
            author: try row.identifier(3), replica: try row.identifier(6), refusal: Refusal(rule, row.text(5)),
            awaits: row.isNull(8) ? nil : RowKey(collection: row.unsigned32(7), row: try row.identifier(8)),
            isParked: row.integer(9) != 0)
    }
}
