import ReplicationCore
import WireProtocol

extension CommitDecision {
    /// Drafts the derived values that follow from new inputs, also those that follow from derived values.
    ///
    /// Every rule is a join, so each input is taken in once and nothing is read but the target.
    mutating func derive(
        from inputs: [DerivationInput], _ draft: inout HubDraft, _ application: inout Application
    ) throws {
        var queue = inputs
        var values: [RowKey: [String: Value]] = [:]
        var done: Set<Work> = []
        // Bounded: a derivation puts its target in at most once, and the schema's derivations are acyclic.
        while !queue.isEmpty {
            let input = queue.removeFirst()
            for derived in schema.derivations(from: input.key.collection) {
                guard isInput(input, of: derived.derivation),
                    done.insert(Work(key: input.key, derived: derived)).inserted || !input.isNewRow
                else { continue }
                if let next = try derive(derived, input, &values, &draft, &application) { queue.append(next) }
            }
        }
    }

    private struct Work: Hashable {
        let key: RowKey
        let derived: DerivedGroup
    }

    /// True if a derivation takes in what was written; a new row comes as one input for each of its groups.
    private func isInput(_ input: DerivationInput, of derivation: Derivation) -> Bool {
        switch derivation.rule {
        case .sum(let field): input.isNewRow && (field.map(input.fields.contains) ?? true)
        case .furthest(let field, _): input.fields.contains(field)
        case .highest: input.isNewRow
        }
    }

    private mutating func derive(
        _ derived: DerivedGroup, _ input: DerivationInput, _ values: inout [RowKey: [String: Value]],
        _ draft: inout HubDraft, _ application: inout Application
    ) throws -> DerivationInput? {
        guard let source = schema.collection(input.key.collection),
            let collection = schema.collection(derived.collection), let group = collection.group(derived.group),
            let row = try rows.row(input.key)
        else { return nil }
        let drafted = values[input.key]
        func field(_ name: String) -> Value { drafted?[name] ?? row.shownValue(of: name, in: source) ?? .null }
        guard let target = try target(of: derived, collection, field, &draft) else { return nil }
        let part = Part(group: group.number)
        switch derived.derivation.rule {
        case .sum(let name):
            guard let amount = name.map({ field($0).integer }) ?? 1 else { return nil }
            draft.increment(target, part, by: amount)
            try noteMinimum(target, collection, group, amount, draft, &application)
            return nil
        case .furthest(let name, let lattice):
            guard field(name).text != nil else { return nil }
            let stored = try rows.row(target)?.shownValue(of: group.fields[0].name, in: collection)
            let current = values[target]?[group.fields[0].name] ?? stored
            if lattice.isClash(current, field(name)) {
                application.reviews.append(PendingReview(
                    key: target, rule: "clash",
                    detail: "\(collection.label) was both \(current?.text ?? "") and \(field(name).text ?? "")."))
            }
            guard lattice.level(of: field(name)) > lattice.level(of: current) else { return nil }
            values[target, default: [:]][group.fields[0].name] = field(name)
            draft.set(target, part, [field(name)], context: try contextNow(target, part))
            return DerivationInput(key: target, fields: [group.fields[0].name], isNewRow: false)
        case .highest(let by, let names):
            guard let revision = field(by).integer else { return nil }
            let stored = try rows.row(target)?.shownValue(of: group.fields[0].name, in: collection)
            let current = (values[target]?[group.fields[0].name] ?? stored)?.integer
            guard revision >= current ?? .min else { return nil }
            values[target, default: [:]][group.fields[0].name] = .integer(revision)
            draft.set(target, part, names.map { field($0) }, context: try contextNow(target, part))
            return DerivationInput(key: target, fields: group.fields.map(\.name), isNewRow: false)
        }
    }

    /// The row that an input counts for; a row named by key is made when it is first needed.
    private mutating func target(
        of derived: DerivedGroup, _ collection: ReplicationCore.Collection, _ field: (String) -> Value,
        _ draft: inout HubDraft
    ) throws -> RowKey? {
        switch derived.derivation.target {
        case .reference(let name):
            return field(name).row.map { RowKey(collection: collection.number, row: $0) }
        case .key(let pairs):
            let keys = pairs.map { field($0.source) }
            guard !keys.contains(.null) else { return nil }
            let id: RowID = DerivedIdentifier.make(
                "derived row \(collection.name)", keys.map { Array(ValueJSON.text(of: $0).utf8) })
            let key = RowKey(collection: collection.number, row: id)
            if try rows.row(key) == nil, !draft.isCreating(key) {
                let fields = Dictionary(uniqueKeysWithValues: zip(pairs.map(\.target), keys))
                draft.create(key, collection, fields)
            }
            return key
        }
    }

    /// A sum that falls below its declared minimum is a fact, and goes to review once, when it falls.
    private mutating func noteMinimum(
        _ target: RowKey, _ collection: ReplicationCore.Collection, _ group: Group, _ amount: Int64,
        _ draft: HubDraft, _ application: inout Application
    ) throws {
        guard let minimum = collection.minimums.first(where: { $0.field == group.fields[0].name }) else { return }
        let before = try rows.row(target)?[Part(group: group.number)]?.tally?.sum ?? 0
        let drafted = draft.operations.lazy.compactMap { operation -> Int64? in
            guard operation.key == target, case .increment(let amount) = operation.action else { return nil }
            return amount
        }.first ?? amount
        let after = before &+ drafted
        if before >= minimum.value, after < minimum.value {
            application.reviews.append(PendingReview(
                key: target, rule: "minimum",
                detail: "\(group.fields[0].label) fell to \(after); it should not be below \(minimum.value)."))
        }
    }
}
