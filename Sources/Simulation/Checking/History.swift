import ReplicationCore
import ReplicationEngine
import SwiftProtobuf
import WireProtocol

/// Watches a run and checks it: what every device wrote and was shown, and what the hub made of it.
final class History: Observer {
    let schema: Schema
    let world: World
    private(set) var violations: [Violation] = []
    private(set) var hub: HubIdentity?
    /// The cells as the hub had them when an epoch ended, by epoch: devices may hold such states for long.
    private var ended: [UInt32: [RowKey: [Part: CellTruth]]] = [:]
    /// What writers had been shown whose writes the hub has lost, where that was known from its log only.
    private var seenByLost: [ChangesetID: [RowKey: [Part: Set<ChangesetID>]]] = [:]
    /// Changesets that were acknowledged and that the hub has lost: they are owed until somebody hands them in.
    private(set) var owed: Set<ChangesetID> = []
    /// Changesets that their writers lost by going back to a copy.
    private var forgotten: Set<ChangesetID> = []
    /// Changesets that were handed in with receipts since the hub was restored, and the places that these name.
    private var adopted: [ChangesetID: [CommitSequence]] = [:]
    /// What the hub itself has written since it was restored: some of it it had written before, in another wording.
    private var remade: Set<ChangesetID> = []
    /// The hub's log, as far as it is known.
    private var head = CommitSequence.zero
    private var places: [ChangesetID: CommitSequence] = [:]
    private var dots: Set<Dot> = []
    private(set) var cells: [RowKey: [Part: CellTruth]] = [:]
    /// The entries of each of the hub's commits.
    private(set) var commits: [[LogEntry]] = []
    private var devices: [Int: DeviceTruth] = [:]
    private var backups: [Int: DeviceTruth] = [:]
    /// Of each device-made changeset: what its writer had been shown of each cell that it writes.
    private var seen: [ChangesetID: [RowKey: [Part: Set<ChangesetID>]]] = [:]
    /// Of that, what the hub must know, where the writer's version had several cells of what is one: contexts tell of one each.
    private var surelySeen: [ChangesetID: [RowKey: [Part: Set<ChangesetID>]]] = [:]
    /// Changesets that a device holds a receipt for, with the place that it names.
    private var acknowledged: [ChangesetID: CommitSequence] = [:]
    var refusedAtHub: Set<ChangesetID> = []
    private(set) var quarantine = QuarantineTruth()
    var access = AccessTruth()
    /// Between the schema that the hub works with now and the last one; nil if it is that.
    var hubLens: SchemaLens?
    /// As it was in the beginning, and from these heads on.
    private var hubLenses: [(head: CommitSequence, lens: SchemaLens?)]
    /// What the hub has worked with, by version.
    var hubSchemas: [UInt32: Schema] = [:]
    /// Who wrote each device-made changeset.
    private(set) var writers: [ChangesetID: ReplicaID] = [:]
    /// Rows that must be nowhere any more.
    private(set) var erased: Set<RowKey> = []
    /// Rows of which only the deletion is left, with where that was committed.
    private(set) var purged: [RowKey: CommitSequence] = [:]
    /// What devices held of lost time when the hub was restored.
    var held: Set<HeldWrite> = []
    /// The last epoch to which a device has handed in everything, as far as is known.
    var handedIn: [Int: UInt32] = [:]
    /// What had given way by the states of these devices.
    var seenByHeld: Set<HeldWrite> = []
    /// What they could tell of it under the hub's seals: also writes whose place others had taken.
    var told: Set<ToldWrite> = []
    /// What they could tell of that to be contained in a state.
    var toldStates: Set<ToldState> = []
    /// Devices that went back to a copy: what they once did about a refusal they may not know.
    private(set) var restored: Set<Int> = []
    /// Where in the hub's order rows were made, and once more after a restore.
    private(set) var rowPlaces: [RowKey: [CommitSequence]] = [:]
    private var digests: [Int: DigestReport] = [:]
    /// How often devices have compared sums.
    private(set) var sums: [Int: Int] = [:]
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

    /// - Parameter hubSchema: what the hub works with in the beginning; nil for the last version.
    init(schema: Schema, world: World, hubSchema: Schema? = nil) {
        self.schema = schema
        self.world = world
        hubLens = hubSchema.flatMap { schema.history.lens(from: $0.version) }
        hubLenses = [(.zero, hubLens)]
        hubSchemas[hubLens?.version ?? schema.version] = hubSchema ?? schema
    }

