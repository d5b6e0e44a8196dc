import Foundation
import ReplicationCore
import TestSupport
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// A hub's store with two technicians and a dispatcher, and devices that write to it.
final class Office {
    let schema: Schema
    let store: MemoryHubStore
    var wall: UInt64 = 1_760_000_000_000
    var random = SplitMix64(seed: 7)
    private var nextID: UInt64 = 0

    /// What a device keeps of its stream.
    struct Device {
        let replica: ReplicaID
        let user: RowID
        let role: UInt32
        var site: Site
        var counter: UInt64 = 0
        var root: [UInt8] = []
        /// Ahead of the hub's clock, or behind it.
        var skew: Int64 = 0
        let privateKey: [UInt8]
    }

    var ann: Device, bob: Device, dora: Device

    init(schema: Schema = OfficeSchema.schema) throws {
        self.schema = schema
        let hub = HubIdentity(
            id: ReplicaID(high: 1, low: 1), sealKey: [UInt8](0..<32), epoch: 1, name: "office", schemaText: "text")
        var state = MemoryHubState(schema: schema, hub: hub)
        var devices: [Device] = []
        for (index, name) in ["ann", "bob", "dora"].enumerated() {
            let role = name == "dora" ? OfficeSchema.dispatcher : OfficeSchema.technician
            let (privateKey, publicKey) = ReplicaProof.makeKeys()
            let device = Device(
                replica: ReplicaID(high: 2, low: UInt64(index)), user: RowID(high: 3, low: UInt64(index)), role: role,
                site: Site(index + 1), privateKey: privateKey)
            devices.append(device)
            state.replicasByID[device.replica] = ReplicaRecord(
                id: device.replica, site: device.site, name: name, publicKey: publicKey, user: device.user, role: role,
                enrolledMilliseconds: 0, lastSeenMilliseconds: 0)
            state.sites = device.site
        }
        (ann, bob, dora) = (devices[0], devices[1], devices[2])
        store = MemoryHubStore(state)
        let job = ChangesetID(high: 9, low: 9)
        let lines = devices.map { device in
            ImportBatch.Line(number: UInt64(device.site), rows: [.init(collection: "users", row: device.user, fields: [
                ("name", .text("user \(device.site)")),
                ("role", .text(device.role == OfficeSchema.dispatcher ? "dispatcher" : "technician")),
            ], sets: [], fillsOnly: false)])
        }
        _ = try decide([.importLines(ConnectionID(rawValue: 0), request: 1, ImportBatch(job: job, isDryRun: false, lines: lines))])
    }

    var head: CommitSequence { store.now.head }

    func newRow(_ collection: UInt32) -> RowKey {
        nextID += 1
        return RowKey(collection: collection, row: RowID(high: 0x0199_0000_0000_7000, low: 0x8000_0000_0000_0000 | nextID))
    }

    @discardableResult
    func decide(_ works: [CommitWork]) throws -> (Committed, [CommitResult]) {
        wall += 1_000
        let moment = CommitMoment(wallMilliseconds: wall)
        let (committed, results) = try store.commit { reader in
            try CommitBatch.decide(works, reader: reader, schema: schema, moment: moment)
        }
        #expect(store.now.differingPlans == 0, "deciding twice planned differently")
        let isParked = results.contains { if case .parked = $0 { true } else { false } }
        if isParked { try decide([.judgeParked]) }
        return (committed, results)
    }

    // MARK: Writing

    typealias Operation = (RowKey, Part, Action, Context)

    struct Options {
        var basis: CommitSequence?
        var isAtomic = false
        var resolves: [RowID] = []
        var stamp: UInt64?
        var evidence: ClockEvidence?
        var author: RowID?
        var schemaVersion: UInt32?
        var identity: ChangesetID?
        var mends: ChangesetID?
        var discards: ChangesetID?
    }

    /// A changeset as the device would send it; the device's stream moves on.
    func envelope(_ device: inout Device, _ operations: [Operation], _ options: Options = Options()) throws -> WireEnvelope {
        device.counter += 1
        nextID += 1
        let header = ChangesetHeader(
            identity: options.identity ?? ChangesetID(high: 0x0199_0000_0009_7000, low: 0x8000_0000_0000_0000 | nextID),
            author: options.author ?? device.user, role: device.role,
            stamp: HybridTime(milliseconds: options.stamp ?? UInt64(Int64(wall) + device.skew)),
            schemaVersion: options.schemaVersion ?? schema.version, basis: options.basis ?? head,
            isAtomic: options.isAtomic, mends: options.mends, discards: options.discards)
        let cells = operations.enumerated().map { index, item in
            CellOperation(
                position: UInt32(index), key: item.0, part: item.1, action: item.2, context: item.3,
                resolves: options.resolves)
        }
        let (bytes, root) = try ChangesetCodec.encode(header, cells, saltSeed: random.bytes(16))
        var envelope = WireEnvelope()
        envelope.counter = device.counter
        envelope.predecessor = Data(device.root)
        envelope.changeset = Data(bytes)
        if let evidence = options.evidence {
            envelope.clock.hubMilliseconds = evidence.hubMilliseconds
            envelope.clock.uncertaintyMilliseconds = evidence.uncertaintyMilliseconds
        }
        device.root = root
        return envelope
    }

