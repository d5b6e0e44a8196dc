import ReplicationCore
import ReplicationEngine
import SwiftProtobuf
import WireProtocol

/// Watches a run and checks it: what every device wrote and was shown, and what the hub made of it.
final class History: Observer {
    let schema: Schema
    private let world: World
    private(set) var violations: [Violation] = []
    /// The hub's log, as far as it is known.
    private var head = CommitSequence.zero
    private var places: [ChangesetID: CommitSequence] = [:]
    private var dots: Set<Dot> = []
    private(set) var cells: [RowKey: [Part: CellTruth]] = [:]
    private var devices: [Int: DeviceTruth] = [:]
    private var backups: [Int: DeviceTruth] = [:]
    /// Of each device-made changeset: what its writer had been shown of each cell that it writes.
    private var seen: [ChangesetID: [RowKey: [Part: Set<ChangesetID>]]] = [:]
    /// Changesets that a device holds a receipt for, with the place that it names.
    private var acknowledged: [ChangesetID: CommitSequence] = [:]
    var refusedAtHub: Set<ChangesetID> = []
    private var digests: [Int: DigestReport] = [:]
    var figures = Figures()

    struct Violation: Equatable {
        let check: String
        let what: String
        let at: UInt64
    }

    /// What happened, in numbers.
    struct Figures {
        var writes = 0
        var commits = 0
        var clashes = 0
        var refusals = 0
        var verdicts = 0
    }

    /// A run that goes wrong goes wrong in many places: these suffice to see how.
    private static let keptViolations = 20

    init(schema: Schema, world: World) {
        self.schema = schema
        self.world = world
    }

    func violation(of check: String, _ what: String) {
        world.trace("VIOLATION of \(check)", remark: ": \(what)")
        if violations.count < Self.keptViolations { violations.append(Violation(check: check, what: what, at: world.now)) }
    }

    // MARK: The hub

    func committed(_ committed: Committed, in store: any HubStore) throws { try follow(store) }

    func hubStarted(_ hub: HubNode) throws {
        guard let store = hub.store else { return }
        try follow(store)
        try checkAcknowledged(in: store)
    }

    /// Reads what the log has beyond what is known, and compares the rows that it touches.
    private func follow(_ store: any HubStore) throws {
        try store.read { reader in
            let newHead = try reader.head
            if newHead < head {
                violation(of: "acknowledged", "The hub had committed up to \(head), and is back at \(newHead).")
                return
            }
            var touched: Set<RowKey> = []
            var next = CommitSequence(epoch: newHead.epoch, number: (head.epoch == newHead.epoch ? head.number : 0) + 1)
            while next <= newHead {
                guard let entry = try reader.entry(at: next) else {
                    violation(of: "exactly-once", "The log has no entry at \(next), and its head is \(newHead).")
                    return
                }
                try take(entry, reader)
                touched.formUnion(entry.touched.map(\.key))
                next.number += 1
            }
            head = newHead
            for key in touched.sorted() {
                if let row = try reader.row(key) { compare(row) } else {
                    violation(of: "causality", "The log touches row \(key), which is not there.")
                }
            }
        }
    }

    private func take(_ entry: LogEntry, _ reader: any HubReader) throws {
        figures.commits += 1
        if let place = places.updateValue(entry.sequence, forKey: entry.identity) {
            violation(of: "exactly-once", "Changeset \(entry.identity) stands at \(place) and at \(entry.sequence).")
        }
        if !dots.insert(entry.dot).inserted {
            violation(of: "exactly-once", "The dot \(entry.dot) stands in the log twice.")
        }
        for write in try writes(of: entry, reader) {
            let operation = write.operation
            guard let collection = schema.collection(operation.key.collection), !isDerived(operation.part, collection) else { continue }
            var cell = cells[operation.key]?[operation.part] ?? CellTruth()
            // The hub sees everything that it has.
            let shown = write.isHubs
                ? Set(cell.accepted.map(\.identity)) : seen[write.identity]?[operation.key]?[operation.part]
            guard let shown else {
                violation(of: "causality", "The hub took a write of \(operation.key), \(operation.part), that nobody made: \(write.identity).")
                continue
            }
            cell.accept(
                CellTruth.Accepted(
                    identity: write.identity, sequence: entry.sequence, action: operation.action, rank: write.rank,
                    effective: write.effective, dot: entry.dot, seen: shown,
                    isResolution: !operation.resolves.isEmpty),
                isWriteOnce: operation.part != .liveness && collection.policy(of: operation.part) == .writeOnce)
            cells[operation.key, default: [:]][operation.part] = cell
        }
    }

