import ReplicationCore
import ReplicationEngine

/// Rows of every collection, each field with a value of its own, and the rows that they hang on.
struct MarkedRows {
    /// One place where rows belong to: people, an account, a store and a job that bring them into scopes.
    struct Place {
        let name: String
        let territory: RowID
        let technician: RowID
        let owner: RowID

        func row(_ collection: Collection) -> RowID { RowID.derived(collection: collection.number, key: ["base of \(name)"]) }
    }

    /// A field's value on its way.
    struct Mark {
        let collection: UInt32
        let row: RowID
        let group: UInt32
        let field: String
        let forms: [[UInt8]]
        let place: String

        var key: RowKey { RowKey(collection: collection, row: row) }
    }

    let schema: Schema
    let wall: UInt64
    private var lastNumber = 0
    private(set) var marks: [Mark] = []
    /// Those of the rows made last, by collection and place.
    private var made: [String: RowID] = [:]

    init(schema: Schema, wall: UInt64) {
        self.schema = schema
        self.wall = wall
    }

    mutating func takeMarks() -> [Mark] {
        defer { marks = [] }
        return marks
    }

    /// What a field is called where it is written: of values by key one of them.
    static func name(of field: Field) -> String { field.type == .custom ? "\(field.name).\(customKey)" : field.name }

    static let customKey = "mark"

    /// A field for each collection that takes any.
    var customFields: [ImportBatch.Row] {
        schema.collections.filter { $0.customGroup != nil }.map { collection in
            .init(collection: "custom_field", row: RowID.derived(collection: 28, key: [collection.name]), fields: [
                ("collection", .text(collection.name)), ("key", .text(Self.customKey)), ("type", .text("text 100")),
                ("label_en", .text("Mark")),
            ], sets: [], fillsOnly: false)
        }
    }

    /// Says what a definition is about: it never changes, and not every value will do.
    private static func fixed(_ field: Field, of collection: Collection, _ row: RowID) -> Value? {
        guard ["custom_field", "mandatory_field"].contains(collection.name) else { return nil }
        switch field.name {
        // Everybody reads orders, and so everybody is told.
        case "collection": return .text("work_order")
        case "key": return .text("k\(row.short)")
        case "field": return .text("description")
        case "type": return .text("text 100")
        case "account_type": return .text("small")
        case "retired": return .boolean(true)
        default: return nil
        }
    }

    /// True of groups whose cells are written once, when the row is made.
    static func isFixed(_ group: Group, of collection: Collection) -> Bool {
        group.fields.contains { fixed($0, of: collection, .zero) != nil }
    }

    // MARK: What rows hang on

    /// The collections of a place's base rows, each before those that name it.
    private static let bases = ["account", "contact", "site", "asset", "product", "warehouse", "work_order", "appointment", "contract"]

    mutating func bases(of place: Place) -> [ImportBatch.Row] {
        Self.bases.compactMap { schema.collection(named: $0) }.map { collection in
            let fields = collection.fields.filter { $0.isMandatory || Self.isPlacing($0.name) }
            return .init(collection: collection.name, row: place.row(collection), fields: fields.map { field in
                (field.name, value(of: field, in: collection, at: place, row: place.row(collection)).value)
            }, sets: [], fillsOnly: false)
        }
    }

    /// The fields that bring a base row into scopes.
    private static func isPlacing(_ field: String) -> Bool {
        ["owner", "territory", "holder", "assignee", "planned_start", "asset"].contains(field)
    }

    // MARK: Marked rows

    /// A row of each collection in which every field has a value, and for what comes to a technician by a job only, the job.
    mutating func generation(_ name: String, at place: Place) -> [ImportBatch.Row] {
        made = made.filter { !$0.key.hasSuffix(place.name) }
        var rows: [ImportBatch.Row] = []
        for collection in schema.collections {
            let id = RowID.derived(collection: collection.number, key: ["\(name) of \(place.name)"])
            rows.append(row(collection, id, at: place))
            made["\(collection.name) \(place.name)"] = id
            if collection.name == "appointment" { rows += jobs(name, at: place) }
        }
        return rows
    }

    func row(_ collection: String, at place: Place) -> RowID? { made["\(collection) \(place.name)"] }

