/// The collections of a schema while its history is gone back.
struct StepModel {
    private(set) var collections: [Collection]
    private(set) var roles: [Role]

    /// What going back over a step has brought to light.
    struct Undone {
        var lenses: [Lens] = []
        /// A collection that the step took away.
        var removed: Collection?
        /// The number of a collection that the step brought.
        var added: UInt32?
    }

    init(collections: [Collection], roles: [Role]) {
        self.collections = collections
        self.roles = roles
    }

    /// Makes of the schema after a step the one before it.
    mutating func undo(_ change: SchemaStep.Change) throws(SchemaStepMistake) -> Undone {
        switch change {
        case .addCollection(let name):
            let collection = try self.collection(name)
            collections.removeAll { $0.number == collection.number }
            return Undone(added: collection.number)
        case .removeCollection(let was):
            if let other = collections.first(where: { $0.number == was.number || $0.name == was.name }) {
                throw SchemaStepMistake(
                    "the removed collection `\(was.name)`, number \(was.number), stands in the way of `\(other.name)`, number \(other.number)",
                    "Numbers and names that were used are never used again: give the newer one others.")
            }
            collections.append(was)
            return Undone(removed: was)
        case .renameCollection(let from, let to): return try undoRenaming(from: from, to: to)
        case .addFields(let name, let fields, let defaults):
            let newer = try holding(fields, in: name)
            try checkBearing(fields, in: newer, "added", defaults: defaults)
            let origins = Dictionary(uniqueKeysWithValues: fields.map { ($0, Lens.Origin.constant(defaults[$0] ?? .null)) })
            return try replace(newer, by: newer.without(Set(fields)), up: origins, down: [:])
        case .removeFields(let name, let fields, let was, let isIgnored):
            let newer = try collection(name)
            try checkAbsent(fields, in: newer)
            let older = newer.with(was)
            try check(fields, standIn: was, older)
            let ignored = isIgnored ? Set(was.filter { group in group.fields.allSatisfy { fields.contains($0.name) } }.map(\.number)) : []
            let origins = Dictionary(uniqueKeysWithValues: fields.map { ($0, Lens.Origin.constant(.null)) })
            return try replace(newer, by: older, up: [:], down: origins, ignored: ignored)
        case .renameField(let name, let from, let to):
            let newer = try holding([to], in: name)
            try checkAbsent([from], in: newer)
            let lens = try replace(newer, by: newer.renaming(to, to: from), up: [to: .field(from)], down: [from: .field(to)])
            collections = collections.map { $0.renamingUses(of: to, to: from, in: newer.number) }
            return lens
        case .mapValues(let name, let field, let was, let up, let down):
            let newer = try holding([field], in: name)
            try checkUnbearing([field], in: newer)
            let older = newer.with(was)
            try check([field], standIn: was, older)
            try checkMap(up, from: older.field(named: field), to: newer.field(named: field), "up")
            try checkMap(down, from: newer.field(named: field), to: older.field(named: field), "down")
            return try replace(newer, by: older, up: [field: .mapped(field, up)], down: [field: .mapped(field, down)])
        case .split(let name, let field, let into, let splitting, let was):
            let newer = try holding(into, in: name)
            try checkUnbearing(into, in: newer)
            let older = newer.without(Set(into)).with(was)
            try check([field], standIn: was, older)
            try checkTexts([field], older)
            try checkTexts(into, newer)
            let pieces = into.enumerated().map { ($1, Lens.Origin.piece(field, splitting, index: $0, count: into.count)) }
            return try replace(
                newer, by: older, up: Dictionary(uniqueKeysWithValues: pieces), down: [field: .joined(into, splitting)])
        case .join(let name, let fields, let into, let splitting, let was):
            let newer = try holding([into], in: name)
            try checkUnbearing([into], in: newer)
            let older = newer.without([into]).with(was)
            try check(fields, standIn: was, older)
            try checkTexts(fields, older)
            try checkTexts([into], newer)
            let pieces = fields.enumerated().map { ($1, Lens.Origin.piece(into, splitting, index: $0, count: fields.count)) }
            return try replace(
                newer, by: older, up: [into: .joined(fields, splitting)], down: Dictionary(uniqueKeysWithValues: pieces))
        case .regroup(let name, let fields, let was):
            let newer = try holding(fields, in: name)
            // Where the fields stood does not matter to rules that name them.
            let older = newer.changed(groups: newer.without(Set(fields)).groups).with(was)
            try check(fields, standIn: was, older)
            return try replace(newer, by: older, up: [:], down: [:])
        }
    }

    private mutating func undoRenaming(from: String, to: String) throws(SchemaStepMistake) -> Undone {
        let newer = try collection(to)
        if collections.contains(where: { $0.name == from }) {
            throw SchemaStepMistake("there is a collection `\(from)` beside `\(to)`, which was called so", "Names that were used are never used again.")
        }
        let before = collections
        collections = collections.map { $0.number == newer.number ? $0.changed(name: from) : $0 }
        var undone = Undone()
        for collection in before {
            // Texts that name rows of any collection name this one otherwise.
            let fields = collection.fields.filter { field in
                if case .anyReference(let numbers) = field.type { numbers.contains(newer.number) } else { false }
            }.map(\.name)
            guard collection.number == newer.number || !fields.isEmpty,
                let older = collections.first(where: { $0.number == collection.number })
            else { continue }
            undone.lenses.append(try Lens(
                older: older, newer: collection,
                up: Dictionary(uniqueKeysWithValues: fields.map { ($0, .references([from: to])) }),
                down: Dictionary(uniqueKeysWithValues: fields.map { ($0, .references([to: from])) })))
        }
        return undone
    }

    private mutating func replace(
        _ newer: Collection, by older: Collection, up: [String: Lens.Origin], down: [String: Lens.Origin],
        ignored: Set<UInt32> = []
    ) throws(SchemaStepMistake) -> Undone {
        try checkUnique(older)
        for field in newer.fields where older.field(named: field.name) == nil && up[field.name] == nil {
            throw SchemaStepMistake(
                "`was` has a group with the number of the group that holds `\(field.name)` of `\(newer.name)`",
                "Give the groups under `was` the numbers that they had, and newer ones others; numbers are never used again.")
        }
        let lens = try Lens(older: older, newer: newer, up: up, down: down, ignored: ignored)
        collections = collections.map { $0.number == newer.number ? older : $0 }
        return Undone(lenses: [lens])
    }
}
