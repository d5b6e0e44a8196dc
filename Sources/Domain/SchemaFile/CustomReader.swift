import ReplicationCore

/// Reads where an administrator's fields and rules stand, and what they may be limited to.
struct CustomReader {
    let draft: SchemaDraft
    let log: MistakeLog

    /// Nil where the schema has none, and where a mistake was reported.
    func read(_ file: YAMLMap) -> CustomSchema? {
        guard let map = file.map("custom", what: "`custom`") else {
            reportUnreachable(file)
            return nil
        }
        map.allow(["fields", "rules", "type", "region", "within"])
        let fields = definitions("fields", CustomSchema.fieldColumns, map)
        let rules = definitions("rules", CustomSchema.ruleColumns, map)
        let type = field("type", map), region = field("region", map), within = field("within", map)
        guard let fields, let rules, let type, let region, let within else { return nil }
        guard case .choice = type.field.type else {
            log.add(map.place(of: "type"), "`\(type.field.name)` is no choice, so it says no type", "Name a choice field.")
            return nil
        }
        guard type.collection.number == region.collection.number else {
            log.add(map.place(of: "region"), "`type` and `region` are fields of different collections", "Name two fields of the collection of accounts.")
            return nil
        }
        guard case .reference(let regions) = region.field.type, within.collection.number == regions,
            within.field.type == .reference(collection: regions)
        else {
            log.add(map.place(of: "within"), "`within` is no field by which what `region` names lies in another", "Let `region` be a reference, and `within` a reference of the collection that it names, to itself.")
            return nil
        }
        checkLimits(of: [fields, rules], regions, map)
        return CustomSchema(
            fields: fields.number, rules: rules.number, account: type.collection.number, type: type.field.name,
            region: region.field.name, regions: regions, within: within.field.name)
    }

    private func reportUnreachable(_ file: YAMLMap) {
        for collection in draft.collections {
            guard let field = collection.fields.first(where: { $0.field.type == .custom }) else { continue }
            log.add(field.place, "`\(field.field.name)` of \(collection.map.what) holds custom fields, and the schema does not say which there are", "Add `custom` at the head of the schema.")
        }
    }

    private func definitions(_ key: String, _ columns: [String], _ map: YAMLMap) -> CollectionDraft? {
        guard let name = map.text(key, required: true) else { return nil }
        guard let collection = draft.collection(named: name.text) else {
            log.addUnknown(name, "collection", known: draft.collectionNames)
            return nil
        }
        for column in columns where collection.field(named: column) == nil {
            log.add(name.place, "`\(name.text)` has no field `\(column)`", "Give it the fields \(columns.map { "`\($0)`" }.joined(separator: ", ")).")
        }
        for group in collection.groups where columns.contains(where: { column in group.fields.contains { $0.field.name == column } }) {
            if group.policy != .hubOnly {
                log.add(group.map.place, "\(group.what) of `\(name.text)` says what is defined, and devices would write it", "Let its policy be `hub-only`.")
            }
        }
        if collection.map.texts("scopes")?.contains(where: { $0.text == "everyone" }) != true {
            log.add(name.place, "`\(name.text)` does not reach every device, so devices could not know what is defined", "Add `everyone` to its scopes.")
        }
        return collection
    }

    /// A definition is limited by text, and by a region.
    private func checkLimits(of collections: [CollectionDraft], _ regions: UInt32, _ map: YAMLMap) {
        for collection in collections {
            for column in ["collection", "key", "field", "type", "label_en", "label_es", "account_type"] {
                guard let field = collection.field(named: column) else { continue }
                if case .text = field.field.type { continue }
                log.add(field.place, "`\(column)` of `\(collection.name.text)` is no text", "Let it be one.")
            }
            if let field = collection.field(named: "region"), field.field.type != .reference(collection: regions) {
                log.add(field.place, "`region` of `\(collection.name.text)` names no region", "Let it be a reference to what `region` of accounts names.")
            }
            if let field = collection.field(named: "retired"), field.field.type != .boolean {
                log.add(field.place, "`retired` of `\(collection.name.text)` is not yes or no", "Let it be `boolean`.")
            }
        }
    }

    private func field(_ key: String, _ map: YAMLMap) -> (collection: CollectionDraft, field: Field)? {
        guard let path = map.text(key, required: true) else { return nil }
        let names = path.text.split(separator: ".", omittingEmptySubsequences: false).map { Located(text: String($0), place: path.place) }
        guard names.count == 2, let collection = draft.collection(named: names[0].text) else {
            log.add(path.place, "`\(path.text)` is not a field of a collection", "Write `<collection>.<field>`.")
            return nil
        }
        return collection.field(names[1], log: log).map { (collection, $0) }
    }
}
