import ReplicationCore

/// Which kinds of scopes, and by which unit of time they are cut, rows pass on to the newest of those that name them: the
/// others have no such part, and nobody has to receive it.
struct ScopeClasses {
    private struct Class: Hashable {
        let kind: String
        /// Nil for a scope that is no part of another.
        let unit: CalendarUnit?
    }

    private let passedOn: Set<Class>

    init(_ schema: Schema) {
        var known: [UInt32: Set<Class>] = [:]
        var passedOn: Set<Class> = []
        for collection in schema.collections {
            for case .newest(_, let parent, _) in collection.scopes {
                for number in Self.referenced(by: parent, of: collection) {
                    passedOn.formUnion(Self.classes(of: number, schema, &known))
                }
            }
        }
        self.passedOn = passedOn
    }

    /// True of a scope whose part with the newest rows may hold any.
    func passesOnNewest(_ scope: Scope) -> Bool {
        if passedOn.isEmpty { return false }
        guard scope.isDuring else { return passedOn.contains(Class(kind: scope.kind, unit: nil)) }
        // What has no time yet is in the same part by any unit.
        let units = scope.bucket.map { [$0.unit] } ?? CalendarUnit.allCases
        return units.contains { passedOn.contains(Class(kind: scope.kind, unit: $0)) }
    }

    /// Of all rows of a collection, those apart that they have as the newest of some. A schema's scopes do not go round in a
    /// circle.
    private static func classes(of number: UInt32, _ schema: Schema, _ known: inout [UInt32: Set<Class>]) -> Set<Class> {
        if let found = known[number] { return found }
        guard let collection = schema.collection(number) else { return [] }
        var classes: Set<Class> = []
        for rule in collection.scopes {
            switch rule {
            case .everyone: classes.insert(Class(kind: ScopeRules.everyone.kind, unit: nil))
            case .own(let kind): classes.insert(Class(kind: kind, unit: nil))
            case .field(let kind, _, let time): classes.insert(Class(kind: kind, unit: time?.unit))
            case .referrer(let source, _): classes.formUnion(Self.classes(of: source, schema, &known))
            case .parent(let field, let time):
                for parent in referenced(by: field, of: collection) {
                    let whole = Self.classes(of: parent, schema, &known)
                    if let time {
                        classes.formUnion(whole.filter { $0.unit == nil }.map { Class(kind: $0.kind, unit: time.unit) })
                    } else {
                        classes.formUnion(whole)
                    }
                }
            case .newest: break
            }
        }
        known[number] = classes
        return classes
    }

    private static func referenced(by field: String, of collection: ReplicationCore.Collection) -> [UInt32] {
        switch collection.field(named: field)?.type {
        case .reference(let number)?: [number]
        case .anyReference(let numbers)?: numbers
        case .text, .integer, .real, .boolean, .timestamp, .date, .choice, .bytes, .blob, .custom, nil: []
        }
    }
}
