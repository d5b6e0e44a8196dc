import ReplicationCore

/// Turns one record of a file into rows, by a mapping and the file's own order of columns.
struct LineConverter: Sendable {
    private let mapping: ImportMapping
    private let columns: [String: Int]
    private let columnCount: Int
    /// No longer text can mean that nothing is there, in whatever case it is written.
    private let longestEmpty: Int

    /// Why nothing is taken of a line: a sentence.
    struct Skip: Error { let reason: String }

    init(mapping: ImportMapping, header: CSVReader.Record, file: String) throws(FileMistakes) {
        self.mapping = mapping
        let names = header.fields.map(\.trimmingSpaces)
        columnCount = names.count
        // Changing case can change a text's length in UTF-8, though never more than threefold.
        longestEmpty = (mapping.empty.map(\.utf8.count).max() ?? 0) * 3
        columns = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let log = MistakeLog(file: file)
        let place = Place(line: header.line, column: 1)
        for name in mapping.columns where columns[name] == nil {
            log.addUnknown(Located(text: name, place: place), "column", known: names)
        }
        for (index, name) in names.enumerated() where !name.isEmpty && columns[name] != index && mapping.columns.contains(name) {
            log.add(place, "the column `\(name)` is there twice", "Rename one of them.")
        }
        try log.throwIfAny()
    }

    func convert(_ record: CSVReader.Record) -> Result<ImportedLine, Skip> {
        do throws(Skip) {
            return .success(try line(record))
        } catch {
            return .failure(error)
        }
    }

    private func line(_ record: CSVReader.Record) throws(Skip) -> ImportedLine {
        guard record.fields.count == columnCount else {
            throw Skip(reason: "It has \(record.fields.count) fields where the first line has \(columnCount).")
        }
        var texts: [String: String] = [:]
        func value(_ name: String) -> String? {
            if let text = texts[name] { return text }
            guard let index = columns[name] else { return nil }
            let text = record.fields[index].trimmingSpaces
            let counts = text.utf8.count > longestEmpty || !mapping.empty.contains(text.lowercased())
            let kept = counts ? text : ""
            texts[name] = kept
            return kept
        }
        func holds(_ condition: ImportCondition) -> Bool {
            let text = value(condition.column) ?? ""
            switch condition.test {
            case .isEmpty(let expected): return text.isEmpty == expected
            case .isOne(let values): return values.contains(text.lowercased())
            }
        }
        for (name, rule) in mapping.texts { texts[name] = rule.text(value, holds) ?? "" }
        for skip in mapping.skips where holds(skip.condition) { throw Skip(reason: skip.reason) }

        var keys: [UInt32: RowKey] = [:]
        for rule in mapping.rows { keys[rule.collection.number] = key(of: rule, value) }
        guard keys[mapping.primary] != nil else { throw Skip(reason: "The columns that name it are empty.") }
        var rows: [ImportedRow] = []
        var warnings: [String] = []
        for rule in mapping.rows {
            guard let key = keys[rule.collection.number] else { continue }
            var row = ImportedRow(key: key)
            for valueRule in rule.values {
                if let number = valueRule.row {
                    if let other = keys[number] { row.values[valueRule.field.name] = .reference(other.row) }
                } else if let text = valueRule.text.text(value, holds) {
                    try set(text, valueRule, &row, &warnings)
                }
                if valueRule.field.isMandatory, row.values[valueRule.field.name] == nil {
                    throw Skip(reason: "\(valueRule.field.label) of \(rule.collection.label.lowercased()) is missing.")
                }
            }
            dropWithoutPartner(rule, &row, &warnings)
            rows.append(row)
        }
        return ImportedLine(lines: record.line...record.lastLine, rows: ordered(rows), warnings: warnings)
    }

    private func dropWithoutPartner(_ rule: RowRule, _ row: inout ImportedRow, _ warnings: inout [String]) {
        let present = Set(row.values.keys)
        for value in rule.values {
            guard let partner = value.partner, !present.contains(partner), row.values.removeValue(forKey: value.field.name) != nil else { continue }
            let other = rule.collection.field(named: partner)?.label.lowercased() ?? partner
            warnings.append("\(value.field.label) was left out: it says nothing without \(other).")
        }
    }

    /// What names a row, in lower case and with single blanks, so that "W  190 ST" and "w 190 st" are one
    /// place; nil if a part is empty.
    private func key(of rule: RowRule, _ value: (String) -> String?) -> RowKey? {
        var parts = [mapping.name]
        for template in rule.identity {
            guard let text = template.filled(value) else { return nil }
            parts.append(TextConversion.tidy.apply(text).lowercased())
        }
        let number = rule.collection.number
        return RowKey(collection: number, row: RowID.derived(collection: number, key: parts))
    }

    private func set(_ text: String, _ rule: ValueRule, _ row: inout ImportedRow, _ warnings: inout [String]) throws(Skip) {
        do {
            let value = try read(text, rule, &warnings)
            if rule.isSet {
                if let element = value.text { row.elements[rule.field.name] = [element] }
            } else {
                row.values[rule.field.name] = value
            }
        } catch {
            let label = rule.field.label
            guard rule.isLeftOut else { throw Skip(reason: "\(label): \(error.problem).") }
            warnings.append("\(label) was left out: \(error.problem).")
        }
    }

    private func read(_ text: String, _ rule: ValueRule, _ warnings: inout [String]) throws(ValueText.Mistake) -> Value {
        if let date = rule.date {
            guard let time = date.read(text) else {
                throw ValueText.Mistake(problem: "`\(text.prefix(40))` is not a time in the mapping's format", remedy: "Correct it.")
            }
            if rule.field.type == .date { return .integer(DatePattern.wholeDays(time.local)) }
            let seconds = time.offsetSeconds.map { time.local - $0 } ?? mapping.clock.utc(local: time.local)
            return .integer(seconds * 1000)
        }
        switch rule.field.type {
        // A row of the sample company, by its key there.
        case .reference(let number): return .reference(SeedFile.row(text, of: number))
        case .anyReference:
            throw ValueText.Mistake(problem: "`\(text)` may be a row of several collections", remedy: "Leave it out.")
        case .text(let maximum) where rule.isCut && text.utf8.count > maximum:
            warnings.append("\(rule.field.label) was cut from \(text.utf8.count) to \(maximum) bytes.")
            return .text(Self.cut(text, maximum))
        default: return try ValueText.read(text, as: rule.field.type)
        }
    }

    /// The longest beginning of whole characters that fits.
    static func cut(_ text: String, _ maximum: Int) -> String {
        var result = "", size = 0
        for character in text {
            size += character.utf8.count
            if size > maximum { break }
            result.append(character)
        }
        return result
    }

    private func ordered(_ rows: [ImportedRow]) -> [ImportedRow] {
        var result: [ImportedRow] = []
        var rest = rows
        while !rest.isEmpty {
            let keys = Set(rest.map(\.key))
            let index = rest.firstIndex { row in
                ImportedRow.references(of: row, mapping.schema).allSatisfy { $0 == row.key || !keys.contains($0) }
            }
            result.append(rest.remove(at: index ?? 0))
        }
        return result
    }
}