    mutating func row(_ collection: Collection, _ id: RowID, at place: Place) -> ImportBatch.Row {
        var fields: [(name: String, value: Value)] = [], sets: [(name: String, elements: [String])] = []
        for group in collection.groups {
            for field in group.fields {
                let value = marked(field, group, collection, id, at: place)
                if group.isSet, let element = value.text { sets.append((field.name, [element])) } else { fields.append((Self.name(of: field), value)) }
            }
        }
        return .init(collection: collection.name, row: id, fields: fields, sets: sets, fillsOnly: false)
    }

    /// A job for the marked order, and one that names the marked contact, site and asset.
    private mutating func jobs(_ name: String, at place: Place) -> [ImportBatch.Row] {
        guard let orders = schema.collection(named: "work_order"), let appointments = schema.collection(named: "appointment"),
            let marked = row("work_order", at: place)
        else { return [] }
        let order = RowID.derived(collection: orders.number, key: ["\(name) job of \(place.name)"])
        let named = ["contact", "site", "asset"].compactMap { field in row(field, at: place).map { (field, Value.reference($0)) } }
        func job(_ order: RowID, _ key: String) -> ImportBatch.Row {
            .init(collection: "appointment", row: RowID.derived(collection: appointments.number, key: ["\(name) \(key) of \(place.name)"]), fields: [
                ("work_order", .reference(order)), ("assignee", .reference(place.technician)),
                ("territory", .reference(place.territory)), ("planned_start", .integer(Int64(wall))),
            ], sets: [], fillsOnly: false)
        }
        return [
            .init(collection: "work_order", row: order, fields: [
                ("account", .reference(base("account", at: place))), ("territory", .reference(place.territory)),
                ("title", .text("job")),
            ] + named, sets: [], fillsOnly: false),
            job(order, "visit"), job(marked, "visit of the marked"),
        ]
    }

    /// Another value of a field, which is looked for from now on.
    mutating func marked(_ field: Field, _ group: Group, _ collection: Collection, _ row: RowID, at place: Place) -> Value {
        let marked = value(of: field, in: collection, at: place, row: row)
        marks.append(Mark(
            collection: collection.number, row: row, group: group.number, field: "\(collection.name).\(field.name)",
            forms: marked.forms, place: place.name))
        return marked.value
    }

    mutating func value(of field: Field, in collection: Collection, at place: Place, row: RowID) -> MarkedValue {
        lastNumber += 1
        let number = field.name == "part_group" ? 1 : lastNumber
        if let fixed = Self.fixed(field, of: collection, row) { return MarkedValue(fixed: fixed) }
        let marked = MarkedValue(of: field.type, number: number, wall: wall) { target(of: field, in: collection, at: place, row) }
        switch field.name {
        // Of a conflict: the title of the order, which is for everybody who has the order.
        case "part_group": return MarkedValue(fixed: .integer(9))
        // The marked user is nobody's device, and the days of the marked territory are nobody's.
        case "role": return MarkedValue(fixed: .text("technician"))
        default: return marked
        }
    }

    private func target(of field: Field, in collection: Collection, at place: Place, _ row: RowID) -> Value {
        switch field.type {
        case .anyReference:
            return schema.collection(named: "work_order").flatMap {
                schema.reference(to: RowKey(collection: $0.number, row: place.row($0)))
            }.map { .text($0) } ?? .null
        case .reference(let number):
            guard let target = schema.collection(number) else { return .null }
            if target.name == "territory" { return .reference(place.territory) }
            if target.name == "user" { return .reference(field.name.hasSuffix("owner") ? place.owner : place.technician) }
            // What is on hand of the marked product is not what the movements of others sum up.
            if collection.name != "stock_level", Self.bases.contains(target.name) { return .reference(place.row(target)) }
            return .reference(self.row(target.name, at: place) ?? row)
        case .text, .integer, .real, .boolean, .timestamp, .date, .choice, .bytes, .blob, .custom: return .null
        }
    }

    private func base(_ collection: String, at place: Place) -> RowID { schema.collection(named: collection).map { place.row($0) } ?? .zero }
}

extension MarkedValue {
    /// One that is not looked for.
    fileprivate init(fixed value: Value) { (self.value, forms) = (value, []) }
}
