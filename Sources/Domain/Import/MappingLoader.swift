import ReplicationCore
import Yams

extension ImportMapping {
    /// Reads a mapping file.
    ///
    /// - Throws: every mistake in the file, each with its line and a remedy.
    public static func load(text: String, file: String, schema: Schema) throws(FileMistakes) -> ImportMapping {
        let log = MistakeLog(file: file)
        let root = try log.compose(text)
        guard let map = YAMLMap(root, what: "the mapping", log: log) else { throw FileMistakes(log.mistakes) }
        var reader = MappingReader(schema: schema, log: log)
        let mapping = reader.read(map)
        try log.throwIfAny()
        guard let mapping else { preconditionFailure("A part is missing only where a mistake was reported.") }
        return mapping
    }
}

/// Reads a mapping file.
struct MappingReader {
    let schema: Schema
    let log: MistakeLog
    private var tables: [String: [String: String]] = [:]
    private var columns: [String] = []
    private var textNames: Set<String> = []

    init(schema: Schema, log: MistakeLog) {
        self.schema = schema
        self.log = log
    }

    private static let textKeys = ["first", "do", "table", "otherwise", "when"]

    mutating func read(_ map: YAMLMap) -> ImportMapping? {
        map.allow(["mapping", "schema", "time_zone", "line", "empty", "tables", "texts", "skip", "rows"])
        let name = map.text("mapping", required: true)
        if let found = map.text("schema", required: true), found.text != schema.name {
            log.add(found.place, "the mapping is for the schema `\(found.text)`, and this is `\(schema.name)`", "Use the schema's own mapping, or correct the name.")
        }
        let clock = clock(map)
        for entry in map.map("tables", what: "`tables`")?.entries ?? [] { tables[entry.key.text] = table(entry.key, entry.value) }
        var texts: [(name: String, rule: TextRule)] = []
        for entry in map.map("texts", what: "`texts`")?.entries ?? [] {
            if let rule = textRule(entry.value, "the text `\(entry.key.text)`", allowed: Self.textKeys) {
                texts.append((entry.key.text, rule))
            }
            textNames.insert(entry.key.text)
        }
        let skips = (map.node("skip")?.sequence.map(Array.init) ?? []).compactMap { skip($0) }
        let sections = map.map("rows", what: "`rows`", required: true)?.entries ?? []
        let made = sections.compactMap { schema.collection(named: $0.key.text)?.number }
        var rows: [RowRule] = []
        for section in sections {
            if let row = row(section.key, section.value, made: made) { rows.append(row) }
        }
        let primary = primary(map, made)
        guard let name, let clock, let primary else { return nil }
        return ImportMapping(
            name: name.text, primary: primary, columns: columns, schema: schema, clock: clock,
            empty: Set((map.texts("empty") ?? []).map { $0.text.lowercased() }), texts: texts, skips: skips, rows: rows)
    }

    private func clock(_ map: YAMLMap) -> LocalClock? {
        guard let zone = map.text("time_zone", required: true) else { return nil }
        guard let clock = LocalClock(timeZone: zone.text) else {
            log.add(zone.place, "there is no time zone `\(zone.text)`", "Use a name of the IANA database, such as `America/New_York` or `UTC`.")
            return nil
        }
        return clock
    }

    private func primary(_ map: YAMLMap, _ made: [UInt32]) -> UInt32? {
        guard let line = map.text("line", required: true) else { return nil }
        guard let collection = schema.collection(named: line.text), made.contains(collection.number) else {
            log.addUnknown(line, "row", known: made.compactMap { schema.collection($0)?.name }, in: "`rows`")
            return nil
        }
        return collection.number
    }

    private func table(_ name: Located, _ node: Node) -> [String: String] {
        guard let map = YAMLMap(node, what: "the table `\(name.text)`", log: log) else { return [:] }
        var table: [String: String] = [:]
        for entry in map.entries {
            guard let value = YAMLMap.text(entry.value, what: "`\(entry.key.text)`", log: log) else { continue }
            if table.updateValue(value.text, forKey: entry.key.text.lowercased()) != nil {
                log.add(entry.key.place, "`\(entry.key.text)` stands twice in the table `\(name.text)`; upper and lower case are the same here", "Remove one of them.")
            }
        }
        return table
    }

    /// Notes a column that the file must have; names of texts are no columns.
    private mutating func note(_ column: String) {
        if !textNames.contains(column), !columns.contains(column) { columns.append(column) }
    }

    private mutating func template(_ text: Located) -> TextTemplate? {
        guard let template = TextTemplate(text.text) else {
            log.add(text.place, "a brace in `\(text.text)` has no partner", "Write `{Column}`, and `{{` for a brace itself.")
            return nil
        }
        for column in template.columns { note(column) }
        return template
    }

    private mutating func textRule(_ node: Node, _ what: String, allowed: [String]) -> TextRule? {
        if node.scalar != nil || node.sequence != nil {
            let templates = YAMLMap.texts(node, what: what, log: log).compactMap { template($0) }
            return TextRule(templates: templates, conversions: [])
        }
        guard let map = YAMLMap(node, what: what, log: log) else { return nil }
        map.allow(allowed)
        var rule = TextRule(templates: (map.texts("first") ?? []).compactMap { template($0) }, conversions: [])
        if rule.templates.isEmpty, map.node("row") == nil { map.missing("first") }
        for name in map.texts("do") ?? [] {
            if let conversion = TextConversion(rawValue: name.text) {
                rule.conversions.append(conversion)
            } else {
                log.addUnknown(name, "conversion", known: TextConversion.allCases.map(\.rawValue))
            }
        }
        if let name = map.text("table") {
            rule.table = tables[name.text]
            if rule.table == nil { log.addUnknown(name, "table", known: tables.keys.sorted()) }
        }
        rule.otherwise = map.text("otherwise")?.text
        if let when = map.map("when", what: "`when` of \(what)") { rule.condition = condition(when, extra: []) }
        return rule
    }

