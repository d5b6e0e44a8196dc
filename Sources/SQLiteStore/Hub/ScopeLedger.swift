import GRDB
import ReplicationCore
import ReplicationEngine

/// The scope tables, within one transaction.
final class ScopeLedger: ScopeMemory {
    private let database: Database
    private let numbers: ScopeNumbers
    /// Read or made in this transaction; shared only once it is committed.
    private(set) var learnt: [Scope: ScopeNumber] = [:]
    private var learntScopes: [ScopeNumber: Scope] = [:]
    /// Memberships that were read: deciding about a row and writing it ask for the same.
    private var read: [RowKey: [ScopeMembership]] = [:]
    /// Many rows share the same few scopes.
    private var sets: [[ScopeNumber]: Set<Scope>] = [:]

    init(_ database: Database, numbers: ScopeNumbers) {
        self.database = database
        self.numbers = numbers
    }

    // MARK: Names

    func number(of scope: Scope) throws -> ScopeNumber {
        if let known = try knownNumber(of: scope) { return known }
        let insert = try RawStatement(database, "INSERT INTO _scope (kind, key) VALUES (?, ?)")
        try insert.bind(scope.kind, at: 1)
        try insert.bind(scope.key, at: 2)
        try insert.run()
        return learn(scope, database.lastInsertedRowID)
    }

    /// Nil if no row or user was ever in the scope.
    func knownNumber(of scope: Scope) throws -> ScopeNumber? {
        if let known = numbers.number(of: scope) ?? learnt[scope] { return known }
        let find = try RawStatement(database, "SELECT number FROM _scope WHERE kind = ? AND key = ?")
        try find.bind(scope.kind, at: 1)
        try find.bind(scope.key, at: 2)
        return try find.first { $0.integer(0) }.map { learn(scope, $0) }
    }

