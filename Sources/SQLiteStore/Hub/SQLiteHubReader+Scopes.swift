import GRDB
import ReplicationCore
import ReplicationEngine

extension SQLiteHubReader {
    func scopes(of key: RowKey) throws -> Set<Scope> {
        try ledger.scopes(ledger.memberships(of: key).compactMap { $0.since > .zero ? $0.scope : nil })
    }

    func subscriptions(of user: RowID) throws -> Set<Scope> {
        let numbers = try SubscriptionRows(database: database, ledger: ledger).numbers(of: user)
        return Set(try numbers.map { try ledger.scope($0) })
    }

    func received(_ key: RowKey, by user: RowID, since sequence: CommitSequence) throws -> Bool {
        let statement = try RawStatement(database, """
            SELECT 1 FROM (
                SELECT scope, since, NULL AS until FROM _membership WHERE collection = ?1 AND row = ?2 AND since > 0
                UNION ALL
                SELECT scope, since, until FROM _membership_past WHERE collection = ?1 AND row = ?2 AND until > ?4
            ) AS membership
            JOIN _subscription AS subscription ON subscription.user = ?3 AND subscription.scope = membership.scope
            WHERE (subscription.until IS NULL OR subscription.until > ?4)
                AND (membership.until IS NULL OR subscription.since < membership.until)
                AND (subscription.until IS NULL OR membership.since < subscription.until)
            LIMIT 1
            """)
        try statement.bind(key)
        try statement.bind(user, at: 3)
        try statement.bind(sequence, at: 4)
        return try !statement.all { $0.integer(0) }.isEmpty
    }

    func days() throws -> [String: Int64] { try SubscriptionRows(database: database, ledger: ledger).days() }

    func subscriptions(of user: RowID, after cursor: CatchUpCursor) throws -> [Subscription] {
        try SubscriptionRows(database: database, ledger: ledger).all(of: user, after: cursor, head: head)
    }

    func changeCount(after cursor: CatchUpCursor, in subscriptions: [Subscription], limit: Int) throws -> Int? {
        var stream = try stream(after: cursor, in: subscriptions)
        return try stream.count(limit: limit)
    }

    private func stream(after cursor: CatchUpCursor, in subscriptions: [Subscription]) throws -> ChangeStream {
        let numbered = try subscriptions.compactMap { subscription in
            try ledger.knownNumber(of: subscription.scope).map { ($0, subscription) }
        }
        return ChangeStream(database, layout, numbered, after: cursor)
    }

    func changes(after cursor: CatchUpCursor, in subscriptions: [Subscription], limit: Int, bytes: Int) throws -> ChangePage {
        try changes(after: cursor, in: subscriptions, limit: limit, bytes: bytes, taking: .none)
    }

    func changes(
        after cursor: CatchUpCursor, in subscriptions: [Subscription], limit: Int, bytes: Int, taking ready: ReadyChanges
    ) throws -> ChangePage {
        precondition(limit > 0, "a page holds at least one row")
        let head = try head
        var cursor = cursor
        cursor.begun = cursor.begun(at: head)
        var stream = try stream(after: cursor, in: subscriptions)
        var page = ChangePage(items: [], next: cursor, isLast: true)
        page.items.reserveCapacity(min(limit, HubLimits.rowsPerPage))
        var weight = 0
        var changes = RowChanges(database, layout, ready)
        while let item = try stream.next() {
            if page.items.count == limit || weight >= bytes && !page.items.isEmpty {
                page.isLast = false
                page.changes = changes.bytes
                return page
            }
            switch item {
            case .left(let place, let key): page.items.append(.init(place: place, content: .left(key)))
            case .changed(let place, let key, let isHeld):
                if !isHeld || cursor.sendsWhole, let change = try changes.append(key) {
                    weight += change.count
                    page.items.append(.init(place: place, content: .ready(key, change)))
                    break
                }
                guard let state = try row(key) else {
                    throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "row \(key) is in a scope and in no table")
                }
                weight += state.weight
                page.items.append(.init(place: place, content: .row(state, isHeld: isHeld)))
            }
            page.next.place = item.cursor
        }
        page.changes = changes.bytes
        page.next = CatchUpCursor(complete: max(cursor.place.sequence, head))
        return page
    }

    func members(of scope: Scope, after: RowKey?, limit: Int) throws -> [RowKey] {
        guard let number = try ledger.knownNumber(of: scope) else { return [] }
        let statement = try RawStatement(database, """
            SELECT collection, row FROM _membership \
            WHERE scope = ?1 AND since > 0 AND (collection, row) > (?2, ?3) ORDER BY collection, row LIMIT ?4
            """)
        try statement.bind(number, at: 1)
        if let after {
            try statement.bind(after, at: 2)
        } else {
            try statement.bind(Int64(-1), at: 2)
            try statement.bind([], at: 3)
        }
        try statement.bind(Int64(limit), at: 4)
        return try statement.all { RowKey(collection: $0.unsigned32(0), row: try $0.identifier(1)) }
    }
}
