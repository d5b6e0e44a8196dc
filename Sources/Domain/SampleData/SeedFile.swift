import ReplicationCore
import Yams

/// A company written down by hand: collections, and under each of them rows by a key that people can read.
///
///     seed: Harbor Lift & Pipe
///     rows:
///       territory:
///         harborside: {name: Harborside, time_zone: America/New_York}
///       account:
///         cold_store: {name: Pier Nine Cold Store, territory: harborside, tags: [cooling]}
///
/// A reference is the key of the row, or `collection/key` where it may be one of several collections. Days
/// are `2026-06-15`, times `2026-06-15T08:30:00Z`, money hundredths, bytes hexadecimal, sets lists.
public struct SeedFile: Sendable {
    public let name: String
    /// Rows that others refer to come before them; otherwise in the file's order.
    public let rows: [ImportedRow]

    /// Reads a seed file.
    ///
    /// - Throws: every mistake in the file, each with its line and a remedy.
    public static func load(text: String, file: String, schema: Schema) throws(FileMistakes) -> SeedFile {
        let log = MistakeLog(file: file)
        let root = try log.compose(text)
        guard let map = YAMLMap(root, what: "the seed file", log: log) else { throw FileMistakes(log.mistakes) }
        map.allow(["seed", "rows"])
        let name = map.text("seed", required: true)
        let rows = SeedReader(schema: schema, log: log).rows(map)
        try log.throwIfAny()
        return SeedFile(name: name?.text ?? "", rows: rows)
    }

    /// The identity of the row with this key.
    public static func row(_ key: String, of collection: UInt32) -> RowID {
        RowID.derived(collection: collection, key: [key])
    }
}

/// Reads the rows of a seed file and puts them in order.
struct SeedReader {
    let schema: Schema
    let log: MistakeLog

    func rows(_ map: YAMLMap) -> [ImportedRow] {
        let sections = map.map("rows", what: "`rows`", required: true)?.entries ?? []
        var known: [UInt32: Set<String>] = [:]
        for section in sections {
            guard let collection = schema.collection(named: section.key.text) else { continue }
            known[collection.number] = Set((section.value.mapping.map(Array.init) ?? []).compactMap { $0.key.scalar?.string })
        }
        var rows: [ImportedRow] = []
        for section in sections {
            guard let collection = schema.collection(named: section.key.text) else {
                log.addUnknown(section.key, "collection", known: schema.collections.map(\.name))
                continue
            }
            for entry in YAMLMap(section.value, what: "`\(section.key.text)`", log: log)?.entries ?? [] {
                if let row = row(entry.key, entry.value, collection, known) { rows.append(row) }
            }
        }
        return ordered(rows)
    }

    private func row(_ key: Located, _ node: Node, _ collection: Collection, _ known: [UInt32: Set<String>]) -> ImportedRow? {
        let what = "the row `\(collection.name)/\(key.text)`"
        guard let map = YAMLMap(node, what: what, log: log) else { return nil }
        var row = ImportedRow(key: RowKey(collection: collection.number, row: SeedFile.row(key.text, of: collection.number)))
        for entry in map.entries {
            if collection.customKey(in: entry.key.text) != nil {
                // Its type is known to the hub.
                if let text = YAMLMap.text(entry.value, what: "`\(entry.key.text)`", log: log) { row.values[entry.key.text] = .text(text.text) }
                continue
            }
            guard let field = collection.field(named: entry.key.text), let group = collection.group(holding: field.name) else {
                log.addUnknown(entry.key, "field", known: collection.fields.map(\.name), in: "the collection `\(collection.name)`")
                continue
            }
            if case .derived = group.policy {
                log.add(entry.key.place, "`\(field.name)` is computed by the hub", "Remove it, and write the rows that it is computed from.")
            } else if group.isSet {
                let texts = YAMLMap.texts(entry.value, what: "`\(field.name)`", log: log)
                row.elements[field.name] = texts.map(\.text)
                for text in texts { _ = value(text, field.type, known) }
            } else if let text = YAMLMap.text(entry.value, what: "`\(field.name)`", log: log) {
                row.values[field.name] = value(text, field.type, known)
            }
        }
        for field in collection.fields where field.isMandatory && map.node(field.name) == nil {
            log.add(key.place, "\(what) has no `\(field.name)`, which is mandatory", "Add `\(field.name): ...`.")
        }
        return row
    }

    private func value(_ text: Located, _ type: FieldType, _ known: [UInt32: Set<String>]) -> Value? {
        switch type {
        case .reference(let number):
            guard let collection = schema.collection(number) else { return nil }
            guard known[number]?.contains(text.text) == true else {
                log.addUnknown(text, "row", known: known[number]?.sorted() ?? [], in: "`\(collection.name)`")
                return nil
            }
            return .reference(SeedFile.row(text.text, of: number))
        case .anyReference(let numbers):
            let parts = text.text.split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2, let collection = schema.collection(named: parts[0]), numbers.contains(collection.number) else {
                log.add(text.place, "`\(text.text)` names no row that may stand here", "Write `collection/key`.")
                return nil
            }
            guard known[collection.number]?.contains(parts[1]) == true else {
                log.addUnknown(Located(text: parts[1], place: text.place), "row", known: known[collection.number]?.sorted() ?? [], in: "`\(collection.name)`")
                return nil
            }
            return .text("\(collection.name)/\(SeedFile.row(parts[1], of: collection.number))")
        default:
            do {
                return try ValueText.read(text.text, as: type)
            } catch {
                log.add(text.place, error.problem, error.remedy)
                return nil
            }
        }
    }

    /// A row comes after the rows that it refers to. Rows that refer to each other in a circle come in
    /// the file's order: references are valid as soon as all of them are known.
    private func ordered(_ rows: [ImportedRow]) -> [ImportedRow] {
        let places = Dictionary(rows.indices.map { (rows[$0].key, $0) }, uniquingKeysWith: { first, _ in first })
        var result: [ImportedRow] = []
        var visited: Set<Int> = []
        func visit(_ index: Int) {
            guard visited.insert(index).inserted else { return }
            for reference in ImportedRow.references(of: rows[index], schema).sorted() {
                if let place = places[reference] { visit(place) }
            }
            result.append(rows[index])
        }
        for index in rows.indices { visit(index) }
        return result
    }
}

extension ImportedRow {
    /// The rows that its reference fields name.
    static func references(of row: ImportedRow, _ schema: Schema) -> [RowKey] {
        guard let collection = schema.collection(row.key.collection) else { return [] }
        return collection.fields.compactMap { field in
            switch field.type {
            case .reference(let number):
                return row.values[field.name]?.row.map { RowKey(collection: number, row: $0) }
            case .anyReference: return row.values[field.name]?.text.flatMap { schema.rowKey(fromReference: $0) }
            default: return nil
            }
        }
    }
}