    /// An accepted write of a log entry.
    struct LoggedWrite {
        let identity: ChangesetID
        let isHubs: Bool
        let operation: CellOperation
        let rank: UInt32
        let effective: HybridTime
    }

    /// A release takes in operations of an earlier changeset, and its receipt is that one's.
    private func writes(of entry: LogEntry, _ reader: any HubReader) throws -> [LoggedWrite] {
        let changeset = try ChangesetCodec.decode(entry.changeset)
        if entry.dot.site != 0, let lens = schema.history.lens(from: changeset.header.schemaVersion) {
            return try writes(of: changeset, through: lens, entry, reader)
        }
        guard !entry.receipt.isEmpty else {
            return changeset.operations.map {
                LoggedWrite(identity: entry.identity, isHubs: true, operation: $0, rank: 0, effective: changeset.header.stamp)
            }
        }
        let verdicts = try ReceiptCodec.decode(WireReceipt(serializedBytes: entry.receipt)).verdicts
        var judged = changeset.operations
        if let original = changeset.header.releases {
            guard let first = try reader.entry(of: original) else { return [] }
            judged = try ChangesetCodec.decode(first.changeset).aimed(at: schema).operations
        }
        return changeset.operations.compactMap { operation in
            let position = judged.first { $0.key == operation.key && $0.part == operation.part }?.position ?? .max
            let verdict = Int(position) < verdicts.count ? verdicts[Int(position)] : nil
            guard let verdict, verdict.isAccepted else {
                refusedAtHub.insert(entry.identity)
                figures.refusals += 1
                return nil
            }
            return LoggedWrite(
                identity: changeset.header.releases ?? entry.identity, isHubs: false, operation: operation,
                rank: verdict.rank, effective: verdict.effective)
        }
    }

    func isDerived(_ part: Part, _ collection: ReplicationCore.Collection) -> Bool {
        if case .derived = collection.group(part.group)?.policy { true } else { false }
    }

    /// The hub's row has what the histories say.
    private func compare(_ row: RowState) {
        guard let collection = schema.collection(row.key.collection) else { return }
        for (part, truth) in cells[row.key] ?? [:] {
            let cell = row[part]
            let stands = Set(cell?.siblings.map(\.write.identity) ?? [])
            if stands != truth.standing {
                violation(of: "causality", """
                    Cell \(part) of \(row.key): \(names(stands.subtracting(truth.standing))) should have gone, \
                    \(names(truth.standing.subtracting(stands))) is lost.
                    """)
            }
            if (cell?.tally?.sum ?? 0) != truth.sum {
                violation(of: "sums", "Cell \(part) of \(row.key) has \(cell?.tally?.sum ?? 0); its increments make \(truth.sum).")
            }
            if let last = truth.states.last, let cell, cell.sequence < last.sequence {
                violation(of: "causality", "Cell \(part) of \(row.key) changed at \(last.sequence), and says \(cell.sequence).")
            }
            let policy = collection.policy(of: part)
            let shown = cell.flatMap { Shown.sibling(of: $0, policy: policy)?.write.identity }
            if stands == truth.standing, shown != truth.winner(policy, isLiveness: part == .liveness) {
                violation(of: "order", "Cell \(part) of \(row.key) shows the wrong one of \(names(stands)).")
            }
        }
    }

    private func names(_ identities: Set<ChangesetID>) -> String {
        identities.isEmpty ? "nothing" : identities.sorted().map(\.short).joined(separator: ", ")
    }

    func checkAcknowledged(in store: any HubStore) throws {
        try store.read { reader in
            for (identity, place) in acknowledged.sorted(by: { $0.key < $1.key }) {
                guard let entry = try reader.entry(of: identity) else {
                    violation(of: "acknowledged", "Changeset \(identity) was acknowledged at \(place), and is not in the log.")
                    continue
                }
                let isReleased = try reader.latestRelease(of: identity)?.sequence == place
                if entry.sequence != place, !isReleased {
                    violation(of: "acknowledged", "Changeset \(identity) was acknowledged at \(place), and stands at \(entry.sequence).")
                }
            }
        }
    }

    // MARK: Devices

    func wrote(_ device: DeviceNode, _ commit: LocalCommit, in store: any DeviceStore) throws {
        figures.writes += 1
        try note(commit.identity, by: device, in: store)
        try checkView(of: device, rows: commit.rows, in: store)
    }

