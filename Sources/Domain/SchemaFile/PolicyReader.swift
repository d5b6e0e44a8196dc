import ReplicationCore

/// Reads how each group merges, and checks that the policy fits the fields.
struct PolicyReader {
    let log: MistakeLog

    static let names = [
        "last-writer", "authority", "lattice", "keep-both", "add-wins-set", "counter", "write-once", "hub-only",
    ]

    func read(into draft: inout SchemaDraft) {
        let whole = draft
        for (index, collection) in whole.collections.enumerated() {
            for (place, group) in collection.groups.enumerated() {
                let policy = policy(of: group, in: collection, whole)
                if let policy { check(policy, group, collection) }
                draft.collections[index].groups[place].policy = policy
            }
        }
    }

    func policy(of group: GroupDraft, in collection: CollectionDraft, _ draft: SchemaDraft) -> Policy? {
        let map = group.map
        if let derived = map.map("derived", what: "`derived` of \(group.what)") {
            if map.node("policy") != nil {
                log.add(map.place(of: "policy"), "\(group.what) has both `policy` and `derived`", "Keep one: a derived group is written by nobody.")
            }
            return DerivationReader(draft: draft, log: log).read(derived, group, collection).map { .derived($0) }
        }
        guard let text = map.text("policy", required: map.node("derived") == nil) else { return nil }
        let words = text.text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let name = words.first else {
            log.add(text.place, "the policy of \(group.what) is empty", "Write one, such as `last-writer`.")
            return nil
        }
        let rest = Array(words.dropFirst())
        switch name {
        case "authority": return authority(rest, text, group, draft)
        case "lattice":
            guard rest.count == 1 else {
                log.add(text.place, "the policy of \(group.what) names no lattice", "Write `lattice <name>`.")
                return nil
            }
            return draft.lattice(named: Located(text: rest[0], place: text.place), log: log).map { .lattice($0) }
        case "last-writer", "keep-both", "add-wins-set", "counter", "write-once", "hub-only":
            if !rest.isEmpty {
                log.add(text.place, "`\(name)` takes nothing behind it", "Write just `\(name)`.")
            }
            switch name {
            case "last-writer": return .lastWriter
            case "keep-both": return .keepBoth
            case "add-wins-set": return .addWinsSet
            case "counter": return .counter
            case "write-once": return .writeOnce
            default: return .hubOnly
            }
        default:
            log.addUnknown(Located(text: name, place: text.place), "policy", known: Self.names)
            return nil
        }
    }

    private func authority(_ words: [String], _ text: Located, _ group: GroupDraft, _ draft: SchemaDraft) -> Policy? {
        let names = words.joined(separator: " ").split(separator: "<", omittingEmptySubsequences: false).map(\.trimmingSpaces)
        guard names.count >= 2, Set(names).count == names.count else {
            log.add(text.place, "the authority of \(group.what) is not an order of different roles", "Write `authority lowest < ... < highest`.")
            return nil
        }
        var roles: [UInt32] = []
        for name in names {
            if let role = draft.role(named: name) {
                roles.append(role.number)
            } else {
                log.addUnknown(Located(text: name, place: text.place), "role", known: draft.roles.map(\.name))
            }
        }
        return roles.count == names.count ? .authority(roles: roles) : nil
    }

    private func check(_ policy: Policy, _ group: GroupDraft, _ collection: CollectionDraft) {
        let place = group.map.node("policy") == nil ? group.map.place(of: "derived") : group.map.place(of: "policy")
        let lone = group.fields.count == 1 ? group.fields[0].field : nil
        switch policy {
        case .addWinsSet:
            switch lone?.type {
            case .text, .blob: break
            default:
                log.add(place, "\(group.what) is a set, and its elements are not texts", "Make it one field of type `text` or `blob`, or choose another policy.")
            }
        case .counter:
            if case .integer? = lone?.type {} else {
                log.add(place, "\(group.what) is a counter, and not one integer", "Make it one field of type `integer`, or choose another policy.")
            }
        case .lattice(let lattice):
            if case .choice(let states)? = lone?.type {
                if let stray = states.first(where: { !lattice.states.contains($0) }) {
                    log.add(place, "\(group.what) may be `\(stray)`, which the lattice does not order", "Add it to the lattice, or use the lattice as the type.")
                }
            } else {
                log.add(place, "\(group.what) follows a lattice, and is not one choice", "Make it one field of type `choice <lattice>`, or choose another policy.")
            }
        case .lastWriter, .authority, .keepBoth, .writeOnce, .hubOnly, .derived: break
        }
        checkCustom(policy, place, group, collection)
        checkMandatory(policy, group)
        checkLedger(policy, place, group, collection)
        if policy == .hubOnly || isDerived(policy), group.map.node("writers") != nil {
            log.add(group.map.place(of: "writers"), "\(group.what) names writers, and only the hub writes it", "Remove `writers`.")
        }
    }

    private func checkCustom(_ policy: Policy, _ place: Place, _ group: GroupDraft, _ collection: CollectionDraft) {
        guard let field = group.fields.first(where: { $0.field.type == .custom }) else { return }
        if group.fields.count > 1 {
            log.add(field.place, "`\(field.field.name)` of \(group.what) holds values by key, and other columns stand beside it", "Give it a group of its own.")
        }
        if collection.groups.first(where: { $0.fields.contains { $0.field.type == .custom } })?.number != group.number {
            log.add(field.place, "\(collection.map.what) holds values by key in two groups", "Keep one of them.")
        }
        switch policy {
        case .lastWriter, .writeOnce: break
        case .authority, .lattice, .keepBoth, .addWinsSet, .counter, .hubOnly, .derived:
            log.add(place, "\(group.what) holds values by key, and they do not merge so", "Use `last-writer`, or `write-once` in a ledger.")
        }
        if field.field.isMandatory {
            log.add(field.mandatoryPlace, "the field `\(field.field.name)` cannot be mandatory: it has a value for each key", "Remove `mandatory`; an administrator says which keys are mandatory.")
        }
    }

    private func checkMandatory(_ policy: Policy, _ group: GroupDraft) {
        let reason: String
        switch policy {
        case .addWinsSet: reason = "a set begins empty"
        case .counter: reason = "a counter begins at zero"
        case .derived: reason = "it is computed"
        case .lastWriter, .authority, .lattice, .keepBoth, .writeOnce, .hubOnly: return
        }
        for field in group.fields where field.field.isMandatory {
            log.add(field.mandatoryPlace, "the field `\(field.field.name)` cannot be mandatory: \(reason)", "Remove `mandatory`.")
        }
    }

    private func checkLedger(_ policy: Policy, _ place: Place, _ group: GroupDraft, _ collection: CollectionDraft) {
        guard collection.kind == .ledger else { return }
        switch policy {
        case .writeOnce, .hubOnly: break
        case .lastWriter, .authority, .lattice, .keepBoth, .addWinsSet, .counter, .derived:
            log.add(place, "\(group.what) could change, and rows of the ledger `\(collection.name.text)` are only ever added",
                "Use `write-once` or `hub-only`, or make it a record.")
        }
    }

    private func isDerived(_ policy: Policy) -> Bool {
        if case .derived = policy { true } else { false }
    }
}
