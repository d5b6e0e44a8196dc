/// Between one earlier version of a schema and the present one, in both directions.
public final class SchemaLens: Sendable {
    /// The earlier version.
    public let version: UInt32
    /// What a device of that version knows. Its rights and labels are those of the present one.
    public let older: Schema
    /// Of the collections whose rows are otherwise there than here.
    private let lenses: [UInt32: CollectionLens]
    /// Collections of the earlier version that are gone, by number.
    public let removed: [UInt32: Collection]

    init(version: UInt32, older: Schema, lenses: [UInt32: CollectionLens], removed: [UInt32: Collection]) {
        self.version = version
        self.older = older
        self.lenses = lenses
        self.removed = removed
    }

    /// Nil if rows and writes of the collection are the same in both versions.
    public func lens(of collection: UInt32) -> CollectionLens? { lenses[collection] }

    /// The collections whose rows are otherwise, by rising number.
    public var changedCollections: [UInt32] { lenses.keys.sorted() }
}

/// The steps of one collection from an earlier version to the present one.
public final class CollectionLens: Sendable {
    /// From the earliest on; at least one.
    let steps: [Lens]
    public let older: Collection
    public let newer: Collection
    private let targetsByGroup: [UInt32: Set<UInt32>]
    private let originsByGroup: [UInt32: Set<UInt32>]
    /// Groups of the earlier version that are gone and whose writes are let go of.
    public let ignored: Set<UInt32>
    /// The columns of groups that a new row has although the earlier version knows nothing of them.
    public let defaults: ShownColumns

    init(steps: [Lens], older: Collection, newer: Collection) {
        precondition(!steps.isEmpty, "a lens without a step")
        self.steps = steps
        self.older = older
        self.newer = newer
        var targets: [UInt32: Set<UInt32>] = [:]
        var origins: [UInt32: Set<UInt32>] = [:]
        var ignored: Set<UInt32> = []
        for group in older.groups {
            var reached: Set<UInt32> = [group.number]
            for step in steps {
                let next = Set(reached.flatMap { step.up.targets(of: $0) })
                if next.isEmpty, !reached.isEmpty, reached.isSubset(of: step.ignored) { ignored.insert(group.number) }
                reached = next
            }
            targets[group.number] = reached
            for target in reached { origins[target, default: []].insert(group.number) }
        }
        targetsByGroup = targets
        originsByGroup = origins
        self.ignored = ignored
        var defaults: ShownColumns = [:]
        for step in steps { defaults = step.up.columns(defaults, fills: true) }
        self.defaults = defaults.filter { group, columns in
            origins[group] == nil && columns.contains { !$0.isNull } && newer.group(group)?.holdsColumns ?? false
        }
    }

    /// The present groups that a group of the earlier version bears on; none if it is gone, or was never there.
    public func targets(of group: UInt32) -> Set<UInt32> { targetsByGroup[group] ?? [] }

    /// The groups of the earlier version that a present group comes from.
    public func origins(of group: UInt32) -> Set<UInt32> { originsByGroup[group] ?? [] }

    /// The present groups that the earlier version knows nothing of, by rising number.
    public var unknownToOlder: [UInt32] { newer.groups.map(\.number).filter { originsByGroup[$0] == nil } }

    /// True if a write of the group means a write of this one group, with the same columns.
    public func isKept(_ group: UInt32) -> Bool {
        targets(of: group) == [group] && steps.allSatisfy { !$0.up.changed.contains(group) }
    }

    /// True if the group is gone, and no later version has its number with other columns: under its number only it is meant.
    public func isGone(_ group: UInt32) -> Bool {
        var isKept = true
        for step in steps where !isKept || step.up.changed.contains(group) {
            isKept = false
            if step.up.target.group(group) != nil { return false }
        }
        return !isKept
    }

    /// The present groups that decide what a group of the earlier version shows.
    public func sources(of group: UInt32) -> Set<UInt32> {
        var reached: Set<UInt32> = [group]
        for step in steps { reached = Set(reached.flatMap { step.down.sources(of: $0) }) }
        return reached
    }

    // MARK: Rows

