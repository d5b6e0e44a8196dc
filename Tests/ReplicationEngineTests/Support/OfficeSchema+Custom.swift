import ReplicationCore

extension OfficeSchema {
    static let extra: UInt32 = 30, fields: UInt32 = 9, rules: UInt32 = 10

    /// The office with values by key. Orders stand for accounts: their state is the type, and their customer the region, which
    /// lies in that of the customer's boss.
    static let withCustom = Schema(
        version: schema.version, name: schema.name,
        collections: schema.collections.map { collection in
            var groups = collection.groups
            if collection.number == orders || collection.number == appointments { groups.append(group(extra, "extra", .lastWriter, .custom)) }
            if collection.number == users { groups.append(group(4, "boss", .lastWriter, .reference(collection: users))) }
            return Collection(
                number: collection.number, name: collection.name, label: collection.label, kind: collection.kind, groups: groups,
                scopes: collection.scopes, rights: collection.rights, unique: collection.unique, minimums: collection.minimums,
                accountFields: collection.number == appointments ? ["order"] : [])
        } + [
            definitions(fields, "fields", [
                group(1, "key", .hubOnly), group(2, "type", .hubOnly), group(3, "label_en", .hubOnly), group(4, "label_es", .hubOnly),
            ]),
            definitions(rules, "rules", [group(1, "field", .hubOnly)]),
        ],
        roles: schema.roles, userCollection: users,
        custom: CustomSchema(fields: fields, rules: rules, account: orders, type: "state", region: "customer", regions: users, within: "boss"))

    /// The same a version later than one that knew nothing of all this, and called orders otherwise.
    static let withCustomLater: Schema = {
        let steps: [SchemaStep.Change] = [
            .renameCollection(from: "jobs", to: "orders"), .renameField(collection: "orders", from: "reference", to: "number"),
            .addCollection("fields"), .addCollection("rules"),
            .addFields(collection: "orders", ["extra"], defaults: [:]), .addFields(collection: "appointments", ["extra"], defaults: [:]),
            .addFields(collection: "users", ["boss"], defaults: [:]),
        ]
        let (history, mistakes) = SchemaHistory.traced(
            back: 5, name: "office", collections: withCustom.collections, roles: schema.roles, userCollection: users,
            steps: steps.map { SchemaStep(from: 4, $0) })
        precondition(mistakes.isEmpty, "\(mistakes)")
        return Schema(
            version: 5, name: "office", collections: withCustom.collections, roles: schema.roles, userCollection: users,
            custom: withCustom.custom, history: history)
    }()

    private static func definitions(_ number: UInt32, _ name: String, _ groups: [Group]) -> Collection {
        Collection(
            number: number, name: name, label: name, kind: .record, groups: groups + [
                group(10, "collection", .hubOnly), group(11, "account_type", .hubOnly),
                group(12, "region", .hubOnly, .reference(collection: users)), group(13, "retired", .hubOnly, .boolean),
            ],
            scopes: [.everyone],
            rights: [technician: Rights(read: true), dispatcher: Rights(read: true)], unique: [["collection"]])
    }
}
