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
    private var lanes: [ChangeLane] = []
    private var last: ChangeCursor?
    /// Asked for each row.
    private var memberships: RawStatement?

    enum Item {
        case changed(ChangeCursor, RowKey, isHeld: Bool)
        case left(ChangeCursor, RowKey)

        var cursor: ChangeCursor {
            switch self {
            case .changed(let cursor, _, _), .left(let cursor, _): cursor
            }
        }
    }

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
                lanes.append(ChangeLane(scope: scope, kind: .departure, position: cursor.place))
                lanes.append(ChangeLane(scope: scope, kind: .end, position: max(cursor.place, .before(until))))
                continue
            }
            present[scope] = subscription.since
            lanes.append(ChangeLane(scope: scope, kind: .departure, position: cursor.place))
            if !isPast {
                lanes.append(ChangeLane(scope: scope, kind: .beginning, position: max(cursor.place, .before(subscription.since))))
            }
            let begun = ChangeCursor(sequence: subscription.since)
            lanes.append(ChangeLane(scope: scope, kind: .change, position: max(cursor.place, begun)))
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

    private static let shareCountedTwice = 16

    /// How many rows have a place in what follows, some of which may not be given out; nil if that takes looking at more
    /// than `limit` places. Nothing follows afterwards.
    mutating func count(limit: Int) throws -> Int? {
        let counts = try lanes.map { try $0.count(limit: limit, database) }
        let total = counts.reduce(0, +)
        if total > limit { return nil }
        // Mostly one lane has almost all of it. What stands in it and in another as well may then be counted twice.
        if total - (counts.max() ?? 0) <= total / Self.shareCountedTwice { return total }
        var keys: Set<RowKey> = []
        var places = 0
        for index in lanes.indices {
            repeat {
                try lanes[index].fill(database)
                for place in lanes[index].waiting { if let key = place.row { keys.insert(key) } }
                places += lanes[index].waiting.count
                if places > limit { return nil }
                lanes[index].waiting = []
            } while !lanes[index].isAtEnd
        }
        return keys.count
    }

    /// What is to be said of a row at a place; nil if that is not the row's.
    private mutating func item(at place: ChangeCursor, _ key: RowKey, _ kind: ChangeLane.Kind) throws -> Item? {
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
    private mutating func popFirst() throws -> (ChangeCursor, ChangeLane.Kind)? {
        var lowest: (place: ChangeCursor, kind: ChangeLane.Kind)?
        for index in lanes.indices {
            try lanes[index].fill(database)
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

    /// Since when a row is received.
    private struct Arrival {
        /// In the first of the scopes, and in the last.
        var first: CommitSequence
        var latest: CommitSequence
    }

    /// Since when a row is received, nil if it is in none of the scopes that are received at present; and when it was in
    /// scopes that it is in no longer, or that are received no longer.
    private mutating func receipts(of key: RowKey) throws -> (Arrival?, [(since: CommitSequence, until: CommitSequence)]) {
        let statement = try memberships ?? RawStatement(database, """
            SELECT scope, since, until FROM _membership_past WHERE collection = ?1 AND row = ?2 \
            UNION ALL SELECT scope, since, NULL FROM _membership WHERE collection = ?1 AND row = ?2 AND since > 0
            """)
        memberships = statement
        try statement.bind(key)
        // The stream itself is not lent to what reads the rows: it would be copied for that.
        let (present, ended) = (present, ended)
        var arrival: Arrival?
        var spans: [(since: CommitSequence, until: CommitSequence)] = []
        try statement.each { row in
            let (scope, since, until) = (row.integer(0), row.sequence(1), row.isNull(2) ? nil : row.sequence(2))
            for past in ended[scope] ?? [] { spans.append((max(since, past.since), min(past.until, until ?? past.until))) }
            guard let begun = present[scope] else { return }
            let received = max(since, begun)
            if let until {
                spans.append((received, until))
            } else {
                arrival = Arrival(first: min(arrival?.first ?? received, received), latest: max(arrival?.latest ?? received, received))
            }
        }
        return (arrival, spans.isEmpty ? [] : spans.filter { $0.since < $0.until })
    }
}

extension ChangeCursor {
    /// The place before every row of a sequence. No collection has the number 0.
    fileprivate static func before(_ sequence: CommitSequence) -> ChangeCursor {
        ChangeCursor(sequence: sequence, row: RowKey(collection: 0, row: .zero))
    }
}
