import ReplicationCore

/// A small company by hand, with every type of value, every way into a scope and every kind of merge.
enum TestSchema {
    static let user: UInt32 = 1, account: UInt32 = 2, order: UInt32 = 3, note: UInt32 = 4
    static let document: UInt32 = 5, product: UInt32 = 6, everything: UInt32 = 7
    static let visit: UInt32 = 8, report: UInt32 = 9, call: UInt32 = 10
    static let technician: UInt32 = 1, manager: UInt32 = 2

    static let schema = make()

    /// With what moves with time, and what is received as the newest. A user's days are those of the zone that the name of
    /// the user's account names.
    static let withWindows: Schema = {
        let plain = make(more: [visits, reports, calls])
        let windows: [UInt32: [Role.Subscription]] = [
            technician: [
                .init(kind: "tech", key: .user, window: ScopeWindow(unit: .day, first: -2, last: 3)),
                .init(kind: "area", key: .field("area"), window: ScopeWindow(unit: .month, first: -1, last: 1)),
            ],
            manager: [.init(kind: "book", key: .field("account"), window: ScopeWindow(unit: .month, first: 0, last: 0))],
        ]
        return Schema(
            version: 1, name: plain.name, collections: plain.collections.filter { $0.number != order } + [datedOrders],
            roles: plain.roles.map {
                Role(number: $0.number, name: $0.name, label: $0.label, subscriptions: $0.subscriptions + (windows[$0.number] ?? []))
            },
            userCollection: user, timeZone: ZonePath(reference: "account", field: "name"))
    }()

    /// As `withWindows`, with rights: technicians read no documents and not the names of orders and users, managers not who
    /// makes a visit.
    static let withReaders: Schema = {
        let hidden: [UInt32: [UInt32: Set<UInt32>]] = [
            order: [1: [manager], 5: [technician]], user: [1: [manager], 3: [manager, technician]], visit: [2: [technician]],
        ]
        let collections = withWindows.collections.map { collection in
            Collection(
                number: collection.number, name: collection.name, label: collection.label, kind: collection.kind,
                groups: collection.groups.map { group in
                    Group(
                        number: group.number, name: group.name, policy: group.policy, fields: group.fields,
                        readers: hidden[collection.number]?[group.number])
                },
                scopes: collection.scopes,
                rights: [technician: Rights(read: collection.number != document), manager: Rights(read: true)],
                unique: collection.unique)
        }
        return Schema(
            version: 1, name: withWindows.name, collections: collections, roles: withWindows.roles, userCollection: user,
            timeZone: withWindows.timeZone)
    }()

    static func make(
        version: UInt32 = 1, more: [ReplicationCore.Collection] = [], noteGroups: [Group] = []
    ) -> Schema {
        Schema(
            version: version, name: "test",
            collections: [users, accounts, orders, notes(noteGroups), documents, products, everythings] + more,
            roles: [
                Role(number: technician, name: "technician", label: "Technician", subscriptions: [
                    .init(kind: "tech", key: .user), .init(kind: "area", key: .field("area")),
                ]),
                Role(number: manager, name: "manager", label: "Manager", subscriptions: [
                    .init(kind: "book", key: .field("account")),
                ]),
            ],
            userCollection: user)
    }

    private static func text(_ name: String) -> Field {
        Field(name: name, label: name, type: .text(maximumBytes: 10_000))
    }
    private static func reference(_ name: String, _ collection: UInt32) -> Field {
        Field(name: name, label: name, type: .reference(collection: collection))
    }
    static func one(_ number: UInt32, _ field: Field, _ policy: Policy = .lastWriter) -> Group {
        Group(number: number, name: field.name, policy: policy, fields: [field])
    }

    private static let users = Collection(
        number: user, name: "users", label: "User", kind: .record,
        groups: [
            one(1, text("name")), one(2, Field(name: "role", label: "role", type: .choice(["technician", "manager"]))),
            one(3, text("area")), one(4, reference("account", account)),
        ], scopes: [.everyone])