    func violation(of check: String, _ what: String) {
        world.trace("VIOLATION of \(check)", remark: ": \(what)")
        if violations.count < Self.keptViolations { violations.append(Violation(check: check, what: what, at: world.now)) }
    }

    // MARK: The hub

    func committed(_ committed: Committed, in store: any HubStore) throws { try follow(store) }

    /// What the hub has lost is as if it had never been, until it is handed in; and what it had told is owed.
    func hubRestored(_ hub: HubIdentity, _ devices: [DeviceNode]) {
        guard hub.epoch > head.epoch else {
            return violation(of: "exactly-once", "The hub was restored and goes on in epoch \(hub.epoch), in which it had committed up to \(head): it will give its numbers twice.")
        }
        self.hub = hub
        ended[head.epoch] = cells
        adopted = [:]
        noteHeldOfLostTime(by: devices)
        access.restore { !hub.isLost($0) }
        purged = purged.filter { !hub.isLost($0.value) }
        owed.formUnion(acknowledged.filter { hub.isLost($0.value) }.keys)
        acknowledged = acknowledged.filter { !hub.isLost($0.value) }
        places = places.filter { !hub.isLost($0.value) }
        quarantine.restore { !hub.isLost($0) }
        quarantine.erase(erased)
        for (key, parts) in cells {
            guard let collection = schema.collection(key.collection) else { continue }
            for (part, cell) in parts {
                let (kept, lost) = cell.restored(
                    keeping: { !hub.isLost($0) },
                    isWriteOnce: part != .liveness && collection.policy(of: part) == .writeOnce)
                cells[key]?[part] = kept.accepted.isEmpty ? nil : kept
                for write in lost { seenByLost[write.identity, default: [:]][key, default: [:]][part] = write.seen }
            }
        }
        head = CommitSequence(epoch: hub.epoch, number: 0)
        // Cells that came into being with an update that is lost are what the restored hub makes of them.
        hubLenses.removeAll { hub.isLost($0.head) }
        hubLens = hubLenses.last?.lens
    }

    // MARK: What is taken away

    func purged(_ rows: [RowKey], at sequence: CommitSequence) {
        for key in rows { purged[key] = sequence }
        checkPurged(rows)
    }

    func erased(_ rows: [RowKey]) {
        let new = Set(rows).subtracting(erased)
        if new.isEmpty { return }
        erased.formUnion(new)
        for key in new {
            cells[key] = nil
            purged[key] = nil
            for epoch in ended.keys { ended[epoch]?[key] = nil }
        }
        quarantine.erase(new)
    }

    /// A cell as the hub had it in the time of a sequence, also if it has lost that.
    func cell(_ part: Part, of key: RowKey, inTimeOf sequence: CommitSequence) -> CellTruth? {
        if hub?.isLost(sequence) == true { return ended[sequence.epoch]?[key]?[part] }
        return cells[key]?[part]
    }

