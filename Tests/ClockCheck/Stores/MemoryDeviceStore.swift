import ReplicationCore
import ReplicationEngine
import Synchronization
import WireProtocol

/// A device's store in dictionaries, whose whole state can be kept and put back.
final class MemoryDeviceStore: DeviceStore {
    private let content: Mutex<MemoryDeviceState>

    init(_ state: MemoryDeviceState) { content = Mutex(state) }

    var state: MemoryDeviceState {
        get { content.withLock { $0 } }
        set { content.withLock { $0 = newValue } }
    }

    var schema: Schema? { state.schema }

    func write<Result>(_ body: (any DeviceTransaction) throws -> Result) throws -> Result {
        let transaction = MemoryDeviceTransaction(state)
        let result = try body(transaction)
        state = transaction.state
        return result
    }

    func read<Result>(_ body: (any DeviceReader) throws -> Result) throws -> Result {
        try body(MemoryDeviceTransaction(state))
    }

    func query(_ sql: String, _ arguments: [Value]) throws -> [StoredRow] {
        throw DeviceStoreError(.query, "This store has no SQL.")
    }

    func collections(readBy sql: String) throws -> Set<String> { throw DeviceStoreError(.query, "This store has no SQL.") }
    func scrub() throws {}
    func close() throws {}
}

struct MemoryDeviceState: Sendable {
    var schema: Schema?
    var enrolmentKey: [UInt8]?
    var identity: DeviceIdentity?
    var progress = DeviceProgress()
    var rows: [RowKey: Row] = [:]
    var stale: Set<RowKey> = []
    /// By position.
    var outbox: [UInt64: OutboxEntry] = [:]
    var refused: [RefusedOperation] = []

    struct Row: Hashable, Sendable {
        var view: RowState?
        var confirmed: RowState?
    }
}

private final class MemoryDeviceTransaction: DeviceTransaction {
    var state: MemoryDeviceState

    init(_ state: MemoryDeviceState) { self.state = state }

    var identity: DeviceIdentity? { state.identity }
    var progress: DeviceProgress { state.progress }
    func confirmed(_ key: RowKey) -> RowState? { state.rows[key]?.confirmed }
    func visible(_ key: RowKey) -> RowState? { state.rows[key]?.view }

    func rows(of collection: UInt32, where fields: [(name: String, value: Value)], limit: Int) -> [RowID] {
        guard let kind = state.schema?.collection(collection) else { return [] }
        let found = state.rows.values.compactMap(\.view).filter { row in
            row.key.collection == collection
                && fields.allSatisfy { row.shownValue(of: $0.name, in: kind) ?? .null == $0.value }
        }
        return Array(found.map(\.key.row).sorted().prefix(limit))
    }

    func confirmedRows(of collection: UInt32, after: RowID?, upTo: RowID?, limit: Int) -> [ConfirmedRow] {
        let found = state.rows.values.compactMap(\.confirmed).filter { row in
            row.key.collection == collection && after.map { row.key.row > $0 } ?? true && upTo.map { row.key.row <= $0 } ?? true
        }
        return found.sorted { $0.key < $1.key }.prefix(limit).map { ConfirmedRow(key: $0.key, state: $0) }
    }

    // The clocks' world does not compare itself.
    var verified: UInt64? { nil }
    var held: HeldSum? { nil }
    func save(held: HeldSum?) {}
    func save(verified milliseconds: UInt64) {}

    func adopt(_ schema: Schema, text: String, through lens: SchemaLens) {
        state.schema = schema
        state.identity?.schemaText = text
        let rows = state.rows
        state.rows = [:]
        for (key, row) in rows where schema.collection(key.collection) != nil {
            guard let confirmed = row.confirmed else { continue }
            let carried = lens.lens(of: key.collection)?.up(confirmed) ?? confirmed
            state.rows[key] = MemoryDeviceState.Row(view: carried, confirmed: carried)
        }
    }

    // MARK: Outbox

    private var entries: [OutboxEntry] { state.outbox.values.sorted { $0.position < $1.position } }

    func outboxEntry(_ identity: ChangesetID) -> OutboxEntry? { state.outbox.values.first { $0.identity == identity } }

    func outboxEntry(at dot: Dot) -> OutboxEntry? { state.outbox.values.first { $0.dot == dot } }
    func overlaid() -> [RowKey] { state.rows.filter { $0.value.view != $0.value.confirmed }.keys.sorted() }

    // Nothing is erased in the clocks' world.
    var lastErasure: ChangesetID? { nil }
    func save(lastErasure: ChangesetID) {}

