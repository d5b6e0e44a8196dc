import ReplicationCore
import Yams

/// Reads scopes, rights, uniqueness, minimums and titles, and puts the collections together.
struct CollectionRules {
    let draft: SchemaDraft
    let log: MistakeLog

    func collections() -> [Collection] {
        draft.collections.map { collection in
            let rights = RightsReader(draft: draft, log: log).read(collection)
            return Collection(
                number: collection.number, name: collection.name.text, label: collection.label, kind: collection.kind,
                groups: collection.groups.compactMap { group in
                    group.policy.map {
                        Group(
                            number: group.number, name: group.name.text, policy: $0, fields: group.fields.map(\.field),
                            readers: group.readers, writers: group.writers)
                    }
                },
                scopes: scopes(collection), rights: rights, unique: unique(collection), minimums: minimums(collection),
                titleField: title(collection), accountFields: accountFields(collection))
        }
    }

    private func title(_ collection: CollectionDraft) -> String? {
        guard let name = collection.map.text("title"), let field = collection.field(name, log: log) else { return nil }
        switch field.type {
        case .text, .choice: return field.name
        default:
            log.add(name.place, "the title `\(name.text)` is not a text", "Name a text or choice field.")
            return nil
        }
    }

    private func accountFields(_ collection: CollectionDraft) -> [String] {
        (collection.map.texts("account_by") ?? []).compactMap { name in
            guard let field = collection.field(name, log: log) else { return nil }
            switch field.type {
            case .reference, .anyReference: return field.name
            default:
                log.add(name.place, "`\(field.name)` refers to no row, so nothing belongs to an account by it", "Name a reference field.")
                return nil
            }
        }
    }

    private func unique(_ collection: CollectionDraft) -> [[String]] {
        guard let node = collection.map.node("unique") else { return [] }
        guard let sets = node.sequence, sets.allSatisfy({ $0.sequence != nil }) else {
            log.add(Place(node.mark), "`unique` of \(collection.map.what) is not a list of lists", "Write `unique: [[field], [one, other]]`.")
            return []
        }
        return sets.map { set in
            YAMLMap.texts(set, what: "`unique` of \(collection.map.what)", log: log).compactMap { collection.field($0, log: log)?.name }
        }
    }

    private func minimums(_ collection: CollectionDraft) -> [Collection.Minimum] {
        guard let node = collection.map.node("minimums") else { return [] }
        return (node.sequence.map(Array.init) ?? [node]).compactMap { node in
            guard let map = YAMLMap(node, what: "a minimum of \(collection.map.what)", log: log) else { return nil }
            map.allow(["field", "value"])
            guard let name = map.text("field", required: true), let field = collection.field(name, log: log),
                let value = map.number("value", in: TypeReader.safeIntegers, required: true)
            else { return nil }
            guard case .integer = field.type else {
                log.add(name.place, "`\(name.text)` is not an integer, so it has no minimum", "Name an integer field.")
                return nil
            }
            return Collection.Minimum(field: name.text, value: value)
        }
    }

    private func scopes(_ collection: CollectionDraft) -> [ScopeRule] {
        guard let lines = collection.map.texts("scopes") else {
            log.add(collection.map.place, "\(collection.map.what) has no `scopes`, so nobody would receive it", "Add `scopes: [...]`.")
            return []
        }
        var parents: Set<String> = []
        return lines.compactMap { line in
            let words = line.text.split(whereSeparator: \.isWhitespace).map { Located(text: String($0), place: line.place) }
            switch (words.first?.text, words.count) {
            case ("everyone", 1): return .everyone
            case ("own", 2):
                requireSubscriber(words[1])
                return .own(kind: words[1].text)
            case ("parent", _) where words.count > 1 && !parents.insert(words[1].text).inserted:
                log.add(line.place, "`\(words[1].text)` stands in two `parent` rules of \(collection.map.what)", "Write one of them.")
                return nil
            case ("parent", 2): return parent(words[1], nil, collection)
            case ("parent", 6) where words[2].text == "on" && words[4].text == "per":
                guard let time = time(words[3], words[5], collection) else { return nil }
                requireWindow(nil, time.unit, at: line.place)
                return parent(words[1], time, collection)
            case ("parent", 6) where words[2].text == "newest" && words[4].text == "by":
                return newest(words, collection)
            case ("referrer", 2): return referrer(words[1], collection)
            case (_, 3) where words[1].text == "by":
                requireSubscriber(words[0])
                return keyed(words[0], words[2], nil, collection)
            case (_, 7) where words[1].text == "by" && words[3].text == "on" && words[5].text == "per":
                guard let time = time(words[4], words[6], collection) else { return nil }
                requireWindow(words[0].text, time.unit, at: line.place)
                return keyed(words[0], words[2], time, collection)
            default:
                log.add(line.place, "the scope `\(line.text)` cannot be read",
                    "Write `everyone`, `<kind> by <field>`, `own <kind>`, `parent <field>` or `referrer <collection>.<field>`; behind `by` and `parent` may stand `on <field> per day` or `per month`, and behind `parent` also `newest <count> by <field>`.")
                return nil
            }
        }
    }

