import GRDB
import ReplicationCore
import ReplicationEngine

/// What changed, entered and left for somebody with some subscriptions after a cursor, as one stream by rising
/// (sequence, row).
///
/// A row stands in it once. While it is in a scope that is received, its place is the latest of its own change and of
/// what brought it: its entry into the scopes, or the beginning of the subscriptions to them. If what brought it last was
/// lost, its place is that loss, for it must not go back: a device may have passed by its former place. A row that is
/// received no longer stands where it was last: it left, or the subscription ended. So rows and departures share one order,
/// one limit and one cursor, and pages of any size add up to the same stream.
struct ChangeStream {
    private let database: Database
    private let layout: HubLayout
    private let base: CommitSequence
    private let begun: CommitSequence
    /// By scope: received at present, since when.
    private var present: [ScopeNumber: CommitSequence] = [:]
    /// By scope: taken away after the cursor.
    private var ended: [ScopeNumber: [(since: CommitSequence, until: CommitSequence)]] = [:]
    /// Nothing lies between the base and the cursor: what was received at the base is held.
    private let isAtBase: Bool
    private var lanes: [Lane] = []
    private var last: ChangeCursor?

    /// One scope's part of the stream, read in portions.
    private struct Lane {
        let scope: ScopeNumber
        let kind: Kind
        var position: ChangeCursor
        var waiting: ArraySlice<ChangeCursor> = []
        var isAtEnd = false
    }

    /// Rows that may have a place: each is looked at before it is given out.
    private enum Kind: Equatable {
        /// Where they changed, or entered the scope.
        case change
        /// Where they left the scope.
        case departure
        /// In the scope when a subscription to it began.
        case beginning
        /// In the scope when a subscription to it ended.
        case end
    }

    enum Item {
        case changed(ChangeCursor, RowKey, isHeld: Bool)
        case left(ChangeCursor, RowKey)

        var cursor: ChangeCursor {
            switch self {
            case .changed(let cursor, _, _), .left(let cursor, _): cursor
            }
        }
    }

    private static let portion = 256

    init(_ database: Database, _ layout: HubLayout, _ subscriptions: [(ScopeNumber, Subscription)], after cursor: CatchUpCursor) {
        self.database = database
        self.layout = layout
        base = cursor.base
        begun = cursor.begun
        isAtBase = cursor.isAtBase
        for (scope, subscription) in subscriptions {
            let isPast = cursor.place >= ChangeCursor(sequence: subscription.since)
            if let until = subscription.until {
                if cursor.place >= ChangeCursor(sequence: until) { continue }
                ended[scope, default: []].append((subscription.since, until))
                lanes.append(Lane(scope: scope, kind: .departure, position: cursor.place))
                lanes.append(Lane(scope: scope, kind: .end, position: max(cursor.place, .before(until))))
                continue
            }
            present[scope] = subscription.since
            lanes.append(Lane(scope: scope, kind: .departure, position: cursor.place))
            if !isPast {
                lanes.append(Lane(scope: scope, kind: .beginning, position: max(cursor.place, .before(subscription.since))))
            }
            let begun = ChangeCursor(sequence: subscription.since)
            lanes.append(Lane(scope: scope, kind: .change, position: max(cursor.place, begun)))
        }
    }

    /// The next row; nil at the end.
    mutating func next() throws -> Item? {
        while let (place, kind) = try popFirst() {
            // What two lanes of different kinds have was given out.
            guard let key = place.row, place != last, let item = try item(at: place, key, kind) else { continue }
            last = place
            return item
        }
        return nil
    }

    /// How many rows have a place in what follows, some of which may not be given out; nil if that takes looking at more
    /// than `limit` places. Nothing follows afterwards.
    mutating func count(limit: Int) throws -> Int? {
        var keys: Set<RowKey> = []
        var places = 0
        for index in lanes.indices {
            repeat {
                try fill(&lanes[index])
                for place in lanes[index].waiting { if let key = place.row { keys.insert(key) } }
                places += lanes[index].waiting.count
                if places > limit { return nil }
                lanes[index].waiting = []
            } while !lanes[index].isAtEnd
        }
        return keys.count
    }

    /// What is to be said of a row at a place; nil if that is not the row's.
    private func item(at place: ChangeCursor, _ key: RowKey, _ kind: Kind) throws -> Item? {
        let (arrival, spans) = try receipts(of: key)
        guard let arrival else {
            // What was received only between the base and the begin was never delivered.
            let known = spans.filter { $0.since <= base || $0.until > begun }
            return known.map(\.until).max() == place.sequence ? .left(place, key) : nil
        }
        // The place of a change is that of the row or of its entry into one of the scopes, whichever is later.
        let changed = kind == .change
            ? place.sequence : try layout.collection(key.collection)?.table.changed(key.row, in: database) ?? .zero
        let brought = max(changed, arrival.latest)
        let lost = spans.filter { $0.since > brought }.map(\.until).max() ?? .zero
        guard max(brought, lost) == place.sequence else { return nil }
        let isHeld = arrival.first <= base || isAtBase && spans.contains { $0.since <= base && base < $0.until }
        return .changed(place, key, isHeld: isHeld)
    }

    /// Takes the lowest place from all lanes of its kind that have it.
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
            // Of another kind at the same place the row is looked at next.
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

    /// Since when a row is received.
    private struct Arrival {
        /// In the first of the scopes, and in the last.
        var first: CommitSequence
        var latest: CommitSequence
    }

    /// Since when a row is received, nil if it is in none of the scopes that are received at present; and when it was in
    /// scopes that it is in no longer, or that are received no longer.
    private func receipts(of key: RowKey) throws -> (Arrival?, [(since: CommitSequence, until: CommitSequence)]) {
        let statement = try RawStatement(database, """
            SELECT scope, since, until FROM _membership_past WHERE collection = ?1 AND row = ?2 \
            UNION ALL SELECT scope, since, NULL FROM _membership WHERE collection = ?1 AND row = ?2 AND since > 0
            """)
        try statement.bind(key)
        var arrival: Arrival?
        var spans: [(since: CommitSequence, until: CommitSequence)] = []
        for (scope, since, until) in try statement.all({ ($0.integer(0), $0.sequence(1), $0.isNull(2) ? nil : $0.sequence(2)) }) {
            for past in ended[scope] ?? [] { spans.append((max(since, past.since), min(past.until, until ?? past.until))) }
            guard let begun = present[scope] else { continue }
            let received = max(since, begun)
            if let until {
                spans.append((received, until))
            } else {
                arrival = Arrival(first: min(arrival?.first ?? received, received), latest: max(arrival?.latest ?? received, received))
            }
        }
        return (arrival, spans.filter { $0.since < $0.until })
    }
}

extension ChangeCursor {
    /// The place before every row of a sequence. No collection has the number 0.
    fileprivate static func before(_ sequence: CommitSequence) -> ChangeCursor {
        ChangeCursor(sequence: sequence, row: RowKey(collection: 0, row: .zero))
    }
}
