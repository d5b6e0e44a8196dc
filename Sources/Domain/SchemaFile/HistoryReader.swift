import ReplicationCore
import Yams

/// A step of the history together with where it stands in the file.
struct LocatedStep {
    var step: SchemaStep
    var place: Place
    /// Defaults of added fields, by field, as they are written: which type they have, later steps may tell.
    var defaults: [String: Located] = [:]
}

/// Reads `history`: for each earlier version the steps that lead to the next one.
struct HistoryReader {
    let draft: SchemaDraft
    let log: MistakeLog

    /// - Returns: the steps by rising version; nil if the file tells nothing of earlier versions.
    func read(_ map: YAMLMap, version: UInt32) -> [LocatedStep]? {
        guard map.node("history") != nil else { return nil }
        guard let history = map.map("history", what: "`history`") else { return [] }
        var byVersion: [UInt32: [LocatedStep]] = [:]
        for entry in history.entries {
            guard let earlier = UInt32(entry.key.text), (1..<max(version, 1)).contains(earlier) else {
                log.add(entry.key.place, "`history` has steps from version `\(entry.key.text)`, and the schema is version \(version)",
                    version > 1 ? "Write versions from 1 to \(version - 1), each with the steps to the next." : "A first version has no history: remove it, or raise `version`.")
                continue
            }
            byVersion[earlier] = steps(entry.value, from: earlier)
        }
        for earlier in 1..<max(version, 1) where byVersion[earlier] == nil {
            log.add(history.place, "`history` tells nothing of version \(earlier), so no device of that version could be served",
                "Write `\(earlier): [...]` with the steps that led to version \(earlier + 1); `[]` if rows stayed as they were.")
        }
        var steps = byVersion.sorted { $0.key < $1.key }.flatMap(\.value)
        for index in steps.indices { readDefaults(of: &steps[index], before: steps[(index + 1)...]) }
        return steps
    }

    private func steps(_ node: Node, from version: UInt32) -> [LocatedStep] {
        guard let sequence = node.sequence else {
            log.add(Place(node.mark), "the steps from version \(version) are not a list", "Write each as `- add: collection.field` and so on.")
            return []
        }
        return sequence.compactMap { node in
            guard let map = YAMLMap(node, what: "a step from version \(version)", log: log), let change = change(map) else { return nil }
            return LocatedStep(
                step: SchemaStep(from: version, change), place: map.place, defaults: defaults(map, of: change))
        }
    }

    static let verbs = ["add", "rename", "map", "split", "join", "regroup", "remove"]

    private func change(_ map: YAMLMap) -> SchemaStep.Change? {
        let found = Self.verbs.filter { map.node($0) != nil }
        guard found.count == 1 else {
            log.add(map.place, "\(map.what) needs exactly one of \(Self.verbs.map { "`\($0)`" }.joined(separator: ", "))", "Write one of them; further changes are steps of their own.")
            return nil
        }
        switch found[0] {
        case "add": return add(map)
        case "rename": return rename(map)
        case "map": return mapValues(map)
        case "split": return split(map)
        case "join": return join(map)
        case "regroup": return regroup(map)
        default: return remove(map)
        }
    }

    private func add(_ map: YAMLMap) -> SchemaStep.Change? {
        map.allow(["add", "default", "defaults"])
        guard let names = map.texts("add"), let first = names.first else { return nil }
        if names.count == 1, !first.text.contains(".") {
            map.allow(["add"])
            return .addCollection(first.text)
        }
        guard let (collection, fields) = fields(names) else { return nil }
        return .addFields(collection: collection, fields, defaults: [:])
    }

    private func defaults(_ map: YAMLMap, of change: SchemaStep.Change) -> [String: Located] {
        guard case .addFields(_, let fields, _) = change else { return [:] }
        var defaults: [String: Located] = [:]
        if let text = map.text("default") {
            if fields.count == 1 {
                defaults[fields[0]] = text
            } else {
                log.add(text.place, "`default` is for one field, and the step adds \(fields.count)", "Write `defaults: {field: value}`.")
            }
        }
        for entry in map.map("defaults", what: "`defaults`")?.entries ?? [] {
            guard fields.contains(entry.key.text) else {
                log.addUnknown(entry.key, "field", known: fields, in: "this step")
                continue
            }
            defaults[entry.key.text] = YAMLMap.text(entry.value, what: "a default", log: log)
        }
        return defaults
    }