    /// Sends envelopes as one upload.
    func send(_ device: Device, _ envelopes: [WireEnvelope]) throws -> [SubmissionOutcome] {
        let submissions = envelopes.map { Submission(replica: device.replica, envelope: $0) }
        guard case .outcomes(_, let outcomes, _) = try decide([.changesets(ConnectionID(rawValue: 1), submissions)]).1[0] else {
            throw MemoryHubState.Broken(what: "an upload has no outcomes")
        }
        return outcomes
    }

    /// Writes and sends one changeset, and gives its receipt.
    @discardableResult
    func write(
        _ device: inout Device, _ operations: [Operation], _ options: Options = Options()
    ) throws -> Receipt {
        let envelope = try envelope(&device, operations, options)
        let outcomes = try send(device, [envelope])
        return try #require(try outcomes[0].receipt)
    }

    /// Someone's write, of which the test needs no stream: keeps the office's own copy of the device.
    @discardableResult
    func ann(_ operations: [Operation], _ options: Options = Options()) throws -> Receipt { try write(&ann, operations, options) }
    @discardableResult
    func bob(_ operations: [Operation], _ options: Options = Options()) throws -> Receipt { try write(&bob, operations, options) }
    @discardableResult
    func dora(_ operations: [Operation], _ options: Options = Options()) throws -> Receipt { try write(&dora, operations, options) }

    /// The office's own copy of a device takes up the stream where the hub has it.
    func goOn(from record: ReplicaRecord) {
        func take(_ device: inout Device) {
            guard device.replica == record.id else { return }
            device.counter = record.lastCounter
            device.root = record.lastRoot
        }
        take(&ann)
        take(&bob)
        take(&dora)
    }

    /// Bob's write, once Dora has given him the order.
    @discardableResult
    func bobSees(_ key: RowKey, _ operations: [Operation]) throws -> Receipt {
        try dora([set(key, 2, .reference(bob.user))])
        return try bob(operations)
    }

    // MARK: Looking

    func row(_ key: RowKey) -> RowState? { store.now.rows[key] }

    func value(_ key: RowKey, _ field: String) -> Value? {
        schema.collection(key.collection).flatMap { row(key)?.shownValue(of: field, in: $0) }
    }

    /// What a writer sees of a cell now.
    func seen(_ key: RowKey, _ group: UInt32) -> Context {
        Context(sequence: row(key)?[Part(group: group)]?.sequence ?? .zero)
    }

    func set(_ key: RowKey, _ group: UInt32, _ values: Value..., seen: Context? = nil) -> Operation {
        (key, Part(group: group), .set(values), seen ?? self.seen(key, group))
    }

    /// A new order of a user's, with a title.
    func order(of device: Device, title: String = "order") -> (RowKey, [Operation]) {
        let key = newRow(OfficeSchema.orders)
        return (key, [
            (key, .liveness, .create, Context()), set(key, 1, .text(title)), set(key, 2, .reference(device.user)),
        ])
    }

    /// All rows of a collection, as their shown values by field.
    func all(_ collection: UInt32) -> [[String: Value]] {
        guard let kind = schema.collection(collection) else { return [] }
        return store.now.rows.values.filter { $0.key.collection == collection }.sorted { $0.key < $1.key }.map { row in
            Dictionary(uniqueKeysWithValues: kind.fields.map { ($0.name, row.shownValue(of: $0.name, in: kind) ?? .null) })
        }
    }

    func reviews() -> [String] { all(OfficeSchema.reviews).compactMap { $0["rule"]?.text }.sorted() }

    /// Every cell of a row is what its history folds to.
    func expectHistory(of key: RowKey, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try store.read { reader in
            let history = CellHistory(reader: reader, schema: schema)
            for cell in try #require(row(key), sourceLocation: sourceLocation).cells {
                let folded = try history.state(of: cell.part, key: key, at: head)
                #expect(folded == cell, sourceLocation: sourceLocation)
            }
        }
    }
}

extension SubmissionOutcome {
    var receipt: Receipt? {
        get throws {
            guard case .receipt(let wire, _) = self else { return nil }
            return try ReceiptCodec.decode(wire)
        }
    }
}

extension Receipt {
    /// The refusals' rules; nil where accepted.
    var rules: [Refusal.Rule?] {
        verdicts.map { if case .refused(let refusal) = $0.outcome { refusal.rule } else { nil } }
    }
}