    private func keyed(
        _ kind: Located, _ name: Located, _ time: ScopeTime?, _ collection: CollectionDraft
    ) -> ScopeRule? {
        guard let field = collection.field(name, log: log) else { return nil }
        switch field.type {
        case .reference, .choice: return .field(kind: kind.text, field: field.name, on: time)
        default:
            log.add(name.place, "`\(field.name)` cannot be the key of a scope", "Name a reference or choice field.")
            return nil
        }
    }

    private func time(_ name: Located, _ unit: Located, _ collection: CollectionDraft) -> ScopeTime? {
        guard let unit = CalendarUnit(rawValue: unit.text) else {
            log.addUnknown(unit, "unit of time", known: CalendarUnit.allCases.map(\.rawValue))
            return nil
        }
        guard let field = time(name, collection) else { return nil }
        return ScopeTime(field: field.name, unit: unit)
    }

    private func time(_ name: Located, _ collection: CollectionDraft) -> Field? {
        guard let field = collection.field(name, log: log) else { return nil }
        if field.type == .timestamp || field.type == .date { return field }
        log.add(name.place, "`\(field.name)` is no time", "Name a field of type `timestamp` or `date`.")
        return nil
    }

    /// Somebody receives this kind of scope, or any, by days or by months.
    private func requireWindow(_ kind: String?, _ unit: CalendarUnit, at place: Place) {
        let windows = draft.roles.flatMap(\.subscriptions).filter { kind == nil || $0.kind == kind }.compactMap(\.window?.unit)
        if !windows.contains(unit) {
            log.add(place, "no role receives \(kind.map { "`\($0)`" } ?? "anything") by \(unit)s, so nobody would receive these rows", "Add `\(kind ?? "kind"):$id \(unit)s -7..14` to what a role receives.")
        }
    }

    private func requireSubscriber(_ kind: Located) {
        let kinds = Set(draft.roles.flatMap(\.subscriptions).filter { $0.window == nil }.map(\.kind))
        if !kinds.contains(kind.text) { log.addUnknown(kind, "kind of scope that a role receives:", known: kinds.sorted()) }
    }

    private func parent(_ name: Located, _ time: ScopeTime?, _ collection: CollectionDraft) -> ScopeRule? {
        guard let field = collection.field(name, log: log) else { return nil }
        switch field.type {
        case .reference, .anyReference: return .parent(field: field.name, on: time)
        default:
            log.add(name.place, "`\(field.name)` refers to no row, so it names no parent", "Name a reference field.")
            return nil
        }
    }

    /// Reads `parent <field> newest <count> by <field>`.
    private func newest(_ words: [Located], _ collection: CollectionDraft) -> ScopeRule? {
        guard let count = Int(words[3].text), Self.newestCounts ~= count else {
            log.add(words[3].place, "`\(words[3].text)` is not how many rows are the newest", "Write a number from 1 to \(Self.newestCounts.upperBound).")
            return nil
        }
        guard case .parent(let parent, _)? = parent(words[1], nil, collection), let time = time(words[5], collection) else { return nil }
        return .newest(count: count, parent: parent, by: time.name)
    }

    /// So many rows, with what hangs on them, may move by one that comes.
    private static let newestCounts = 1...100

    private func referrer(_ path: Located, _ collection: CollectionDraft) -> ScopeRule? {
        let parts = path.text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            log.add(path.place, "`\(path.text)` is not a field of a collection", "Write `referrer <collection>.<field>`.")
            return nil
        }
        guard let source = draft.collection(named: parts[0]) else {
            log.addUnknown(Located(text: parts[0], place: path.place), "collection", known: draft.collectionNames)
            return nil
        }
        guard let field = source.field(Located(text: parts[1], place: path.place), log: log) else { return nil }
        guard field.type == .reference(collection: collection.number) else {
            log.add(path.place, "`\(path.text)` does not refer to `\(collection.name.text)`", "Name a field that does.")
            return nil
        }
        return .referrer(collection: source.number, field: field.name)
    }
}
