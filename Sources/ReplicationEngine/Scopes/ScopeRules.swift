import ReplicationCore

/// The ways by which a row is in scopes: its own, and the edges that its references make.
public struct ScopeWays: Sendable, Equatable {
    /// A scope stands here as often as rules give it.
    public var own: [ScopeNumber] = []
    public var edges: [ScopeEdge] = []
    /// Where the row may be among the newest under another.
    public var places: [NewestList: NewestList.Place] = [:]
}

/// A schema's scope rules, ready to be applied to the rows of a collection.
public struct ScopeRules: Sendable {
    /// The scope of every row that everyone receives, and of every user.
    public static let everyone = Scope(kind: "everyone", key: "all")

    private let byCollection: [UInt32: CollectionRules]
    private let schema: Schema
    /// True if rows may be received as the newest under a parent.
    let hasNewest: Bool
    private let classes: ScopeClasses

    private struct CollectionRules {
        /// The fields that scopes depend on, each once.
        var fields: [String] = []
        var isForEveryone = false
        var ownKinds: [String] = []
        var byField: [(kind: String, index: Int, time: Time?)] = []
        var passing: [(index: Int, field: UInt32, direction: ScopePassing.Direction, time: Time?)] = []
        var newest: [(index: Int, field: UInt32, time: Int, rule: NewestList.Rule)] = []
        /// How the fields name rows, by index.
        var references: [Reference?] = []

        /// Where the time stands by which scopes are cut.
        struct Time {
            let index: Int
            let unit: CalendarUnit
            let isDate: Bool

            /// Nil if the row has no time.
            func bucket(_ values: [Value]) -> CalendarBucket? {
                guard case .integer(let number) = values[index] else { return nil }
                return isDate ? unit.bucket(of: number) : unit.bucket(at: number)
            }
        }

        mutating func time(_ time: ScopeTime?, in collection: ReplicationCore.Collection) -> Time? {
            guard let time, let index = index(of: time.field, in: collection) else { return nil }
            return Time(index: index, unit: time.unit, isDate: collection.field(named: time.field)?.type == .date)
        }

        mutating func index(of field: String, in collection: ReplicationCore.Collection) -> Int? {
            if let known = fields.firstIndex(of: field) { return known }
            guard let type = collection.field(named: field)?.type else { return nil }
            fields.append(field)
            references.append(Reference(type))
            return fields.count - 1
        }
    }

    private enum Reference {
        case to(UInt32)
        case any

        init?(_ type: FieldType) {
            switch type {
            case .reference(let collection): self = .to(collection)
            case .anyReference: self = .any
            case .text, .integer, .real, .boolean, .timestamp, .date, .choice, .bytes, .blob, .custom: return nil
            }
        }
    }

    public init(_ schema: Schema) {
        self.schema = schema
        var all: [UInt32: CollectionRules] = [:]
        for collection in schema.collections {
            var rules = CollectionRules()
            for rule in collection.scopes {
                switch rule {
                case .everyone: rules.isForEveryone = true
                case .own(let kind): rules.ownKinds.append(kind)
                case .field(let kind, let field, let time):
                    if let index = rules.index(of: field, in: collection) {
                        rules.byField.append((kind, index, rules.time(time, in: collection)))
                    }
                case .newest(let count, let parent, let time):
                    guard let index = rules.index(of: parent, in: collection), let time = rules.index(of: time, in: collection),
                        let field = collection.number(ofField: parent)
                    else { continue }
                    let isDate = collection.field(named: rules.fields[time])?.type == .date
                    rules.newest.append((
                        index, field, time, NewestList.Rule(count: count, isDate: isDate)))
                case .parent, .referrer: break
                }
            }
            for passing in schema.scopePassing(of: collection.number) {
                guard let index = rules.index(of: passing.field, in: collection), let field = collection.number(ofField: passing.field)
                else { continue }
                rules.passing.append((
                    index, field, passing.direction,
                    rules.time(passing.on, in: collection)))
            }
            all[collection.number] = rules
        }
        byCollection = all
        hasNewest = all.values.contains { !$0.newest.isEmpty }
        classes = ScopeClasses(schema)
    }

    /// The fields of a collection on which its rows' scopes, or those of others through them, depend.
    public func fields(of collection: UInt32) -> [String] { byCollection[collection]?.fields ?? [] }

