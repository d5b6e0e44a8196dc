import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine

/// Makes a scenario of what a device did: its own changesets as steps, and the rows that it holds, masked, as the company.
struct Recorder {
    private let replica: Replica
    private let schema: Schema
    private let changesets: [OwnChangeset]
    private var names: [RowKey: String] = [:]
    private var counts: [String: Int] = [:]
    private var rows: [RecordedRow] = []
    /// The device's name in the scenario.
    private static let device = "device"

    struct Recording {
        let scenario: String
        let company: String
        let changesets: Int
        let rows: Int
    }

    /// - Parameter mostRows: of the device.
    /// - Throws: `ShellError` if there is nothing to record, or too much.
    init(_ replica: Replica, mostRows: Int) throws {
        self.replica = replica
        schema = replica.schema
        changesets = try replica.ownChangesets()
        guard !changesets.isEmpty else {
            throw ShellError("This device keeps nothing of its own work: it wrote nothing, or all of it is covered by a backup of the hub.")
        }
        try collect(mostRows)
    }

    // MARK: Rows

    /// When the first of it was written, in Unix milliseconds.
    private var beginning: Int64 { Int64(clamping: changesets[0].milliseconds) }

    private mutating func name(_ key: RowKey, _ collection: ReplicationCore.Collection) {
        guard names[key] == nil else { return }
        counts[collection.name, default: 0] += 1
        names[key] = "\(collection.name)_\(counts[collection.name] ?? 0)"
    }

    private mutating func collect(_ mostRows: Int) throws {
        let made = Set(changesets.flatMap(\.operations).filter { $0.action == .create }.map(\.key))
        var held: [(ReplicationCore.Collection, Row)] = []
        for collection in schema.collections where isPeoples(collection) {
            for row in try replica.query("SELECT * FROM \"\(collection.name)\" WHERE _alive ORDER BY id LIMIT \(mostRows + 1)") {
                let key = RowKey(collection: collection.number, row: try row.id)
                if made.contains(key) { continue }
                held.append((collection, row))
                name(key, collection)
            }
        }
        guard held.count <= mostRows else { throw ShellError("This device holds more than \(mostRows) rows. Say how many are to be recorded with --rows.") }
        // Rows that have to be there though the device is not shown them, such as an order's account, have nothing in them.
        for (collection, row) in held {
            for field in collection.fields where field.isMandatory {
                let masking = ValueMasking(schema: schema, names: names, now: beginning)
                if let key = masking.reference(row[field.name], of: field), names[key] == nil { addEmpty(key) }
            }
        }
        rows += try held.map { try recorded($0.1, $0.0) }
    }

    private mutating func addEmpty(_ key: RowKey) {
        guard let collection = schema.collection(key.collection) else { return }
        name(key, collection)
        let masking = ValueMasking(schema: schema, names: names, now: beginning)
        var row = RecordedRow(key: key, collection: collection)
        for field in collection.fields where field.isMandatory {
            if let text = masking.filler(of: field) { row.fields.append((field.name, [text], false)) }
        }
        rows.append(row)
    }

    /// Whether people write its rows: not what the hub raises and computes, nor what an administrator defines.
    private func isPeoples(_ collection: ReplicationCore.Collection) -> Bool {
        if ["conflict", "review"].contains(collection.name) || [schema.custom?.fields, schema.custom?.rules].contains(collection.number) { return false }
        let isComputed = collection.groups.contains { if case .derived = $0.policy { true } else { false } }
        return !isComputed || collection.groups.contains { group in
            switch group.policy {
            case .derived, .hubOnly: false
            default: true
            }
        }
    }

    private func recorded(_ row: Row, _ collection: ReplicationCore.Collection) throws -> RecordedRow {
        let masking = ValueMasking(schema: schema, names: names, now: beginning)
        var recorded = RecordedRow(key: RowKey(collection: collection.number, row: try row.id), collection: collection)
        for group in collection.groups where !group.isKeyed {
            if case .derived = group.policy { continue }
            for field in group.fields {
                if group.isSet {
                    let elements = try row.elements(field.name).map(MaskedText.of)
                    if !elements.isEmpty, !field.type.isBlob { recorded.fields.append((field.name, elements, true)) }
                    continue
                }
                var value = row[field.name]
                if case .counter = group.policy, let sum = value.integer { value = .integer(sum - own(group.number, of: recorded.key)) }
                if let text = masking.text(value, of: field, in: collection) ?? (field.isMandatory ? masking.filler(of: field) : nil) {
                    recorded.fields.append((field.name, [text], false))
                    recorded.hasTimes = recorded.hasTimes || field.type == .timestamp
                    if let reference = masking.reference(value, of: field) { recorded.references.insert(reference) }
                }
            }
        }
        return recorded
    }

