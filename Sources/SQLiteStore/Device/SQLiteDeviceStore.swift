import Foundation
import GRDB
import ReplicationCore
import ReplicationEngine
import Synchronization

/// A device's store in one SQLite file, readable by its owner only.
///
/// The tables of the collections hold what apps see. Where own writes are pending, what the hub last said
/// of the row stands in `_shadow`; everywhere else it is the row itself.
public final class SQLiteDeviceStore: DeviceStore {
    private let pool: DatabasePool
    private let lock: StoreLock
    private let path: String
    private let layout: Mutex<DeviceLayout?>
    private let isClosed = Atomic(false)

    /// Opens a device's folder, and makes it if it is not there.
    ///
    /// - Parameter parse: reads a schema file.
    /// - Throws: `DeviceStoreError`.
    public init(folder: String, parse: (String) throws -> Schema) throws {
        path = folder + "/device.sqlite"
        let path = path
        (lock, pool) = try Self.faults {
            try Self.makePrivate(folder: folder, file: path)
            let lock = try StoreLock(storeAt: path)
            let pool = try StoreFile.open(at: path, label: "device")
            return (lock, pool)
        }
        let pool = pool
        let opened: DeviceLayout?
        do {
            opened = try Self.faults(at: path) {
                try pool.write { database in
                    try DeviceTables.migrate(database, path: path)
                    guard let text = try DeviceTables.identity(database)?.schemaText else { return nil }
                    let layout = try DeviceLayout(schema: parse(text), path: path)
                    // Earlier versions kept the tables as they were when a device was enrolled again.
                    for table in layout.tables.values { try table.createOrExtend(in: database) }
                    return layout
                }
            }
        } catch {
            // Before the lock is let go of.
            try pool.close()
            throw error
        }
        layout = Mutex(opened)
    }

    public var schema: Schema? { layout.withLock { $0?.schema } }

    public func write<Result>(_ body: (any DeviceTransaction) throws -> Result) throws -> Result {
        try checkOpen()
        let before = layout.withLock { $0 }
        return try Self.faults(at: path) {
            var enrolled: DeviceLayout?
            let result = try pool.write { database in
                let transaction = SQLiteDeviceTransaction(database, layout: before, path: path)
                let result = try body(transaction)
                try transaction.writeHeld()
                enrolled = transaction.layout
                return result
            }
            layout.withLock { $0 = enrolled }
            return result
        }
    }

    public func read<Result>(_ body: (any DeviceReader) throws -> Result) throws -> Result {
        try checkOpen()
        let layout = layout.withLock { $0 }
        return try Self.faults(at: path) {
            try pool.read { try body(SQLiteDeviceTransaction($0, layout: layout, path: path)) }
        }
    }

    public func query(_ sql: String, _ arguments: [Value]) throws -> [StoredRow] {
        try checkOpen()
        return try queried {
            try pool.read { database in
                let statement = try Self.statement(sql, database)
                var columns: [String]?
                return try Row.fetchAll(statement, arguments: StatementArguments(arguments.map(\.databaseValue))).map { row in
                    let names = columns ?? Array(row.columnNames)
                    columns = names
                    return StoredRow(columns: names, values: row.databaseValues.map { Value($0) })
                }
            }
        }
    }

    public func collections(readBy sql: String) throws -> Set<String> {
        try checkOpen()
        let names = schema?.collections.map(\.name) ?? []
        return try queried {
            try pool.read { database in
                let region = try Self.statement(sql, database).databaseRegion
                return Set(names.filter { region.isModified(byEventsOfKind: .insert(tableName: $0)) })
            }
        }
    }

    public func scrub() throws {
        try checkOpen()
        try Self.faults(at: path) { try StoreFile.scrub(pool, compacting: true) }
    }

    public func close() throws {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        defer { lock.release() }
        try Self.faults(at: path) { try StoreFile.close(pool) }
    }

    /// One statement that reads collections and nothing of the store's own.
    private static func statement(_ sql: String, _ database: Database) throws -> Statement {
        let statement = try database.makeStatement(sql: sql)
        guard statement.isReadonly else {
            throw DeviceStoreError(.query, "This statement would write. Use a write transaction of the replica.")
        }
        let region = statement.databaseRegion
        if let own = DeviceTables.names.first(where: { region.isModified(byEventsOfKind: .insert(tableName: $0)) }) {
            throw DeviceStoreError(.query, "The table \(own) belongs to the store and is not for apps.")
        }
        return statement
    }

    private func queried<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError where [.SQLITE_ERROR, .SQLITE_READONLY, .SQLITE_MISUSE, .SQLITE_RANGE].contains(error.resultCode) {
            throw DeviceStoreError(.query, "The query is wrong: \(error.message ?? "\(error)").")
        } catch {
            return try Self.faults(at: path) { throw error }
        }
    }

    private func checkOpen() throws {
        if isClosed.load(ordering: .acquiring) { throw DeviceStoreError(.closed, "The store was closed.") }
    }

    private static func makePrivate(folder: String, file: String) throws {
        let manager = FileManager.default
        do {
            try manager.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StorageFault(.readOnly, "Cannot make the folder \(folder): \(error.localizedDescription). Choose another, or make its parent writable.")
        }
        // SQLite takes an empty file as a new database: a crash from here on leaves nothing half made.
        if !manager.fileExists(atPath: file) {
            try StoreFile.makePrivate(at: file)
            try StoreFile.synchronizeFolder(of: file)
        }
        try StoreFile.checkPresence(of: file, mustExist: true)
    }

    /// Turns what the storage says into what a device's host can act on.
    private static func faults<Result>(at path: String = "", _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw DeviceStoreError(StorageFault(error, at: path))
        } catch let fault as StorageFault {
            throw DeviceStoreError(fault)
        }
    }
}

extension DeviceStoreError {
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

extension Value {
    /// A query's result; booleans come back as the integers 0 and 1, as SQL has no others.
    init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(number)
        case .double(let number): self = Value.normalized(real: number) ?? .null
        case .string(let text): self = .text(text)
        case .blob(let data): self = .bytes(Array(data))
        }
    }

    var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .boolean(let flag): (flag ? 1 : 0).databaseValue
        case .integer(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .bytes(let bytes): Data(bytes).databaseValue
        }
    }
}
