import ReplicationCore

/// A scope as a store names it in its tables.
public typealias ScopeNumber = Int64

/// What the tracker reads of a store: the state before the commit.
public protocol ScopeMemory {
    /// The number of a scope; a scope that has none yet is given one.
    func number(of scope: Scope) throws -> ScopeNumber
    /// The scope of a number.
    func scope(_ number: ScopeNumber) throws -> Scope
    /// The scopes that a row is in, and how often.
    func memberships(of row: RowKey) throws -> [ScopeMembership]
    /// The edges that start at a row.
    func edges(from row: RowKey) throws -> [ScopeEdge]
    /// The first places of a list, in order.
    func newest(of list: NewestList, limit: Int) throws -> [NewestList.Place]
}

/// What of a row its scopes follow from.
public struct ScopeValues: Equatable, Sendable {
    /// Of `ScopeRules.fields(of:)`, in that order.
    public var fields: [Value]
    public var isAlive: Bool

    public init(_ fields: [Value], isAlive: Bool) {
        self.fields = fields
        self.isAlive = isAlive
    }
}

/// A row's place in a scope.
public struct ScopeMembership: Hashable, Sendable {
    public var scope: ScopeNumber
    /// By how many ways the row is in the scope: its own, and each row that it inherits the scope from.
    public var count: Int
    /// Since when, as the store keeps it; the tracker only carries it.
    public var since: CommitSequence

    public init(scope: ScopeNumber, count: Int, since: CommitSequence) {
        self.scope = scope
        self.count = count
        self.since = since
    }
}

/// One way of inheriting: the heir is in every scope that the source is in, or in a part of each.
public struct ScopeEdge: Hashable, Sendable {
    public var source: RowKey
    public var heir: RowKey
    /// The reference field that makes the edge, as `ScopeRules` numbers it.
    public var field: UInt32
    public var part: Part

    /// Which part of a scope is passed on.
    public enum Part: Hashable, Sendable {
        case whole
        /// The rows of a time; nil stands for those that have none. Of a scope that is a part itself nothing is passed on.
        case during(CalendarBucket?)
        /// The newest rows, for an heir of this day, as days since 1970-01-01. Nothing is passed on of a scope that is such
        /// a part itself, nor of one that holds the rows of a time before that day.
        case newest(day: Int64)
    }

    public init(source: RowKey, heir: RowKey, field: UInt32, part: Part = .whole) {
        self.source = source
        self.heir = heir
        self.field = field
        self.part = part
    }
}

/// Keeps, over the rows of one commit, how often each row is in each scope.
///
/// The invariant is count(X, s) = own contributions of X to s + the number of edges Y→X with
/// count(Y, s) > 0. A count that leaves or reaches zero is passed on along the row's edges. The graph of
/// collections has no cycle but through edges to the newest rows under a parent; what these pass on no such edge
/// passes on again, so that ends. Everything happens in memory: rows whose scopes come and go within one commit
/// have not changed at its end.
public struct ScopeTracker<Memory: ScopeMemory> {
    /// A row that the commit touched, with its memberships before and after.
    public struct Row {
        public let key: RowKey
        public fileprivate(set) var before: [ScopeMembership]
        /// Counts may be zero.
        public fileprivate(set) var after: [ScopeMembership]
    }

    /// In the order in which they were first touched.
    public private(set) var rows: [Row] = []
    public private(set) var addedEdges: [RowKey: [ScopeEdge]] = [:]
    public private(set) var removedEdges: Set<ScopeEdge> = []
    /// In the order in which they were first touched.
    public private(set) var changedLists: [(NewestList, NewestList.Change)] = []

    private let rules: ScopeRules
    private let memory: Memory
    private var places: [RowKey: Int] = [:]
    /// Where a list stands in `changedLists`.
    private var listPlaces: [NewestList: Int] = [:]

    /// - Parameters:
    ///   - rules: of the schema.
    ///   - memory: what is kept of rows that were taken in.
    ///   - count: how many rows there will be at least, to make room for.
    public init(rules: ScopeRules, memory: Memory, rows count: Int = 0) {
        self.rules = rules
        self.memory = memory
        rows.reserveCapacity(count)
        places.reserveCapacity(count)
    }