    /// Notes what the writer of a changeset had been shown of each cell that it writes.
    private func note(_ identity: ChangesetID, by device: DeviceNode, in store: any DeviceStore) throws {
        try store.read { reader in
            guard let entry = try reader.outboxEntry(identity) else {
                violation(of: "view", "\(device.name) wrote \(identity), and it is not in the outbox.")
                return
            }
            var truth = devices[device.index] ?? DeviceTruth()
            truth.written.insert(identity)
            var shown: [RowKey: [Part: Set<ChangesetID>]] = [:]
            let changeset = try ChangesetCodec.decode(entry.changeset)
            for key in newRowsOfOlderApp(changeset) {
                // What later versions give to a new row nobody had seen.
                for group in defaults(of: key, in: changeset) { shown[key, default: [:]][Part(group: group)] = [] }
            }
            for operation in changeset.aimed(at: schema).operations where shown[operation.key]?[operation.part] == nil {
                let own = truth.own[operation.key]?[operation.part] ?? []
                var known: Set<ChangesetID>
                if let first = own.first {
                    // The own value hides what arrived underneath.
                    known = first.seen.union(own.map(\.identity))
                } else {
                    let row = try confirmed(operation.key, of: device, reader, parts: [operation.part])
                    let sequence = row?[operation.part]?.sequence ?? .zero
                    known = cells[operation.key]?[operation.part]?.shown(at: sequence) ?? []
                }
                known.remove(identity)
                shown[operation.key, default: [:]][operation.part] = known
                truth.own[operation.key, default: [:]][operation.part, default: []].append(DeviceTruth.OwnWrite(
                    identity: identity, position: operation.position, action: operation.action, seen: known))
            }
            seen[identity] = shown
            devices[device.index] = truth
        }
    }

    func judged(_ device: DeviceNode, _ report: VerdictReport) {
        figures.verdicts += 1
        acknowledged[report.identity] = report.sequence
        guard let store = device.store else { return }
        do {
            try store.read { try learn(report.identity, device, $0) }
        } catch {
            violation(of: "defect", "\(device.name) cannot read its outbox: \(error)")
        }
    }

    private func learn(_ identity: ChangesetID, _ device: DeviceNode, _ reader: any DeviceReader) throws {
        guard let receipt = try reader.outboxEntry(identity)?.receipt else { return }
        let verdicts = try ReceiptCodec.decode(WireReceipt(serializedBytes: receipt)).verdicts
        devices[device.index, default: DeviceTruth()].verdicts[identity] = verdicts.map { $0.isAccepted ? $0.sequence : nil }
        if verdicts.contains(where: { !$0.isAccepted }) { devices[device.index]?.refused.insert(identity) }
    }

    func received(_ device: DeviceNode, _ rows: Set<RowKey>, in store: any DeviceStore) throws {
        try store.read { reader in
            for key in rows.sorted() { checkConfirmed(key, try reader.confirmed(key), device) }
            try settle(device, reader)
        }
        try checkView(of: device, rows: rows, in: store)
    }

    private func settle(_ device: DeviceNode, _ reader: any DeviceReader) throws {
        guard var truth = devices[device.index], let progress = device.driver?.replica.progress else { return }
        for key in Array(truth.own.keys) {
            guard let collection = schema.collection(key.collection) else { continue }
            let parts = truth.own[key].map { Array($0.keys) } ?? []
            truth.settle(key, confirmed: try confirmed(key, of: device, reader, parts: parts), basis: progress.basis, truth: cells[key] ?? [:]) {
                schema.mayRead(progress.role, $0, of: collection)
            }
        }
        devices[device.index] = truth
    }

