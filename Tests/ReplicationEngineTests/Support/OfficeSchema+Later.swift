import ReplicationCore

extension OfficeSchema {
    /// The office's schema a version later, as far as its history goes: the window of an order was two fields, its
    /// title was called otherwise, and there was a fax number.
    static let later: Schema = {
        func lone(_ number: UInt32, _ name: String, _ policy: Policy, _ type: FieldType) -> Group {
            Group(number: number, name: name, policy: policy, fields: [Field(name: name, label: name, type: type)])
        }
        let authority = Policy.authority(roles: [technician, dispatcher])
        let steps = [
            SchemaStep(from: 4, .regroup(collection: "orders", ["starts", "ends"], was: [
                lone(20, "starts", authority, .timestamp), lone(21, "ends", authority, .timestamp),
            ])),
            SchemaStep(from: 4, .renameField(collection: "orders", from: "subject", to: "title")),
            SchemaStep(from: 4, .removeFields(collection: "orders", ["fax"], was: [
                lone(22, "fax", .lastWriter, .text(maximumBytes: 40)),
            ], isIgnored: false)),
            SchemaStep(from: 4, .removeFields(collection: "orders", ["telex"], was: [
                lone(23, "telex", .lastWriter, .text(maximumBytes: 40)),
            ], isIgnored: true)),
        ]
        let (history, mistakes) = SchemaHistory.traced(
            back: 5, name: "office", collections: schema.collections, roles: schema.roles, userCollection: users, steps: steps)
        precondition(mistakes.isEmpty, "\(mistakes)")
        return Schema(
            version: 5, name: "office", collections: schema.collections, roles: schema.roles, userCollection: users,
            history: history)
    }()
}