    private func readDefaults(of step: inout LocatedStep, before later: ArraySlice<LocatedStep>) {
        guard case .addFields(let collection, let fields, _) = step.step.change else { return }
        var values: [String: Value] = [:]
        for (field, text) in step.defaults.sorted(by: { $0.key < $1.key }) {
            // A step on something that is nowhere is reported when the steps are gone back.
            guard let type = type(of: field, in: collection, before: later) else { continue }
            values[field] = value(text, of: field, type)
        }
        step.step = SchemaStep(from: step.step.version, .addFields(collection: collection, fields, defaults: values))
    }

    /// The type that a field had: the first later step that has changed it shows it, and at last the schema itself.
    private func type(of field: String, in collection: String, before later: ArraySlice<LocatedStep>) -> FieldType? {
        var field = field, collection = collection
        for step in later {
            switch step.step.change {
            case .renameCollection(collection, let to): collection = to
            case .renameField(collection, field, let to): field = to
            case .removeCollection(let was) where was.name == collection: return was.field(named: field)?.type
            case .removeFields(collection, _, let was, _), .mapValues(collection, _, let was, _, _),
                .split(collection, _, _, _, let was), .join(collection, _, _, _, let was), .regroup(collection, _, let was):
                if let found = was.flatMap(\.fields).first(where: { $0.name == field }) { return found.type }
            case .addCollection, .removeCollection, .renameCollection, .addFields, .removeFields, .renameField, .mapValues, .split,
                .join, .regroup:
                break
            }
        }
        return draft.collection(named: collection)?.field(named: field)?.field.type
    }

    private func value(_ text: Located, of field: String, _ type: FieldType) -> Value? {
        switch type {
        case .reference, .anyReference:
            log.add(text.place, "`\(field)` names a row, and a default names none", "Leave the default out.")
            return nil
        case .custom:
            log.add(text.place, "`\(field)` holds values by key, and a default has none", "Leave the default out.")
            return nil
        case .text, .integer, .real, .boolean, .timestamp, .date, .choice, .bytes, .blob: break
        }
        do throws(ValueText.Mistake) {
            return try ValueText.read(text.text, as: type)
        } catch {
            log.add(text.place, "the default of `\(field)`: \(error.problem)", error.remedy)
            return nil
        }
    }

    private func rename(_ map: YAMLMap) -> SchemaStep.Change? {
        map.allow(["rename", "to"])
        guard let from = map.text("rename"), let to = map.text("to", required: true) else { return nil }
        if !from.text.contains(".") { return .renameCollection(from: from.text, to: to.text) }
        guard let (collection, fields) = fields([from]) else { return nil }
        guard !to.text.contains(".") else {
            log.add(to.place, "`to` is `\(to.text)`, and a field stays in its collection", "Write the new name alone.")
            return nil
        }
        return .renameField(collection: collection, from: fields[0], to: to.text)
    }

    private func mapValues(_ map: YAMLMap) -> SchemaStep.Change? {
        map.allow(["map", "up", "down", "was"])
        guard let name = map.text("map"), let (collection, fields) = fields([name]), let was = groups(map, collection) else { return nil }
        return .mapValues(
            collection: collection, field: fields[0], was: was, up: texts(map, "up"), down: texts(map, "down"))
    }

    private func texts(_ map: YAMLMap, _ key: String) -> [Value: Value] {
        var values: [Value: Value] = [:]
        for entry in map.map(key, what: "`\(key)` of \(map.what)")?.entries ?? [] {
            guard let text = YAMLMap.text(entry.value, what: "a value in `\(key)`", log: log) else { continue }
            values[.text(entry.key.text)] = .text(text.text)
        }
        return values
    }

    private func split(_ map: YAMLMap) -> SchemaStep.Change? {
        map.allow(["split", "into", "by", "cut", "was"])
        guard let name = map.text("split"), let (collection, fields) = fields([name]) else { return nil }
        let into = map.texts("into") ?? []
        if into.count < 2 { log.add(map.place(of: "into"), "\(map.what) splits into fewer than two fields", "Write `into: [one, other]`.") }
        guard into.count >= 2, let splitting = splitting(map), let was = groups(map, collection) else { return nil }
        return .split(collection: collection, field: fields[0], into: into.map(\.text), by: splitting, was: was)
    }

