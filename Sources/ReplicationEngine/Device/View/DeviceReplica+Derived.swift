import ReplicationCore

extension DeviceReplica {
    /// What own changesets contribute to a row's derived groups, by group.
    func inputs(
        of key: RowKey, confirmed: RowState?, _ collection: Collection, _ store: any DeviceReader
    ) throws -> [UInt32: [DerivedInput]] {
        guard let confirmed, pending.hasInputs else { return [:] }
        var inputs: [UInt32: [DerivedInput]] = [:]
        for group in collection.groups {
            guard case .derived(let derivation) = group.policy else { continue }
            var found = pending.inputs(for: derivations.target(group, derivation, of: confirmed, in: collection))
            let cell = confirmed[Part(group: group.number)]
            try found.removeAll { try isKnown($0, to: cell, store) }
            for source in pending.chainedSources(of: key) where source.collection == derivation.source {
                found += try chainedInputs(source, derivation, store)
            }
            if !found.isEmpty { inputs[group.number] = found }
        }
        return inputs
    }

    /// A row is new once. One that has come into being by another changeset, as when what had waited was released while
    /// it was written anew, counts in the hub's value already, and this input will be refused.
    private func isKnown(_ input: DerivedInput, to cell: CellState?, _ store: any DeviceReader) throws -> Bool {
        guard input.sequence == nil, let cell, let liveness = try store.confirmed(input.source)?[.liveness] else { return false }
        return liveness.siblings.contains { sibling in
            let places = [sibling.write.sequence] + (sibling.write.former?.places ?? [])
            // The hub derives right behind the changeset that made the row.
            return sibling.write.identity != input.identity && places.contains { place in
                place < cell.sequence && (place.epoch == cell.sequence.epoch || !ended.isLost(place))
            }
        }
    }

    /// What a derived group of `source`, as it is shown, contributes to a group that is derived from it.
    private func chainedInputs(
        _ source: RowKey, _ derivation: Derivation, _ store: any DeviceReader
    ) throws -> [DerivedInput] {
        guard case .furthest(let field, _) = derivation.rule, let collection = schema.collection(source.collection),
            let group = collection.group(holding: field), case .derived(let inner) = group.policy,
            let confirmed = try store.confirmed(source)
        else { return [] }
        let own = pending.inputs(for: derivations.target(group, inner, of: confirmed, in: collection))
        // Without a pending step the hub's value of the outer group contains the inner one already.
        guard let last = own.last, let row = try view(source, confirmed: confirmed, store: store),
            let value = row.shownValue(of: field, in: collection), !value.isNull
        else { return [] }
        return [DerivedInput(
            identity: last.identity, dot: last.dot, source: source, contribution: .state(value), sequence: last.sequence,
            isRenumbered: last.isRenumbered)]
    }

    /// The rows whose derived groups take own pending writes on `key` as inputs, as far as they are held.
    func derivedRows(affectedBy key: RowKey, _ store: any DeviceReader) throws -> Set<RowKey> {
        let collections = schema.derivations(from: key.collection)
        guard !collections.isEmpty else { return [] }
        let operations = pending.operations(on: key).map(\.operation)
        var rows: Set<RowKey> = []
        for (target, _) in derivations.contributions(of: operations, on: key) {
            if let row = try row(of: target, store) { rows.insert(row) }
        }
        return rows
    }

    /// The row that a derived cell belongs to; nil if it is not known here.
    func row(of target: DerivedTarget, _ store: any DeviceReader) throws -> RowKey? {
        switch target.name {
        case .row(let row): return RowKey(collection: target.collection, row: row)
        case .key(let values):
            guard let collection = schema.collection(target.collection), let group = collection.group(target.group),
                case .derived(let derivation) = group.policy, case .key(let pairs) = derivation.target
            else { return nil }
            let fields = zip(pairs, values).map { (name: $0.target, value: $1) }
            return try store.rows(of: target.collection, where: fields, limit: 1).first
                .map { RowKey(collection: target.collection, row: $0) }
        }
    }

    /// Finds the rows whose derived groups are computed from those of `key`, and notes them.
    @discardableResult
    mutating func chain(from key: RowKey, _ store: any DeviceReader) throws -> Set<RowKey> {
        guard let collection = schema.collection(key.collection) else { return [] }
        var outer: Set<RowKey> = []
        for derived in schema.derivations(from: key.collection) {
            guard case .furthest(let field, _) = derived.derivation.rule, let group = collection.group(holding: field),
                case .derived = group.policy, let row = try store.confirmed(key),
                let target = derivations.target(of: derived, values: { row.shownValue(of: $0, in: collection) ?? .null }),
                let outerRow = try self.row(of: target, store)
            else { continue }
            pending.chain(outerRow, from: key)
            outer.insert(outerRow)
        }
        return outer
    }

    /// Renders again what is derived from rows whose pending writes or confirmed states have changed.
    ///
    /// - Parameter held: rows that were rendered already but may feed others.
    mutating func refreshDerived(
        from keys: Set<RowKey>, affected: Set<RowKey>, in store: any DeviceTransaction
    ) throws -> Set<RowKey> {
        var inner = affected
        for key in keys { inner.formUnion(try derivedRows(affectedBy: key, store)) }
        var outer: Set<RowKey> = []
        for key in inner.union(keys) { outer.formUnion(try chain(from: key, store)) }
        let all = inner.union(outer)
        try refresh(inner, in: store)
        try refresh(outer, in: store)
        return all
    }
}
