import GRDB
import ReplicationCore
import ReplicationEngine

/// Reads a hub's store within one transaction or snapshot. It must not be kept beyond it.
struct SQLiteHubReader: HubReader {
    let database: Database
    let layout: HubLayout
    let ledger: ScopeLedger
    /// Keeps what the writing of a commit needs of the rows that are read; nil where nothing is written.
    private let rowsBefore: RowsBefore?

    init(_ database: Database, _ layout: HubLayout, keeping rowsBefore: RowsBefore? = nil) {
        self.database = database
        self.layout = layout
        self.rowsBefore = rowsBefore
        ledger = ScopeLedger(database, numbers: layout.numbers)
    }

    var hub: HubIdentity { layout.hub }
    var head: CommitSequence { get throws { try HubHead.read(database).sequence } }
    var latestEffective: HybridTime { get throws { try HubHead.read(database).latestEffective } }
    func lastSite() throws -> Site { try HubHead.read(database).lastSite }

    // MARK: Rows

    func row(_ key: RowKey) throws -> RowState? {
        if let rowsBefore { return try rowsBefore.state(of: key) }
        return try layout.collection(key.collection)?.table.row(key.row, in: database)
    }

    func rows(of collection: UInt32, where field: String, equals value: Value, limit: Int) throws -> [RowKey] {
        guard let table = layout.collection(collection)?.table else {
            return try RemovedTables.rows(of: collection, where: field, equals: value, limit: limit, in: database)
        }
        return try table.rows(where: field, equals: value, limit: limit, in: database).map {
            RowKey(collection: collection, row: $0)
        }
    }

    func count(of collection: UInt32) throws -> Int {
        try layout.collection(collection)?.table.count(in: database) ?? 0
    }

    // MARK: Log

    func entry(at sequence: CommitSequence) throws -> LogEntry? {
        let statement = try RawStatement(database, "SELECT \(LogRow.columns) FROM _log WHERE sequence = ?")
        try statement.bind(sequence, at: 1)
        return try statement.first { try LogRow.read($0) }
    }

    /// The first one, if contents that differ were ever taken in under one identity.
    func entry(of identity: ChangesetID) throws -> LogEntry? {
        let statement = try RawStatement(
            database, "SELECT \(LogRow.columns) FROM _log WHERE identity = ? ORDER BY sequence LIMIT 1")
        try statement.bind(identity, at: 1)
        return try statement.first { try LogRow.read($0) }
    }

    func entry(at dot: Dot) throws -> LogEntry? {
        let statement = try RawStatement(database, "SELECT \(LogRow.columns) FROM _log WHERE site = ? AND counter = ?")
        try statement.bind(Int64(dot.site), at: 1)
        try statement.bind(unsigned: dot.counter, at: 2)
        return try statement.first { try LogRow.read($0) }
    }

    // MARK: Replicas and enrolment

    func replica(_ id: ReplicaID) throws -> ReplicaRecord? {
        let statement = try RawStatement(database, "SELECT \(ReplicaRow.columns) FROM _replica WHERE id = ?")
        try statement.bind(id, at: 1)
        return try statement.first { try ReplicaRow.read($0) }
    }

    func replica(site: Site) throws -> ReplicaRecord? {
        let statement = try RawStatement(database, "SELECT \(ReplicaRow.columns) FROM _replica WHERE site = ?")
        try statement.bind(Int64(site), at: 1)
        return try statement.first { try ReplicaRow.read($0) }
    }

    /// By rising site.
    func replicas() throws -> [ReplicaRecord] {
        try RawStatement(database, "SELECT \(ReplicaRow.columns) FROM _replica ORDER BY site").all { try ReplicaRow.read($0) }
    }

    func enrolmentCode(hash: [UInt8]) throws -> EnrolmentRecord? {
        try EnrolmentRow.read(hash: hash, in: database)
    }
}