    func ways(of key: RowKey, values shown: ScopeValues, _ memory: some ScopeMemory) throws -> ScopeWays {
        var ways = ScopeWays()
        guard let rules = byCollection[key.collection] else { return ways }
        let values = shown.fields
        if rules.isForEveryone { ways.own.append(try memory.number(of: Self.everyone)) }
        for kind in rules.ownKinds {
            ways.own.append(try memory.number(of: Scope(kind: kind, key: key.row.description)))
        }
        for (kind, index, time) in rules.byField {
            guard let text = Self.keyText(of: values[index]) else { continue }
            let scope = Scope(kind: kind, key: text)
            ways.own.append(try memory.number(of: time.map { scope.during($0.bucket(values)) } ?? scope))
        }
        for (index, field, direction, time) in rules.passing {
            guard let named = row(named: values[index], rules.references[index]) else { continue }
            let edge: ScopeEdge
            switch direction {
            case .toHolder:
                edge = ScopeEdge(source: named, heir: key, field: field, part: time.map { .during($0.bucket(values)) } ?? .whole)
            case .toReferenced(let collection):
                if named.collection != collection { continue }
                edge = ScopeEdge(source: key, heir: named, field: field)
            }
            // An edge is stored once, so a rule that a schema repeats counts once.
            if !ways.edges.contains(edge) { ways.edges.append(edge) }
        }
        for (index, field, time, _) in rules.newest where shown.isAlive {
            guard case .integer(let time) = values[time], let parent = row(named: values[index], rules.references[index])
            else { continue }
            let list = NewestList(parent: parent, collection: key.collection, field: field)
            ways.places[list] = NewestList.Place(time: time, row: key.row)
        }
        return ways
    }

    /// By which rule rows of a list inherit; nil if the schema has none.
    func newestRule(of list: NewestList) -> NewestList.Rule? {
        byCollection[list.collection]?.newest.first { $0.field == list.field }?.rule
    }

    /// True if the heir is what hangs on the source: it names it as its parent.
    func isToChild(_ edge: ScopeEdge) -> Bool {
        guard let rules = byCollection[edge.heir.collection] else { return false }
        return rules.passing.contains { passing in
            guard passing.field == edge.field, passing.direction == .toHolder else { return false }
            // Fields of several collections have one number: the heir's must name rows like the source.
            switch rules.references[passing.index] {
            case .to(let collection): return collection == edge.source.collection
            case .any: return true
            case nil: return false
            }
        }
    }

    /// A value as the key of a scope: a reference in its usual form; nil for what names no scope.
    public static func keyText(of value: Value) -> String? {
        switch value {
        case .text(let text): text.isEmpty ? nil : text
        case .bytes: value.row?.description
        case .integer(let number): String(number)
        case .boolean(let flag): flag ? "true" : "false"
        case .null, .real: nil
        }
    }

    private func row(named value: Value, _ reference: Reference?) -> RowKey? {
        switch reference {
        case .to(let collection): return value.row.map { RowKey(collection: collection, row: $0) }
        case .any: return value.text.flatMap { schema.rowKey(fromReference: $0) }
        case nil: return nil
        }
    }
}

extension ScopeRules {
    /// True if what some role receives moves with time.
    public var hasWindows: Bool { schema.roles.contains { $0.subscriptions.contains { $0.window != nil } } }

    /// The time zone in which a user's days begin.
    ///
    /// - Parameters:
    ///   - user: the row of the user.
    ///   - row: the row of a key.
    public func timeZone(of user: RowState, row: (RowKey) throws -> RowState?) rethrows -> String {
        guard let path = schema.timeZone, let users = schema.collection(user.key.collection),
            case .reference(let number)? = users.field(named: path.reference)?.type, let collection = schema.collection(number),
            let id = user.shownValue(of: path.reference, in: users)?.row,
            let zone = try row(RowKey(collection: number, row: id))?.shownValue(of: path.field, in: collection)?.text
        else { return ZoneDay.universal }
        return zone
    }

    /// The collection of the rows that say in which zone a user's days begin; nil if there is none.
    public var zoneCollection: UInt32? {
        guard let path = schema.timeZone,
            case .reference(let number)? = schema.collection(schema.userCollection)?.field(named: path.reference)?.type
        else { return nil }
        return number
    }

    /// The scopes that a user receives.
    ///
    /// - Parameters:
    ///   - user: the user's row; one that is not alive receives nothing.
    ///   - today: the day that it is for the user; while none is known, nothing is received that moves with time.
    public func subscriptions(of user: RowState, today: ZoneDay?) -> Set<Scope> {
        guard user.isAlive, let collection = schema.collection(user.key.collection) else { return [] }
        var scopes: Set<Scope> = [Self.everyone]
        let role = user.shownValue(of: "role", in: collection)?.text.flatMap { schema.role(named: $0) }
        for subscription in role?.subscriptions ?? [] {
            let scope: Scope
            switch subscription.key {
            case .user: scope = Scope(kind: subscription.kind, key: user.key.row.description)
            case .field(let field):
                guard let value = user.shownValue(of: field, in: collection), let key = Self.keyText(of: value) else { continue }
                scope = Scope(kind: subscription.kind, key: key)
            }
            guard let window = subscription.window else {
                scopes.insert(scope)
                continue
            }
            guard let today else { continue }
            scopes.insert(scope.during(nil))
            for bucket in today.buckets(in: window) { scopes.insert(scope.during(bucket)) }
        }
        return scopes.union(scopes.filter(classes.passesOnNewest).map(\.newest))
    }
}
