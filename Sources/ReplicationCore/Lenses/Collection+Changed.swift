extension Collection {
    /// A copy of which some parts are others.
    func changed(
        name: String? = nil, groups: [Group]? = nil, scopes: [ScopeRule]? = nil, unique: [[String]]? = nil,
        minimums: [Minimum]? = nil, titleField: String?? = nil, accountFields: [String]? = nil
    ) -> Collection {
        Collection(
            number: number, name: name ?? self.name, label: label, kind: kind, groups: groups ?? self.groups,
            scopes: scopes ?? self.scopes, rights: rights, unique: unique ?? self.unique,
            minimums: minimums ?? self.minimums, titleField: titleField ?? self.titleField,
            accountFields: accountFields ?? self.accountFields)
    }

    /// A copy under another name: for the time in which a store carries its rows over.
    public func renamed(_ name: String) -> Collection { changed(name: name) }

    /// Without these fields, and without groups that hold no others. Rules that name them go with them.
    func without(_ fields: Set<String>) -> Collection {
        let groups = groups.compactMap { group -> Group? in
            guard group.fields.contains(where: { fields.contains($0.name) }) else { return group }
            let rest = group.fields.filter { !fields.contains($0.name) }
            return rest.isEmpty ? nil : group.changed(fields: rest)
        }
        return changed(
            groups: groups,
            scopes: scopes.filter { rule in
                switch rule {
                case .field(_, let field, let time), .parent(let field, let time):
                    !fields.contains(field) && time.map { !fields.contains($0.field) } ?? true
                case .newest(_, let parent, let time): !fields.contains(parent) && !fields.contains(time)
                case .everyone, .own, .referrer: true
                }
            },
            unique: unique.filter { fields.isDisjoint(with: $0) }, minimums: minimums.filter { !fields.contains($0.field) },
            titleField: .some(titleField.flatMap { fields.contains($0) ? nil : $0 }), accountFields: accountFields.filter { !fields.contains($0) })
    }

    /// With these groups; one of the same number gives way.
    func with(_ groups: [Group]) -> Collection {
        let numbers = Set(groups.map(\.number))
        return changed(groups: self.groups.filter { !numbers.contains($0.number) } + groups)
    }

    /// With another name for a field of this collection, wherever the collection itself names it.
    func renaming(_ field: String, to name: String) -> Collection {
        func other(_ text: String) -> String { text == field ? name : text }
        func other(_ time: ScopeTime) -> ScopeTime { ScopeTime(field: other(time.field), unit: time.unit) }
        return changed(
            groups: groups.map { group in
                guard group.fields.contains(where: { $0.name == field }) else { return group }
                return group.changed(
                    name: group.fields.count == 1 && group.name == field ? name : group.name,
                    fields: group.fields.map { Field(name: other($0.name), label: $0.label, type: $0.type, isMandatory: $0.isMandatory) })
            },
            scopes: scopes.map { rule in
                switch rule {
                case .field(let kind, let text, let time): .field(kind: kind, field: other(text), on: time.map { other($0) })
                case .parent(let text, let time): .parent(field: other(text), on: time.map { other($0) })
                case .newest(let count, let parent, let time): .newest(count: count, parent: other(parent), by: other(time))
                case .everyone, .own, .referrer: rule
                }
            },
            unique: unique.map { $0.map(other) },
            minimums: minimums.map { Minimum(field: other($0.field), value: $0.value) },
            titleField: .some(titleField.map(other)), accountFields: accountFields.map(other))
    }

    /// As `renaming`, where this collection names the field of another one, number `owner`; it may be this one.
    func renamingUses(of field: String, to name: String, in owner: UInt32) -> Collection {
        func other(_ text: String) -> String { text == field ? name : text }
        let groups = groups.map { group -> Group in
            guard case .derived(var derivation) = group.policy else { return group }
            if derivation.source == owner {
                switch derivation.rule {
                case .sum(let text): derivation.rule = .sum(field: text.map(other))
                case .furthest(let text, let lattice): derivation.rule = .furthest(field: other(text), lattice)
                case .highest(let by, let fields): derivation.rule = .highest(by: other(by), fields: fields.map(other))
                }
            }
            switch derivation.target {
            case .reference(let text):
                if derivation.source == owner { derivation.target = .reference(field: other(text)) }
            case .key(let pairs):
                derivation.target = .key(pairs.map {
                    Derivation.KeyPair(
                        target: number == owner ? other($0.target) : $0.target,
                        source: derivation.source == owner ? other($0.source) : $0.source)
                })
            }
            return group.changed(policy: .derived(derivation))
        }
        let scopes = scopes.map { rule -> ScopeRule in
            if case .referrer(owner, let text) = rule { return .referrer(collection: owner, field: other(text)) }
            return rule
        }
        return changed(groups: groups, scopes: scopes)
    }

    /// The fields that decide which rows a device receives, what is unique, and what is derived from what: what they
    /// hold stays as it is from version to version.
    var bearingFields: Set<String> {
        var fields: Set<String> = []
        for rule in scopes {
            switch rule {
            case .field(_, let field, let time), .parent(let field, let time):
                fields.insert(field)
                if let time { fields.insert(time.field) }
            case .newest(_, let parent, let time): fields.formUnion([parent, time])
            case .everyone, .own, .referrer: break
            }
        }
        return fields
    }
}

extension Group {
    func changed(name: String? = nil, policy: Policy? = nil, fields: [Field]? = nil) -> Group {
        Group(
            number: number, name: name ?? self.name, policy: policy ?? self.policy, fields: fields ?? self.fields,
            readers: readers, writers: writers)
    }

    /// True if its cell holds columns that a write sets: what lenses can split, join and regroup.
    public var holdsColumns: Bool {
        if isKeyed { return false }
        return switch policy {
        case .lastWriter, .authority, .lattice, .keepBoth, .writeOnce, .hubOnly: true
        case .addWinsSet, .counter, .derived: false
        }
    }
}
