import Foundation
import ReplicationCore
import ReplicationEngine
import Testing
import WireProtocol

/// A faulty app of each role writes everything that there is: the hub takes what the rights allow, refuses the rest with the
/// rule that says why, and shows what it showed.
final class WriteMatrix {
    private let world: RightsWorld
    /// The marked rows that are written.
    private var targets: [UInt32: RowID] = [:]
    private var operations: [CellOperation] = []
    private var expected: [Expectation] = []

    private struct Expectation {
        let what: String
        let isAccepted: Bool
        /// One of them says why it was refused.
        let rules: Set<Refusal.Rule>
    }

    init(_ world: RightsWorld) { self.world = world }

    func run() throws {
        for collection in world.rights.collections {
            let row = try #require(world.rows.row(collection.name, at: world.near))
            targets[collection.number] = row
        }
        for (number, (role, device)) in world.devices.enumerated() {
            (operations, expected) = ([], [])
            for collection in world.rights.collections {
                try update(collection, role)
                try delete(collection, role)
                try create(collection, role)
            }
            try send(UInt64(number + 1), role, device)
        }
    }

    private func add(_ key: RowKey, _ part: Part, _ action: Action, _ expectation: Expectation) throws {
        let state = try world.world.store.read { try $0.row(key) }
        operations.append(CellOperation(
            position: UInt32(operations.count), key: key, part: part, action: action,
            context: Context(sequence: state?[part]?.sequence ?? .zero)))
        expected.append(expectation)
    }

