import ReplicationCore
import ReplicationEngine
import WireProtocol

/// Holds what a run came to against its twin. Everything has to be equal but places: sites and counters, and what
/// only they decide.
struct TwinComparison {
    let schema: Schema
    private(set) var differences: [String] = []

    init(schema: Schema) { self.schema = schema }

    /// A cell without the places of its writes.
    private struct PlainCell: Equatable {
        struct PlainSibling: Equatable {
            let author: RowID
            let role: UInt32
            let rank: UInt32
            let effective: HybridTime
            let sequence: CommitSequence
            let content: Sibling.Content
        }

        let sequence: CommitSequence
        let siblings: [ChangesetID: PlainSibling]
        let sum: Int64?
        let shown: ChangesetID?

        init(_ cell: CellState, _ policy: Policy) {
            sequence = cell.sequence
            siblings = Dictionary(
                cell.siblings.map { sibling in
                    let write = sibling.write
                    return (write.identity, PlainSibling(
                        author: write.author, role: write.role, rank: write.rank, effective: write.effective,
                        sequence: write.sequence, content: sibling.content))
                }, uniquingKeysWith: { first, _ in first })
            sum = cell.tally?.sum
            let shown = Shown.sibling(of: cell, policy: policy)?.write
            // Of two of one moment the place decides, and places differ.
            let rivals = cell.siblings.filter { $0.write.effective == shown?.effective }
            self.shown = rivals.count > 1 ? nil : shown?.identity
        }
    }

    mutating func compareHubs(_ store: any HubStore, _ twin: any HubStore) throws {
        let (entries, head) = try store.read { reader in
            let head = try reader.head
            return (try (0..<head.number).compactMap { try reader.entry(at: CommitSequence(epoch: head.epoch, number: $0 + 1)) }, head)
        }
        let twinHead = try twin.read { try $0.head }
        if head != twinHead { differences.append("The hub is at \(head), its twin at \(twinHead).") }
        try twin.read { twin in
            for entry in entries { try compare(entry, try twin.entry(at: entry.sequence)) }
            for key in Set(entries.flatMap { $0.touched.map(\.key) }).sorted() {
                compare(try store.read { try $0.row(key) }, try twin.row(key), key, "the hub")
            }
        }
        try compareQuarantines(store, twin)
    }

    private mutating func compare(_ entry: LogEntry, _ twin: LogEntry?) throws {
        guard let twin, twin.identity == entry.identity, twin.root == entry.root || entry.dot.site == 0 else {
            differences.append("At \(entry.sequence) stands \(entry.identity), in the twin \(twin?.identity.description ?? "nothing").")
            return
        }
        guard !entry.receipt.isEmpty else { return }
        let verdicts = try ReceiptCodec.decode(WireReceipt(serializedBytes: entry.receipt)).verdicts
        let twinVerdicts = try ReceiptCodec.decode(WireReceipt(serializedBytes: twin.receipt)).verdicts
        if verdicts != twinVerdicts {
            differences.append("Changeset \(entry.identity) got \(verdicts), in the twin \(twinVerdicts).")
        }
    }

    private mutating func compareQuarantines(_ store: any HubStore, _ twin: any HubStore) throws {
        func names(_ store: any HubStore) throws -> Set<String> {
            Set(try store.read { try $0.quarantined(limit: .max) }.map {
                "\($0.identity) \($0.position) \($0.refusal.rule) \($0.awaits.map { "\($0)" } ?? "")"
            })
        }
        let own = try names(store), other = try names(twin)
        for name in own.symmetricDifference(other).sorted() {
            differences.append("In quarantine on one side only: \(name).")
        }
    }

    /// What two devices show: the same rows, with the same in their cells.
    mutating func compareDevices(_ store: any DeviceStore, _ twin: any DeviceStore, _ name: String) throws {
        for collection in schema.collections {
            let own = try rows(of: collection, store), other = try rows(of: collection, twin)
            for key in Set(own.keys).union(other.keys).sorted() { compare(own[key], other[key], key, name) }
        }
    }

    private func rows(of collection: ReplicationCore.Collection, _ store: any DeviceStore) throws -> [RowKey: RowState] {
        try store.read { reader in
            let ids = try reader.rows(of: collection.number, where: [], limit: .max)
            var rows: [RowKey: RowState] = [:]
            for id in ids {
                let key = RowKey(collection: collection.number, row: id)
                rows[key] = try reader.visible(key)
            }
            return rows
        }
    }

    private mutating func compare(_ row: RowState?, _ twin: RowState?, _ key: RowKey, _ holder: String) {
        guard let collection = schema.collection(key.collection) else { return }
        func plain(_ row: RowState?) -> [Part: PlainCell] {
            Dictionary(
                (row?.cells ?? []).map { ($0.part, PlainCell($0, collection.policy(of: $0.part))) },
                uniquingKeysWith: { first, _ in first })
        }
        let own = plain(row), other = plain(twin)
        if (row == nil) != (twin == nil) {
            differences.append("Row \(key) is there for \(holder) \(row == nil ? "only in the twin" : "and not in the twin").")
            return
        }
        for part in Set(own.keys).union(other.keys).sorted() where own[part] != other[part] {
            differences.append("Cell \(part) of \(key) at \(holder) is \(own[part].map { "\($0)" } ?? "nothing"), in the twin \(other[part].map { "\($0)" } ?? "nothing").")
        }
    }
}
