import ReplicationCore
import Yams

/// Reads collections with their groups, fields and types. Policies and rules, which refer to fields of
/// other collections, come after it.
struct CollectionReader {
    let log: MistakeLog

    func read(_ map: YAMLMap, into draft: inout SchemaDraft) {
        let entries = map.map("collections", what: "`collections`", required: true)?.entries ?? []
        var numbers: [Int64: String] = [:]
        for entry in entries {
            SchemaNames.checkColumn(entry.key, "collection", log: log)
            let what = "the collection `\(entry.key.text)`"
            guard let map = YAMLMap(entry.value, what: what, log: log) else { continue }
            map.allow(["number", "label", "kind", "title", "scopes", "rights", "unique", "minimums", "account_by", "groups"])
            // Without a number it still gets a place, so that references to it are not reported as well.
            let number = map.number("number", in: 1...1_000_000, required: true) ?? -Int64(draft.collections.count) - 1
            if let other = numbers.updateValue(entry.key.text, forKey: number) {
                log.add(map.place(of: "number"), "\(what) has number \(number), as `\(other)` has", "Give it a number that was never used.")
            }
            draft.collections.append(CollectionDraft(
                number: number > 0 ? UInt32(number) : UInt32.max - UInt32(-number), name: entry.key,
                label: map.text("label")?.text ?? Labels.label(for: entry.key.text), kind: kind(map), map: map))
        }
        let types = TypeReader(log: log, lattices: draft.lattices, collections: draft.collections.map { ($0.name.text, $0.number) })
        for index in draft.collections.indices {
            draft.collections[index].groups = groups(of: draft.collections[index], types, draft)
        }
    }

    func kind(_ map: YAMLMap) -> Collection.Kind {
        guard let text = map.text("kind") else { return .record }
        if let kind = Collection.Kind(rawValue: text.text) { return kind }
        log.addUnknown(text, "kind", known: ["record", "ledger"])
        return .record
    }

    private func groups(of collection: CollectionDraft, _ types: TypeReader, _ draft: SchemaDraft) -> [GroupDraft] {
        guard let map = collection.map.map("groups", what: "`groups` of \(collection.map.what)", required: true) else { return [] }
        return groups(map, collection.name.text, types, draft)
    }

    /// Groups as they stand under `groups`, or under `was` in a schema's history.
    func groups(_ map: YAMLMap, _ collection: String, _ types: TypeReader, _ draft: SchemaDraft) -> [GroupDraft] {
        let entries = map.entries
        var groups: [GroupDraft] = []
        var numbers: [Int64: String] = [:]
        var names: [String: Place] = [:]
        for entry in entries {
            let what = "the group `\(entry.key.text)`"
            SchemaNames.check(entry.key, "group", log: log)
            guard let map = YAMLMap(entry.value, what: what, log: log) else { continue }
            let shared = ["number", "policy", "derived", "readers", "writers", "label"]
            let isLone = map.node("fields") == nil
            map.allow(shared + (isLone ? ["type", "mandatory"] : ["fields"]))
            let number = map.number("number", in: 1...1_000_000, required: true) ?? 0
            if number > 0, let other = numbers.updateValue(entry.key.text, forKey: number) {
                log.add(map.place(of: "number"), "\(what) has number \(number), as `\(other)` has", "Give it a number that was never used.")
            }
            let fields = isLone
                ? [field(entry.key, map, types)].compactMap { $0 }
                : severalFields(map, what, types)
            for field in fields where names.updateValue(field.place, forKey: field.field.name) != nil {
                log.add(field.place, "the collection `\(collection)` has the field `\(field.field.name)` twice", "Rename one of them.")
            }
            groups.append(GroupDraft(
                number: UInt32(number), name: entry.key, map: map, fields: fields,
                readers: map.texts("readers").map { draft.roleNumbers($0, log: log) },
                writers: map.texts("writers").map { draft.roleNumbers($0, log: log) }))
        }
        return groups
    }

    private func severalFields(_ map: YAMLMap, _ what: String, _ types: TypeReader) -> [FieldDraft] {
        let entries = map.map("fields", what: "`fields` of \(what)")?.entries ?? []
        if entries.isEmpty { log.add(map.place(of: "fields"), "\(what) has no fields", "Declare at least one.") }
        return entries.compactMap { entry in
            guard let map = YAMLMap(entry.value, what: "the field `\(entry.key.text)`", log: log) else { return nil }
            map.allow(["type", "mandatory", "label"])
            return field(entry.key, map, types)
        }
    }

    private func field(_ name: Located, _ map: YAMLMap, _ types: TypeReader) -> FieldDraft? {
        SchemaNames.checkColumn(name, "field", log: log)
        guard let text = map.text("type", required: true) else { return nil }
        // An unreadable type is reported once; the field stands, so that naming it elsewhere is no mistake.
        let type = types.read(text) ?? .boolean
        let field = Field(
            name: name.text, label: map.text("label")?.text ?? Labels.label(for: name.text), type: type,
            isMandatory: map.flag("mandatory"))
        return FieldDraft(field: field, place: name.place, mandatoryPlace: map.key("mandatory")?.place ?? name.place)
    }
}
