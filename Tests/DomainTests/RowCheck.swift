import ReplicationCore

@testable import Domain

/// What is wrong with prepared rows, as sentences: types, domains, mandatory fields and references.
struct RowCheck {
    let schema: Schema
    /// Rows that may be referred to beside the checked ones.
    var known: Set<RowKey> = []

    func complaints(about rows: [ImportedRow]) -> [String] {
        var complaints: [String] = []
        var earlier = known
        for row in rows {
            guard let collection = schema.collection(row.key.collection) else {
                complaints.append("\(row.key): no such collection")
                continue
            }
            for name in Array(row.values.keys) + Array(row.elements.keys) where collection.field(named: name) == nil {
                complaints.append("\(collection.name): no field \(name)")
            }
            for group in collection.groups {
                for field in group.fields {
                    let what = "\(collection.name) \(row.key.row.short) \(field.name)"
                    if group.isSet {
                        if row.values[field.name] != nil { complaints.append("\(what): a set as a value") }
                        for element in row.elements[field.name] ?? [] where !fits(.text(element), field.type) {
                            complaints.append("\(what): \(element) is outside the domain")
                        }
                    } else if let value = row.values[field.name] {
                        if !fits(value, field.type) { complaints.append("\(what): \(value) is outside the domain") }
                    } else if field.isMandatory {
                        complaints.append("\(what): missing")
                    }
                }
            }
            earlier.insert(row.key)
            for reference in ImportedRow.references(of: row, schema) where !earlier.contains(reference) {
                complaints.append("\(collection.name) \(row.key.row.short): refers to \(reference), which does not come before it")
            }
        }
        return complaints
    }

    private func fits(_ value: Value, _ type: FieldType) -> Bool {
        switch (type, value) {
        case (.text(let maximum), .text(let text)): !text.isEmpty && text.utf8.count <= maximum
        case (.integer(let least, let most), .integer(let number)): least <= number && number <= most
        case (.real, .real(let number)): number.isFinite
        case (.boolean, .boolean), (.timestamp, .integer): true
        case (.date, .integer(let days)): (-100_000...100_000).contains(days)
        case (.choice(let choices), .text(let text)): choices.contains(text)
        case (.reference, .bytes(let bytes)): bytes.count == 16
        case (.anyReference(let numbers), .text(let text)):
            text.split(separator: "/").first.flatMap { schema.collection(named: String($0)) }.map { numbers.contains($0.number) } ?? false
        case (.bytes(let maximum), .bytes(let bytes)): bytes.count <= maximum
        case (.blob, .text(let text)): BlobReference(text: text) != nil
        default: false
        }
    }
}
