import ReplicationCore

/// The cell that is asked about, and what hub and device both say of it.
struct ExplainedCell {
    let schema: Schema
    let collection: Collection
    let group: Group
    let key: RowKey
    let part: Part

    /// - Throws: `ExplanationError` if the schema has no such field.
    init(schema: Schema, _ question: ExplainQuestion) throws {
        let name = question.collection
        var field = question.field, element = question.element
        guard let collection = schema.collection(named: name) else {
            throw ExplanationError("There is no collection '\(name)'. There are: \(schema.collections.map(\.name).joined(separator: ", "))")
        }
        if element == nil, let key = collection.customKey(in: field), let group = collection.customGroup {
            (field, element) = (group.name, key)
        }
        guard let group = collection.group(holding: field) else {
            throw ExplanationError("\(name) has no field '\(field)'. It has: \(collection.fields.map(\.name).joined(separator: ", "))")
        }
        guard (group.isSet || group.isKeyed) == (element != nil) else {
            throw ExplanationError(group.isKeyed
                ? "\(field) holds custom fields: name the one that is to be explained, as \(field).KEY."
                : group.isSet
                    ? "\(field) is a set: name the element that is to be explained."
                    : "\(field) is no set: it has no elements.")
        }
        self.schema = schema
        self.collection = collection
        self.group = group
        key = RowKey(collection: collection.number, row: question.row)
        part = Part(group: group.number, element: element)
    }

    func answer(_ side: Explanation.Side, at sequence: CommitSequence, row: RowState, rule: MergeReason.Rule) -> Explanation {
        let cell = row[part]
        return Explanation(
            answeredBy: side, at: sequence.description, collection: collection.name, row: key.row.description,
            title: collection.titleField.flatMap { row.shownValue(of: $0, in: collection)?.text },
            fields: group.fields.map(\.name), element: part.element, policy: group.policy.name,
            shown: shown(of: cell, row), rule: rule.rawValue, reason: rule.words, writes: [], olderWrites: 0,
            refused: [], openConflicts: [], toChange: toChange)
    }

    private func shown(of cell: CellState?, _ row: RowState) -> [String: JSONScalar]? {
        guard let cell else { return nil }
        if group.isKeyed, let key = part.element { return [key: JSONScalar(row.customValue(key, in: collection) ?? .null)] }
        if part.element != nil { return cell.siblings.isEmpty ? nil : [group.name: .boolean(true)] }
        return Dictionary(
            group.fields.map { ($0.name, JSONScalar(row.shownValue(of: $0.name, in: collection) ?? .null)) },
            uniquingKeysWith: { first, _ in first })
    }

    func values(of action: Action) -> [String: JSONScalar]? {
        switch action {
        case .set(let values): self.values(values)
        case .add: [group.name: .boolean(true)]
        case .increment(let amount): [group.name: .integer(amount)]
        case .remove, .create, .restore, .delete: nil
        }
    }

    func values(_ values: [Value]) -> [String: JSONScalar] {
        let names = group.isKeyed ? part.element.map { [$0] } ?? [] : group.fields.map(\.name)
        return Dictionary(zip(names, values.map { JSONScalar($0) }), uniquingKeysWith: { first, _ in first })
    }

    func roleName(_ role: UInt32) -> String? { role == 0 ? nil : schema.role(role)?.label ?? "role \(role)" }

    /// The rights, and what the policy asks of a write.
    private var toChange: [String] {
        switch group.policy {
        case .hubOnly: return ["Nobody writes it on a device: the hub sets it, or an import does."]
        case .derived(let derivation):
            let source = schema.collection(derivation.source)?.label ?? "other rows"
            return ["The hub computes it from \(source): write there."]
        case .lastWriter, .authority, .lattice, .keepBoth, .addWinsSet, .counter, .writeOnce: break
        }
        if collection.kind == .ledger {
            return ["A \(collection.label) is never changed: add a further entry that corrects it."]
        }
        let writers = schema.roles.filter { role in
            collection.rights[role.number]?.update == true && (group.writers?.contains(role.number) ?? true)
        }
        let who = writers.isEmpty ? "No role may write it." : "These roles may write it, where the row is in their scope: \(writers.map(\.label).joined(separator: ", "))."
        return [who, group.policy.advice(schema)]
    }
}

extension Policy {
    var name: String {
        switch self {
        case .lastWriter: "last-writer"
        case .authority: "authority"
        case .lattice: "lattice"
        case .keepBoth: "keep-both"
        case .addWinsSet: "add-wins-set"
        case .counter: "counter"
        case .writeOnce: "write-once"
        case .hubOnly: "hub-only"
        case .derived: "derived"
        }
    }

    /// What a write has to be to be shown.
    fileprivate func advice(_ schema: Schema) -> String {
        switch self {
        case .lastWriter: "A write by somebody who has seen this value takes its place; of two unseen by each other, the later is shown."
        case .authority(let roles):
            "A write by somebody who has seen this value takes its place; of two unseen by each other, the higher role's is shown: \(roles.map { schema.role($0)?.label ?? "role \($0)" }.joined(separator: ", then above it "))."
        case .lattice(let lattice):
            "A write by somebody who has seen this state takes its place; of two unseen by each other, the further one is shown: \(lattice.states.joined(separator: ", "))."
        case .keepBoth: "A write by somebody who has seen all values takes their place; what it had not seen stands beside it."
        case .addWinsSet: "A removal takes away the additions that its writer had seen, and an addition puts the element back."
        case .counter: "Every further amount is added; nothing is taken away but by a negative amount."
        case .writeOnce: "Nothing replaces the first value; a further one is kept beside it, and a person looks at it."
        case .hubOnly: "The hub sets it."
        case .derived: "The hub computes it."
        }
    }
}

extension MergeReason.Rule {
    /// What decided, in words.
    var words: String {
        switch self {
        case .alreadyKnown: "nothing was changed by the last write"
        case .sawAll: "its writer had seen everything that stood before"
        case .laterTime: "it is the later of values that had not seen each other"
        case .higherRole: "its writer has the higher role among values that had not seen each other"
        case .furtherState: "it is the further state among values that had not seen each other"
        case .keptBoth: "several values stand until a person chooses; this one is the latest"
        case .firstCommitted: "it was the first one at the hub, and the first one stands"
        case .additionStands: "an addition stands that no removal had seen"
        case .removedAll: "the removal had seen every addition"
        case .added: "it is the sum of all amounts"
        case .aliveStands: "the row is alive"
        case .deleted: "the row is deleted"
        case .computed: "the hub computed it"
        }
    }
}
