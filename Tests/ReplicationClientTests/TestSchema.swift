import ReplicationCore

/// A small company: enough of every policy to test the device with.
enum TestSchema {
    static let item: UInt32 = 1
    static let movement: UInt32 = 2
    static let stock: UInt32 = 3
    static let event: UInt32 = 4
    static let appointment: UInt32 = 5
    static let order: UInt32 = 6
    static let tool: UInt32 = 7

    static let states = Lattice(states: ["open", "started", "done"])
    static let everything = [UInt32(1): Rights(read: true, create: true, update: true, delete: true)]

    static let schema = Schema(
        version: 1, name: "test",
        collections: [
            collection(item, "item", [
                group(1, "name", .lastWriter, [text("name", isMandatory: true)]),
                group(2, "window", .lastWriter, [integer("starts"), integer("ends")]),
                group(3, "tags", .addWinsSet, [text("tags")]),
                group(4, "count", .counter, [integer("count")]),
                group(5, "signature", .writeOnce, [text("signature")]),
                group(6, "number", .hubOnly, [integer("number")]),
                Group(number: 8, name: "cost", policy: .hubOnly, fields: [integer("cost")], readers: [2]),
            ], unique: [["name"]]),
            collection(movement, "movement", kind: .ledger, [
                group(1, "movement", .writeOnce, [reference("item", item), integer("amount")]),
            ]),
            collection(stock, "stock", [
                group(1, "item", .hubOnly, [reference("item", item)]),
                group(2, "on_hand", .derived(Derivation(
                    rule: .sum(field: "amount"), source: movement,
                    target: .key([Derivation.KeyPair(target: "item", source: "item")]))), [integer("on_hand")]),
            ]),
            collection(event, "event", kind: .ledger, [
                group(1, "event", .writeOnce, [reference("appointment", appointment), text("state")]),
            ]),
            collection(appointment, "appointment", [
                group(1, "order", .lastWriter, [reference("order_id", order)]),
                group(2, "status", .derived(Derivation(
                    rule: .furthest(field: "state", states), source: event, target: .reference(field: "appointment"))),
                    [text("status")]),
            ]),
            collection(order, "work_order", [
                group(1, "title", .lastWriter, [text("title")]),
                group(2, "status", .derived(Derivation(
                    rule: .furthest(field: "status", states), source: appointment, target: .reference(field: "order_id"))),
                    [text("status")]),
            ]),
        ],
        roles: [Role(number: 1, name: "technician", label: "Technician", subscriptions: [])], userCollection: item)

    /// The same company a version later: items have a colour, and there are tools.
    static let later: Schema = {
        var collections = schema.collections
        collections[0] = collection(item, "item", collections[0].groups + [
            group(7, "colour", .lastWriter, [text("colour")]),
        ], unique: [["name"]])
        collections.append(collection(tool, "tool", [group(1, "name", .lastWriter, [text("name")])]))
        return Schema(
            version: 2, name: "test", collections: collections, roles: schema.roles, userCollection: item)
    }()

    private static func collection(
        _ number: UInt32, _ name: String, kind: ReplicationCore.Collection.Kind = .record, _ groups: [Group],
        unique: [[String]] = []
    ) -> ReplicationCore.Collection {
        Collection(
            number: number, name: name, label: name, kind: kind, groups: groups, scopes: [.everyone],
            rights: everything, unique: unique)
    }

    private static func group(_ number: UInt32, _ name: String, _ policy: Policy, _ fields: [Field]) -> Group {
        Group(number: number, name: name, policy: policy, fields: fields)
    }

    private static func text(_ name: String, isMandatory: Bool = false) -> Field {
        Field(name: name, label: name, type: .text(maximumBytes: 100), isMandatory: isMandatory)
    }

    private static func integer(_ name: String) -> Field {
        Field(name: name, label: name, type: .integer(minimum: -1_000_000, maximum: 1_000_000))
    }

    private static func reference(_ name: String, _ collection: UInt32) -> Field {
        Field(name: name, label: name, type: .reference(collection: collection))
    }
}
