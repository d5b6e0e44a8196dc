import ReplicationCore
import WireProtocol

/// All states that a row has had, in the form of the present schema: its log folded forward, with what earlier
/// versions wrote translated on the way, each write by the states before it.
struct RowTimeline {
    let key: RowKey
    /// For each part, its states by rising sequence.
    private var states: [Part: [CellState]] = [:]
    /// What these were made of.
    private var merged: [Part: [MergedWrite]] = [:]
    private var writes: [PastWrite] = []
    /// Writes that were taken in with one state of a cell after a restore stand beside each other.
    private var salvaged: [Part: [CommitSequence: Set<ChangesetID>]] = [:]
    /// What each entry's operations on the row are now.
    private(set) var operations: [CommitSequence: [CellOperation]] = [:]
    private let hub: HubIdentity
    private let collection: ReplicationCore.Collection?

    private struct MergedWrite {
        let incoming: IncomingWrite
        let beside: Set<ChangesetID>
        /// A state of lost time had it.
        let isSalvaged: Bool

        /// Where it was in the cell by a sequence of a time that the hub has lost; nil if it was not. What gives way there was gone by the
        /// place that says so.
        func place(by sequence: CommitSequence) -> CommitSequence? {
            let seen = incoming.context.sequence
            let isToldOfThen = incoming.action == .remove && incoming.write.dot.site == 0 && seen.epoch == sequence.epoch
            let place = isToldOfThen ? seen : incoming.write.place(in: sequence.epoch) ?? incoming.write.sequence
            return place <= sequence ? place : nil
        }
    }

    init(of key: RowKey, upTo sequence: CommitSequence, _ history: CellHistory, planned: CommitPlan) throws {
        self.key = key
        hub = try history.reader.hub
        collection = history.schema.collection(key.collection)
        for entry in try history.entries(touching: key, upTo: sequence, planned) { try take(entry, history, planned) }
    }

    private mutating func take(_ entry: LogEntry, _ history: CellHistory, _ planned: CommitPlan) throws {
        let changeset = try ChangesetCodec.decode(entry.changeset)
        let raw = changeset.operations.filter { $0.key == key }
        var meant = raw
        if let lens = history.schema.history.lens(from: changeset.header.schemaVersion), lens.concerns(key.collection) {
            let before = CommitSequence(epoch: entry.sequence.epoch, number: entry.sequence.number - 1)
            var translator = ChangesetTranslator(
                schema: history.schema, lens: lens, header: changeset.header, dot: entry.dot, head: before)
            try translator.take(raw[...], of: key, self)
            meant = translator.operations
        }
        operations[entry.sequence] = meant
        var places: [UInt32: PastWrite.Place] = [:]
        for operation in meant {
            guard let past = try history.incoming(operation, among: meant, changeset.header, entry, planned) else { continue }
            let write = past.incoming
            let part = operation.part
            places[part.group] = PastWrite.Place(sequence: entry.sequence, former: write.write.former)
            var beside: Set<ChangesetID> = []
            let isSalvaged = entry.dot.site == 0 && changeset.header.salvages != nil
            if isSalvaged {
                beside = salvaged[part]?[write.context.sequence] ?? []
                salvaged[part, default: [:]][write.context.sequence, default: []].insert(write.write.identity)
            }
            merged[part, default: []].append(MergedWrite(incoming: write, beside: beside, isSalvaged: isSalvaged))
            if past.isAlreadySeen { continue }
            let state = apply(write, to: states[part]?.last, part, beside)
            if state != states[part]?.last { states[part, default: []].append(state) }
        }
        if var written = try written(by: entry, changeset.header, raw, meant, history, planned) {
            written.places = places
            writes.append(written)
        }
    }

    /// What a device wrote of the row that an entry took in: its changeset, or what had waited of an earlier one.
    private func written(
        by entry: LogEntry, _ header: ChangesetHeader, _ raw: [CellOperation], _ meant: [CellOperation], _ history: CellHistory,
        _ planned: CommitPlan
    ) throws -> PastWrite? {
        guard entry.dot.site == 0 else {
            let verdicts = entry.receipt.isEmpty ? nil : try ReceiptCodec.decode(WireReceipt(serializedBytes: entry.receipt)).verdicts
            return PastWrite(
                identity: entry.identity, dot: entry.dot, sequence: entry.sequence, schemaVersion: header.schemaVersion,
                operations: raw.filter { verdicts?.at($0.position)?.isAccepted ?? true })
        }
        guard let origin = try header.releases.flatMap({ try history.entry(of: $0, planned) }) else { return nil }
        let original = try ChangesetCodec.decode(origin.changeset)
        let parts = Set(meant.map(\.part))
        let released = Set(original.aimed(at: history.schema).operations.filter { $0.key == key && parts.contains($0.part) }.map(\.position))
        let refused = PastWrite.Place(
            sequence: origin.sequence, former: planned.adopted(origin.identity, over: try history.reader.adopted(origin.identity))?.former)
        return PastWrite(
            identity: origin.identity, dot: origin.dot, sequence: entry.sequence, refused: refused,
            schemaVersion: original.header.schemaVersion,
            operations: original.operations.filter { $0.key == key && released.contains($0.position) })
    }

    private func apply(_ write: IncomingWrite, to state: CellState?, _ part: Part, _ beside: Set<ChangesetID>) -> CellState {
        Merge.apply(write, to: state, part: part, policy: collection?.policy(of: part) ?? .lastWriter, beside: beside).state
    }

    /// A cell as it was right after the commit at a sequence.
    func state(of part: Part, at sequence: CommitSequence) -> CellState? {
        states[part]?.last { $0.sequence <= sequence }
    }
}

extension RowTimeline: RowPast {
    var row: RowState? { get throws { try row(at: CommitSequence(epoch: .max, number: .max)) } }

    func row(at sequence: CommitSequence) throws -> RowState? {
        let isLost = hub.isLost(sequence)
        // Of a cell of which nothing has come back of that time, what there is now: else a write would empty the columns that it left alone.
        let cells = states.keys.compactMap { part in
            isLost ? lostState(of: part, at: sequence) ?? states[part]?.last : state(of: part, at: sequence)
        }
        return cells.isEmpty ? nil : RowState(key: key, cells: cells.sorted { $0.part < $1.part })
    }

    /// A cell as it was at a place that the hub has lost, as far as that has come back.
    private func lostState(of part: Part, at sequence: CommitSequence) -> CellState? {
        var state: CellState?
        let stood = (merged[part] ?? []).enumerated().compactMap { index, write in
            write.place(by: sequence).map { (place: $0, index: index, write: write) }
        }
        for (_, _, write) in stood.sorted(by: { ($0.place, $0.index) < ($1.place, $1.index) }) {
            // What a state had is what it was; what a changeset of an earlier version means depends on what had come back by then.
            if write.isSalvaged { state?.siblings.removeAll { $0.write.identity == write.incoming.write.identity } }
            state = apply(write.incoming, to: state, part, write.beside)
        }
        return state
    }

    func writes(after sequence: CommitSequence, on groups: Set<UInt32>) -> [PastWrite] {
        writes.filter { !$0.stood(by: sequence, on: groups) }
    }
}

extension [Verdict] {
    func at(_ position: UInt32) -> Verdict? { Int(position) < count ? self[Int(position)] : nil }
}
