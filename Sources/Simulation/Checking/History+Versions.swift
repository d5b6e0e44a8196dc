import ReplicationCore
import ReplicationEngine
import WireProtocol

/// Devices of earlier schema versions, as the checkers see them: in the hub's cells.
///
/// What an older app wrote bears on the cells that its columns have gone to. What its writer had been shown of them is
/// what the device held of the cells that they come from, by the sequence of those. Where the two versions have one
/// cell in common, the device's own is compared as any other's; of others, what the device shows is left to the digest.
extension History {
    /// The accepted writes of a changeset of an earlier version.
    func writes(
        of changeset: DecodedChangeset, through lens: SchemaLens, _ entry: LogEntry, _ reader: any HubReader
    ) throws -> [LoggedWrite] {
        let verdicts = try ReceiptCodec.decode(WireReceipt(serializedBytes: entry.receipt)).verdicts
        // What was taken in again after a restore keeps its former place in its stream.
        let former = try reader.adopted(entry.identity)?.receipt
        let dot = try former.map { try ReceiptCodec.decode(WireReceipt(serializedBytes: $0)).dot } ?? entry.dot
        for verdict in verdicts where !verdict.isAccepted {
            refusedAtHub.insert(entry.identity)
            figures.refusals += 1
        }
        var writes: [LoggedWrite] = []
        var taken: [RowKey: Set<Part>] = [:]
        for var operation in aimed(changeset, through: lens) {
            let verdict = Int(operation.position) < verdicts.count ? verdicts[Int(operation.position)] : nil
            guard let verdict, verdict.isAccepted, taken[operation.key, default: []].insert(operation.part).inserted else { continue }
            if hubLens == nil, case .set = operation.action {
                // What it put there takes the row's past to tell; the state has it.
                guard let values = try values(of: entry, operation.key, operation.part, reader) else { continue }
                operation.action = .set(values)
            }
            writes.append(LoggedWrite(
                identity: entry.identity, isHubs: false, operation: operation, rank: verdict.rank, effective: verdict.effective,
                dot: dot))
        }
        for key in newRowsOfOlderApp(changeset) where taken[key]?.contains(.liveness) == true {
            for group in defaults(of: key, in: changeset) {
                let part = Part(group: group)
                guard taken[key]?.contains(part) != true,
                    let values = hubLens == nil ? try values(of: entry, key, part, reader) : []
                else { continue }
                writes.append(LoggedWrite(
                    identity: entry.identity, isHubs: false,
                    operation: CellOperation(position: 0, key: key, part: part, action: .set(values), context: Context()),
                    rank: 0, effective: verdicts.first?.effective ?? .zero, dot: dot))
            }
        }
        return writes
    }

    /// What was written with an earlier version, in the last one's cells: without the values of those that it did not have.
    func aimed(_ changeset: DecodedChangeset, through lens: SchemaLens) -> [CellOperation] {
        changeset.aimed(at: schema).operations.map { operation in
            var operation = operation
            if case .set = operation.action, lens.lens(of: operation.key.collection)?.isKept(operation.part.group) == false {
                operation.action = .set([])
            }
            return operation
        }
    }

    private func values(
        of entry: LogEntry, _ key: RowKey, _ part: Part, _ reader: any HubReader
    ) throws -> [Value]? {
        try CellHistory(reader: reader, schema: schema).state(of: part, key: key, at: entry.sequence)?
            .siblings.first { $0.write.identity == entry.identity }?.values
    }

    /// The rows that a changeset of an earlier version makes.
    func newRowsOfOlderApp(_ changeset: DecodedChangeset) -> [RowKey] {
        guard schema.history.lens(from: changeset.header.schemaVersion) != nil else { return [] }
        return changeset.operations.filter { $0.action == .create }.map(\.key)
    }

    /// The groups that later versions give to a new row.
    func defaults(of key: RowKey, in changeset: DecodedChangeset) -> [UInt32] {
        let lens = schema.history.lens(from: changeset.header.schemaVersion)?.lens(of: key.collection)
        return lens?.defaults.keys.sorted() ?? []
    }

    /// What a device holds of a row, by the hub's parts.
    func confirmed(
        _ key: RowKey, of device: DeviceNode, _ reader: any DeviceReader, parts: [Part]
    ) throws -> RowState? {
        guard let row = try reader.confirmed(key) else { return nil }
        guard let lens = lens(of: device, key) else { return row }
        let cells = parts.compactMap { part -> CellState? in
            if part.group == 0 { return row[part] }
            // All of them are on the screen: the latest says up to where.
            let origins = lens.origins(of: part.group).sorted().compactMap { row[Part(group: $0, element: part.element)] }
            guard var cell = origins.max(by: { $0.sequence < $1.sequence }) else { return nil }
            cell.part = part
            return cell
        }
        return RowState(key: key, cells: cells.sorted { $0.part < $1.part })
    }

    /// What the contexts of an earlier version say for sure of a cell that is made of several of its own: each tells of the cell that it
    /// is of, and the hub goes by the lowest. Nil where the versions have the cell in common, and the context tells all.
    func surelyShown(
        of operation: CellOperation, to device: DeviceNode, in changeset: DecodedChangeset, _ reader: any DeviceReader
    ) throws -> Set<ChangesetID>? {
        guard let lens = schema.history.lens(from: changeset.header.schemaVersion)?.lens(of: operation.key.collection),
            operation.part.group != 0, !lens.isKept(operation.part.group)
        else { return nil }
        // Of what was carried over nobody can tell the parts.
        guard device.driver?.replica.schema.version == changeset.header.schemaVersion else { return [] }
        let row = try reader.confirmed(operation.key)
        let written = changeset.operations.filter {
            $0.key == operation.key && lens.targets(of: $0.part.group).contains(operation.part.group)
        }
        let lowest = written.map { row?[$0.part]?.sequence ?? .zero }.min() ?? .zero
        return cell(operation.part, of: operation.key, inTimeOf: lowest)?.shown(at: lowest) ?? []
    }

    /// True if the device's cell is the hub's.
    func isSame(_ part: Part, on device: DeviceNode, of key: RowKey) -> Bool {
        guard let lens = lens(of: device, key) else { return true }
        return part.group == 0 || lens.isKept(part.group)
    }

    func isSame(_ cell: CellState, on device: DeviceNode, of key: RowKey, in row: RowState) -> Bool {
        guard lens(of: device, key) != nil else { return true }
        // The liveness cell of a row with a deletion changes with its row.
        if cell.part.group == 0 {
            return !row.isDeleted && cell.siblings.allSatisfy { $0.content == .alive && !isDeletion($0.write.identity, of: key) }
        }
        return isSame(cell.part, on: device, of: key)
    }

    /// True of a deletion, also where an earlier version sees its row alive because of something that it does not know.
    private func isDeletion(_ identity: ChangesetID, of key: RowKey) -> Bool {
        everAccepted(in: .liveness, of: key).contains { write in
            if write.identity == identity, case .delete = write.action { true } else { false }
        }
    }

    private func lens(of device: DeviceNode, _ key: RowKey) -> CollectionLens? {
        guard let version = device.driver?.replica.schema.version else { return nil }
        return schema.history.lens(from: version)?.lens(of: key.collection)
    }
}
