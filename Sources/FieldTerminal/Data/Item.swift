import ReplicationClient
import ReplicationCore

/// A row of a list, by the names of its query's columns.
struct Item: Sendable, Equatable {
    var collection: String
    var id: RowID
    var values: [String: Value]
    var mark = Mark.none
    /// What a filter looks in: lower case, UTF-8; of items that are not filtered nothing.
    var search: [UInt8] = []

    func text(_ column: String) -> String { values[column]?.text ?? "" }
    func integer(_ column: String) -> Int64? { values[column]?.integer }
    func real(_ column: String) -> Double? { values[column].flatMap { $0.real ?? $0.integer.map(Double.init) } }
    func row(_ column: String) -> RowID? { values[column]?.row }
}

extension Item {
    /// - Parameter searched: the columns that a filter looks in.
    init?(_ row: Row, _ collection: String, _ marks: Marks, searched: [String] = []) {
        guard let id = row.reference("id") else { return nil }
        self.collection = collection
        self.id = id
        values = Dictionary(row.columns.map { ($0, row[$0]) }, uniquingKeysWith: { first, _ in first })
        mark = marks.of(collection, id)
        search = Array(searched.compactMap { row.text($0) }.joined(separator: " ").lowercased().utf8)
    }
}

/// How a row stands with the hub, where that is worth a mark. Later cases come before earlier ones.
enum Mark: Int, Sendable, Comparable {
    case none
    case pending
    case contested
    case refused

    static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    var sign: String {
        switch self {
        case .none: " "
        case .pending: "↑"
        case .contested: "⚠"
        case .refused: "✗"
        }
    }

    func words(_ language: Language) -> String {
        switch self {
        case .none: ""
        case .pending: language(.pendingMark)
        case .contested: language(.contestedMark)
        case .refused: language(.refusedMark)
        }
    }
}

/// The rows that have a mark.
struct Marks: Sendable {
    var pending: Set<RowKey> = []
    var contested: Set<RowKey> = []
    var refused: Set<RowKey> = []
    var numbers: [String: UInt32] = [:]

    func of(_ collection: String, _ id: RowID) -> Mark {
        guard let number = numbers[collection] else { return .none }
        let key = RowKey(collection: number, row: id)
        return refused.contains(key) ? .refused : contested.contains(key) ? .contested : pending.contains(key) ? .pending : .none
    }
}

/// One field of one row.
struct FieldTarget: Sendable, Equatable, Hashable {
    var collection: String
    var row: RowID
    var field: String
    /// Of a set.
    var element: String?
}

/// A field as it is shown.
struct FieldValue: Sendable, Equatable {
    var target: FieldTarget
    var label: String
    var text: String
    var mark = Mark.none
    /// Who wrote it and when; empty where nobody did.
    var author = ""
    var milliseconds: UInt64?
    var isEditable = false
}
