import ReplicationCore
import ReplicationEngine
import WireProtocol

/// A device's store with a planted bug; everything else goes through.
struct PlantedDeviceStore: DeviceStore {
    private let base: any DeviceStore
    private let bug: PlantedBug

    init(_ base: any DeviceStore, bug: PlantedBug) {
        self.base = base
        self.bug = bug
    }

    var schema: Schema? { base.schema }

    func write<Result>(_ body: (any DeviceTransaction) throws -> Result) throws -> Result {
        try base.write { try body(PlantedDeviceTransaction(base: $0, bug: bug)) }
    }

    func read<Result>(_ body: (any DeviceReader) throws -> Result) throws -> Result { try base.read(body) }
    func query(_ sql: String, _ arguments: [Value]) throws -> [StoredRow] { try base.query(sql, arguments) }
    func collections(readBy sql: String) throws -> Set<String> { try base.collections(readBy: sql) }
    func scrub() throws { try base.scrub() }
    func close() throws { try base.close() }
}

private struct PlantedDeviceTransaction: DeviceTransaction {
    let base: any DeviceTransaction
    let bug: PlantedBug

    func put(_ key: RowKey, view: RowState?, confirmed: RowState?) throws {
        try base.put(key, view: bug == .vanishingWrite && confirmed != nil ? confirmed : view, confirmed: confirmed)
    }

    func insert(_ row: UncontestedRow) throws -> Bool { try base.insert(row) }

    func put(_ entry: OutboxEntry) throws {
        if bug == .forgottenOutbox, entry.receipt == nil, entry.position % 5 == 0 { return }
        var entry = entry
        if bug == .keptOwnWork, let held = try base.outboxEntry(entry.identity) { entry.changeset = held.changeset }
        try base.put(entry)
    }

    func put(_ refused: RefusedOperation) throws {
        if bug == .lostRefusal { return }
        try base.put(refused)
    }

    var enrolmentKey: [UInt8]? { get throws { try base.enrolmentKey } }
    func save(enrolmentKey: [UInt8]?) throws { try base.save(enrolmentKey: enrolmentKey) }
    func enrol(_ identity: DeviceIdentity, schema: Schema) throws { try base.enrol(identity, schema: schema) }
    func adopt(_ schema: Schema, text: String, through lens: SchemaLens) throws {
        try base.adopt(schema, text: text, through: lens)
    }
    func save(verified milliseconds: UInt64) throws { try base.save(verified: milliseconds) }
    func save(held: HeldSum?) throws { try base.save(held: held) }
    var held: HeldSum? { get throws { try base.held } }
    var verified: UInt64? { get throws { try base.verified } }
    func save(_ progress: DeviceProgress) throws { try base.save(progress) }
    func save(lastErasure: ChangesetID) throws { try base.save(lastErasure: lastErasure) }
    func markAllStale() throws { try base.markAllStale() }
    func unmarkStale(_ key: RowKey) throws { try base.unmarkStale(key) }
    func stale(limit: Int) throws -> [RowKey] { try base.stale(limit: limit) }
    func dropEntries(upTo sequence: CommitSequence) throws {
        try base.dropEntries(upTo: bug == .droppedTooSoon ? max(sequence, try base.progress.basis) : sequence)
    }
    func removeRefusals(of identity: ChangesetID) throws { try base.removeRefusals(of: identity) }

    var lastErasure: ChangesetID? { get throws { try base.lastErasure } }
    func outbox(after position: UInt64, limit: Int) throws -> [OutboxEntry] { try base.outbox(after: position, limit: limit) }
    var identity: DeviceIdentity? { get throws { try base.identity } }
    var progress: DeviceProgress { get throws { try base.progress } }
    func confirmed(_ key: RowKey) throws -> RowState? { try base.confirmed(key) }
    func visible(_ key: RowKey) throws -> RowState? { try base.visible(key) }
    func rows(of collection: UInt32, where fields: [(name: String, value: Value)], limit: Int) throws -> [RowID] {
        try base.rows(of: collection, where: fields, limit: limit)
    }
    func confirmedRows(of collection: UInt32, after: RowID?, upTo: RowID?, limit: Int) throws -> [ConfirmedRow] {
        try base.confirmedRows(of: collection, after: after, upTo: upTo, limit: limit)
    }
    func outboxEntry(_ identity: ChangesetID) throws -> OutboxEntry? { try base.outboxEntry(identity) }
    func outboxEntry(at dot: Dot) throws -> OutboxEntry? { try base.outboxEntry(at: dot) }
    func overlaid() throws -> [RowKey] { try base.overlaid() }
    func unsettled(after position: UInt64, limit: Int) throws -> [OutboxEntry] {
        try base.unsettled(after: position, limit: limit)
    }
    func uploads(of site: Site, from counter: UInt64, beyond: UInt64, bytes: Int) throws -> [OutboxEntry] {
        try base.uploads(of: site, from: counter, beyond: beyond, bytes: bytes)
    }
    func firstUnanswered(of site: Site) throws -> UInt64? { try base.firstUnanswered(of: site) }
    func unansweredCount() throws -> Int { try base.unansweredCount() }
    func unanswered() throws -> [OutboxEntry] { try base.unanswered() }
    func answered(after sequence: CommitSequence, limit: Int) throws -> [OutboxEntry] {
        try base.answered(after: sequence, limit: limit)
    }
    var endedEpochs: EndedEpochs { get throws { try base.endedEpochs } }
    func save(_ ended: EndedEpochs) throws { try base.save(ended) }
    func put(formerReceipt receipt: [UInt8], of identity: ChangesetID, at sequence: CommitSequence) throws {
        try base.put(formerReceipt: receipt, of: identity, at: sequence)
    }
    func refusals() throws -> [RefusedOperation] { try base.refusals() }
    func blob(_ hash: BlobHash) throws -> HeldBlob? { try base.blob(hash) }
    func blobsToHandIn(limit: Int) throws -> [BlobName] { try base.blobsToHandIn(limit: limit) }
    func missingBlobs(thumbnailsOnly: Bool, limit: Int) throws -> [BlobName] {
        try base.missingBlobs(thumbnailsOnly: thumbnailsOnly, limit: limit)
    }
    func isNamed(_ blob: BlobName) throws -> Bool { try base.isNamed(blob) }
    func blobs(namedBy key: RowKey) throws -> [BlobName] { try base.blobs(namedBy: key) }
    func unnamedBlobs(limit: Int) throws -> [HeldBlob] { try base.unnamedBlobs(limit: limit) }
    func put(_ blob: HeldBlob) throws { try base.put(blob) }
    func removeBlob(_ hash: BlobHash) throws { try base.removeBlob(hash) }
    func forgetHandedIn() throws { try base.forgetHandedIn() }
    func sealed(of key: RowKey) throws -> [SealedForm] { try base.sealed(of: key) }
    func sealed(after place: UInt64, bytes: Int) throws -> [SealedForm] { try base.sealed(after: place, bytes: bytes) }
    func append(_ form: SealedForm) throws { try base.append(form) }
    func removeSealed(at place: UInt64) throws { try base.removeSealed(at: place) }
    func removeSealed(of key: RowKey) throws { try base.removeSealed(of: key) }
    func removeSealed(after: CommitSequence, upTo last: CommitSequence) throws { try base.removeSealed(after: after, upTo: last) }
    func moveSealed(after: CommitSequence, upTo last: CommitSequence, to sequence: CommitSequence) throws {
        try base.moveSealed(after: after, upTo: last, to: sequence)
    }
}
