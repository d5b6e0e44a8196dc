import ReplicationCore
import WireProtocol

extension ChangeEncoder {
    /// A row as a device of the earlier version holds it, with the collection that it knows; nil if that version has no
    /// such rows, or the role may see nothing of it.
    func older(
        _ row: RowState, in collection: ReplicationCore.Collection, role: UInt32
    ) -> (row: RowState, collection: ReplicationCore.Collection)? {
        guard let lens, let older = lens.older.collection(row.key.collection) else { return nil }
        var readable = row
        if !schema.mayReadWhole(role, collection) {
            readable.cells = row.cells.filter { schema.mayRead(role, $0.part.group, of: collection) }
        }
        var result = readable
        if let steps = lens.lens(of: row.key.collection) {
            result = steps.down(readable, changed: row.sequence)
            // A cell that is made of several is for those who may read all of them.
            result.cells.removeAll { cell in
                cell.part.group != 0
                    && !steps.sources(of: cell.part.group).allSatisfy { schema.mayRead(role, $0, of: collection) }
            }
        }
        if collection.name == "conflict" {
            guard let conflict = ConflictLens(schema: schema, lens: lens).down(result, from: row, collection, older) else { return nil }
            result = conflict
        }
        return (result, older)
    }

    /// As `change`, for devices of the earlier version.
    func olderChange(
        of row: RowState, in collection: ReplicationCore.Collection, role: UInt32, after: CommitSequence?
    ) -> WireRowChange? {
        guard let sent = self.older(row, in: collection, role: role) else { return nil }
        var visible = sent.row
        if let after {
            visible.cells.removeAll { $0.sequence <= after }
            if visible.cells.isEmpty { return nil }
        }
        var change = RowChangeCodec.encode(visible, in: sent.collection)
        change.whole = after == nil
        return sealed(change, of: visible)
    }
}

extension Hub {
    /// Writes for devices of a schema version what has just been committed.
    ///
    /// - Parameter safe: what every backup holds; nil if none is offered.
    func encoder(for version: UInt32, safe: CommitSequence?) -> ChangeEncoder {
        var encoder = version == schema.version ? encoder : ChangeEncoder(schema: schema, version: version)
        encoder.sealing = safe.map { RowSealing(seal: rowSeal, safe: $0) }
        return encoder
    }

    /// Gives the present schema to a device that has an earlier one and says that it takes it. The device goes on as it
    /// is, or adopts it and comes again.
    mutating func offerSchema(to connection: ConnectionID, _ greeting: Greeting) {
        guard let maximum = greeting.schemaMaximum, greeting.schemaVersion < schema.version, schema.version <= maximum,
            identity.schemaText.utf8.count <= ProtocolLimits.schemaBytes
        else { return }
        var offer = WireSchemaOffer()
        offer.version = schema.version
        offer.schema = identity.schemaText
        send(.schemaOffer(offer), to: connection)
    }
}
