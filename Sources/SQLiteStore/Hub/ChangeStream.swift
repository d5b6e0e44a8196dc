import GRDB
import ReplicationCore
import ReplicationEngine

/// What changed, entered and left in some scopes after a cursor, as one stream by rising (sequence, row).
///
/// A row stands in it once: at its latest place in any of the scopes while it is in one of them, at its
/// latest departure from them otherwise. So rows and departures share one order, one limit and one cursor,
/// and pages of any size add up to the same stream.
struct ChangeStream {
    private let database: Database
    private let scopes: Set<ScopeNumber>
    private var lanes: [Lane] = []

    /// One scope's part of the stream, read in portions.
    private struct Lane {
        let scope: ScopeNumber
        let kind: Kind
        var position: ChangeCursor
        var waiting: ArraySlice<ChangeCursor> = []
        var isAtEnd = false
    }

    private enum Kind {
        case change
        case departure
    }

    enum Item {
        case changed(ChangeCursor, RowKey)
        case left(ChangeCursor, RowKey)

        var cursor: ChangeCursor {
            switch self {
            case .changed(let cursor, _), .left(let cursor, _): cursor
            }
        }
    }

    private static let portion = 256

    init(_ database: Database, scopes: Set<ScopeNumber>, after cursor: ChangeCursor) {
        self.database = database
        self.scopes = scopes
        for scope in scopes.sorted() {
            lanes.append(Lane(scope: scope, kind: .change, position: cursor))
            lanes.append(Lane(scope: scope, kind: .departure, position: cursor))
        }
    }

    /// The next row; nil at the end.
    mutating func next() throws -> Item? {
        while let (place, kind) = try popFirst() {
            guard let key = place.row else { continue }
            switch kind {
            case .change:
                // A place is the later of the row's own change and its entry into the scope; in another of
                // the scopes, entered after that, the row comes later.
                if scopes.count == 1 { return .changed(place, key) }
                if let entry = try latestEntry(of: key), entry <= place.sequence { return .changed(place, key) }
            case .departure:
                if try latestEntry(of: key) != nil { continue }
                if try latestDeparture(of: key) == place.sequence { return .left(place, key) }
            }
        }
        return nil
    }

    /// Takes the lowest place from all lanes that have it.
    private mutating func popFirst() throws -> (ChangeCursor, Kind)? {
        var lowest: (place: ChangeCursor, kind: Kind)?
        for index in lanes.indices {
            try fill(&lanes[index])
            guard let first = lanes[index].waiting.first else { continue }
            if let known = lowest, known.place <= first { continue }
            lowest = (first, lanes[index].kind)
        }
        guard let lowest else { return nil }
        for index in lanes.indices where lanes[index].waiting.first == lowest.place {
            // The other kind at the same place is looked at next, and dropped by `next`.
            if lanes[index].kind == lowest.kind { lanes[index].waiting.removeFirst() }
        }
        return lowest
    }

    private func fill(_ lane: inout Lane) throws {
        guard lane.waiting.isEmpty, !lane.isAtEnd else { return }
        let statement = try RawStatement(database, Self.query(lane.kind))
        try statement.bind(lane.scope, at: 1)
        try statement.bind(lane.position.sequence, at: 2)
        if let row = lane.position.row {
            try statement.bind(row, at: 3)
        } else {
            // After every row of the sequence.
            try statement.bind(Int64.max, at: 3)
            try statement.bind([], at: 4)
        }
        try statement.bind(Int64(Self.portion), at: 5)
        let places = try statement.all {
            ChangeCursor(
                sequence: $0.sequence(0), row: RowKey(collection: $0.unsigned32(1), row: try $0.identifier(2)))
        }
        lane.isAtEnd = places.count < Self.portion
        if let last = places.last { lane.position = last }
        lane.waiting = places[...]
    }

    private static func query(_ kind: Kind) -> String {
        let (table, column) = switch kind {
        case .change: ("_change", "changed")
        case .departure: ("_membership_past", "until")
        }
        return """
            SELECT \(column), collection, row FROM \(table) \
            WHERE scope = ?1 AND (\(column), collection, row) > (?2, ?3, ?4) \
            ORDER BY \(column), collection, row LIMIT ?5
            """
    }

    /// When the row last came into one of these scopes; nil if it is in none of them.
    private func latestEntry(of key: RowKey) throws -> CommitSequence? {
        let statement = try RawStatement(
            database, "SELECT scope, since FROM _membership WHERE collection = ? AND row = ? AND since > 0")
        try statement.bind(key)
        return try statement.all { ($0.integer(0), $0.sequence(1)) }.filter { scopes.contains($0.0) }.map(\.1).max()
    }

    private func latestDeparture(of key: RowKey) throws -> CommitSequence? {
        let statement = try RawStatement(
            database, "SELECT scope, until FROM _membership_past WHERE collection = ? AND row = ?")
        try statement.bind(key)
        return try statement.all { ($0.integer(0), $0.sequence(1)) }.filter { scopes.contains($0.0) }.map(\.1).max()
    }
}
