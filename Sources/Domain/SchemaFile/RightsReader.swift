import ReplicationCore

/// Reads what each role may do with a collection, and checks that those who may create a row can fill it.
struct RightsReader {
    let draft: SchemaDraft
    let log: MistakeLog

    private struct Draft {
        var words: Set<String> = []
        var place: Place
    }

    func read(_ collection: CollectionDraft) -> [UInt32: Rights] {
        guard let map = collection.map.map("rights", what: "`rights` of \(collection.map.what)", required: true) else { return [:] }
        var drafts: [UInt32: Draft] = [:]
        for entry in map.entries {
            let names = entry.key.text.split(separator: ",").map { Located(text: $0.trimmingSpaces, place: entry.key.place) }
            let numbers = draft.roleNumbers(names, log: log)
            guard let text = YAMLMap.text(entry.value, what: "the rights of `\(entry.key.text)`", log: log) else { continue }
            for word in text.text.split(whereSeparator: { $0.isWhitespace || $0 == "," }).map(String.init) {
                guard ["read", "create", "update", "delete"].contains(word) else {
                    log.addUnknown(Located(text: word, place: text.place), "right", known: ["read", "create", "update", "delete"])
                    continue
                }
                if collection.kind == .ledger, word == "update" || word == "delete" {
                    log.add(text.place, "`\(word)` is no right in the ledger `\(collection.name.text)`", "Rows of a ledger are only ever added: use `read` or `create`.")
                }
                for number in numbers { drafts[number, default: Draft(place: text.place)].words.insert(word) }
            }
        }
        for (number, rights) in drafts.sorted(by: { $0.key < $1.key }) {
            if let role = draft.roles.first(where: { $0.number == number }) { check(rights, role, collection) }
        }
        return drafts.mapValues {
            Rights(read: true, create: $0.words.contains("create"), update: $0.words.contains("update"), delete: $0.words.contains("delete"))
        }
    }

    private func check(_ rights: Draft, _ role: Role, _ collection: CollectionDraft) {
        for group in collection.groups {
            guard let policy = group.policy else { continue }
            let isWritable = policy != .hubOnly && group.map.node("derived") == nil && group.writers?.contains(role.number) ?? true
            if isWritable, group.readers?.contains(role.number) == false, group.writers?.contains(role.number) == true {
                log.add(group.map.place(of: "writers"), "the role `\(role.name)` may write \(group.what) and not read it", "Add it to `readers`, or remove it from `writers`.")
            }
            guard rights.words.contains("create"), let field = group.fields.first(where: { $0.field.isMandatory }) else { continue }
            if policy == .hubOnly, !role.subscriptions.isEmpty {
                log.add(field.mandatoryPlace, "`\(field.field.name)` is mandatory and written by the hub only, so the role `\(role.name)` cannot create `\(collection.name.text)` on a device",
                    "Remove `mandatory`, choose another policy, or take `create` from the role.")
            } else if let writers = group.writers, !writers.contains(role.number) {
                log.add(field.mandatoryPlace, "`\(field.field.name)` is mandatory, and the role `\(role.name)`, which may create `\(collection.name.text)`, may not write it",
                    "Add the role to `writers`, remove `mandatory`, or take `create` from the role.")
            }
        }
    }
}
