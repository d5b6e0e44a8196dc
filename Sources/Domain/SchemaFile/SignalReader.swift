import ReplicationCore
import Yams

/// Reads the live values that a schema declares beside its collections.
struct SignalReader {
    let draft: SchemaDraft
    let log: MistakeLog

    func read(_ map: YAMLMap, users: UInt32?, collections: [Collection]) -> [SignalKind] {
        let types = TypeReader(log: log, lattices: draft.lattices, collections: draft.collections.map { ($0.name.text, $0.number) })
        var numbers: [UInt32: String] = [:]
        return (map.map("signals", what: "`signals`")?.entries ?? []).compactMap { entry in
            SchemaNames.check(entry.key, "signal", log: log)
            guard let map = YAMLMap(entry.value, what: "the signal `\(entry.key.text)`", log: log) else { return nil }
            guard let kind = signal(entry.key, map, types, users, collections) else { return nil }
            if let other = numbers.updateValue(kind.name, forKey: kind.number) {
                log.add(map.place(of: "number"), "\(map.what) has number \(kind.number), as `\(other)` has", "Give it a number that was never used.")
                return nil
            }
            return kind
        }
    }

    private func signal(
        _ name: Located, _ map: YAMLMap, _ types: TypeReader, _ users: UInt32?, _ collections: [Collection]
    ) -> SignalKind? {
        map.allow(["number", "label", "topic", "own", "seconds", "senders", "readers", "fields"])
        let number = map.number("number", in: 1...1_000_000, required: true)
        let seconds = map.number("seconds", in: 1...SignalKind.Limits.lifeSeconds, required: true)
        let fields = fields(map, types)
        guard let topic = map.text("topic", required: true) else { return nil }
        guard let collection = draft.collection(named: topic.text) else {
            log.addUnknown(topic, "collection", known: draft.collectionNames)
            return nil
        }
        let isOwn = map.flag("own")
        if isOwn, collection.number != users {
            log.add(map.place(of: "own"), "\(map.what) is `own`, and its topics are no users", "Remove `own`, or name the collection of users as `topic`.")
        }
        let rights = collections.first { $0.number == collection.number }?.rights ?? [:]
        let senders = roles("senders", map, topic, rights), readers = roles("readers", map, topic, rights)
        guard let number, let seconds else { return nil }
        return SignalKind(
            number: UInt32(number), name: name.text, label: map.text("label")?.text ?? Labels.label(for: name.text),
            collection: collection.number, lifeMilliseconds: UInt32(seconds) * 1_000, fields: fields, senders: senders,
            readers: readers, isOwn: isOwn)
    }

    /// Whoever sends or is shown something about a row may read the row.
    private func roles(_ key: String, _ map: YAMLMap, _ topic: Located, _ rights: [UInt32: Rights]) -> Set<UInt32> {
        guard let names = map.texts(key) else {
            map.missing(key)
            return []
        }
        let roles = draft.roleNumbers(names, log: log)
        for role in draft.roles where roles.contains(role.number) && rights[role.number]?.read != true {
            log.add(map.place(of: key), "the role `\(role.name)` stands in `\(key)` of \(map.what) and may not read `\(topic.text)`", "Remove it there, or give it the right to read.")
        }
        return roles
    }

    private func fields(_ map: YAMLMap, _ types: TypeReader) -> [SignalKind.NumberedField] {
        let entries = map.map("fields", what: "`fields` of \(map.what)", required: true)?.entries ?? []
        var numbers: [Int64: String] = [:]
        let fields = entries.compactMap { entry -> SignalKind.NumberedField? in
            SchemaNames.check(entry.key, "field", log: log)
            let what = "the field `\(entry.key.text)`"
            guard let map = YAMLMap(entry.value, what: what, log: log) else { return nil }
            map.allow(["number", "type", "mandatory", "label"])
            guard let number = map.number("number", in: 1...1_000, required: true),
                let type = map.text("type", required: true).flatMap(types.read)
            else { return nil }
            if type == .custom {
                log.add(map.place(of: "type"), "\(what) has the type `custom`, and a signal has no keys", "Give it another type.")
            }
            if let other = numbers.updateValue(entry.key.text, forKey: number) {
                log.add(map.place(of: "number"), "\(what) has number \(number), as `\(other)` has", "Give it a number that was never used.")
            }
            return SignalKind.NumberedField(number: UInt32(number), field: Field(
                name: entry.key.text, label: map.text("label")?.text ?? Labels.label(for: entry.key.text), type: type,
                isMandatory: map.flag("mandatory")))
        }
        let bytes = fields.reduce(0) { $0 + $1.field.type.maximumBytes }
        if fields.count > SignalKind.Limits.fields || bytes > SignalKind.Limits.valueBytes {
            log.add(map.place(of: "fields"), "\(map.what) has \(fields.count) fields of up to \(bytes) bytes", "A signal has at most \(SignalKind.Limits.fields) fields of \(SignalKind.Limits.valueBytes) bytes in all: what is larger is a row's.")
        }
        return fields
    }
}