    func scope(_ number: ScopeNumber) throws -> Scope {
        if let known = numbers.scope(number) ?? learntScopes[number] { return known }
        let find = try RawStatement(database, "SELECT kind, key FROM _scope WHERE number = ?")
        try find.bind(number, at: 1)
        guard let scope = try find.first({ Scope(kind: $0.text(0), key: $0.text(1)) }) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "scope \(number) has no name")
        }
        _ = learn(scope, number)
        return scope
    }

    func scopes(_ numbers: [ScopeNumber]) throws -> Set<Scope> {
        if let known = sets[numbers] { return known }
        let scopes = Set(try numbers.map { try scope($0) })
        sets[numbers] = scopes
        return scopes
    }

    private func learn(_ scope: Scope, _ number: ScopeNumber) -> ScopeNumber {
        learnt[scope] = number
        learntScopes[number] = scope
        return number
    }

    // MARK: Memberships and edges

    func memberships(of key: RowKey) throws -> [ScopeMembership] {
        if let known = read[key] { return known }
        let find = try RawStatement(
            database, "SELECT scope, count, since FROM _membership WHERE collection = ? AND row = ?")
        try find.bind(key)
        let memberships = try find.all {
            ScopeMembership(scope: $0.integer(0), count: Int($0.integer(1)), since: $0.sequence(2))
        }
        read[key] = memberships
        return memberships
    }

    /// The scopes that a known row is in, for those who go through many rows: nothing of it is remembered.
    func scopeNumbers(of key: RowKey) throws -> [ScopeNumber] {
        let find = try RawStatement(
            database, "SELECT scope FROM _membership WHERE collection = ? AND row = ? AND since > 0")
        try find.bind(key)
        return try find.all { $0.integer(0) }
    }

    func edges(from key: RowKey) throws -> [ScopeEdge] {
        let find = try RawStatement(database, """
            SELECT heir_collection, heir_row, field, part FROM _edge WHERE source_collection = ? AND source_row = ?
            """)
        try find.bind(key)
        return try find.all {
            let heir = RowKey(collection: $0.unsigned32(0), row: try $0.identifier(1))
            return ScopeEdge(
                source: key, heir: heir, field: $0.unsigned32(2),
                part: try $0.isNull(3) ? .whole : ScopeEdge.Part(text: $0.text(3)))
        }
    }

    func write(_ key: RowKey, _ membership: ScopeMembership) throws {
        read[key] = nil
        let write = try RawStatement(database, """
            INSERT INTO _membership (collection, row, scope, count, since) VALUES (?, ?, ?, ?, ?) \
            ON CONFLICT (collection, row, scope) DO UPDATE SET count = excluded.count, since = excluded.since
            """)
        try write.bind(key)
        try write.bind(membership.scope, at: 3)
        try write.bind(Int64(membership.count), at: 4)
        try write.bind(membership.since, at: 5)
        try write.run()
    }

    func delete(_ key: RowKey, _ scope: ScopeNumber) throws {
        read[key] = nil
        let delete = try RawStatement(database, "DELETE FROM _membership WHERE collection = ? AND row = ? AND scope = ?")
        try delete.bind(key)
        try delete.bind(scope, at: 3)
        try delete.run()
    }

    func writePast(_ key: RowKey, _ scope: ScopeNumber, since: CommitSequence, until: CommitSequence) throws {
        let write = try RawStatement(database, """
            INSERT INTO _membership_past (collection, row, scope, since, until) VALUES (?, ?, ?, ?, ?)
            """)
        try write.bind(key)
        try write.bind(scope, at: 3)
        try write.bind(since, at: 4)
        try write.bind(until, at: 5)
        try write.run()
    }

    func write(_ edge: ScopeEdge) throws {
        let statement = try RawStatement(database, """
            INSERT INTO _edge (source_collection, source_row, heir_collection, heir_row, field, part) \
            VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET part = excluded.part
            """)
        try bind(edge, to: statement)
        if let text = edge.part.text { try statement.bind(text, at: 6) } else { try statement.bindNull(at: 6) }
        try statement.run()
    }

    func delete(_ edge: ScopeEdge) throws {
        let statement = try RawStatement(database, """
            DELETE FROM _edge WHERE source_collection = ? AND source_row = ? AND heir_collection = ? \
            AND heir_row = ? AND field = ?
            """)
        try bind(edge, to: statement)
        try statement.run()
    }

    private func bind(_ edge: ScopeEdge, to statement: RawStatement) throws {
        try statement.bind(edge.source)
        try statement.bind(edge.heir, at: 3)
        try statement.bind(Int64(edge.field), at: 5)
    }

    // MARK: The newest under a parent

    static let newestQuery = """
        SELECT time, row FROM _newest WHERE parent_collection = ? AND parent_row = ? AND collection = ? AND field = ? \
        ORDER BY time DESC, row DESC LIMIT ?
        """

    func newest(of list: NewestList, limit: Int) throws -> [NewestList.Place] {
        let find = try RawStatement(database, Self.newestQuery)
        try bind(list, to: find)
        try find.bind(Int64(limit), at: 5)
        return try find.all { NewestList.Place(time: $0.integer(0), row: try $0.identifier(1)) }
    }

    func write(_ change: NewestList.Change, to list: NewestList) throws {
        for place in change.removed {
            try write(place, list, """
                DELETE FROM _newest WHERE parent_collection = ? AND parent_row = ? AND collection = ? AND field = ? \
                AND time = ? AND row = ?
                """)
        }
        for place in change.added {
            try write(place, list, """
                INSERT INTO _newest (parent_collection, parent_row, collection, field, time, row) VALUES (?, ?, ?, ?, ?, ?)
                """)
        }
    }

    private func write(_ place: NewestList.Place, _ list: NewestList, _ sql: String) throws {
        let statement = try RawStatement(database, sql)
        try bind(list, to: statement)
        try statement.bind(place.time, at: 5)
        try statement.bind(place.row, at: 6)
        try statement.run()
    }

    private func bind(_ list: NewestList, to statement: RawStatement) throws {
        try statement.bind(list.parent)
        try statement.bind(Int64(list.collection), at: 3)
        try statement.bind(Int64(list.field), at: 4)
    }

    // MARK: The order of catch-up

    func insertChange(_ scope: ScopeNumber, _ changed: CommitSequence, _ key: RowKey) throws {
        try change(scope, changed, key, "INSERT INTO _change (collection, row, scope, changed) VALUES (?, ?, ?, ?)")
    }

    func deleteChange(_ scope: ScopeNumber, _ changed: CommitSequence, _ key: RowKey) throws {
        try change(scope, changed, key, "DELETE FROM _change WHERE collection = ? AND row = ? AND scope = ? AND changed = ?")
    }

    private func change(_ scope: ScopeNumber, _ changed: CommitSequence, _ key: RowKey, _ sql: String) throws {
        let statement = try RawStatement(database, sql)
        try statement.bind(key)
        try statement.bind(scope, at: 3)
        try statement.bind(changed, at: 4)
        try statement.run()
    }
}

extension ScopeEdge.Part {
    /// As it stands in the table; nil for the whole.
    fileprivate var text: String? {
        switch self {
        case .whole: nil
        case .during(nil): "undated"
        case .during(let bucket?): "\(bucket.unit) \(bucket.number)"
        case .newest(let day): "newest \(day)"
        }
    }

    fileprivate init(text: String) throws {
        if text == "undated" {
            self = .during(nil)
            return
        }
        let words = text.split(separator: " ")
        let number = words.count == 2 ? Int64(words[1]) : nil
        switch (words.first, words.first.flatMap { CalendarUnit(rawValue: String($0)) }, number) {
        case ("newest"?, _, let day?): self = .newest(day: day)
        case (_, let unit?, let number?): self = .during(CalendarBucket(unit: unit, number: number))
        default: throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "an edge passes on '\(text)', which is no part of a scope")
        }
    }
}

extension RawStatement {
    /// Binds a key as two parameters, collection and id.
    func bind(_ key: RowKey, at position: Int32 = 1) throws {
        try bind(Int64(key.collection), at: position)
        try bind(key.row, at: position + 1)
    }
}
