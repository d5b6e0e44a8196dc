/// One step of a schema's history as it concerns one collection: what its rows and writes are on either side.
public final class Lens: Sendable {
    let up: Crossing
    let down: Crossing
    /// Groups of the older side whose writes are let go of, because the newer has nothing of them.
    let ignored: Set<UInt32>

    var older: Collection { up.source }
    var newer: Collection { up.target }

    /// Where a field of one side comes from on the other. A field that is not named comes from the one of its name.
    enum Origin {
        case field(String)
        case mapped(String, [Value: Value])
        case references([String: String])
        case constant(Value)
        case piece(String, Splitting, index: Int, count: Int)
        case joined([String], Splitting)
    }

    /// - Throws: `SchemaStepMistake` if the sides do not fit together.
    init(
        older: Collection, newer: Collection, up: [String: Origin], down: [String: Origin], ignored: Set<UInt32> = []
    ) throws(SchemaStepMistake) {
        self.up = try Self.crossing(from: older, to: newer, up)
        self.down = try Self.crossing(from: newer, to: older, down)
        self.ignored = ignored
    }

    private static func crossing(
        from source: Collection, to target: Collection, _ origins: [String: Origin]
    ) throws(SchemaStepMistake) -> Crossing {
        var rules: [Crossing.Rule] = []
        var kept: Set<UInt32> = []
        for group in target.groups {
            if isKept(group, of: source, origins) {
                kept.insert(group.number)
                continue
            }
            var columns: [Crossing.Column] = []
            for field in group.fields { columns.append(try column(field, origins[field.name], source)) }
            let sources = Set(columns.flatMap(\.places).map(\.group)).sorted()
            let isWhole = group.holdsColumns && sources.allSatisfy { source.group($0)?.holdsColumns ?? false }
            if !sources.isEmpty, !isWhole {
                throw SchemaStepMistake(
                    "the group `\(group.name)` of `\(target.name)` is a set, a sum or derived, or comes from one, and is made of other columns",
                    "Leave sets, counters and derived groups as they are, or remove the one and add the other.")
            }
            rules.append(Crossing.Rule(group: group, sources: sources, columns: columns))
        }
        let changed = Set(source.groups.map(\.number)).subtracting(kept)
        return Crossing(from: source, to: target, rules: rules, changed: changed)
    }

    /// The group has the same number, and its columns are those of the source in the same order.
    private static func isKept(_ group: Group, of source: Collection, _ origins: [String: Origin]) -> Bool {
        guard let other = source.group(group.number), other.fields.count == group.fields.count,
            other.isSet == group.isSet, other.isKeyed == group.isKeyed
        else { return false }
        return zip(group.fields, other.fields).allSatisfy { field, held in
            switch origins[field.name] {
            case nil: field.name == held.name
            case .field(let name): name == held.name
            case .references, .mapped, .constant, .piece, .joined: false
            }
        }
    }

    private static func column(
        _ field: Field, _ origin: Origin?, _ source: Collection
    ) throws(SchemaStepMistake) -> Crossing.Column {
        func place(_ name: String) throws(SchemaStepMistake) -> Crossing.Place {
            guard let place = source.place(of: name) else {
                throw SchemaStepMistake(
                    "`\(source.name)` has no field `\(name)` on the other side of this step",
                    "Say in the step where `\(field.name)` comes from: `add`, `rename`, `split`, `join` or `remove`.")
            }
            return Crossing.Place(group: source.groups[place.group].number, column: place.column)
        }
        switch origin {
        case nil: return .copy(try place(field.name))
        case .field(let name): return .copy(try place(name))
        case .mapped(let name, let map): return .mapped(try place(name), map)
        case .references(let names): return .references(try place(field.name), names)
        case .constant(let value): return .constant(value)
        case .piece(let name, let splitting, let index, let count):
            return .piece(try place(name), splitting, index: index, count: count)
        case .joined(let names, let splitting):
            var places: [Crossing.Place] = []
            for name in names { places.append(try place(name)) }
            return .joined(places, splitting)
        }
    }
}
