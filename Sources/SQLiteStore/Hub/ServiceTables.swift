import GRDB
import ReplicationCore
import ReplicationEngine

/// What services of the hub remember for themselves.
enum ServiceTables {
    static let definition = """
        CREATE TABLE _service (
            kind TEXT NOT NULL,
            key BLOB NOT NULL,
            owner BLOB,
            due INTEGER,
            value BLOB NOT NULL,
            PRIMARY KEY (kind, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX _service_by_owner ON _service (owner, kind) WHERE owner IS NOT NULL;
        CREATE INDEX _service_by_due ON _service (kind, due) WHERE due IS NOT NULL;

        """

    static func write(_ plan: CommitPlan, in database: Database) throws {
        for row in plan.taken.rows {
            let statement = try RawStatement(database, "DELETE FROM _service WHERE owner = ?")
            try statement.bind(row.key.row, at: 1)
            try statement.run()
        }
        for change in plan.services {
            switch change {
            case .put(let record): try write(record, in: database)
            case .remove(let key):
                let statement = try RawStatement(database, "DELETE FROM _service WHERE kind = ? AND key = ?")
                try statement.bind(key.kind, at: 1)
                try statement.bind(key.bytes, at: 2)
                try statement.run()
            }
        }
    }

    private static func write(_ record: ServiceRecord, in database: Database) throws {
        let statement = try RawStatement(
            database, "INSERT OR REPLACE INTO _service (kind, key, owner, due, value) VALUES (?, ?, ?, ?, ?)")
        try statement.bind(record.key.kind, at: 1)
        try statement.bind(record.key.bytes, at: 2)
        if let owner = record.owner { try statement.bind(owner, at: 3) } else { try statement.bindNull(at: 3) }
        if let due = record.due { try statement.bind(unsigned: due, at: 4) } else { try statement.bindNull(at: 4) }
        try statement.bind(record.value, at: 5)
        try statement.run()
    }
}

extension SQLiteHubReader {
    private func record(_ statement: RawStatement) throws -> ServiceRecord {
        ServiceRecord(
            ServiceKey(statement.text(0), statement.bytes(1)), owner: statement.isNull(2) ? nil : try statement.identifier(2),
            due: statement.isNull(3) ? nil : statement.unsigned(3), value: statement.bytes(4))
    }

    func serviceRecord(_ key: ServiceKey) throws -> ServiceRecord? {
        let statement = try RawStatement(database, "SELECT kind, key, owner, due, value FROM _service WHERE kind = ? AND key = ?")
        try statement.bind(key.kind, at: 1)
        try statement.bind(key.bytes, at: 2)
        return try statement.first(record)
    }

    func serviceRecords(of kind: String, owner: RowID, limit: Int) throws -> [ServiceRecord] {
        let statement = try RawStatement(
            database, "SELECT kind, key, owner, due, value FROM _service WHERE owner = ? AND kind = ? ORDER BY key LIMIT ?")
        try statement.bind(owner, at: 1)
        try statement.bind(kind, at: 2)
        try statement.bind(Int64(limit), at: 3)
        return try statement.all(record)
    }

    func serviceRecords(of kind: String, dueBy moment: UInt64, limit: Int) throws -> [ServiceRecord] {
        let statement = try RawStatement(
            database, "SELECT kind, key, owner, due, value FROM _service WHERE kind = ? AND due <= ? ORDER BY due LIMIT ?")
        try statement.bind(kind, at: 1)
        try statement.bind(unsigned: moment, at: 2)
        try statement.bind(Int64(limit), at: 3)
        return try statement.all(record)
    }

    func nextDue(of kind: String) throws -> UInt64? {
        let statement = try RawStatement(database, "SELECT min(due) FROM _service WHERE kind = ? AND due IS NOT NULL")
        try statement.bind(kind, at: 1)
        return try statement.first { $0.isNull(0) ? nil : $0.unsigned(0) } ?? nil
    }
}