    private func join(_ map: YAMLMap) -> SchemaStep.Change? {
        map.allow(["join", "into", "by", "cut", "was"])
        guard let names = map.texts("join"), let (collection, fields) = fields(names) else { return nil }
        if fields.count < 2 { log.add(map.place(of: "join"), "\(map.what) joins fewer than two fields", "Write `join: [collection.one, collection.other]`.") }
        guard fields.count >= 2, let into = map.text("into", required: true), let splitting = splitting(map),
            let was = groups(map, collection)
        else { return nil }
        return .join(collection: collection, fields: fields, into: into.text, by: splitting, was: was)
    }

    private func splitting(_ map: YAMLMap) -> Splitting? {
        guard let by = map.text("by", required: true) else { return nil }
        guard !by.text.isEmpty else {
            log.add(by.place, "`by` in \(map.what) is empty", "Write what stands between the pieces, such as `by: \" \"`.")
            return nil
        }
        guard let cut = map.text("cut") else { return Splitting(separator: by.text) }
        guard let end = Splitting.End(rawValue: cut.text) else {
            log.addUnknown(cut, "way to cut", known: Splitting.End.allCases.map(\.rawValue))
            return nil
        }
        return Splitting(separator: by.text, cutsFrom: end)
    }

    private func regroup(_ map: YAMLMap) -> SchemaStep.Change? {
        map.allow(["regroup", "was"])
        guard let names = map.texts("regroup"), let (collection, fields) = fields(names), let was = groups(map, collection) else { return nil }
        return .regroup(collection: collection, fields, was: was)
    }

    private func remove(_ map: YAMLMap) -> SchemaStep.Change? {
        map.allow(["remove", "was", "writes"])
        guard let names = map.texts("remove"), let first = names.first else { return nil }
        if names.count == 1, !first.text.contains(".") { return removeCollection(first, map) }
        guard let (collection, fields) = fields(names), let was = groups(map, collection) else { return nil }
        var isIgnored = false
        if let writes = map.text("writes") {
            if !["refused", "ignored"].contains(writes.text) { log.addUnknown(writes, "way with writes", known: ["refused", "ignored"]) }
            isIgnored = writes.text == "ignored"
        }
        return .removeFields(collection: collection, fields, was: was, isIgnored: isIgnored)
    }

    private func removeCollection(_ name: Located, _ map: YAMLMap) -> SchemaStep.Change? {
        map.allow(["remove", "was"])
        guard let was = map.map("was", what: "the removed collection `\(name.text)`", required: true) else { return nil }
        was.allow(["number", "label", "kind", "groups"])
        guard let number = was.number("number", in: 1...1_000_000, required: true),
            let groups = was.map("groups", what: "`groups` of \(was.what)", required: true)
        else { return nil }
        return .removeCollection(Collection(
            number: UInt32(number), name: name.text, label: was.text("label")?.text ?? Labels.label(for: name.text),
            kind: CollectionReader(log: log).kind(was), groups: self.groups(of: groups, name.text)))
    }

    // MARK: Parts

    /// Reads `collection.field`, all of one collection.
    private func fields(_ names: [Located]) -> (collection: String, fields: [String])? {
        var collection: String?
        var fields: [String] = []
        for name in names {
            let parts = name.text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, parts.allSatisfy(SchemaNames.isWellFormed) else {
                log.add(name.place, "`\(name.text)` is not a field of a collection", "Write `collection.field`.")
                return nil
            }
            guard collection == nil || collection == parts[0] else {
                log.add(name.place, "the step concerns `\(collection ?? "")` and `\(parts[0])`", "Write a step for each collection.")
                return nil
            }
            collection = parts[0]
            fields.append(parts[1])
        }
        return collection.map { ($0, fields) }
    }

    private func groups(_ map: YAMLMap, _ collection: String) -> [Group]? {
        guard let was = map.map("was", what: "`was` of \(map.what)", required: true) else { return nil }
        return groups(of: was, collection)
    }

    private func groups(of map: YAMLMap, _ collection: String) -> [Group] {
        let types = TypeReader(
            log: log, lattices: draft.lattices, collections: draft.collections.map { ($0.name.text, $0.number) })
        let drafts = CollectionReader(log: log).groups(map, collection, types, draft)
        let owner = CollectionDraft(
            number: 0, name: Located(text: collection, place: map.place), label: collection, kind: .record, map: map, groups: drafts)
        return drafts.compactMap { group in
            PolicyReader(log: log).policy(of: group, in: owner, draft).map {
                Group(
                    number: group.number, name: group.name.text, policy: $0, fields: group.fields.map(\.field),
                    readers: group.readers, writers: group.writers)
            }
        }
    }
}