    /// What this device has added to a counter, which its steps add again.
    private func own(_ group: UInt32, of key: RowKey) -> Int64 {
        changesets.flatMap(\.operations).filter { $0.key == key && $0.part.group == group }.reduce(0) { sum, operation in
            if case .increment(let amount) = operation.action { sum + amount } else { sum }
        }
    }

    // MARK: Texts

    /// - Parameter company: the name of the company's file.
    func recording(company: String) -> Recording {
        // Rows with times are written by the office, so that their times move with the day on which they are played.
        var later = Set(rows.filter { $0.hasTimes }.map(\.key))
        while case let more = rows.filter({ !later.contains($0.key) && !$0.references.isDisjoint(with: later) }), !more.isEmpty { later.formUnion(more.map(\.key)) }
        var lines = [
            "scenario: 1", "title: Recorded from a device", "about: What a device did, in \(changesets.count) changesets. Texts are masked.",
            "company: \(ValueJSON.string(company))", "devices: {\(Self.device): {user: \(names[user] ?? "")}}", "steps:",
        ]
        for row in ordered(rows.filter { later.contains($0.key) }) {
            lines.append("  - {who: office, does: create, row: \(row.collection.name)/\(names[row.key] ?? ""), fields: \(flow(row.fields))}")
        }
        lines.append("  - {who: \(Self.device), does: sync}")
        // What it wrote to has to be there.
        let written = Set(changesets.flatMap(\.operations).map(\.key)).filter { names[$0] != nil }
        for row in rows where written.contains(row.key) {
            lines.append("  - {expect: held, row: \(row.collection.name)/\(names[row.key] ?? ""), where: \(Self.device)}")
        }
        lines.append("  - {who: \(Self.device), does: go_offline}")
        lines += steps()
        lines += [
            "  - {who: \(Self.device), does: go_online}", "  - {who: \(Self.device), does: sync}",
            "  - {expect: counts, where: \(Self.device), pending: 0}", "  - {expect: same}",
        ]
        return Recording(
            scenario: lines.joined(separator: "\n") + "\n", company: seed(rows.filter { !later.contains($0.key) }),
            changesets: changesets.count, rows: rows.count)
    }

    private var user: RowKey { RowKey(collection: schema.userCollection, row: replica.identity.user) }

    private func seed(_ rows: [RecordedRow]) -> String {
        var lines = ["seed: Recorded", "rows:"]
        for collection in schema.collections {
            let own = rows.filter { $0.key.collection == collection.number }
            if own.isEmpty { continue }
            lines.append("  \(collection.name):")
            for row in own { lines.append("    \(names[row.key] ?? ""): \(flow(row.fields))") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A row comes after those that it names.
    private func ordered(_ rows: [RecordedRow]) -> [RecordedRow] {
        var left = rows, result: [RecordedRow] = []
        while !left.isEmpty {
            let waiting = Set(left.map(\.key))
            let ready = left.filter { $0.references.isDisjoint(with: waiting.subtracting([$0.key])) }
            // Rows that name each other come in any order; the hub takes references to what is not there yet for what they are.
            result += ready.isEmpty ? left : ready
            left = ready.isEmpty ? [] : left.filter { !ready.map(\.key).contains($0.key) }
        }
        return result
    }

    private func flow(_ fields: [(name: String, values: [String], isSet: Bool)]) -> String {
        "{" + fields.map { name, values, isSet in
            let texts = values.map { ValueJSON.string($0) }
            return "\(name): \(isSet ? "[\(texts.joined(separator: ", "))]" : texts.first ?? "null")"
        }.joined(separator: ", ") + "}"
    }

    // MARK: Steps

    private func steps() -> [String] {
        var recording = StepRecording(schema: schema, names: names, counts: counts, device: Self.device)
        var lines: [String] = []
        for (index, changeset) in changesets.enumerated() {
            let former = index > 0 ? changesets[index - 1] : changeset
            // It had heard from the hub meanwhile.
            if changeset.basis != former.basis {
                lines += ["go_online", "sync", "go_offline"].map { "  - {who: \(Self.device), does: \($0)}" }
            }
            let passed = changeset.milliseconds > former.milliseconds ? (changeset.milliseconds - former.milliseconds) / 1_000 : 0
            if let step = recording.step(changeset, after: passed, flow: flow) { lines.append(step) }
        }
        return lines
    }
}