    private mutating func condition(_ map: YAMLMap, extra: [String]) -> ImportCondition? {
        map.allow(["column", "is", "empty"] + extra)
        guard let column = map.text("column", required: true) else { return nil }
        note(column.text)
        if let values = map.texts("is") {
            return ImportCondition(column: column.text, test: .isOne(of: Set(values.map { $0.text.lowercased() })))
        }
        if map.node("empty") == nil { log.add(map.place, "\(map.what) tests nothing", "Add `is: [...]` or `empty: true`.") }
        return ImportCondition(column: column.text, test: .isEmpty(map.flag("empty")))
    }

    private mutating func skip(_ node: Node) -> SkipRule? {
        guard let map = YAMLMap(node, what: "a condition of `skip`", log: log) else { return nil }
        let reason = map.text("because", required: true)
        guard let condition = condition(map, extra: ["because"]), let reason else { return nil }
        return SkipRule(condition: condition, reason: reason.text)
    }

    private mutating func row(_ name: Located, _ node: Node, made: [UInt32]) -> RowRule? {
        guard let collection = schema.collection(named: name.text) else {
            log.addUnknown(name, "collection", known: schema.collections.map(\.name))
            return nil
        }
        guard let map = YAMLMap(node, what: "the row `\(name.text)`", log: log) else { return nil }
        map.allow(["identity", "values"])
        let identity = (map.texts("identity") ?? []).compactMap { template($0) }
        if identity.isEmpty { log.add(map.place, "\(map.what) has no `identity`", "List the columns that name it, such as `identity: [\"{Key}\"]`.") }
        let values = (map.map("values", what: "`values` of \(map.what)", required: true)?.entries ?? []).compactMap {
            value($0.key, $0.value, collection, made: made)
        }
        for field in collection.fields where field.isMandatory && !values.contains(where: { $0.field.name == field.name }) {
            log.add(name.place, "\(map.what) has no `\(field.name)`, which is mandatory", "Add `\(field.name): ...` to its values.")
        }
        return RowRule(collection: collection, identity: identity, values: values)
    }

    private mutating func value(_ name: Located, _ node: Node, _ collection: Collection, made: [UInt32]) -> ValueRule? {
        let what = "the value `\(name.text)`"
        // The type of a custom field is known to the hub, which reads the text.
        let custom = collection.customKey(in: name.text).map { _ in
            Field(name: name.text, label: name.text, type: .text(maximumBytes: CustomLimits.textBytes))
        }
        guard let field = custom ?? collection.field(named: name.text),
            let group = custom == nil ? collection.group(holding: name.text) : collection.customGroup
        else {
            log.addUnknown(name, "field", known: collection.fields.map(\.name), in: "the collection `\(collection.name)`")
            return nil
        }
        if case .derived = group.policy {
            log.add(name.place, "`\(name.text)` is computed by the hub", "Remove it.")
            return nil
        }
        guard let rule = textRule(node, what, allowed: Self.textKeys + ["row", "date", "cut", "wrong", "with"]) else { return nil }
        guard node.mapping != nil, let map = YAMLMap(node, what: what, log: log) else {
            return ValueRule(field: field, isSet: group.isSet, text: rule, row: nil, date: nil, isCut: false, isLeftOut: false, partner: nil)
        }
        let wrong = map.text("wrong")
        if let wrong, !["skip", "leave"].contains(wrong.text) { log.addUnknown(wrong, "way to treat what is wrong:", known: ["skip", "leave"]) }
        return ValueRule(
            field: field, isSet: group.isSet, text: rule, row: other(map, field, made), date: date(map, field),
            isCut: map.flag("cut"), isLeftOut: wrong?.text == "leave", partner: partner(map, group))
    }

    private func other(_ map: YAMLMap, _ field: Field, _ made: [UInt32]) -> UInt32? {
        guard let name = map.text("row") else { return nil }
        guard let number = schema.collection(named: name.text)?.number, made.contains(number) else {
            log.addUnknown(name, "row", known: made.compactMap { schema.collection($0)?.name }, in: "`rows`")
            return nil
        }
        guard field.type == .reference(collection: number) else {
            log.add(name.place, "`\(field.name)` does not refer to `\(name.text)`", "Name the row of the collection that it refers to.")
            return nil
        }
        return number
    }

    private func partner(_ map: YAMLMap, _ group: Group) -> String? {
        guard let name = map.text("with") else { return nil }
        let known = group.fields.map(\.name)
        if !known.contains(name.text) { log.addUnknown(name, "field", known: known, in: "the group `\(group.name)`") }
        return name.text
    }

    private func date(_ map: YAMLMap, _ field: Field) -> DatePattern? {
        guard let text = map.text("date") else {
            if field.type == .timestamp || field.type == .date { map.missing("date") }
            return nil
        }
        guard field.type == .timestamp || field.type == .date else {
            log.add(text.place, "`\(field.name)` is no time and no day", "Remove `date`.")
            return nil
        }
        guard let pattern = DatePattern(text.text) else {
            log.add(text.place, "the date format `\(text.text)` cannot be read", "Use yyyy, MM, dd, HH or hh with a, mm, ss and X.")
            return nil
        }
        return pattern
    }
}
