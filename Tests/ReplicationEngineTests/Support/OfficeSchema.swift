import ReplicationCore

/// A small service office: orders with appointments, status events, stock, conflicts and reviews.
enum OfficeSchema {
    static let technician: UInt32 = 1, dispatcher: UInt32 = 2
    static let users: UInt32 = 1, orders: UInt32 = 2, appointments: UInt32 = 3, events: UInt32 = 4
    static let movements: UInt32 = 5, stock: UInt32 = 6, conflicts: UInt32 = 7, reviews: UInt32 = 8

    static let lattice = Lattice(
        states: ["new", "started", "completed", "canceled"],
        clashes: [.init(first: "completed", second: "canceled")])

    static func group(
        _ number: UInt32, _ name: String, _ policy: Policy = .lastWriter,
        _ type: FieldType = .text(maximumBytes: 2_000), mandatory: Bool = false, readers: Set<UInt32>? = nil
    ) -> Group {
        Group(
            number: number, name: name, policy: policy,
            fields: [Field(name: name, label: name, type: type, isMandatory: mandatory)], readers: readers)
    }

    private static let number = FieldType.integer(minimum: .min, maximum: .max)
    private static let state = FieldType.choice(lattice.states)
    private static let rights: [UInt32: Rights] = [
        technician: Rights(read: true, create: true, update: true),
        dispatcher: Rights(read: true, create: true, update: true, delete: true),
    ]

    private static func collection(
        _ number: UInt32, _ name: String, _ groups: [Group], kind: Collection.Kind = .record,
        scopes: [ScopeRule], unique: [[String]] = [], minimums: [Collection.Minimum] = []
    ) -> Collection {
        Collection(
            number: number, name: name, label: name, kind: kind, groups: groups, scopes: scopes, rights: rights,
            unique: unique, minimums: minimums)
    }

    static let orderGroups: [Group] = [
        group(1, "title", mandatory: true),
        group(2, "assignee", .authority(roles: [technician, dispatcher]), .reference(collection: users)),
        group(3, "progress", .derived(Derivation(
            rule: .furthest(field: "progress", lattice), source: appointments, target: .reference(field: "order"))), state),
        group(4, "price", .lastWriter, .real, readers: [dispatcher]),
        group(5, "signature", .writeOnce, .bytes(maximum: 64)),
        group(6, "number"),
        group(7, "tags", .addWinsSet),
        group(8, "visits", .counter, number),
        group(9, "state", .lattice(lattice), state),
        group(10, "code", .hubOnly),
        group(11, "level", .lastWriter, .integer(minimum: 1, maximum: 5)),
        Group(number: 12, name: "window", policy: .authority(roles: [technician, dispatcher]), fields: [
            Field(name: "starts", label: "starts", type: .timestamp), Field(name: "ends", label: "ends", type: .timestamp),
        ]),
        group(13, "customer", .lastWriter, .reference(collection: users)),
    ]

    static let schema = Schema(
        version: 4, name: "office",
        collections: [
            collection(users, "users", [
                group(1, "name"), group(2, "role", .lastWriter, .choice(["technician", "dispatcher"])), group(3, "email"),
            ], scopes: [.everyone]),
            collection(
                orders, "orders", orderGroups,
                scopes: [.field(kind: "user", field: "assignee"), .field(kind: "customer", field: "customer")],
                unique: [["number"]]),
            collection(appointments, "appointments", [
                group(1, "order", .lastWriter, .reference(collection: orders), mandatory: true),
                group(2, "progress", .derived(Derivation(
                    rule: .furthest(field: "status", lattice), source: events, target: .reference(field: "appointment"))), state),
                group(3, "note"),
            ], scopes: [.parent(field: "order")]),
            collection(events, "events", [
                group(1, "appointment", .lastWriter, .reference(collection: appointments), mandatory: true),
                group(2, "status", .lastWriter, state),
            ], kind: .ledger, scopes: [.parent(field: "appointment")]),
            collection(movements, "movements", [
                group(1, "product"), group(2, "quantity", .lastWriter, number),
                group(3, "owner", .lastWriter, .reference(collection: users), mandatory: true),
                group(4, "revision", .lastWriter, number), group(5, "remark"),
            ], kind: .ledger, scopes: [.field(kind: "user", field: "owner")]),
            collection(stock, "stock", [
                group(1, "product"),
                group(2, "on_hand", .derived(Derivation(
                    rule: .sum(field: "quantity"), source: movements,
                    target: .key([.init(target: "product", source: "product")]))), number),
                Group(number: 3, name: "latest", policy: .derived(Derivation(
                    rule: .highest(by: "revision", fields: ["revision", "remark"]), source: movements,
                    target: .key([.init(target: "product", source: "product")]))), fields: [
                        Field(name: "latest_revision", label: "revision", type: number),
                        Field(name: "latest_remark", label: "remark", type: .text(maximumBytes: 200)),
                    ]),
            ], scopes: [.everyone], minimums: [.init(field: "on_hand", value: 0)]),
            collection(conflicts, "conflict", [
                group(1, "subject", .hubOnly), group(2, "part_group", .hubOnly, number), group(3, "rule", .hubOnly),
                group(4, "base", .hubOnly), group(5, "theirs", .hubOnly), group(6, "yours", .hubOnly),
                group(7, "shown", .hubOnly), group(9, "theirs_write", .hubOnly, .bytes(maximum: 16)),
                group(10, "yours_write", .hubOnly, .bytes(maximum: 16)),
                Group(number: 8, name: "outcome", policy: .lastWriter, fields: [
                    Field(name: "state", label: "state", type: .text(maximumBytes: 20)),
                    Field(name: "closed_by", label: "closed by", type: .reference(collection: users)),
                ]),
            ], scopes: [.everyone]),
            collection(reviews, "review", [
                group(1, "subject", .hubOnly), group(2, "rule", .hubOnly), group(3, "detail", .hubOnly), group(4, "state"),
            ], scopes: [.everyone]),
        ],
        roles: [
            Role(number: technician, name: "technician", label: "technician", subscriptions: [.init(kind: "user", key: .user)]),
            Role(number: dispatcher, name: "dispatcher", label: "dispatcher", subscriptions: [
                .init(kind: "user", key: .user), .init(kind: "customer", key: .user),
            ]),
        ],
        userCollection: users)
}
