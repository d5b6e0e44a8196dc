import Documents
import Domain
import ReplicationCore

/// An order with what hangs on it, in memory.
struct TestRecords: DocumentRecords {
    let schema: Schema
    var rows: [RowKey: [String: [Value]]] = [:]
    /// `collection.field`, of what its maker may not read.
    var hidden: Set<String> = []
    var failure: DocumentError?

    init() throws {
        schema = try StandardSchema.load()
        try add("account", 1, ["name": .text("Pier Nine Cold Store")])
        try add("site", 2, ["account": .reference(Self.id(1)), "name": .text("South hall"), "address": .text("9 Pier Road"), "city": .text("Brooklyn")])
        try add("asset", 3, ["site": .reference(Self.id(2)), "name": .text("Chiller 2"), "serial": .text("CH-77 \"B\"")])
        try add("product", 4, ["name": .text("Seal kit"), "sku": .text("SK-1"), "price_cents": .integer(123_456), "price_currency": .text("USD")])
        try add("product", 5, ["name": .text("Refrigerant"), "sku": .text("RF-9"), "price_cents": .integer(999), "price_currency": .text("USD")])
        try add("work_order", 10, [
            "number": .text("HLP-0001"), "account": .reference(Self.id(1)), "site": .reference(Self.id(2)), "asset": .reference(Self.id(3)),
            "title": .text("Chiller 2 loses pressure"), "description": .text("Pressure falls overnight."), "customer_name": .text("Walter <b>Quist</b>"),
            "resolution": .text("Leak at the valve, soldered.\n\nRefilled."), "reported_at": .integer(1_781_473_200_000), "priority": .text("urgent"),
            "agreed_cents": .integer(45_000), "agreed_currency": .text("EUR"),
        ])
        try add("checklist_item", 21, ["work_order": .reference(Self.order), "position": .integer(2), "question": .text("Refilled, in kg"), "answer": .text("1.5")])
        try add("checklist_item", 22, ["work_order": .reference(Self.order), "position": .integer(1), "question": .text("Leak closed?"), "answer": .text("true")])
        try add("part_needed", 31, ["work_order": .reference(Self.order), "product": .reference(Self.id(4)), "quantity": .integer(2)])
        try add("part_needed", 32, ["work_order": .reference(Self.order), "product": .reference(Self.id(5)), "quantity": .integer(1200)])
    }

    static let order = id(10)
    static func id(_ number: UInt64) -> RowID { RowID(high: 7, low: number) }

    mutating func add(_ collection: String, _ number: UInt64, _ values: [String: Value]) throws {
        guard let collection = schema.collection(named: collection) else { throw DocumentError(.template, collection) }
        rows[RowKey(collection: collection.number, row: Self.id(number))] = values.mapValues { [$0] }
    }

    /// Rows that are known to be no more.
    var gone: Set<RowKey> = []
    func isGone(_ key: RowKey) -> Bool { gone.contains(key) }

    mutating func set(_ collection: String, _ number: UInt64, _ field: String, _ values: [Value]) {
        guard let collection = schema.collection(named: collection) else { return }
        rows[RowKey(collection: collection.number, row: Self.id(number))]?[field] = values
    }

    func mayRead(_ field: String, of collection: Collection) -> Bool { !hidden.contains("\(collection.name).\(field)") }

    func row(_ key: RowKey) throws -> [String: [Value]]? {
        if let failure { throw failure }
        guard let collection = schema.collection(key.collection) else { return nil }
        return rows[key]?.filter { mayRead($0.key, of: collection) }
    }

    func rows(of collection: UInt32, where field: String, names row: RowID) throws -> [RowID] {
        rows.filter { $0.key.collection == collection && $0.value[field] == [.reference(row)] }.map(\.key.row).sorted()
    }
}
