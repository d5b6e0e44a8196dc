import ReplicationCore
import WireProtocol

/// The hub was restored from a backup: what it has lost and this device wrote is handed in. What others wrote:
/// see `DeviceReplica+Sealed.swift`.
extension DeviceReplica {
    /// Takes back what the hub's receipts said of a time that it has lost. The changesets become unanswered again, at
    /// the end of the stream, and keep those receipts to hand in; none of them comes back into the view, where their
    /// confirmed states stand.
    mutating func recall(_ ended: EndedEpochs, in store: any DeviceTransaction) throws {
        guard ended != self.ended else { return }
        self.ended = ended
        try store.save(ended)
        for kept in ended.lastKept {
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

    /// Everything is handed in: from here on the device is in the hub's epoch, and is sent everything anew.
    public mutating func enter(epoch: UInt32, in store: any DeviceTransaction) throws {
        progress.epoch = max(progress.epoch, epoch)
        progress.cursor = []
        try store.save(progress)
    }
}
