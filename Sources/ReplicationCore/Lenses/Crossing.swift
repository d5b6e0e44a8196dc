/// The columns of a row as they are shown, by group. Groups that were never written are not in it.
public typealias ShownColumns = [UInt32: [Value]]

/// How rows of a collection come from one version's form into a neighbouring one's, in one direction.
///
/// Groups whose columns are the same on both sides are taken over as they are, with their cells; for each other
/// group of the target a rule says where its columns come from.
struct Crossing: Sendable {
    let source: Collection
    let target: Collection
    /// For each group of the target that is not taken over as it is.
    let rules: [Rule]
    /// Groups of the source that are not taken over as they are.
    let changed: Set<UInt32>
    private let rulesByGroup: [UInt32: Int]
    private let targetsBySource: [UInt32: [UInt32]]

    struct Rule: Sendable {
        let group: Group
        /// Groups of the source that its columns come from, rising.
        let sources: [UInt32]
        let columns: [Column]
        /// What it holds where nothing was written: the defaults of added fields.
        var isDefault: Bool { sources.isEmpty && columns.contains { if case .constant(let value) = $0 { !value.isNull } else { false } } }
    }

    struct Place: Hashable, Sendable {
        let group: UInt32
        let column: Int
    }

    /// Where one column of the target comes from.
    enum Column: Sendable {
        /// The source has nothing of it.
        case constant(Value)
        case copy(Place)
        case mapped(Place, [Value: Value])
        /// Texts that name rows of collections under other names: the names, by old name.
        case references(Place, [String: String])
        case piece(Place, Splitting, index: Int, count: Int)
        case joined([Place], Splitting)

        var places: [Place] {
            switch self {
            case .constant: []
            case .copy(let place), .mapped(let place, _), .references(let place, _), .piece(let place, _, _, _): [place]
            case .joined(let places, _): places
            }
        }

        func value(_ read: (Place) -> Value) -> Value {
            switch self {
            case .constant(let value): return value
            case .copy(let place): return read(place)
            case .mapped(let place, let map):
                let value = read(place)
                return map[value] ?? value
            case .references(let place, let names):
                let value = read(place)
                guard case .text(let text) = value, let slash = text.firstIndex(of: "/"),
                    let name = names[String(text[..<slash])]
                else { return value }
                return .text(name + text[slash...])
            case .piece(let place, let splitting, let index, let count):
                return splitting.pieces(of: read(place), count: count)[index]
            case .joined(let places, let splitting):
                return splitting.joined(places.map(read))
            }
        }
    }

    init(from source: Collection, to target: Collection, rules: [Rule], changed: Set<UInt32>) {
        self.source = source
        self.target = target
        self.rules = rules
        self.changed = changed
        rulesByGroup = Dictionary(uniqueKeysWithValues: rules.indices.map { (rules[$0].group.number, $0) })
        var targets: [UInt32: [UInt32]] = [:]
        for rule in rules { for group in rule.sources { targets[group, default: []].append(rule.group.number) } }
        targetsBySource = targets
    }

    /// The groups of the target that come from a group of the source; none if it is gone.
    func targets(of group: UInt32) -> [UInt32] {
        changed.contains(group) ? targetsBySource[group] ?? [] : [group]
    }

    func rule(of group: UInt32) -> Rule? { rulesByGroup[group].map { rules[$0] } }

    // MARK: Columns

    /// What the target shows where the source shows this.
    ///
    /// - Parameter fills: groups that come from nothing get their defaults.
    func columns(_ shown: ShownColumns, fills: Bool = false) -> ShownColumns {
        var result = shown.filter { !changed.contains($0.key) }
        for rule in rules where rule.sources.contains(where: { shown[$0] != nil }) || (fills && rule.isDefault) {
            result[rule.group.number] = rule.columns.map { $0.value { Self.read($0, shown) } }
        }
        return result
    }

    /// What the target shows after a write that made of `before` in the source `after`. Columns that the write did not
    /// change stay in the target as they were: also what the source cannot tell apart, or does not have.
    func columns(before: ShownColumns, after: ShownColumns, over target: ShownColumns) -> ShownColumns {
        var result = after.filter { !changed.contains($0.key) }
        for rule in rules {
            let held = target[rule.group.number]
            let touched = rule.columns.map { column in
                column.places.contains { Self.read($0, before) != Self.read($0, after) }
            }
            guard held != nil || touched.contains(true) else { continue }
            result[rule.group.number] = rule.columns.enumerated().map { index, column in
                if !touched[index], let held, index < held.count { return held[index] }
                return column.value { Self.read($0, after) }
            }
        }
        return result
    }

    private static func read(_ place: Place, _ shown: ShownColumns) -> Value {
        guard let columns = shown[place.group], place.column < columns.count else { return .null }
        return columns[place.column]
    }
}