    /// Takes in a row, whether its scopes change or not.
    ///
    /// - Parameters:
    ///   - key: of the row.
    ///   - old: nil if the row is new.
    ///   - new: nil if the row was taken away: then it is in no scope by itself, and passes none on.
    /// - Returns: the place of the row in `rows`.
    public mutating func take(_ key: RowKey, from old: ScopeValues?, to new: ScopeValues?) throws -> Int {
        let place = try place(of: key)
        if old == new { return place }
        let was = try old.map { try rules.ways(of: key, values: $0, memory) } ?? ScopeWays()
        let now = try new.map { try rules.ways(of: key, values: $0, memory) } ?? ScopeWays()
        // What is gained comes first, so that a scope that is only held in another way is not passed on as
        // lost and won again.
        for edge in now.edges where !was.edges.contains(edge) {
            addedEdges[edge.source, default: []].append(edge)
            try inherit(along: edge, 1)
        }
        for scope in now.own { try adjust(key, scope, 1) }
        for scope in was.own { try adjust(key, scope, -1) }
        for edge in was.edges where !now.edges.contains(edge) {
            removedEdges.insert(edge)
            try inherit(along: edge, -1)
        }
        for (list, old) in was.places where now.places[list] != old { move(in: list, from: old, to: now.places[list]) }
        for (list, new) in now.places where was.places[list] == nil { move(in: list, from: nil, to: new) }
        return place
    }

    private mutating func move(in list: NewestList, from old: NewestList.Place?, to new: NewestList.Place?) {
        let place = listPlaces[list] ?? changedLists.count
        if place == changedLists.count {
            changedLists.append((list, NewestList.Change()))
            listPlaces[list] = place
        }
        changedLists[place].1.move(from: old, to: new)
    }

    /// Takes in which rows are the newest under their parents, once all rows of the commit are known. Of each list that
    /// they touch it reads as many places as inherit, and one more for each that was left.
    public mutating func settle() throws {
        for (list, change) in changedLists {
            guard let rule = rules.newestRule(of: list) else { continue }
            let stored = try memory.newest(of: list, limit: rule.count + change.removed.count)
            let (before, after) = NewestList.newest(rule.count, of: stored, change)
            let old = Set(before.map { list.edge(to: $0, rule) }), new = Set(after.map { list.edge(to: $0, rule) })
            for edge in after.map({ list.edge(to: $0, rule) }) where !old.contains(edge) {
                addedEdges[edge.source, default: []].append(edge)
                try inherit(along: edge, 1)
            }
            for edge in before.map({ list.edge(to: $0, rule) }) where !new.contains(edge) {
                removedEdges.insert(edge)
                try inherit(along: edge, -1)
            }
        }
    }

    private mutating func inherit(along edge: ScopeEdge, _ difference: Int) throws {
        let source = try place(of: edge.source)
        for membership in rows[source].after where membership.count > 0 {
            if let scope = try passed(membership.scope, along: edge) { try adjust(edge.heir, scope, difference) }
        }
    }

    /// What an heir is in because the source is in a scope.
    private func passed(_ scope: ScopeNumber, along edge: ScopeEdge) throws -> ScopeNumber? {
        switch edge.part {
        case .whole:
            // What hangs on one of the newest goes with it; what it names does not.
            if rules.hasNewest, !rules.isToChild(edge), try memory.scope(scope).isNewest { return nil }
            return scope
        case .newest(let day):
            let whole = try memory.scope(scope)
            if whole.isNewest { return nil }
            if let bucket = whole.bucket, bucket.end <= day { return nil }
            return try memory.number(of: whole.newest)
        case .during(let bucket):
            let whole = try memory.scope(scope)
            return whole.isDuring || whole.isNewest ? nil : try memory.number(of: whole.during(bucket))
        }
    }

    /// Changes a count and passes on what follows, without recursion: chains may be long.
    private mutating func adjust(_ key: RowKey, _ scope: ScopeNumber, _ difference: Int) throws {
        var open = [(key, scope, difference)]
        while let (key, scope, difference) = open.popLast() {
            let place = try place(of: key)
            let old: Int
            if let index = rows[place].after.firstIndex(where: { $0.scope == scope }) {
                old = rows[place].after[index].count
                rows[place].after[index].count += difference
            } else {
                old = 0
                rows[place].after.append(ScopeMembership(scope: scope, count: difference, since: .zero))
            }
            guard old + difference >= 0 else {
                throw HubStoreError(.corrupt, "Row \(key) is in scope \(scope) less than never; restore a backup.")
            }
            if (old > 0) != (old + difference > 0) {
                for edge in try edges(from: key) {
                    if let scope = try passed(scope, along: edge) { open.append((edge.heir, scope, difference.signum())) }
                }
            }
        }
    }

    private func edges(from key: RowKey) throws -> [ScopeEdge] {
        let stored = try memory.edges(from: key)
        return stored.filter { !removedEdges.contains($0) } + (addedEdges[key] ?? [])
    }

    private mutating func place(of key: RowKey) throws -> Int {
        if let known = places[key] { return known }
        let memberships = try memory.memberships(of: key)
        rows.append(Row(key: key, before: memberships, after: memberships))
        places[key] = rows.count - 1
        return rows.count - 1
    }
}