    func outbox(after position: UInt64, limit: Int) -> [OutboxEntry] {
        Array(entries.filter { $0.position > position }.prefix(limit))
    }

    func unsettled(after position: UInt64, limit: Int) -> [OutboxEntry] {
        Array(entries.filter { !$0.isSettled && $0.position > position }.prefix(limit))
    }

    func uploads(of site: Site, from counter: UInt64, beyond: UInt64, bytes: Int) -> [OutboxEntry] {
        var left = bytes
        var uploads: [OutboxEntry] = []
        for entry in unansweredOrBeyond(beyond, of: site) where entry.dot.counter >= counter {
            left -= entry.changeset.count
            if !uploads.isEmpty, left < 0 { break }
            uploads.append(entry)
        }
        return uploads
    }

    private func unansweredOrBeyond(_ beyond: UInt64, of site: Site) -> [OutboxEntry] {
        entries.filter { $0.dot.site == site && ($0.receipt == nil || $0.dot.counter > beyond) }
            .sorted { $0.dot.counter < $1.dot.counter }
    }

    func firstUnanswered(of site: Site) -> UInt64? {
        entries.filter { $0.dot.site == site && $0.receipt == nil }.map(\.dot.counter).min()
    }

    func unansweredCount() -> Int { unanswered().count }
    func unanswered() -> [OutboxEntry] { entries.filter { $0.receipt == nil } }
    func answered(after sequence: CommitSequence, limit: Int) -> [OutboxEntry] {
        Array(entries.filter { $0.receipt != nil && $0.sequence.epoch == sequence.epoch && $0.sequence > sequence }.prefix(limit))
    }
    func refusals() -> [RefusedOperation] { state.refused }

    // There are no blobs in the clocks' world.
    func blob(_ hash: BlobHash) -> HeldBlob? { nil }
    func blobsToHandIn(limit: Int) -> [BlobName] { [] }
    func missingBlobs(thumbnailsOnly: Bool, limit: Int) -> [BlobName] { [] }
    func isNamed(_ blob: BlobName) -> Bool { false }
    func blobs(namedBy key: RowKey) -> [BlobName] { [] }
    func unnamedBlobs(limit: Int) -> [HeldBlob] { [] }
    func put(_ blob: HeldBlob) {}
    func removeBlob(_ hash: BlobHash) {}
    func forgetHandedIn() {}

    // Nothing is lost in the clocks' world, so nothing is sealed.
    func sealed(of key: RowKey) -> [SealedForm] { [] }
    func sealed(after place: UInt64, bytes: Int) -> [SealedForm] { [] }
    func append(_ form: SealedForm) {}
    func removeSealed(at place: UInt64) {}
    func removeSealed(of key: RowKey) {}
    func removeSealed(after: CommitSequence, upTo: CommitSequence) {}
    func moveSealed(after: CommitSequence, upTo: CommitSequence, to sequence: CommitSequence) {}

    // MARK: Writing

    var enrolmentKey: [UInt8]? { state.enrolmentKey }
    func save(enrolmentKey: [UInt8]?) { state.enrolmentKey = enrolmentKey }

    func enrol(_ identity: DeviceIdentity, schema: Schema) {
        state.identity = identity
        state.schema = schema
    }

    func save(_ progress: DeviceProgress) { state.progress = progress }
    // No hub is restored in the clocks' world.
    var endedEpochs: EndedEpochs { EndedEpochs() }
    func save(_ ended: EndedEpochs) {}
    func put(formerReceipt receipt: [UInt8], of identity: ChangesetID, at sequence: CommitSequence) {}

    /// Every row goes the general way here.
    func insert(_ row: UncontestedRow) -> Bool { false }

    func put(_ key: RowKey, view: RowState?, confirmed: RowState?) {
        state.rows[key] = view == nil && confirmed == nil ? nil : .init(view: view, confirmed: confirmed)
    }

    func markAllStale() { state.stale = Set(state.rows.filter { $0.value.confirmed != nil }.keys) }
    func unmarkStale(_ key: RowKey) { state.stale.remove(key) }
    func stale(limit: Int) -> [RowKey] { Array(state.stale.sorted().prefix(limit)) }
    func put(_ entry: OutboxEntry) { state.outbox[entry.position] = entry }

    func dropEntries(upTo sequence: CommitSequence) {
        state.outbox = state.outbox.filter { _, entry in
            !(entry.receipt != nil && entry.isSettled && entry.sequence <= sequence)
                || state.refused.contains { $0.identity == entry.identity }
        }
    }

    func put(_ refused: RefusedOperation) { state.refused.append(refused) }
    func removeRefusals(of identity: ChangesetID) { state.refused.removeAll { $0.identity == identity } }
}