    /// A row in the form of the earlier version: what a device of that version holds.
    ///
    /// - Parameters:
    ///   - row: as far as the device's user may read it.
    ///   - changed: when any cell of it last changed, also of what the user may not read.
    public func down(_ row: RowState, changed: CommitSequence) -> RowState {
        var older = row
        for step in steps.reversed() { older = step.down.row(older, fills: false) }
        return agreeing(older, with: row, changed: changed)
    }

    /// A row of the earlier version in the present form: for stores that are taken over. A cell that changed last may be
    /// gone; the liveness cell that versions before have been shown does not become older by that.
    public func up(_ row: RowState) -> RowState {
        var newer = row
        for step in steps { newer = step.up.row(newer, fills: true) }
        guard newer.sequence < row.sequence, let liveness = newer.livenessWithDeletion(asOf: row.sequence) else { return newer }
        newer[.liveness] = liveness
        return newer
    }

    /// A row is there in both versions, or in neither. What keeps a deleted row alive may be something that the
    /// earlier version knows nothing of; so a liveness cell with a deletion changes with its row. It never becomes older,
    /// since a device keeps the later one; so it does not go by who may read what changed.
    private func agreeing(_ older: RowState, with row: RowState, changed: CommitSequence) -> RowState {
        guard var liveness = older.livenessWithDeletion(asOf: changed) else { return older }
        var result = older
        result[.liveness] = liveness
        guard result.isAlive != row.isAlive else { return result }
        let everything = older.cells.filter { $0.part != .liveness }.map {
            SeenCell(part: $0.part, context: Context(sequence: row.sequence))
        }
        for index in liveness.siblings.indices where liveness.siblings[index].content.isDeletion {
            liveness.siblings[index].content = row.isAlive ? .alive : .deleted(covering: everything)
        }
        result[.liveness] = liveness
        return result
    }

    // MARK: Writes

    /// What a row shows after a write by an app of the earlier version, in the present form.
    ///
    /// - Parameters:
    ///   - writes: the columns that it wrote, by group of the earlier version.
    ///   - shown: what the row showed the writer, in the present form.
    public func written(_ writes: ShownColumns, over shown: ShownColumns) -> ShownColumns {
        var before = [shown]
        for step in steps.reversed() { before.append(step.down.columns(before[before.count - 1])) }
        before.reverse()
        var after = before[0].merging(writes) { $1 }
        for (index, step) in steps.enumerated() {
            after = step.up.columns(before: before[index], after: after, over: before[index + 1])
        }
        return after
    }

    /// What the present form shows, in the form of the earlier version.
    public func shownDown(_ shown: ShownColumns) -> ShownColumns {
        steps.reversed().reduce(shown) { $1.down.columns($0) }
    }

    /// What a deletion by an app of the earlier version covers.
    ///
    /// - Parameters:
    ///   - covering: as the app wrote it.
    ///   - basis: up to where what the app knows nothing of counts as held.
    public func covering(_ covering: [SeenCell], basis: Context) -> [SeenCell] {
        let known = steps.reduce(covering) { $1.up.covering($0) }
        return known + unknownToOlder.map { SeenCell(part: Part(group: $0), context: basis) }
    }
}

extension Crossing {
    /// The groups of the source that a group of the target comes from.
    func sources(of group: UInt32) -> [UInt32] {
        if let rule = rule(of: group) { return rule.sources }
        return target.group(group) == nil ? [] : [group]
    }
}

extension Sibling.Content {
    fileprivate var isDeletion: Bool { if case .deleted = self { true } else { false } }
}

extension RowState {
    /// The liveness cell, if a deletion stands in it, as changed at a sequence or later.
    fileprivate func livenessWithDeletion(asOf sequence: CommitSequence) -> CellState? {
        guard var liveness = self[.liveness], liveness.siblings.contains(where: \.content.isDeletion) else { return nil }
        liveness.sequence = max(liveness.sequence, sequence)
        return liveness
    }

    /// What the row shows of the groups whose cells hold columns.
    public func shownColumns(in collection: Collection) -> ShownColumns {
        var columns: ShownColumns = [:]
        for group in collection.groups where group.holdsColumns {
            if let shown = shownValues(of: group) { columns[group.number] = shown }
        }
        return columns
    }
}