    /// A confirmed cell is a state that the hub's cell had, and no older one than before.
    private func checkConfirmed(_ key: RowKey, _ row: RowState?, _ device: DeviceNode) {
        guard let row, let collection = schema.collection(key.collection) else {
            devices[device.index]?.held[key] = nil
            return
        }
        // Carried over from an earlier schema version, and not sent anew yet.
        if device.driver?.replica.progress.isCarriedOver == true { return }
        for cell in row.cells where !isDerived(cell.part, collection) {
            if let before = devices[device.index]?.held[key]?[cell.part], before > cell.sequence {
                violation(of: "confirmed", "\(device.name) held cell \(cell.part) of \(key) as of \(before), and now as of \(cell.sequence).")
            }
            guard isSame(cell, on: device, of: key, in: row) else { continue }
            devices[device.index, default: DeviceTruth()].held[key, default: [:]][cell.part] = cell.sequence
            guard let state = cells[key]?[cell.part]?.state(at: cell.sequence) else {
                violation(of: "confirmed", "\(device.name) holds cell \(cell.part) of \(key) as of \(cell.sequence), when it did not change.")
                continue
            }
            if Set(cell.siblings.map(\.write.identity)) != state.standing || (cell.tally?.sum ?? 0) != state.sum {
                violation(of: "confirmed", "\(device.name) holds another state of cell \(cell.part) of \(key) than the hub had at \(cell.sequence).")
            }
        }
    }

    /// The device shows its own writes in the view on top of the confirmed state, and nothing else.
    private func checkView(of device: DeviceNode, rows: Set<RowKey>, in store: any DeviceStore) throws {
        guard let truth = devices[device.index] else { return }
        try store.read { reader in
            for key in rows.union(truth.own.keys).sorted() {
                guard let collection = schema.collection(key.collection) else { continue }
                let confirmed = try reader.confirmed(key)
                let view = try reader.visible(key)
                let parts = Set(confirmed?.cells.map(\.part) ?? []).union(view?.cells.map(\.part) ?? [])
                    .union(truth.own[key].map { Set($0.keys) } ?? [])
                for part in parts.sorted() where !isDerived(part, collection) && isSame(part, on: device, of: key) {
                    checkView(of: device, part, key, confirmed?[part], view?[part], truth.own[key]?[part] ?? [])
                }
            }
        }
    }

    private func checkView(
        of device: DeviceNode, _ part: Part, _ key: RowKey, _ confirmed: CellState?, _ view: CellState?,
        _ own: [DeviceTruth.OwnWrite]
    ) {
        var expected = Set(confirmed?.siblings.map(\.write.identity) ?? [])
        var sum = confirmed?.tally?.sum ?? 0
        for write in own {
            switch write.action {
            case .set, .add, .create, .restore, .delete: expected = [write.identity]
            case .remove: expected = []
            case .increment(let amount): sum &+= amount
            }
        }
        let shown = Set(view?.siblings.map(\.write.identity) ?? [])
        if shown != expected || (view?.tally?.sum ?? 0) != sum {
            violation(of: "view", """
                \(device.name) shows cell \(part) of \(key) as \(names(shown)) and \(view?.tally?.sum ?? 0); it should be \
                \(names(expected)) and \(sum).
                """)
        }
    }

    func deviceStarted(_ device: DeviceNode, isRestored: Bool, in store: any DeviceStore) throws {
        if isRestored { devices[device.index] = backups[device.index] ?? DeviceTruth() }
        // What reached the disk although the machine stopped before it could say so.
        let (waiting, unsettled) = try store.read { (try $0.unanswered(), try $0.unsettled(after: 0, limit: .max)) }
        for entry in waiting where devices[device.index]?.written.contains(entry.identity) != true {
            try note(entry.identity, by: device, in: store)
        }
        try store.read { reader in
            for identity in (devices[device.index]?.written ?? []).sorted() where devices[device.index]?.verdicts[identity] == nil {
                if try reader.outboxEntry(identity) == nil {
                    violation(of: "durable", "\(device.name) had written \(identity), and after a stop does not have it.")
                    devices[device.index]?.written.remove(identity)
                }
            }
            for entry in unsettled where devices[device.index]?.verdicts[entry.identity] == nil {
                try learn(entry.identity, device, reader)
            }
            for identity in devices[device.index]?.written ?? [] where devices[device.index]?.verdicts[identity] == nil {
                try learn(identity, device, reader)
            }
            // Likewise rows: a device goes on from what its disk has.
            for key in Array(devices[device.index]?.held.keys ?? [:].keys) { checkConfirmed(key, try reader.confirmed(key), device) }
            try settle(device, reader)
        }
        try checkView(of: device, rows: [], in: store)
    }

    func backedUp(_ device: DeviceNode) { backups[device.index] = devices[device.index] ?? DeviceTruth() }

    func compared(_ device: DeviceNode, _ report: DigestReport) { digests[device.index] = report }

    // MARK: The end

    func truth(of device: Int) -> DeviceTruth { devices[device] ?? DeviceTruth() }
    func digest(of device: Int) -> DigestReport? { digests[device] }
}
