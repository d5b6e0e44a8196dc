import ReplicationCore

extension ChangesetTranslator {
    /// What a writer was shown of the groups that a write bears on, and the context that says so.
    struct WriterView {
        /// In the present form.
        var columns: ShownColumns
        /// The writer's further writes, in the form of its own version. They are kept in it: two columns that are one
        /// text by now could not be told apart again.
        var own: ShownColumns = [:]
        var context: Context
    }

    /// - Returns: what the row showed at what the writer had seen, with the writer's own further writes of it on top.
    func shown(
        to component: ColumnWrite.Component, _ collection: CollectionLens, _ past: any RowPast
    ) throws -> WriterView {
        var context = Context.seen(in: component.writes.map(\.operation.context)) ?? Context()
        guard let now = try past.row else { return WriterView(columns: [:], context: context) }
        let relevant = component.relevant(collection)
        // Mostly nothing has changed since, and what is there now is what the writer was shown.
        let hasChanged = relevant.contains { (now[Part(group: $0)]?.sequence ?? .zero) > context.sequence }
        guard hasChanged else { return WriterView(columns: now.shownColumns(in: collection.newer), context: context) }
        let own = try ownWrites(of: component, collection, past, &context)
        for identity in try named(by: component, collection, past, after: context.sequence)
        where !context.pending.contains(identity) { context.pending.append(identity) }
        let columns = try past.row(at: context.sequence)?.shownColumns(in: collection.newer) ?? [:]
        var view = WriterView(columns: columns, context: context)
        var version = lens.version
        for write in own {
            if write.schemaVersion != version {
                view.columns = present(view.own, of: version, over: view.columns, collection)
                view.own = [:]
                version = write.schemaVersion
            }
            view.own.merge(write.columns) { $1 }
        }
        if version != lens.version {
            view.columns = present(view.own, of: version, over: view.columns, collection)
            view.own = [:]
        }
        return view
    }

    /// The writer's own writes that stood on the screen, oldest first: those that the operation names, and where a
    /// group now holds what were several cells, those of the other cells as well. The pending value of one cell hid what
    /// arrived underneath, so the context goes back to what the first of them had seen.
    private func ownWrites(
        of component: ColumnWrite.Component, _ collection: CollectionLens, _ past: any RowPast, _ context: inout Context
    ) throws -> [PastWrite] {
        let own = component.isShared(collection) ? dot : Dot(site: dot.site, counter: 0)
        // Of one changeset a part may have waited, and come later than the rest.
        var found: [CommitSequence: PastWrite] = [:]
        // Each round goes further back; there are not more rounds than own writes of the row.
        while true {
            var hasGrown = false
            let named = Set(context.pending)
            for write in try past.writes(by: own, or: named, after: context.sequence, on: component.targets)
            where named.contains(write.identity) || !write.wasRefused(by: header.basis) {
                let contexts = write.operations.filter { operation in
                    !targets(of: operation, in: write.schemaVersion).isDisjoint(with: component.targets)
                }.map(\.context)
                guard !contexts.isEmpty, found.updateValue(write, forKey: write.sequence) == nil else { continue }
                hasGrown = true
                context = Context.seen(in: [context] + contexts) ?? context
                if !context.pending.contains(write.identity) { context.pending.append(write.identity) }
            }
            if !hasGrown { break }
        }
        return found.values.sorted { ($0.written, $0.sequence) < ($1.written, $1.sequence) }
    }

    /// Writes after a sequence that were seen for sure: each cell of the writer's version that they wrote, as far as it matters
    /// here, is one that the component writes as well, and whose own context contains them. The sequence that all its cells
    /// have in common may lie before them.
    private func named(
        by component: ColumnWrite.Component, _ collection: CollectionLens, _ past: any RowPast, after sequence: CommitSequence
    ) throws -> [ChangesetID] {
        guard component.writes.contains(where: { $0.operation.context.sequence > sequence }) else { return [] }
        return try past.writes(after: sequence, on: component.targets).filter { write in
            let bearing = write.operations.filter {
                !targets(of: $0, in: write.schemaVersion).isDisjoint(with: component.targets)
            }
            return !bearing.isEmpty && bearing.allSatisfy { operation in
                component.writes.contains { seen in
                    seen.operation.part == operation.part && write.stood(by: seen.operation.context.sequence, on: component.targets)
                        && isSameCell(operation, in: write.schemaVersion, collection)
                }
            }
        }.map(\.identity)
    }

    /// True if the writer's version has the cell that an operation of some version is of.
    private func isSameCell(_ operation: CellOperation, in version: UInt32, _ collection: CollectionLens) -> Bool {
        if version == lens.version { return true }
        let other = schema.history.lens(from: version)?.lens(of: operation.key.collection)?.older ?? collection.newer
        guard let group = other.group(operation.part.group) else { return false }
        return collection.older.group(operation.part.group)?.fields == group.fields
    }

    /// The present groups that an operation of some version bears on.
    private func targets(of operation: CellOperation, in version: UInt32) -> Set<UInt32> {
        guard let lens = schema.history.lens(from: version)?.lens(of: operation.key.collection) else {
            return [operation.part.group]
        }
        return lens.targets(of: operation.part.group)
    }

    /// What the row shows with writes of some version on top.
    private func present(
        _ writes: ShownColumns, of version: UInt32, over columns: ShownColumns, _ collection: CollectionLens
    ) -> ShownColumns {
        guard let lens = schema.history.lens(from: version)?.lens(of: collection.newer.number) else {
            return columns.merging(writes) { $1 }
        }
        return lens.written(writes, over: columns)
    }
}

extension PastWrite {
    /// What it put into groups of columns, in the form of its own version.
    fileprivate var columns: ShownColumns {
        var columns: ShownColumns = [:]
        for operation in operations {
            if case .set(let values) = operation.action, operation.part.element == nil { columns[operation.part.group] = values }
        }
        return columns
    }
}

/// A write of columns that stand otherwise now.
struct ColumnWrite {
    let operation: CellOperation
    let values: [Value]

    /// Writes that bear on the same groups: they are taken or refused together.
    struct Component {
        /// By rising position.
        var writes: [ColumnWrite]
        /// The present groups that they bear on.
        var targets: Set<UInt32>

        /// Another cell of the writer's version is in a group that these bear on.
        func isShared(_ collection: CollectionLens) -> Bool {
            targets.contains { collection.origins(of: $0).count > 1 }
        }

        /// The present groups whose columns the writes may take over.
        func relevant(_ collection: CollectionLens) -> Set<UInt32> {
            var groups = targets
            for target in targets {
                for origin in collection.origins(of: target) { groups.formUnion(collection.sources(of: origin)) }
            }
            return groups
        }
    }

    static func components(of writes: [ColumnWrite], _ collection: CollectionLens) -> [Component] {
        var components: [Component] = []
        for write in writes.sorted(by: { $0.operation.position < $1.operation.position }) {
            var joined = Component(writes: [write], targets: collection.targets(of: write.operation.part.group))
            components.removeAll { other in
                guard !other.targets.isDisjoint(with: joined.targets) else { return false }
                joined.writes += other.writes
                joined.targets.formUnion(other.targets)
                return true
            }
            joined.writes.sort { $0.operation.position < $1.operation.position }
            components.append(joined)
        }
        return components
    }
}
