import GRDB
import ReplicationCore
import ReplicationEngine

/// One scope's part of a `ChangeStream`, read in portions.
struct ChangeLane {
    let scope: ScopeNumber
    let kind: Kind
    var position: ChangeCursor
    var waiting: ArraySlice<ChangeCursor> = []
    private(set) var isAtEnd = false

    /// Rows that may have a place: each is looked at before it is given out.
    enum Kind: Equatable {
        /// Where they changed, or entered the scope.
        case change
        /// Where they left the scope.
        case departure
        /// In the scope when a subscription to it began.
        case beginning
        /// In the scope when a subscription to it ended.
        case end
    }

    private static let portion = 256

    init(scope: ScopeNumber, kind: Kind, position: ChangeCursor) {
        self.scope = scope
        self.kind = kind
        self.position = position
    }

    /// Reads the next portion when nothing is left of the former one.
    mutating func fill(_ database: Database) throws {
        guard waiting.isEmpty, !isAtEnd else { return }
        let statement = try RawStatement(database, Self.query(kind))
        try bind(limit: Self.portion, to: statement)
        let places = try statement.all {
            ChangeCursor(
                sequence: $0.sequence(0), row: RowKey(collection: $0.unsigned32(1), row: try $0.identifier(2)))
        }
        isAtEnd = places.count < Self.portion
        if let last = places.last { position = last }
        waiting = places[...]
    }

    /// How many places follow, as far as `limit` and one more.
    func count(limit: Int, _ database: Database) throws -> Int {
        let statement = try RawStatement(database, "SELECT count(*) FROM (\(Self.query(kind)))")
        try bind(limit: limit == .max ? limit : limit + 1, to: statement)
        return Int(try statement.first { $0.integer(0) } ?? 0)
    }

    private func bind(limit: Int, to statement: RawStatement) throws {
        try statement.bind(scope, at: 1)
        try statement.bind(position.sequence, at: 2)
        if let row = position.row {
            try statement.bind(row, at: 3)
        } else {
            // After every row of the sequence.
            try statement.bind(Int64.max, at: 3)
            try statement.bind([], at: 4)
        }
        try statement.bind(Int64(limit), at: 5)
    }

    private static func query(_ kind: Kind) -> String {
        func ordered(_ table: String, _ column: String) -> String {
            """
            SELECT \(column), collection, row FROM \(table) \
            WHERE scope = ?1 AND (\(column), collection, row) > (?2, ?3, ?4) \
            ORDER BY \(column), collection, row LIMIT ?5
            """
        }
        let members = "SELECT ?2 AS place, collection, row FROM _membership WHERE scope = ?1 AND since > 0 AND since <= ?2 AND (collection, row) > (?3, ?4)"
        let order = " ORDER BY collection, row LIMIT ?5"
        return switch kind {
        case .change: ordered("_change", "changed")
        case .departure: ordered("_membership_past", "until")
        case .beginning: members + order
        case .end:
            members + """
                 UNION SELECT ?2, collection, row FROM _membership_past \
                WHERE scope = ?1 AND until > ?2 AND since < ?2 AND (collection, row) > (?3, ?4)
                """ + order
        }
    }
}