    private static let accounts = Collection(
        number: account, name: "accounts", label: "Account", kind: .record,
        groups: [one(1, text("name")), one(2, text("area"))],
        scopes: [.own(kind: "book"), .field(kind: "area", field: "area")], unique: [["name", "area"]])

    /// In the scopes of its account, and in its technician's.
    private static let orders = Collection(
        number: order, name: "orders", label: "Order", kind: .record,
        groups: [
            one(1, text("title")), one(2, reference("account", account)), one(3, reference("technician", user)),
            one(4, reference("document", document)),
        ], scopes: [.parent(field: "account"), .field(kind: "tech", field: "technician")])

    /// Also where the visits go that name it, and with the document that it names while it is among the two newest of that.
    private static let datedOrders = Collection(
        number: order, name: "orders", label: "Order", kind: .record,
        groups: orders.groups + [one(5, Field(name: "due", label: "due", type: .timestamp))],
        scopes: orders.scopes + [
            .referrer(collection: visit, field: "order"), .newest(count: 2, parent: "document", by: "due"),
        ])

    /// Two levels below an account.
    private static func notes(_ more: [Group]) -> ReplicationCore.Collection {
        Collection(
            number: note, name: "notes", label: "Note", kind: .ledger,
            groups: [
                one(1, text("body")), one(2, reference("order", order)),
                one(3, Field(name: "about", label: "about", type: .anyReference(collections: [account, order]))),
            ] + more, scopes: [.parent(field: "order"), .parent(field: "about")])
    }

    /// Goes where the orders that name it go.
    private static let documents = Collection(
        number: document, name: "documents", label: "Document", kind: .record,
        groups: [one(1, text("title"))], scopes: [.referrer(collection: order, field: "document")])

    /// In its technician's scopes by days, and in its account's by months.
    private static let visits = Collection(
        number: visit, name: "visits", label: "Visit", kind: .record,
        groups: [
            one(1, Field(name: "at", label: "at", type: .timestamp)), one(2, reference("technician", user)),
            one(3, reference("account", account)), one(4, reference("order", order)),
        ],
        scopes: [
            .field(kind: "tech", field: "technician", on: ScopeTime(field: "at", unit: .day)),
            .parent(field: "account", on: ScopeTime(field: "at", unit: .month)),
        ])

    private static let reports = Collection(
        number: report, name: "reports", label: "Report", kind: .record,
        groups: [one(1, text("text")), one(2, reference("visit", visit))], scopes: [.parent(field: "visit")])

    /// The newest with an account or order, and the last one with a visit.
    private static let calls = Collection(
        number: call, name: "calls", label: "Call", kind: .record,
        groups: [
            one(1, Field(name: "day", label: "day", type: .date)),
            one(2, Field(name: "about", label: "about", type: .anyReference(collections: [account, order]))),
            one(3, reference("visit", visit)),
        ],
        scopes: [.newest(count: 3, parent: "about", by: "day"), .newest(count: 1, parent: "visit", by: "day")])

    private static let products = Collection(
        number: product, name: "products", label: "Product", kind: .record,
        groups: [one(1, text("name"))], scopes: [.everyone])

    private static let everythings = Collection(
        number: everything, name: "everythings", label: "Everything", kind: .record,
        groups: [
            one(1, text("text")),
            one(2, Field(name: "whole", label: "", type: .integer(minimum: .min, maximum: .max))),
            one(3, Field(name: "real", label: "", type: .real)), one(4, Field(name: "flag", label: "", type: .boolean)),
            one(5, Field(name: "moment", label: "", type: .timestamp)), one(6, Field(name: "day", label: "", type: .date)),
            one(7, Field(name: "raw", label: "", type: .bytes(maximum: 1_000_000))),
            one(8, Field(name: "photo", label: "", type: .blob(maximumBytes: 1 << 20))),
            Group(number: 9, name: "window", policy: .authority(roles: [technician, manager]), fields: [
                Field(name: "starts", label: "", type: .timestamp), Field(name: "ends", label: "", type: .timestamp),
            ]),
            one(10, text("tags"), .addWinsSet),
            one(11, Field(name: "stock", label: "", type: .integer(minimum: .min, maximum: .max)), .counter),
        ])
}