    private func update(_ collection: SchemaRights.Collection, _ role: String) throws {
        let kind = try #require(world.schema.collection(collection.number))
        let key = RowKey(collection: kind.number, row: try #require(targets[kind.number]))
        let state = try #require(try world.world.store.read { try $0.row(key) })
        for group in collection.groups {
            let action = try action(kind, try #require(kind.group(group.number)), key.row, shown: state)
            let isInScope = world.receives(role, collection, at: world.near.name)
            let isAccepted = !group.isOfHub && !collection.isLedger && collection.may(role, "update")
                && collection.writes(role, group) && isInScope
            try add(key, action.part, action.action, Expectation(
                what: "\(role) updates \(collection.name).\(group.name)", isAccepted: isAccepted,
                rules: [group.isOfHub ? .hubOnly : collection.isLedger ? .ledgerIsFinal : .noRight]))
        }
    }

    private func delete(_ collection: SchemaRights.Collection, _ role: String) throws {
        let kind = try #require(world.schema.collection(collection.number))
        let key = RowKey(collection: kind.number, row: RowID.derived(collection: kind.number, key: ["to be deleted by \(role)"]))
        try world.world.importRows([world.rows.row(kind, key.row, at: world.near)])
        _ = world.rows.takeMarks()
        try add(key, .liveness, .delete(covering: []), Expectation(
            what: "\(role) deletes \(collection.name)",
            isAccepted: !collection.isLedger && collection.may(role, "delete") && isDeletable(collection, role),
            rules: [collection.isLedger ? .ledgerIsFinal : .noRight]))
    }

    /// Whether the row to be deleted is in the role's scopes; no job brings it to anybody.
    private func isDeletable(_ collection: SchemaRights.Collection, _ role: String) -> Bool {
        world.receives(role, collection, at: world.near.name)
    }

    private func create(_ collection: SchemaRights.Collection, _ role: String) throws {
        let kind = try #require(world.schema.collection(collection.number))
        let key = RowKey(collection: kind.number, row: RowID.derived(collection: kind.number, key: ["made by \(role)"]))
        let fields = collection.groups.flatMap { group in group.fields.map { (group: group, field: $0) } }
        let isFilled = fields.allSatisfy { !$0.field.isMandatory || collection.writes(role, $0.group) }
        let parents = try fields.filter { collection.parents.contains($0.field.name) && collection.writes(role, $0.group) }
            .filter { try !isLeftOut($0.field, role) }
        let areParentsReceived = try parents.allSatisfy { try isReceived($0.field, role) }
        let isAccepted = collection.may(role, "create") && isFilled && areParentsReceived
        let rule: Refusal.Rule = collection.may(role, "create") && !isFilled ? .missingMandatory : .noRight
        try add(key, .liveness, .create, Expectation(
            what: "\(role) creates \(collection.name)", isAccepted: isAccepted, rules: [rule]))
        for group in collection.groups {
            var action = try action(kind, try #require(kind.group(group.number)), key.row, shown: nil)
            if case .set(let values) = action.action {
                action.action = .set(try zip(try #require(kind.group(group.number)).fields, values).map { field, value in
                    let line = try #require(group.fields.first { $0.name == field.name })
                    return try collection.parents.contains(field.name) && isLeftOut(line, role) ? .null : value
                })
            }
            try add(key, action.part, action.action, Expectation(
                what: "\(role) creates \(collection.name) with \(group.name)",
                isAccepted: isAccepted && collection.writes(role, group),
                rules: group.isOfHub ? [.hubOnly] : !collection.writes(role, group) ? [.noRight] : [.dependsOnRefused]))
        }
    }

    /// A parent that the role does not receive, and that the row does not need.
    private func isLeftOut(_ field: SchemaRights.Field, _ role: String) throws -> Bool {
        try !field.isMandatory && !isReceived(field, role)
    }

    private func isReceived(_ field: SchemaRights.Field, _ role: String) throws -> Bool {
        let named = field.type.split(separator: " ").dropFirst().first.map(String.init) ?? ""
        // A task and what may be about any row are about the order here.
        let target = try #require(world.rights.collections.first { $0.name == (field.type.contains("|") ? "work_order" : named) })
        return target.may(role, "read") && world.receives(role, target, at: world.near.name)
    }

    /// Another value for a group: what cannot be told from the one before stays as it is shown.
    private func action(
        _ collection: ReplicationCore.Collection, _ group: Group, _ row: RowID, shown: RowState?
    ) throws -> (part: Part, action: Action) {
        let values = group.fields.enumerated().map { column, field in
            let marked = world.rows.value(of: field, in: collection, at: world.near, row: row)
            if group.isKeyed { return marked.value }
            return marked.forms.isEmpty ? shown?.shownValues(of: group)?[column] ?? marked.value : marked.value
        }
        switch group.policy {
        case .addWinsSet: return (Part(group: group.number, element: try #require(values.first?.text)), .add)
        case .counter: return (Part(group: group.number), .increment(1))
        case .lastWriter, .authority, .lattice, .keepBoth, .writeOnce, .hubOnly, .derived:
            return (Part(group: group.number, element: group.isKeyed ? MarkedRows.customKey : nil), .set(values))
        }
    }

    // MARK: What comes of it

    private func send(_ number: UInt64, _ role: String, _ device: HistoryDevice) throws {
        let store = world.world.store
        let record = try #require(try store.read { try $0.replica(site: device.driver?.replica.progress.site ?? 0) })
        let head = try store.read { try $0.head }
        let identity = ChangesetID(high: 0x0199_0000_0000_7000, low: 1 << 63 | number)
        let header = ChangesetHeader(
            identity: identity, author: record.user, role: record.role, stamp: HybridTime(milliseconds: world.world.wall),
            schemaVersion: world.schema.version, basis: head)
        let (bytes, _) = try ChangesetCodec.encode(header, operations, saltSeed: [UInt8](repeating: UInt8(number), count: 16))
        var envelope = WireEnvelope()
        envelope.counter = record.lastCounter + 1
        envelope.predecessor = Data(record.lastRoot)
        envelope.changeset = Data(bytes)
        let before = try states()
        let results = try world.world.commit(.changesets(ConnectionID(rawValue: 0), [Submission(replica: record.id, envelope: envelope)]))
        guard case .outcomes(_, let outcomes, _)? = results.first, case .receipt(let wire, _)? = outcomes.first else {
            throw HubProcess.Failure("\(role): no receipt")
        }
        try judge(try ReceiptCodec.decode(wire).verdicts, identity, before, try states())
        try readReceipt(wire, role)
    }

    private func states() throws -> [CellState?] {
        try world.world.store.read { reader in try operations.map { try reader.row($0.key)?[$0.part] } }
    }

    private func judge(_ verdicts: [Verdict], _ identity: ChangesetID, _ before: [CellState?], _ after: [CellState?]) throws {
        try #require(verdicts.count == expected.count)
        for (index, expectation) in expected.enumerated() {
            if case .refused(let refusal) = verdicts[index].outcome {
                #expect(!expectation.isAccepted, "\(expectation.what): \(refusal)")
                if !expectation.isAccepted { #expect(expectation.rules.contains(refusal.rule), "\(expectation.what): \(refusal)") }
                #expect(before[index] == after[index], "\(expectation.what): refused, and yet it has changed")
            } else {
                #expect(expectation.isAccepted, "\(expectation.what): \(verdicts[index].outcome)")
                #expect(before[index] != after[index], "\(expectation.what): accepted, and nothing has changed")
            }
        }
    }

    /// What the hub says of a write quotes nothing that the writer may not read.
    private func readReceipt(_ receipt: WireReceipt, _ role: String) throws {
        let bytes = try receipt.serializedBytes() as [UInt8]
        for mark in world.marks where !mark.forms.isEmpty {
            let collection = try world.collection(mark.collection)
            let group = try #require(collection.group(mark.group))
            if collection.reads(role, group), world.receives(role, collection, at: mark.place) { continue }
            #expect(!bytes.withUnsafeBytes { FrameLog.holds(mark.forms, in: $0) }, "\(role): \(mark.field) in a receipt")
        }
    }
}
