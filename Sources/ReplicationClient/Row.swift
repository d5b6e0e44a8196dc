import Foundation
import ReplicationCore
import ReplicationEngine

/// A row of a query's result, by column name. Timestamps are Unix milliseconds, dates are days since
/// 1970-01-01, yes and no are 1 and 0 in SQL.
public struct Row: Sendable, Equatable {
    private let stored: StoredRow

    init(_ stored: StoredRow) { self.stored = stored }

    public var columns: [String] { stored.columns }

    /// The value; null for a column that the result does not have.
    public subscript(column: String) -> Value {
        stored.columns.firstIndex(of: column).map { stored.values[$0] } ?? .null
    }

    /// The row's own id.
    public var id: RowID { get throws { try value("id", "an id") { $0.row } } }

    public func text(_ column: String) -> String? { self[column].text }
    public func integer(_ column: String) -> Int64? { self[column].integer }
    public func real(_ column: String) -> Double? { self[column].real ?? self[column].integer.map(Double.init) }
    public func boolean(_ column: String) -> Bool? { self[column].integer.map { $0 != 0 } }
    public func bytes(_ column: String) -> [UInt8]? { self[column].bytes }
    /// The row that a reference names.
    public func reference(_ column: String) -> RowID? { self[column].row }

    /// The elements of a set.
    public func elements(_ column: String) throws -> [String] {
        guard let text = text(column) else { return [] }
        do {
            return try JSONDecoder().decode([String].self, from: Data(text.utf8))
        } catch {
            throw ReplicaError(.noSuchValue, "Column '\(column)' is no set.")
        }
    }

    /// A value that must be there.
    public func requiredText(_ column: String) throws -> String { try value(column, "a text") { $0.text } }
    public func requiredInteger(_ column: String) throws -> Int64 { try value(column, "an integer") { $0.integer } }
    public func requiredReference(_ column: String) throws -> RowID { try value(column, "a reference") { $0.row } }

    private func value<Result>(_ column: String, _ what: String, _ read: (Value) -> Result?) throws -> Result {
        guard let result = read(self[column]) else {
            throw ReplicaError(.noSuchValue, "The row has no \(what) in column '\(column)'.")
        }
        return result
    }
}

/// A row as a type of the app's own.
public protocol Record {
    /// The collection whose rows it stands for.
    static var collection: String { get }
    init(row: Row) throws
}
