import ReplicationCore
import WireProtocol

/// All states that a row has had, in the form of the present schema: its log folded forward, with what earlier
/// versions wrote translated on the way, each write by the states before it.
struct RowTimeline {
    let key: RowKey
    /// For each part, its states by rising sequence.
    private var states: [Part: [CellState]] = [:]
    private var writes: [PastWrite] = []
    /// Writes that were taken in with one state of a cell after a restore stand beside each other.
    private var salvaged: [Part: [CommitSequence: Set<ChangesetID>]] = [:]
    /// What each entry's operations on the row are now.
    private(set) var operations: [CommitSequence: [CellOperation]] = [:]

    init(of key: RowKey, upTo sequence: CommitSequence, _ history: CellHistory, planned: [LogEntry]) throws {
        self.key = key
        for entry in try history.entries(touching: key, upTo: sequence, planned) { try take(entry, history, planned) }
    }

    private mutating func take(_ entry: LogEntry, _ history: CellHistory, _ planned: [LogEntry]) throws {
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
        let verdicts = entry.receipt.isEmpty ? nil : try ReceiptCodec.decode(WireReceipt(serializedBytes: entry.receipt)).verdicts
        if entry.dot.site != 0 {
            writes.append(PastWrite(
                identity: entry.identity, dot: entry.dot, sequence: entry.sequence,
                schemaVersion: changeset.header.schemaVersion,
                operations: raw.filter { verdicts?.at($0.position)?.isAccepted ?? true }))
        }
        let policies = history.schema.collection(key.collection)
        for operation in meant {
            guard let past = try history.incoming(operation, among: meant, changeset.header, entry, planned), !past.isAlreadySeen
            else { continue }
            let write = past.incoming
            let part = operation.part
            var beside: Set<ChangesetID> = []
            if entry.dot.site == 0, changeset.header.salvages != nil {
                beside = salvaged[part]?[write.context.sequence] ?? []
                salvaged[part, default: [:]][write.context.sequence, default: []].insert(write.write.identity)
            }
            let state = Merge.apply(
                write, to: states[part]?.last, part: part, policy: policies?.policy(of: part) ?? .lastWriter, beside: beside
            ).state
            if state != states[part]?.last { states[part, default: []].append(state) }
        }
    }

    /// A cell as it was right after the commit at a sequence.
    func state(of part: Part, at sequence: CommitSequence) -> CellState? {
        states[part]?.last { $0.sequence <= sequence }
    }
}

extension RowTimeline: RowPast {
    var row: RowState? { get throws { try row(at: CommitSequence(epoch: .max, number: .max)) } }

    func row(at sequence: CommitSequence) throws -> RowState? {
        let cells = states.keys.compactMap { state(of: $0, at: sequence) }
        return cells.isEmpty ? nil : RowState(key: key, cells: cells.sorted { $0.part < $1.part })
    }

    func writes(after sequence: CommitSequence) -> [PastWrite] { writes.filter { $0.sequence > sequence } }
}

extension [Verdict] {
    func at(_ position: UInt32) -> Verdict? { Int(position) < count ? self[Int(position)] : nil }
}
