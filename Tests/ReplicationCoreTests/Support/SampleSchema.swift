import ReplicationCore

/// A small schema with a field of every type and a group of every policy.
enum SampleSchema {
    static let reader: UInt32 = 1, technician: UInt32 = 2, dispatcher: UInt32 = 3

    static let orders: UInt32 = 10, movements: UInt32 = 11, stock: UInt32 = 12, users: UInt32 = 13

    static func field(_ name: String, _ type: FieldType, mandatory: Bool = false) -> Field {
        Field(name: name, label: name.capitalized, type: type, isMandatory: mandatory)
    }

    static func group(
        _ number: UInt32, _ name: String, _ policy: Policy, _ type: FieldType = .text(maximumBytes: 20),
        mandatory: Bool = false, readers: Set<UInt32>? = nil, writers: Set<UInt32>? = nil
    ) -> Group {
        Group(
            number: number, name: name, policy: policy, fields: [field(name, type, mandatory: mandatory)],
            readers: readers, writers: writers)
    }

    static let rights: [UInt32: Rights] = [
        reader: Rights(read: true),
        technician: Rights(read: true, create: true, update: true),
        dispatcher: Rights(read: true, create: true, update: true, delete: true),
    ]

    static let status = Lattice(states: ["new", "done"], clashes: [])

    static let derivation = Derivation(
        rule: .sum(field: "quantity"), source: movements, target: .reference(field: "item"))

    static let orderCollection = Collection(
        number: orders, name: "orders", label: "Order", kind: .record,
        groups: [
            group(1, "title", .lastWriter, mandatory: true),
            Group(number: 2, name: "window", policy: .authority(roles: [technician, dispatcher]), fields: [
                field("starts", .timestamp), field("ends", .timestamp),
            ]),
            group(3, "status", .lattice(status), .choice(["new", "done"])),
            group(4, "amount", .keepBoth, .real, readers: [dispatcher], writers: [dispatcher]),
            group(5, "tags", .addWinsSet),
            group(6, "used", .counter, .integer(minimum: .min, maximum: .max)),
            group(7, "signature", .writeOnce, .blob(maximumBytes: 1_000)),
            group(8, "number", .hubOnly),
            group(9, "due", .lastWriter, .date),
            group(10, "level", .lastWriter, .integer(minimum: 1, maximum: 5)),
            group(11, "urgent", .lastWriter, .boolean),
            group(12, "user", .lastWriter, .reference(collection: users)),
            group(13, "subject", .lastWriter, .anyReference(collections: [users])),
            group(14, "key", .lastWriter, .bytes(maximum: 3)),
        ],
        scopes: [.field(kind: "user", field: "user"), .parent(field: "user")], rights: rights)

    static let schema = Schema(
        version: 3, name: "sample",
        collections: [
            orderCollection,
            Collection(
                number: movements, name: "movements", label: "Movement", kind: .ledger,
                groups: [group(1, "quantity", .lastWriter, .integer(minimum: -9, maximum: 9)), group(2, "item", .lastWriter, .reference(collection: stock))],
                scopes: [.parent(field: "item")], rights: rights),
            Collection(
                number: stock, name: "stock", label: "Stock", kind: .record,
                groups: [group(1, "on_hand", .derived(derivation), .integer(minimum: .min, maximum: .max))],
                scopes: [.referrer(collection: orders, field: "user"), .everyone], rights: rights),
            Collection(
                number: users, name: "users", label: "User", kind: .record,
                groups: [group(1, "name", .lastWriter)], scopes: [.own(kind: "user")], rights: rights),
        ],
        roles: [
            Role(number: dispatcher, name: "dispatcher", label: "dispatcher", subscriptions: []),
            Role(number: reader, name: "reader", label: "reader", subscriptions: []),
            Role(number: technician, name: "technician", label: "technician", subscriptions: []),
        ],
        userCollection: users)
}
