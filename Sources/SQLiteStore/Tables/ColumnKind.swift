import GRDB
import ReplicationCore

/// How the values of a field stand in a column.
enum ColumnKind: String {
    case text
    case integer
    /// 0 or 1.
    case boolean
    case real
    case bytes
    /// A JSON array of the elements that are present, in byte order. Written for readers of the table and
    /// never read back: the elements stand in the clock.
    case set
    /// A JSON object of the values by key, null where there are none. Like a set's column it is written for readers of the
    /// table only.
    case custom

    /// Its cells stand in the clock, whatever the column shows.
    var isForReaders: Bool { self == .set || self == .custom }

    init(_ field: Field, in group: Group) {
        if group.isSet {
            self = .set
            return
        }
        switch field.type {
        case .text, .choice, .anyReference, .blob: self = .text
        case .integer, .timestamp, .date: self = .integer
        case .boolean: self = .boolean
        case .real: self = .real
        case .reference, .bytes: self = .bytes
        case .custom: self = .custom
        }
    }

    /// The type in a STRICT table.
    var sqlType: String {
        switch self {
        case .text, .set, .custom: "TEXT"
        case .integer, .boolean: "INTEGER"
        case .real: "REAL"
        case .bytes: "BLOB"
        }
    }

    /// Binds a value that must come back as it is.
    ///
    /// SQLite would convert a number given to a text column; that is refused here instead, because the
    /// value would no longer be the one that was hashed.
    func bind(_ value: Value, to statement: RawStatement, at position: Int32) throws {
        switch (self, value) {
        case (_, .null): try statement.bindNull(at: position)
        case (.text, .text(let text)), (.set, .text(let text)), (.custom, .text(let text)): try statement.bind(text, at: position)
        case (.integer, .integer(let number)): try statement.bind(number, at: position)
        case (.boolean, .boolean(let flag)): try statement.bind(flag, at: position)
        case (.real, .real(let number)): try statement.bind(number, at: position)
        case (.bytes, .bytes(let bytes)): try statement.bind(bytes, at: position)
        case (_, .boolean), (_, .integer), (_, .real), (_, .text), (_, .bytes):
            throw DatabaseError(resultCode: .SQLITE_MISMATCH, message: "a \(rawValue) column does not take \(value.kind)")
        }
    }

    func read(_ statement: RawStatement, _ column: Int32) -> Value {
        if statement.isNull(column) { return .null }
        return switch self {
        case .text: .text(statement.text(column))
        case .integer: .integer(statement.integer(column))
        case .boolean: .boolean(statement.integer(column) != 0)
        case .real: .real(statement.real(column))
        case .bytes: .bytes(statement.bytes(column))
        case .set, .custom: .null
        }
    }
}

extension Value {
    /// Names the kind for messages, without the value itself.
    fileprivate var kind: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .integer: "an integer"
        case .real: "a real"
        case .text: "text"
        case .bytes: "bytes"
        }
    }
}
