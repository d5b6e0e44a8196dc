import Foundation
import GRDB
import GRDBSQLite
import ReplicationCore
import ReplicationEngine

/// The hub's state in one SQLite file.
///
/// Commits are taken one at a time by the only connection that writes, each in a transaction of its own
/// with `synchronous=FULL`; readers run beside them on snapshots of the write-ahead log. While the store
/// is open its file must not be touched by any other program: copies are made with `backup(to:)`.
public final class SQLiteHubStore: HubStore {
    let pool: DatabasePool
    let layout: HubLayout
    private let lock: StoreLock

    init(pool: DatabasePool, layout: HubLayout, lock: StoreLock) {
        self.pool = pool
        self.layout = layout
        self.lock = lock
    }

    deinit { lock.release() }

    public func commit<Extra>(
        _ decide: (any HubReader) throws -> (CommitPlan, Extra), lastStep: (Extra) throws -> Void
    ) throws -> (Committed, Extra) {
        try Self.translating(layout.path) {
            var outcome: (Committed, Extra)?
            var learnt: [Scope: ScopeNumber] = [:]
            try pool.writeWithoutTransaction { database in
                do {
                    try database.inTransaction(.immediate) {
                        let rowsBefore = RowsBefore(database, layout)
                        let reader = SQLiteHubReader(database, layout, keeping: rowsBefore)
                        let (plan, extra) = try decide(reader)
                        let writer = CommitWriter(
                            database: database, layout: layout, ledger: reader.ledger, rowsBefore: rowsBefore)
                        outcome = (try writer.write(plan), extra)
                        learnt = reader.ledger.learnt
                        try lastStep(extra)
                        return .commit
                    }
                } catch let error as DatabaseError {
                    let systemError = database.sqliteConnection.map { sqlite3_system_errno($0) } ?? 0
                    throw StorageFault(error, at: layout.path, systemError: systemError)
                }
            }
            layout.numbers.remember(learnt)
            guard let outcome else { preconditionFailure("a transaction ended without its outcome") }
            return outcome
        }
    }

    public func read<Result>(_ body: (any HubReader) throws -> Result) throws -> Result {
        try Self.translating(layout.path) {
            try pool.read { database in
                let reader = SQLiteHubReader(database, layout)
                let result = try body(reader)
                layout.numbers.remember(reader.ledger.learnt)
                return result
            }
        }
    }

    public func close() throws {
        try Self.translating(layout.path) { try StoreFile.close(pool) }
        lock.release()
    }

    /// Runs `body` and turns what the database throws into the port's error; other errors pass.
    static func translating<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw HubStoreError(StorageFault(error, at: path))
        } catch let fault as StorageFault {
            throw HubStoreError(fault)
        }
    }
}

extension HubStoreError {
    init(_ fault: StorageFault) {
        let code: Code = switch fault.code {
        case .full: .full
        case .readOnly: .readOnly
        case .inUse: .inUse
        case .newerVersion: .newerVersion
        case .corrupt: .corrupt
        case .otherSchema: .otherSchema
        case .io: .io
        }
        self.init(code, fault.message)
    }
}
