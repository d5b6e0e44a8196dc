import ReplicationCore
import WireProtocol

extension DeviceReplica {
    /// Goes over to a later schema of the hub's. What was written stays as it is, bytes and schema version; it is shown
    /// through the same lens by which the hub will take it. Confirmed rows are carried over, and fetched anew.
    ///
    /// - Throws: `DeviceError.otherSchema` if the schema tells nothing of this device's version.
    public mutating func adopt(_ schema: Schema, text: String, in store: any DeviceTransaction) throws {
        guard let lens = schema.history.lens(from: self.schema.version) else {
            throw DeviceError(.otherSchema, "The hub's schema, version \(schema.version), tells nothing of version \(self.schema.version), which this device has. Enrol the device again; its work is kept.")
        }
        var identity = identity
        identity.schemaText = text
        var progress = progress
        // A cursor speaks of what was sent in the former version's form.
        progress.cursor = []
        progress.isCarriedOver = true
        let overlaid = try store.overlaid()
        try store.adopt(schema, text: text, through: lens)
        try store.save(progress)
        var next = try DeviceReplica(from: store, schema: schema)
        next.identity = identity
        next.generator = generator
        let rows = Set(overlaid).union(next.pending.rows).filter { schema.collection($0.collection) != nil }
        try next.refresh(rows, in: store)
        _ = try next.refreshDerived(from: rows, affected: [], in: store)
        try next.storeSettled(in: store)
        self = next
    }

    /// An own changeset in operations of the schema that the device has now, over what it shows so far.
    func meant(
        _ changeset: DecodedChangeset, at dot: Dot, in store: any DeviceReader
    ) throws -> DecodedChangeset {
        if changeset.header.schemaVersion == schema.version { return changeset }
        return try changeset.meant(in: schema, at: dot) { try view($0, confirmed: store.confirmed($0), store: store) }
    }
}

extension DecodedChangeset {
    /// An own changeset in operations of the schema that the device has now, over what it shows.
    ///
    /// - Parameter view: rows as they were shown before the changeset.
    func meant(
        in schema: Schema, at dot: Dot, view: @escaping (RowKey) throws -> RowState?
    ) throws -> DecodedChangeset {
        try ChangesetTranslator.translate(
            self, dot: dot, head: CommitSequence(epoch: .max, number: .max), schema: schema
        ) { ShownPast(key: $0, view: view) } ?? self
    }
}

/// A device knows of the past what it shows: its own writes are in it.
private struct ShownPast: RowPast {
    let key: RowKey
    let view: (RowKey) throws -> RowState?

    var row: RowState? { get throws { try view(key) } }
    func row(at sequence: CommitSequence) throws -> RowState? { try row }
    func writes(after sequence: CommitSequence, on groups: Set<UInt32>) throws -> [PastWrite] { [] }
}

extension DeviceDriver {
    /// Adopts the hub's schema, all of it in one transaction. One that cannot be taken is left: the hub serves this
    /// device's own version.
    mutating func take(_ offer: WireSchemaOffer) throws {
        guard let parse, offer.version > replica.schema.version, offer.version != declinedSchema else { return }
        do {
            let schema = try parse(offer.schema)
            guard schema.version == offer.version else {
                throw DeviceError(.malformed, "The hub offers schema version \(offer.version) and sends version \(schema.version).")
            }
            try change { try $0.adopt(schema, text: offer.schema, in: $1) }
            effects.append(.event(.schemaUpdated(schema.version)))
            effects.append(.touched(Set(schema.collections.map(\.number))))
            session?.adopted()
        } catch where !(error is DeviceStoreError) {
            declinedSchema = offer.version
            effects.append(.event(.schemaDeclined(offer.version, reason: "\(error)")))
        }
    }
}