    func hubStarted(_ hub: HubNode) throws {
        guard let store = hub.store else { return }
        try noteSchema(of: hub, store)
        try follow(store)
        try checkAcknowledged(in: store)
        try checkSums(in: store)
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
            var written: Set<RowKey> = []
            var commit: [LogEntry] = []
            var next = CommitSequence(epoch: newHead.epoch, number: (head.epoch == newHead.epoch ? head.number : 0) + 1)
            while next <= newHead {
                guard let entry = try reader.entry(at: next) else {
                    violation(of: "exactly-once", "The log has no entry at \(next), and its head is \(newHead).")
                    return
                }
                written.formUnion(try take(entry, reader))
                commit.append(entry)
                touched.formUnion(entry.touched.map(\.key))
                next.number += 1
            }
            head = newHead
            if !commit.isEmpty { commits.append(commit) }
            // What changes nothing, because others had handed in what had seen it, has its place in the histories all the same.
            for key in touched.union(written).sorted() {
                if let row = try reader.row(key) { try compare(row, reader) } else if touched.contains(key) {
                    violation(of: "causality", "The log touches row \(key), which is not there.")
                }
            }
        }
    }

    /// - Returns: the rows that were written, whether that changed them or not.
    private func take(_ entry: LogEntry, _ reader: any HubReader) throws -> Set<RowKey> {
        figures.commits += 1
        if let place = places.updateValue(entry.sequence, forKey: entry.identity) {
            violation(of: "exactly-once", "Changeset \(entry.identity) stands at \(place) and at \(entry.sequence).")
        }
        if !dots.insert(entry.dot).inserted {
            violation(of: "exactly-once", "The dot \(entry.dot) stands in the log twice.")
        }
        try checkAccess(entry, reader)
        try noteErasedWithParent(entry)
        let writes = try writes(of: entry, reader)
        tell(entry, writes)
        for write in writes {
            let operation = write.operation
            if erased.contains(operation.key) {
                violation(of: "erased", "At \(entry.sequence) the hub accepts a write of \(operation.key), which was erased.")
                continue
            }
            guard let collection = schema.collection(operation.key.collection), !isDerived(operation.part, collection) else { continue }
            if operation.action == .create { rowPlaces[operation.key, default: []].append(entry.sequence) }
            var cell = cells[operation.key]?[operation.part] ?? CellTruth()
            if write.isHubs, operation.action == .remove {
                // The hub has learnt that it had been seen in lost time; what else gives way, the row shows.
                for identity in cell.standing.sorted()
                where operation.context.pending.contains(identity)
                    && (cell.revived.contains(identity) || mayBeGone(identity, operation.part, operation.key, false))
                    || hadGone(identity, operation.part, of: operation.key, by: operation.context.sequence) {
                    cell.giveWay(identity, at: entry.sequence)
                    cells[operation.key]?[operation.part] = cell
                }
                continue
            }
            if write.isHubs { cell.withdraw(write.identity) }
            // The hub sees everything that it has.
            guard var shown = write.isHubs ? Set(cell.accepted.map(\.identity)) : shown(to: write) else {
                violation(of: "causality", "The hub took a write of \(operation.key), \(operation.part), that nobody made: \(write.identity).")
                continue
            }
            // One that comes after a write that had seen it takes nothing away.
            if write.isReleased, !cell.hasTaken(write.identity) {
                shown.formUnion(quarantine.mending(
                    shown, among: cell.accepted, of: QuarantineTruth.Cell(key: operation.key, part: operation.part)))
            }
            // It may stand already, because somebody else has handed it in.
            if hub != nil { cell.recall(write.identity, at: entry.sequence) }
            cell.accept(
                CellTruth.Accepted(
                    identity: write.identity, sequence: entry.sequence, action: operation.action, rank: write.rank,
                    effective: write.effective, dot: write.dot, seen: shown,
                    isResolution: !operation.resolves.isEmpty),
                isWriteOnce: operation.part != .liveness && collection.policy(of: operation.part) == .writeOnce)
            cells[operation.key, default: [:]][operation.part] = cell
        }
        return Set(writes.map(\.operation.key))
    }

    /// What the writer of an accepted write had been shown of its cell, and what was mended for it in a time that the hub has
    /// lost; nil if nobody made it.
    private func shown(to write: LoggedWrite) -> Set<ChangesetID>? {
        let known = [seen, seenByLost].compactMap { $0[write.identity]?[write.operation.key]?[write.operation.part] }
        if known.isEmpty { return nil }
        var shown: Set<ChangesetID> = known.reduce(into: []) { $0.formUnion($1) }
        if ended.isEmpty { return shown }
        // What was seen by what was seen, also where nobody has handed in the write between.
        let ever = everAccepted(in: write.operation.part, of: write.operation.key)
        var open = Array(shown)
        while let identity = open.popLast() {
            for other in ever where other.identity == identity {
                for seen in other.seen where shown.insert(seen).inserted { open.append(seen) }
            }
        }
        // The hub drafts a conflict anew over what it has: two drafts may have seen each other.
        shown.remove(write.identity)
        return shown
    }

    /// A release takes in operations of an earlier changeset, and its receipt is that one's.
    private func writes(of entry: LogEntry, _ reader: any HubReader) throws -> [LoggedWrite] {
        let changeset = try ChangesetCodec.decode(entry.changeset)
        if entry.dot.site != 0, let lens = schema.history.lens(from: changeset.header.schemaVersion) {
            let verdicts = try ReceiptCodec.decode(WireReceipt(serializedBytes: entry.receipt)).verdicts
            quarantine.take(.judgement(try judgement(of: changeset, verdicts, entry, reader)), at: entry.sequence)
            return try writes(of: changeset, through: lens, entry, reader)
        }
        guard !entry.receipt.isEmpty else {
            if hub != nil { remade.insert(entry.identity) }
            return changeset.aimed(at: schema).operations.map {
                LoggedWrite(identity: entry.identity, isHubs: true, operation: $0, rank: 0, effective: changeset.header.stamp,
                    dot: entry.dot)
            }
        }
        let receipt = try ReceiptCodec.decode(WireReceipt(serializedBytes: entry.receipt))
        let verdicts = receipt.verdicts
        // What the hub takes in again or releases while it works with an earlier version, it writes in that.
        let lens = schema.history.lens(from: changeset.header.schemaVersion)
        let operations = lens.map { aimed(changeset, through: $0) } ?? changeset.operations
        var judged = operations
        var dot = changeset.header.salvages == nil ? entry.dot : receipt.dot
        if let known = try reader.adopted(entry.identity), let receipt = known.receipt {
            adopted[entry.identity] = known.former.places
            dot = try ReceiptCodec.decode(WireReceipt(serializedBytes: receipt)).dot
        }
        if let original = changeset.header.releases {
            guard let first = try reader.entry(of: original) else { return [] }
            let waited = try ChangesetCodec.decode(first.changeset)
            try checkWhole(waited, verdicts, reader)
            judged = waited.aimed(at: schema).operations
            quarantine.take(.release(original, verdicts), at: entry.sequence)
        } else {
            quarantine.take(.judgement(try judgement(of: changeset, verdicts, entry, reader)), at: entry.sequence)
        }
        var taken: [RowKey: Set<Part>] = [:]
        return operations.compactMap { operation in
            let position = judged.first { $0.key == operation.key && $0.part == operation.part }?.position ?? .max
            let verdict = Int(position) < verdicts.count ? verdicts[Int(position)] : nil
            guard let verdict, verdict.isAccepted else {
                refusedAtHub.insert(entry.identity)
                figures.refusals += 1
                return nil
            }
            // What are several cells in an earlier version may be one.
            guard taken[operation.key, default: []].insert(operation.part).inserted else { return nil }
            return LoggedWrite(
                identity: changeset.header.releases ?? changeset.header.salvages ?? entry.identity, isHubs: false,
                isReleased: changeset.header.releases != nil,
                operation: operation, rank: verdict.rank, effective: verdict.effective, dot: dot)
        }
    }

    func isDerived(_ part: Part, _ collection: ReplicationCore.Collection) -> Bool {
        if case .derived = collection.group(part.group)?.policy { true } else { false }
    }

    /// Takes cells as the hub has them, which works with a later version from now on.
    func goOver(to lens: SchemaLens?, _ new: [(key: RowKey, part: Part, cell: CellState?)]) {
        hubLens = lens
        hubLenses.append((head, lens))
        for (key, part, cell) in new { cells[key]?[part, default: CellTruth()].rebase(on: cell, at: head) }
    }

    /// Follows a liveness cell that is sent anew without having been written.
    func raise(_ liveness: CellState, of key: RowKey) { cells[key]?[.liveness]?.raise(to: liveness.sequence) }

    /// True of a write that gave way to one which the hub has lost and nobody has handed in yet: of that it knows by the
    /// state that somebody held. And of what the hub wrote anew, where its former wording has come back.
    ///
    /// In the end nothing is lost any more, but for the removal of an element whose writer went back to a copy: the state that
    /// it left is empty, so that it comes back without the removal.
    private func mayBeGone(_ identity: ChangesetID, _ part: Part, _ key: RowKey, _ isFinal: Bool) -> Bool {
        if remade.contains(identity) { return ended.values.contains { $0[key]?[part] != nil } }
        if isFinal {
            return part.element != nil
                && seenByHeld.contains { $0.key == key && $0.part == part && $0.identity == identity }
        }
        return ended.values.contains { cells in
            guard let cell = cells[key]?[part], cell.accepted.contains(where: { $0.identity == identity }) else { return false }
            return !cell.standing.contains(identity)
        }
    }

    /// True of a write that stood in a lost time, and had given way by one of its places.
    private func hadGone(_ identity: ChangesetID, _ part: Part, of key: RowKey, by place: CommitSequence) -> Bool {
        guard let cell = ended[place.epoch]?[key]?[part], let state = cell.states.last(where: { $0.sequence <= place }) else { return false }
        return !state.standing.contains(identity) && cell.accepted.contains { $0.identity == identity && $0.sequence <= place }
    }

    /// True of a write that had been seen in lost time, and that its writer has handed in anew because it has lost the receipt:
    /// as long as nobody has told the hub where it stood, or of a later place only. In the end all that could have told it have.
    ///
    /// - Parameters:
    ///   - reader: the hub; nil where a device is asked.
    ///   - knowsLater: the hub may know of a later place.
    private func mayStandAgain(
        _ sibling: Sibling?, _ part: Part, _ key: RowKey, _ isFinal: Bool, _ reader: (any HubReader)?, knowsLater: Bool = true
    ) throws -> Bool {
        guard let write = sibling?.write else { return false }
        let told = try reader?.told(of: write.identity).filter { $0.key == key && $0.part == part }.map(\.place) ?? []
        return ended.contains { epoch, cells in
            let place = cells[key]?[part]?.accepted.first { $0.identity == write.identity }?.sequence
            // A receipt that its writer got later, when others had handed it in, does not say where it stood.
            guard let place, place.epoch == epoch, write.place(in: epoch).map({ knowsLater && $0 > place }) ?? true,
                adopted[write.identity]?.contains(place) != true, !told.contains(where: { $0.epoch == epoch && $0 <= place })
            else { return false }
            return !isFinal || !self.told.contains {
                $0.key == key && $0.part == part && $0.identity == write.identity && $0.place.epoch == epoch && $0.place <= place
            }
        }
    }

    /// True of a write that had been seen in one lost time by what the writers of its followers were shown in another, where it
    /// was not there any more: as long as nobody has handed in a state that tells of both. In the end whoever held one has.
    private func isSeenThroughAnotherEpoch(
        _ identity: ChangesetID, _ truth: CellTruth, _ part: Part, _ key: RowKey, _ isFinal: Bool, _ reader: any HubReader
    ) throws -> Bool {
        let later = truth.accepted.filter { $0.seen.contains(identity) }
        guard !ended.isEmpty, !later.isEmpty, later.allSatisfy({ seen[$0.identity]?[key]?[part]?.contains(identity) == false })
        else { return false }
        func stood(upTo place: CommitSequence) -> Bool {
            ended[place.epoch]?[key]?[part]?.accepted.contains { $0.identity == identity && $0.sequence <= place } ?? false
        }
        if try reader.contained(of: key).contains(where: { $0.part == part && stood(upTo: $0.sequence) }) { return false }
        return !isFinal || !toldStates.contains { state in
            state.key == key && state.part == part && !state.siblings.contains(identity) && state.contained.contains(where: stood)
        }
    }

    /// True of a write whose place is taken only by writers of earlier versions who had been shown it in another cell than those that
    /// they wrote: their contexts cannot say so. It stands beside them, with a conflict.
    private func mayStandBeside(_ identity: ChangesetID, _ truth: CellTruth, _ part: Part, _ key: RowKey) -> Bool {
        let later = truth.accepted.filter { $0.seen.contains(identity) }
        return !later.isEmpty && later.allSatisfy { surelySeen[$0.identity]?[key]?[part]?.contains(identity) == false }
    }

    /// The writes of a cell that the hub has, and those that it has lost by being restored.
    func everAccepted(in part: Part, of key: RowKey) -> [CellTruth.Accepted] {
        ([cells] + ended.values).flatMap { $0[key]?[part]?.accepted ?? [] }
    }

    /// Whether a write stood in a time that the hub has lost.
    private func wasLost(_ identity: ChangesetID, in part: Part, of key: RowKey) -> Bool {
        ended.values.contains { $0[key]?[part]?.accepted.contains { $0.identity == identity } == true }
    }

    /// Every row as it is in the end.
    func compareAll(in store: any HubStore) throws {
        for key in cells.keys.sorted() {
            try store.read { if let row = try $0.row(key) { try compare(row, $0, isFinal: true) } }
        }
    }

    /// The hub's row has what the histories say.
    private func compare(_ row: RowState, _ reader: any HubReader, isFinal: Bool = false) throws {
        guard let collection = schema.collection(row.key.collection) else { return }
        let isTaken = erased.contains(row.key) || purged[row.key] != nil
        if isTaken, !row.isStripped {
            violation(of: erased.contains(row.key) ? "erased" : "purged", "The hub still has values of \(row.key).")
        }
        for (part, truth) in cells[row.key] ?? [:] where (!isTaken || part == .liveness) && isHubs(part, of: row.key, by: hubLens) {
            let cell = row[part]
            let stands = Set(cell?.siblings.map(\.write.identity) ?? [])
            var truth = truth
            for identity in truth.passing.subtracting(stands) {
                truth.giveWay(identity, at: cell?.sequence ?? .zero)
                cells[row.key]?[part] = truth
            }
            truth.endPassing(isFinal: isFinal)
            for identity in truth.standing.subtracting(stands) where mayBeGone(identity, part, row.key, isFinal) {
                truth.giveWay(identity, at: cell?.sequence ?? .zero)
                cells[row.key]?[part] = truth
            }
            for identity in stands.subtracting(truth.standing)
            where try mayStandAgain(cell?.sibling(of: identity), part, row.key, isFinal, reader, knowsLater: false)
                || mayStandBeside(identity, truth, part, row.key) {
                truth.standAgain(identity, at: cell?.sequence ?? .zero)
                cells[row.key]?[part] = truth
            }
            for identity in stands.subtracting(truth.standing)
            where try mayStandAgain(cell?.sibling(of: identity), part, row.key, isFinal, reader)
                || isSeenThroughAnotherEpoch(identity, truth, part, row.key, isFinal, reader) {
                truth.standAgain(identity, at: cell?.sequence ?? .zero, isPassing: true)
                cells[row.key]?[part] = truth
            }
            let gone = truth.standing.subtracting(stands)
            let left = stands.subtracting(truth.standing)
            if !gone.isEmpty || !left.isEmpty {
                world.tell("\(left.isEmpty ? "" : "stands: ")" + (cell?.siblings ?? []).map { "\($0.write.identity.short) at \($0.write.sequence), before at \($0.write.former?.places ?? [])" }.joined(separator: "; "))
                violation(of: "causality", """
                    Cell \(part) of \(row.key): \(names(left)) should have gone, \(names(gone)) is lost.
                    """)
            }
            if (cell?.tally?.sum ?? 0) != truth.sum {
                violation(of: "sums", "Cell \(part) of \(row.key) has \(cell?.tally?.sum ?? 0); its increments make \(truth.sum).")
            }
            if let last = truth.states.last, let cell, cell.sequence < last.sequence, stands == truth.standing, hub == nil {
                violation(of: "causality", "Cell \(part) of \(row.key) changed at \(last.sequence), and says \(cell.sequence).")
            }
            let policy = collection.policy(of: part)
            let shown = cell.flatMap { Shown.sibling(of: $0, policy: policy)?.write.identity }
            let winner = truth.winner(policy, isLiveness: part == .liveness, firstPlaces: firstPlaces(of: cell, row.key))
            if stands == truth.standing, shown != winner {
                violation(of: "order", "Cell \(part) of \(row.key) shows the wrong one of \(names(stands)).")
            }
        }
    }

    /// Where those writes of a cell had first been committed that the hub knows to be of lost time.
    private func firstPlaces(of cell: CellState?, _ key: RowKey) -> [ChangesetID: CommitSequence] {
        if hub == nil { return [:] }
        var places: [ChangesetID: CommitSequence] = [:]
        for write in (cell?.siblings ?? []).lazy.map(\.write) where write.former != nil {
            places[write.identity] = ended.values
                .compactMap { $0[key]?[cell?.part ?? .liveness]?.accepted.first { $0.identity == write.identity }?.sequence }.min()
        }
        return places
    }

    private func names(_ identities: Set<ChangesetID>) -> String {
        identities.isEmpty ? "nothing" : identities.sorted().map(\.short).joined(separator: ", ")
    }

    /// - Parameter isFinal: everybody has come back, and nothing is owed any more.
    func checkAcknowledged(in store: any HubStore, isFinal: Bool = false) throws {
        try store.read { reader in
            if isFinal {
                for identity in owed.subtracting(forgotten).sorted() where try reader.entry(of: identity) == nil {
                    violation(of: "acknowledged", "Changeset \(identity) was acknowledged before the hub was restored, and nobody has handed it in.")
                }
            }
            for (identity, place) in acknowledged.sorted(by: { $0.key < $1.key }) {
                guard let entry = try reader.entry(of: identity) else {
                    violation(of: "acknowledged", "Changeset \(identity) was acknowledged at \(place), and is not in the log.")
                    continue
                }
                if entry.sequence != place, try !isRelease(of: identity, at: place, reader) {
                    violation(of: "acknowledged", "Changeset \(identity) was acknowledged at \(place), and stands at \(entry.sequence).")
                }
            }
        }
    }

    /// True if what stands at a place let waiting work of a changeset go on. Later work of it may have gone on since without
    /// its writer, who went back to a copy and does not know it any more.
    private func isRelease(of identity: ChangesetID, at place: CommitSequence, _ reader: any HubReader) throws -> Bool {
        guard let entry = try reader.entry(at: place) else { return false }
        return try ChangesetCodec.decode(entry.changeset).header.releases == identity
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
            writers[identity] = try reader.identity?.replica
            var shown: [RowKey: [Part: Set<ChangesetID>]] = [:]
            let changeset = try ChangesetCodec.decode(entry.changeset)
            for key in newRowsOfOlderApp(changeset) {
                // What later versions give to a new row nobody had seen. A device that has gone on to one shows it.
                let creation = changeset.operations.first { $0.key == key && $0.action == .create }?.position ?? 0
                for group in defaults(of: key, in: changeset) {
                    shown[key, default: [:]][Part(group: group)] = []
                    truth.own[key, default: [:]][Part(group: group), default: []].append(DeviceTruth.OwnWrite(
                        identity: identity, position: creation, action: .set([]), seen: []))
                }
            }
            let operations = changeset.aimed(at: schema).operations
            for (name, input) in inputs(of: operations, identity) { truth.inputs[name, default: []].append(input) }
            for operation in operations where shown[operation.key]?[operation.part] == nil {
                let own = truth.own[operation.key]?[operation.part] ?? []
                var known: Set<ChangesetID>
                if let first = own.first {
                    // The own value hides what arrived underneath.
                    known = first.seen.union(own.map(\.identity))
                } else {
                    let row = try confirmed(operation.key, of: device, reader, parts: [operation.part])
                    let sequence = row?[operation.part]?.sequence ?? .zero
                    known = cell(operation.part, of: operation.key, inTimeOf: sequence)?.shown(at: sequence) ?? []
                }
                known.remove(identity)
                if var sure = try surelyShown(of: operation, to: device, in: changeset, reader) {
                    if let first = own.first { sure.formIntersection(surelySeen[first.identity]?[operation.key]?[operation.part] ?? first.seen) }
                    // After a fork they are found only by name.
                    if !restored.contains(device.index) { sure.formUnion(own.map(\.identity)) }
                    surelySeen[identity, default: [:]][operation.key, default: [:]][operation.part] = known.intersection(sure)
                }
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
        if let progress = device.driver?.replica.progress { handedIn[device.index] = progress.epoch }
        acknowledged[report.identity] = report.sequence
        owed.remove(report.identity)
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
        if verdicts.contains(where: { !$0.isAccepted }) {
            devices[device.index]?.refused.insert(identity)
            devices[device.index]?.withdrawInputs(of: identity)
        }
    }

    func received(_ device: DeviceNode, _ rows: Set<RowKey>, in store: any DeviceStore) throws {
        try store.read { reader in
            for key in rows.sorted() { try checkConfirmed(key, reader.confirmed(key), device) }
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
    private func checkConfirmed(_ key: RowKey, _ row: RowState?, _ device: DeviceNode) throws {
        guard !erased.contains(key), let row, let collection = schema.collection(key.collection) else {
            devices[device.index]?.held[key] = nil
            return
        }
        // Carried over from an earlier schema version, and not sent anew yet.
        if device.driver?.replica.progress.isCarriedOver == true { return }
        for cell in row.cells where !isDerived(cell.part, collection) {
            if let before = devices[device.index]?.held[key]?[cell.part], before > cell.sequence, hub?.isLost(before) != true {
                violation(of: "confirmed", "\(device.name) held cell \(cell.part) of \(key) as of \(before), and now as of \(cell.sequence).")
            }
            guard isSame(cell, on: device, of: key, in: row) else { continue }
            devices[device.index, default: DeviceTruth()].held[key, default: [:]][cell.part] = cell.sequence
            let truth = self.cell(cell.part, of: key, inTimeOf: cell.sequence)
            guard let state = truth?.state(at: cell.sequence)
                ?? truth?.settledState(at: cell.sequence, wasLost: { wasLost($0, in: cell.part, of: key) })
            else {
                violation(of: "confirmed", "\(device.name) holds cell \(cell.part) of \(key) as of \(cell.sequence), when it did not change.")
                continue
            }
            let held = Set(cell.siblings.map(\.write.identity))
            // What a later changeset of the same commit took out: the row was looked at after both.
            let between = try held.subtracting(state.standing).filter { try mayStandAgain(cell.sibling(of: $0), cell.part, key, false, nil) }
            if held.subtracting(between) != state.standing || (cell.tally?.sum ?? 0) != state.sum {
                violation(of: "confirmed", """
                    \(device.name) holds \(names(held)) in cell \(cell.part) of \(key) as of \
                    \(cell.sequence), with the sum \(cell.tally?.sum ?? 0); the hub had \(names(state.standing)) then, and \(state.sum).
                    """)
            }
        }
    }

    /// The device shows its own writes in the view on top of the confirmed state, and nothing else.
    private func checkView(of device: DeviceNode, rows: Set<RowKey>, in store: any DeviceStore) throws {
        guard let truth = devices[device.index] else { return }
        try store.read { reader in
            // When a device learns that something is erased is its own affair; what it shows then is looked at in the end.
            for key in rows.union(truth.own.keys).union(truth.inputs.keys.map(\.key)).subtracting(erased).sorted() {
                guard let collection = schema.collection(key.collection) else { continue }
                let confirmed = try reader.confirmed(key)
                let view = try reader.visible(key)
                let parts = Set(confirmed?.cells.map(\.part) ?? []).union(view?.cells.map(\.part) ?? [])
                    .union(truth.own[key].map { Set($0.keys) } ?? [])
                for part in parts.sorted() where !isDerived(part, collection) && isSame(part, on: device, of: key) {
                    checkView(of: device, part, key, confirmed?[part], view?[part], truth.own[key]?[part] ?? [])
                }
                if let confirmed { checkDerivedSums(of: device, confirmed, view, truth, collection) }
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
        if isRestored {
            let before = devices[device.index]?.written ?? []
            devices[device.index] = backups[device.index] ?? DeviceTruth()
            // What the copy lacks and the hub may lose as well has nobody.
            forgotten.formUnion(before.subtracting(devices[device.index]?.written ?? []))
            restored.insert(device.index)
            forgetHeld(by: device.index)
        }
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
            for key in Array(devices[device.index]?.held.keys ?? [:].keys) { try checkConfirmed(key, reader.confirmed(key), device) }
            try settle(device, reader)
        }
        try checkView(of: device, rows: [], in: store)
    }

    func backedUp(_ device: DeviceNode) { backups[device.index] = devices[device.index] ?? DeviceTruth() }

    func cloned(_ device: DeviceNode, as clone: DeviceNode) {
        devices[clone.index] = backups[device.index] ?? DeviceTruth()
        restored.formUnion([device.index, clone.index])
        forgetHeld(by: device.index)
    }

    /// What was compared so far was not the end.
    func forgetDigests() { digests = [:] }

    /// A comparison is of one point, whatever goes on meanwhile: it finds nothing at any time.
    func compared(_ device: DeviceNode, _ report: DigestReport) {
        digests[device.index] = report
        if report.isEqual { return }
        violation(of: "compared", """
            \(device.name) holds \(report.rows) rows with \(report.cells) cells at \(report.at), and the hub has \
            \(report.hubRows) with \(report.hubCells) for it; their digests differ.
            """)
    }

    /// What both keep count of is the same at the end of every catch-up, and what the device's rows amount to.
    func held(_ device: DeviceNode, _ report: HeldReport) throws {
        sums[device.index, default: 0] += 1
        guard report.isEqual else {
            return violation(of: "compared", """
                \(device.name) keeps count of \(report.rows) rows with \(report.cells) cells at \(report.at), and the hub of \
                \(report.hubRows) with \(report.hubCells) for it; their sums differ.
                """)
        }
        guard let store = device.store, let replica = device.driver?.replica else { return }
        let (kept, rows) = try store.read { (try $0.held, try replica.holdings(in: $0).held) }
        if kept != nil, kept != rows {
            violation(of: "compared", "\(device.name) keeps count of \(kept?.rows ?? 0) rows at \(report.at), and holds \(rows.rows), or others.")
        }
    }

    /// What the hub keeps count of is what its rows amount to.
    func checkSums(in store: any HubStore) throws {
        guard let comparison = try store.read({ try $0.compareSums() }) else {
            return violation(of: "compared", "The hub keeps no sums.")
        }
        if !comparison.isEqual {
            violation(of: "compared", "At \(comparison.at), \(comparison.differing) of \(comparison.cohorts) sums of the hub are not those of its rows, of rows in \(comparison.scopes).")
        }
    }

    /// The rows that a device's changeset writes; nil for any other.
    func rowsWritten(by identity: ChangesetID) -> [RowKey]? { seen[identity].map { Array($0.keys) } }

    // MARK: The end

    func truth(of device: Int) -> DeviceTruth { devices[device] ?? DeviceTruth() }
    func digest(of device: Int) -> DigestReport? { digests[device] }
}
