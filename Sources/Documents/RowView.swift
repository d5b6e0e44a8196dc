import Mustache
import ReplicationCore

/// A row as templates see it: its fields, the rows that its references name, and those that name it.
struct RowView: MustacheParent, MustacheCustomRenderable {
    let collection: Collection
    let key: RowKey
    let looking: Looking

    init(_ collection: Collection, _ key: RowKey, _ looking: Looking) {
        self.collection = collection
        self.key = key
        self.looking = looking
    }

    func child(named name: String) -> Any? {
        if let field = collection.field(named: name) { return view(of: field) }
        if let below = collection(naming: name) { return looking.rows(of: below.collection, where: below.field, names: key.row) }
        // The renderer looks for the name further out, where the document's own row stands.
        if !looking.isKnownToSubject(name) {
            looking.fail(DocumentError(.template, "`\(name)` is no field of \(collection.name), and no collection whose rows name one."))
        }
        return nil
    }

    private func view(of field: Field) -> Any {
        guard looking.records.mayRead(field.name, of: collection) else { return FieldView.empty }
        let values = looking.values(of: field, in: collection, key)
        guard case .reference(let number) = field.type, collection.group(holding: field.name)?.isSet != true else {
            return FieldView(field: field, values: values, row: self)
        }
        guard let id = values.first?.row, let target = looking.records.schema.collection(number) else { return FieldView.empty }
        let key = RowKey(collection: number, row: id)
        return looking.values(key) == nil ? FieldView.empty : RowView(target, key, looking) as Any
    }

    func isKnown(_ name: String) -> Bool { collection.field(named: name) != nil || collection(naming: name) != nil }

    /// The collection of that name, and its first field that refers to this one.
    func collection(naming name: String) -> (collection: Collection, field: String)? {
        guard let other = looking.records.schema.collection(named: name) else { return nil }
        let number = collection.number
        let field = other.fields.first { if case .reference(number) = $0.type { true } else { false } }
        return field.map { (other, $0.name) }
    }

    /// A path of fields from here, as in `product.price_cents`.
    func field(_ path: String) -> FieldView? {
        var here: Any = self
        for name in path.split(separator: ".") {
            guard let row = here as? RowView, let next = row.child(named: String(name)) else { return nil }
            here = next
        }
        return here as? FieldView
    }

    // MARK: In a text

    var isNull: Bool { false }

    /// A row in the place of a text is its title.
    var renderText: String { collection.titleField.flatMap { field($0)?.renderText } ?? "" }
}

/// A field of a row.
struct FieldView: MustacheParent, MustacheCustomRenderable, MustacheTransformable {
    let field: Field?
    let values: [Value]
    let row: RowView?

    /// What is empty, not held, or not to be read.
    static var empty: FieldView { FieldView(field: nil, values: [], row: nil) }

    var first: Value? { values.first.flatMap { $0.isNull ? nil : $0 } }
    var isNull: Bool { first == nil || first == .boolean(false) }
    var renderText: String { values.filter { !$0.isNull }.map(text).joined(separator: ", ") }

    /// Nothing stands in a field; the renderer looks further out.
    func child(named name: String) -> Any? { nil }

    private var wording: Wording? { row?.looking.wording }

    private func text(_ value: Value) -> String {
        guard let wording else { return "" }
        switch (field?.type, value) {
        case (.timestamp, .integer(let value)): return wording.moment(milliseconds: value)
        case (.date, .integer(let value)): return wording.day(value)
        case (.choice, .text(let value)): return wording.word(value)
        case (_, .boolean(let value)): return wording.word(value ? "true" : "false")
        case (_, .integer(let value)): return wording.number(value)
        case (_, .real(let value)): return wording.number(value)
        case (_, .text(let value)): return value
        case (_, .bytes), (_, .null): return ""
        }
    }

    /// `date(f)`, `time(f)`, `money(f)`, and `word(f)` for texts that a template has words for.
    func transform(_ name: String) -> Any? {
        guard let wording, let value = first else { return "" }
        switch (name, value) {
        case ("date", .integer(let value)): return field?.type == .date ? wording.day(value) : wording.date(milliseconds: value)
        case ("time", .integer(let value)): return wording.time(milliseconds: value)
        case ("money", .integer(let value)): return currency.map { wording.money(hundredths: value, currency: $0) } ?? ""
        case ("word", .text(let value)): return wording.word(value)
        default:
            row?.looking.fail(DocumentError(.template, "`\(name)(\(field?.name ?? ""))` is not known: there are date, time, money and word."))
            return nil
        }
    }

    /// The currency that stands in the group with an amount.
    var currency: String? {
        guard let row, let field, let group = row.collection.group(holding: field.name),
            let other = group.fields.first(where: { $0.name.hasSuffix("currency") })
        else { return nil }
        return row.field(other.name)?.first?.text
    }
}
