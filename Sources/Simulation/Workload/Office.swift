import ReplicationCore
import ReplicationEngine

/// What is done at the hub by tools of the office: users gain and lose scopes by it.
struct Office {
    let schema: Schema

    func act(_ kind: OfficeKind, at hub: HubNode, rows: [RowKey: [Part: CellTruth]], chance: UInt64) throws {
        guard let store = hub.store, hub.isUp else { return }
        var random = SplitMix(seed: chance)
        func pick<Element>(_ choices: [Element]) -> Element? {
            choices.isEmpty ? nil : choices[Int(random.next() % UInt64(choices.count))]
        }
        switch kind {
        case .role: return try changeRole(at: hub, chance: chance)
        case .purge: return hub.purge(olderThanMilliseconds: chance % Self.longestRetention)
        case .erase: return try erase(at: hub, rows: rows, chance: chance)
        case .assign, .move: break
        }
        let known = rows.keys.sorted()
        func living(_ collection: UInt32) throws -> [RowID] {
            try store.read { reader in
                try known.filter { $0.collection == collection }.filter { try reader.row($0)?.isAlive ?? false }.map(\.row)
            }
        }
        guard let (collection, name) = pick(fields(kind)), let group = collection.group(holding: name),
            let field = group.fields.first(where: { $0.name == name }), case .reference(let target) = field.type,
            let row = pick(try living(collection.number)), let value = pick(try living(target))
        else { return }
        hub.takeIn(ImportBatch(
            job: ChangesetID(high: 2, low: random.next()), isDryRun: false,
            lines: [ImportBatch.Line(number: 1, rows: [ImportBatch.Row(
                collection: collection.name, row: row, fields: [(name, .reference(value))], sets: [], fillsOnly: false)])]))
    }

    /// Ten minutes.
    private static let longestRetention: UInt64 = 600_000

    /// Erases a record that devices could have made; ledger rows go with what they belong to.
    private func erase(at hub: HubNode, rows: [RowKey: [Part: CellTruth]], chance: UInt64) throws {
        let made = rows.keys.filter { key in
            guard let collection = schema.collection(key.collection) else { return false }
            return collection.kind == .record && collection.rights.values.contains(where: \.create)
        }.sorted()
        guard !made.isEmpty else { return }
        hub.erase(made[Int(chance % UInt64(made.count))], chance: chance)
    }

    /// Gives somebody another role, mostly one of those that receive something.
    private func changeRole(at hub: HubNode, chance: UInt64) throws {
        guard let store = hub.store, let users = schema.collection(schema.userCollection) else { return }
        var random = SplitMix(seed: chance)
        let people = hub.users.sorted()
        let roles = schema.roles.filter { !$0.subscriptions.isEmpty || chance % 4 == 0 }
        guard !people.isEmpty, !roles.isEmpty else { return }
        let user = people[Int(random.next() % UInt64(people.count))]
        let role = roles[Int(random.next() % UInt64(roles.count))]
        let row = try store.read { try $0.row(RowKey(collection: users.number, row: user)) }
        guard row?.shownValue(of: "role", in: users)?.text != role.name else { return }
        hub.takeIn(ImportBatch(
            job: ChangesetID(high: 2, low: random.next()), isDryRun: false,
            lines: [ImportBatch.Line(number: 1, rows: [ImportBatch.Row(
                collection: users.name, row: user, fields: [("role", .text(role.name))], sets: [], fillsOnly: false)])]))
    }

    /// Reference fields that decide who receives a row, or what a user receives.
    private func fields(_ kind: OfficeKind) -> [(ReplicationCore.Collection, String)] {
        switch kind {
        case .assign:
            schema.collections.flatMap { collection in
                collection.scopes.compactMap { rule in
                    guard case .field(_, let field, _) = rule else { return nil }
                    return collection.kind == .record ? (collection, field) : nil
                }
            }
        case .role, .purge, .erase: []
        case .move:
            schema.collection(schema.userCollection).map { users in
                Set(schema.roles.flatMap(\.subscriptions).compactMap { subscription -> String? in
                    if case .field(let field) = subscription.key { field } else { nil }
                }).sorted().map { (users, $0) }
            } ?? []
        }
    }
}
