import ReplicationCore
import WireProtocol

/// The hub was restored from a backup: what it has lost and this device holds is handed in.
extension DeviceReplica {
    /// Takes back what the hub's receipts said of a time that it has lost. The changesets become unanswered again, at
    /// the end of the stream, and keep those receipts to hand in; none of them comes back into the view, where their
    /// confirmed states stand.
    mutating func recall(_ ended: EndedEpochs, in store: any DeviceTransaction) throws {
        guard ended != self.ended else { return }
        self.ended = ended
        try store.save(ended)
        for epoch in 1..<max(ended.epoch, 1) {
            let kept = ended.kept.first { $0.epoch == epoch } ?? CommitSequence(epoch: epoch, number: 0)
            while case let page = try store.answered(after: kept, limit: DeviceLimits.loadPageEntries), !page.isEmpty {
                for entry in page { try recall(entry, in: store) }
            }
        }
        try store.save(progress)
        let generator = generator
        self = try DeviceReplica(from: store, schema: schema)
        self.generator = generator
    }

    private mutating func recall(_ entry: OutboxEntry, in store: any DeviceTransaction) throws {
        guard let receipt = entry.receipt else { return }
        try store.put(formerReceipt: receipt, of: entry.identity, at: entry.sequence)
        progress.lastCounter += 1
        var recalled = entry
        recalled.receipt = nil
        recalled.sequence = .zero
        recalled.dot = Dot(site: progress.site, counter: progress.lastCounter)
        recalled.predecessor = progress.lastRoot
        progress.lastRoot = entry.root
        try store.put(recalled)
    }

    /// What is held of cells whose state the hub has lost, as one message.
    ///
    /// - Parameter after: the last row that was looked at; nil at the beginning.
    /// - Returns: the message, and the last row looked at; nil there if there are no more.
    func lostCells(after: RowKey?, in store: any DeviceReader) throws -> (collections: [WireCollectionChanges], last: RowKey?) {
        var collections: [WireCollectionChanges] = []
        var bytes = 0
        for collection in schema.collections where collection.number >= after?.collection ?? 0 {
            var part = WireCollectionChanges()
            part.collection = collection.number
            var last = collection.number == after?.collection ? after?.row : nil
            while true {
                let page = try store.confirmedRows(of: collection.number, after: last, limit: DeviceLimits.digestPageRows)
                for row in page {
                    last = row.key.row
                    var lost = row
                    lost.cells.removeAll { !ended.isLost($0.sequence) }
                    if lost.cells.isEmpty { continue }
                    let change = RowChangeCodec.encode(lost, in: collection)
                    bytes += change.clock.count + lost.weight
                    part.rows.append(change)
                    if bytes >= ProtocolLimits.uploadTargetBytes {
                        return (collections + [part], RowKey(collection: collection.number, row: row.key.row))
                    }
                }
                if page.count < DeviceLimits.digestPageRows { break }
            }
            if !part.rows.isEmpty { collections.append(part) }
        }
        return (collections, nil)
    }

    /// Everything is handed in: from here on the device is in the hub's epoch, and is sent everything anew.
    public mutating func enter(epoch: UInt32, in store: any DeviceTransaction) throws {
        progress.epoch = max(progress.epoch, epoch)
        progress.cursor = []
        try store.save(progress)
    }
}
