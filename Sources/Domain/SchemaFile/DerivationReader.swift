import ReplicationCore

/// Reads what stands behind `derived:`, and checks that inputs and outputs fit each other.
struct DerivationReader {
    let draft: SchemaDraft
    let log: MistakeLog

    func read(_ map: YAMLMap, _ group: GroupDraft, _ collection: CollectionDraft) -> Derivation? {
        map.allow(["sum", "count", "furthest", "along", "highest", "take", "from", "reference", "key"])
        let rules = ["sum", "count", "furthest", "highest"].filter { map.node($0) != nil }
        if rules.count != 1 {
            log.add(map.place, "\(map.what) needs exactly one of `sum`, `count`, `furthest` and `highest`", "Write one of them.")
        }
        guard let from = map.text("from", required: true) else { return nil }
        guard let source = draft.collection(named: from.text) else {
            log.addUnknown(from, "collection", known: draft.collectionNames)
            return nil
        }
        let target = target(map, source, group, collection)
        guard rules.count == 1 else { return nil }
        let rule: Derivation.Rule? =
            switch rules[0] {
            case "sum": sum(map, source, group)
            case "count": count(map, source, group)
            case "furthest": furthest(map, source, group)
            default: highest(map, source, group)
            }
        guard let rule, let target else { return nil }
        return Derivation(rule: rule, source: source.number, target: target)
    }

    private func sum(_ map: YAMLMap, _ source: CollectionDraft, _ group: GroupDraft) -> Derivation.Rule? {
        guard let name = map.text("sum"), let field = source.field(name, log: log) else { return nil }
        requireLedger(source, name.place)
        guard case .integer = field.type else {
            log.add(name.place, "`\(source.name.text).\(name.text)` is not an integer, so it has no sum", "Name an integer field.")
            return nil
        }
        return isOneInteger(group) ? .sum(field: name.text) : nil
    }

    private func count(_ map: YAMLMap, _ source: CollectionDraft, _ group: GroupDraft) -> Derivation.Rule? {
        guard let counted = map.text("count") else { return nil }
        requireLedger(source, counted.place)
        guard counted.text == "rows" else {
            log.add(counted.place, "`\(counted.text)` cannot be counted", "Write `count: rows`.")
            return nil
        }
        return isOneInteger(group) ? .sum(field: nil) : nil
    }

    private func isOneInteger(_ group: GroupDraft) -> Bool {
        if group.fields.count == 1, case .integer = group.fields[0].field.type { return true }
        log.add(group.name.place, "\(group.what) is a sum, and not one integer", "Make it one field of type `integer`.")
        return false
    }

    private func furthest(_ map: YAMLMap, _ source: CollectionDraft, _ group: GroupDraft) -> Derivation.Rule? {
        guard let name = map.text("furthest"), let field = source.field(name, log: log),
            let along = map.text("along", required: true), let lattice = draft.lattice(named: along, log: log)
        else { return nil }
        if source.kind == .record, source.group(holding: name.text)?.map.node("derived") == nil {
            log.add(name.place, "`\(source.name.text).\(name.text)` can be written, so a change of it could go back",
                "Derive from a ledger, or from a field that is derived itself.")
        }
        guard case .choice(let inputs) = field.type, inputs.allSatisfy(lattice.states.contains) else {
            log.add(name.place, "`\(source.name.text).\(name.text)` has values that `\(along.text)` does not order", "Give it the type `choice \(along.text)`.")
            return nil
        }
        guard group.fields.count == 1, case .choice(let outputs) = group.fields[0].field.type, outputs == lattice.states else {
            log.add(group.name.place, "\(group.what) does not take every state of `\(along.text)`", "Make it one field of type `choice \(along.text)`.")
            return nil
        }
        return .furthest(field: name.text, lattice)
    }

    private func highest(_ map: YAMLMap, _ source: CollectionDraft, _ group: GroupDraft) -> Derivation.Rule? {
        guard let by = map.text("highest"), let field = source.field(by, log: log) else { return nil }
        requireLedger(source, by.place)
        guard case .integer = field.type else {
            log.add(by.place, "`\(source.name.text).\(by.text)` is not an integer, so there is no highest", "Name an integer field.")
            return nil
        }
        guard let take = map.texts("take") else {
            map.missing("take")
            return nil
        }
        guard take.count == group.fields.count else {
            log.add(map.place(of: "take"), "\(map.what) takes \(take.count) fields, and the group has \(group.fields.count)",
                "List one field of `\(source.name.text)` for each column of the group, in its order.")
            return nil
        }
        for (name, column) in zip(take, group.fields) {
            guard let field = source.field(name, log: log) else { continue }
            if field.type != column.field.type {
                log.add(name.place, "`\(source.name.text).\(name.text)` and `\(column.field.name)` are not of one type", "Give both the same type.")
            }
        }
        return .highest(by: by.text, fields: take.map(\.text))
    }

    /// Only rows that never change can be taken in once and for all.
    private func requireLedger(_ source: CollectionDraft, _ place: Place) {
        guard source.kind == .record else { return }
        log.add(place, "`\(source.name.text)` is no ledger, so its rows can change after they were counted", "Derive from a ledger.")
    }

    private func target(
        _ map: YAMLMap, _ source: CollectionDraft, _ group: GroupDraft, _ collection: CollectionDraft
    ) -> Derivation.Target? {
        if let name = map.text("reference") {
            if let key = map.key("key") { log.add(key.place, "\(map.what) has both `reference` and `key`", "Keep one.") }
            guard let field = source.field(name, log: log) else { return nil }
            guard field.type == .reference(collection: collection.number) else {
                log.add(name.place, "`\(source.name.text).\(name.text)` does not refer to `\(collection.name.text)`", "Name a field that does.")
                return nil
            }
            return .reference(field: name.text)
        }
        guard let key = map.map("key", what: "`key` of \(map.what)") else {
            log.add(map.place, "\(map.what) does not say for which row an input counts", "Add `reference: <field>` or `key: {<own field>: <input field>}`.")
            return nil
        }
        var pairs: [Derivation.KeyPair] = []
        for entry in key.entries {
            guard let name = YAMLMap.text(entry.value, what: "a key", log: log),
                let own = collection.field(entry.key, log: log), let input = source.field(name, log: log)
            else { continue }
            if own.type != input.type {
                log.add(name.place, "`\(entry.key.text)` and `\(source.name.text).\(name.text)` are not of one type", "Pair fields of the same type.")
            }
            if group.fields.contains(where: { $0.field.name == own.name }) {
                log.add(entry.key.place, "`\(own.name)` is what is computed, so it cannot be the key", "Name another field.")
            }
            pairs.append(Derivation.KeyPair(target: own.name, source: input.name))
        }
        return pairs.isEmpty ? nil : .key(pairs)
    }
}
