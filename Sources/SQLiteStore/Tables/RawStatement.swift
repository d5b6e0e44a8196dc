import GRDB
import GRDBSQLite
import ReplicationCore
import WireProtocol

/// A statement of the connection's cache, bound and stepped through SQLite's own interface.
///
/// It costs what C costs: no argument arrays, no row objects. Every use ends with a reset, also when it
/// throws, so that no statement keeps a snapshot or a lock. A statement must not be run inside its own
/// loop: both are the same cached statement. `handle` belongs to `statement`, which every use therefore
/// keeps alive to its end.
package struct RawStatement {
    private let statement: Statement
    private let database: Database
    private let handle: OpaquePointer

    package init(_ database: Database, _ sql: String) throws {
        statement = try database.cachedStatement(sql: sql)
        handle = statement.sqliteStatement
        self.database = database
        precondition(sqlite3_stmt_busy(handle) == 0, "statement is in use: \(sql)")
    }

    // MARK: Binding. Positions start at 1. SQLite copies what it is given.

    package func bind(_ value: Int64, at position: Int32) throws {
        try check(sqlite3_bind_int64(handle, position, value))
    }

    /// The same 64 bits: what is above `Int64.max` is stored as a negative number.
    package func bind(unsigned value: UInt64, at position: Int32) throws {
        try bind(Int64(bitPattern: value), at: position)
    }

    package func bind(_ value: Bool, at position: Int32) throws {
        try check(sqlite3_bind_int(handle, position, value ? 1 : 0))
    }

    package func bind(_ value: Double, at position: Int32) throws {
        try check(sqlite3_bind_double(handle, position, value))
    }

    package func bindNull(at position: Int32) throws {
        try check(sqlite3_bind_null(handle, position))
    }

    /// Text is bound with its length: a zero character inside is kept.
    package func bind(_ value: String, at position: Int32) throws {
        var value = value
        try check(value.withUTF8 { utf8 in
            guard let start = utf8.baseAddress else { return sqlite3_bind_text(handle, position, "", 0, Self.copied) }
            return start.withMemoryRebound(to: CChar.self, capacity: utf8.count) {
                sqlite3_bind_text64(handle, position, $0, UInt64(utf8.count), Self.copied, UInt8(SQLITE_UTF8))
            }
        })
    }

    package func bind(_ value: [UInt8], at position: Int32) throws {
        try check(value.withUnsafeBytes { bytes in
            // A null address would bind NULL instead of an empty blob.
            guard let start = bytes.baseAddress, !bytes.isEmpty else { return sqlite3_bind_zeroblob(handle, position, 0) }
            return sqlite3_bind_blob64(handle, position, start, UInt64(bytes.count), Self.copied)
        })
    }

    /// Binds what stands in memory that outlives the next run. SQLite does not copy it.
    package func bind(lent value: BorrowedValue, at position: Int32) throws {
        switch value {
        case .null: try bindNull(at: position)
        case .boolean(let flag): try bind(flag, at: position)
        case .integer(let number): try bind(number, at: position)
        case .real(let number): try bind(number, at: position)
        case .text(let bytes):
            guard let start = bytes.baseAddress, !bytes.isEmpty else { return try bind("", at: position) }
            try check(sqlite3_bind_text64(
                handle, position, start.assumingMemoryBound(to: CChar.self), UInt64(bytes.count), nil, UInt8(SQLITE_UTF8)))
        case .bytes(let bytes): try bind(lent: bytes, at: position)
        }
    }

    package func bind(lent bytes: UnsafeRawBufferPointer, at position: Int32) throws {
        // A null address would bind NULL instead of an empty blob.
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return try check(sqlite3_bind_zeroblob(handle, position, 0)) }
        try check(sqlite3_bind_blob64(handle, position, start, UInt64(bytes.count), nil))
    }

    package func bind<Subject>(_ value: Identifier<Subject>, at position: Int32) throws {
        let words = (value.high.bigEndian, value.low.bigEndian)
        try check(withUnsafeBytes(of: words) {
            sqlite3_bind_blob(handle, position, $0.baseAddress, 16, Self.copied)
        })
    }

    /// - Throws: for a sequence that no hub can have given. One statement fails then, and not the process.
    package func bind(_ value: CommitSequence, at position: Int32) throws {
        guard value.isPossible else {
            throw DatabaseError(resultCode: .SQLITE_RANGE, message: "sequence \(value) cannot be stored", sql: statement.sql)
        }
        try bind(value.packed, at: position)
    }

    // MARK: Running

    /// Runs a statement that gives no rows.
    package func run() throws {
        defer { withExtendedLifetime(statement) { _ = sqlite3_reset(handle) } }
        try stepToEnd()
    }

    /// Runs a statement that gives no rows, with what is lent to it.
    ///
    /// - Returns: how many rows it has changed.
    package func runLent() throws -> Int {
        defer {
            withExtendedLifetime(statement) {
                _ = sqlite3_reset(handle)
                // Nothing may look at what was lent once it is gone.
                _ = sqlite3_clear_bindings(handle)
            }
        }
        try stepToEnd()
        return Int(sqlite3_changes64(sqlite3_db_handle(handle)))
    }

    /// Runs the statement and reads its first row, if there is one.
    package func first<Result>(_ read: (RawStatement) throws -> Result) throws -> Result? {
        defer { withExtendedLifetime(statement) { _ = sqlite3_reset(handle) } }
        return try step() ? try read(self) : nil
    }

    /// Runs the statement and reads every row.
    package func all<Result>(_ read: (RawStatement) throws -> Result) throws -> [Result] {
        defer { withExtendedLifetime(statement) { _ = sqlite3_reset(handle) } }
        var results: [Result] = []
        while try step() { results.append(try read(self)) }
        return results
    }

    /// Runs the statement and gives each row as it is read.
    package func each(_ read: (RawStatement) throws -> Void) throws {
        defer { withExtendedLifetime(statement) { _ = sqlite3_reset(handle) } }
        while try step() { try read(self) }
    }

    private func stepToEnd() throws {
        while try step() {}
    }

    private func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw failure(code)
        }
    }

    // MARK: Reading the current row. Columns start at 0.

    package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    package func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    package func unsigned(_ column: Int32) -> UInt64 { UInt64(bitPattern: integer(column)) }

    package func unsigned32(_ column: Int32) -> UInt32 { UInt32(truncatingIfNeeded: integer(column)) }

    package func real(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }

    package func sequence(_ column: Int32) -> CommitSequence { CommitSequence(packed: integer(column)) }

    /// Bytes that are no UTF-8, which only a foreign tool can have written, are replaced.
    package func text(_ column: Int32) -> String {
        guard let start = sqlite3_column_text(handle, column) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// Bytes of a text, which stand until the next step.
    package func lentText(_ column: Int32) -> UnsafeRawBufferPointer {
        let start = UnsafeRawPointer(sqlite3_column_text(handle, column))
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
    }

    /// Bytes of a blob, which stand until the next step.
    package func lentBytes(_ column: Int32) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(handle, column)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
    }

    package func bytes(_ column: Int32) -> [UInt8] {
        withBytes(column) { [UInt8]($0) }
    }

    /// Lends the bytes of a blob until `body` returns.
    package func withBytes<Result>(_ column: Int32, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        let start = sqlite3_column_blob(handle, column)
        return try body(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }

    package func identifier<Subject>(_ column: Int32) throws -> Identifier<Subject> {
        try withBytes(column) { bytes in
            guard bytes.count == 16 else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "an identity has \(bytes.count) bytes")
            }
            return Identifier(
                high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }

    // MARK: Failure

    private func check(_ code: CInt) throws {
        if code != SQLITE_OK { throw failure(code) }
    }

    private func failure(_ code: CInt) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(sqlite3_db_handle(handle))),
            sql: statement.sql)
    }

    /// SQLITE_TRANSIENT, a cast that the C header makes with a macro: SQLite copies at once.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
