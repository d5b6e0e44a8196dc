import Domain
import ReplicationCore
import ReplicationEngine

extension ScenarioPlayer {
    func write(_ writes: [Scenario.RowWrite], _ isUnchecked: Bool, by device: String) throws {
        let schema = try stage.schema(of: device), now = try stage.now(of: device)
        try stage.write(by: device) { transaction in
            transaction.isUnchecked = isUnchecked
            for write in writes { try Self.write(write, schema, now, in: transaction) }
        }
    }

    private static func write(
        _ write: Scenario.RowWrite, _ schema: Schema, _ now: Int64, in transaction: LocalTransaction
    ) throws {
        let (collection, key) = try target(write.row, schema)
        let row = key.row
        switch write.kind {
        case .set, .create:
            let (values, sets) = try values(write, collection, schema, now)
            if write.kind == .create {
                _ = try transaction.create(collection.name, id: row, values)
            } else if !values.isEmpty {
                try transaction.set(collection.name, row, values)
            }
            for (field, elements) in sets { for element in elements { try transaction.add(collection.name, row, field, element) } }
        case .delete: try transaction.delete(collection.name, row)
        case .restore: try transaction.restore(collection.name, row)
        case .add: for (field, elements) in ordered(write) { for element in elements { try transaction.add(collection.name, row, field, element) } }
        case .remove: for (field, elements) in ordered(write) { for element in elements { try transaction.remove(collection.name, row, field, element) } }
        case .increment:
            for (field, amounts) in ordered(write) {
                for amount in amounts.compactMap({ Int64($0) }) { try transaction.increment(collection.name, row, field, by: amount) }
            }
        }
    }

    /// Settles the open conflict about the cell that the write names.
    func resolve(_ write: Scenario.RowWrite, by device: String) throws {
        let schema = try stage.schema(of: device), now = try stage.now(of: device)
        let (collection, key) = try Self.target(write.row, schema)
        let subject = "\(collection.name)/\(key.row)"
        let rows = try stage.query("SELECT id FROM conflict WHERE _alive AND state = 'open' AND subject = ? ORDER BY id", [.text(subject)], at: device)
        let values = try Self.values(write, collection, schema, now).values
        guard let conflict = rows.first?.values.first?.row else {
            throw StageError("\(device) has no open conflict about \(write.row). Let it sync before, and expect `counts` with `conflicts`.")
        }
        try stage.write(by: device) { try $0.resolve(conflict: conflict, collection.name, key.row, values) }
    }

    func takeIn(_ writes: [Scenario.RowWrite]) throws {
        let schema = try stage.hubSchema(), now = try stage.hubNow()
        try stage.takeIn(writes.map { write in
            let (collection, key) = try Self.target(write.row, schema)
            let (values, sets) = try Self.values(write, collection, schema, now)
            return ImportBatch.Row(
                collection: collection.name, row: key.row, fields: values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
                sets: sets, fillsOnly: false)
        })
    }

    /// The collection and the row that a name stands for in a device's schema.
    /// - Throws: `StageError` if its app is too old to know the collection.
    public static func target(_ name: Scenario.RowName, _ schema: Schema) throws -> (Collection, RowKey) {
        guard let collection = schema.collection(named: name.collection), let key = ScenarioValues(schema: schema).key(name) else {
            throw StageError("The schema of this device has no collection `\(name.collection)`: its app is too old for the step.")
        }
        return (collection, key)
    }

    private static func ordered(_ write: Scenario.RowWrite) -> [(String, [String])] { write.fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

    private static func values(
        _ write: Scenario.RowWrite, _ collection: Collection, _ schema: Schema, _ now: Int64
    ) throws -> (values: [String: Value], sets: [(name: String, elements: [String])]) {
        var values: [String: Value] = [:]
        var sets: [(name: String, elements: [String])] = []
        for (name, texts) in ordered(write) {
            guard let field = collection.field(named: name), let group = collection.group(holding: name) else {
                throw StageError("The schema of this device has no `\(name)` in `\(collection.name)`: its app is too old for the step.")
            }
            if group.isSet {
                sets.append((name, texts))
            } else if let text = texts.first {
                values[name] = try ScenarioValues(schema: schema).value(text, of: field, now: now)
            }
        }
        return (values, sets)
    }
}
