import ReplicationCore
import WireProtocol

/// What the hub said of one changeset.
public struct AppliedVerdict: Sendable, Equatable {
    public let receipt: Receipt
    public let refused: [RefusedOperation]
    /// The rows whose view may have changed.
    public let rows: Set<RowKey>
    /// The changeset had none before; otherwise what had waited was judged again.
    public let isFirst: Bool
}

extension DeviceReplica {
    /// Keeps receipts beside their changesets, puts refused operations into quarantine, and lets the rest
    /// go on. A later receipt says what became of refused operations that had waited. One for a changeset
    /// that was dropped, or has it already, changes nothing.
    public mutating func apply(
        verdicts receipts: [WireReceipt], in store: any DeviceTransaction
    ) throws -> [AppliedVerdict] {
        var applied: [AppliedVerdict] = []
        for wire in receipts {
            if let verdict = try apply(wire, in: store) { applied.append(verdict) }
        }
        try storeSettled(in: store)
        return applied
    }

    private mutating func apply(_ wire: WireReceipt, in store: any DeviceTransaction) throws -> AppliedVerdict? {
        let receipt = try ReceiptCodec.decode(wire)
        guard var entry = try store.outboxEntry(receipt.identity),
            entry.receipt == nil || receipt.sequence > entry.sequence
        else { return nil }
        let isFirst = entry.receipt == nil
        guard entry.root == receipt.root else {
            throw DeviceError(.malformed, "The hub's receipt for changeset \(receipt.identity.short) is for other content.")
        }
        entry.receipt = try wire.serializedBytes()
        entry.sequence = receipt.sequence
        // A repeated first verdict names the place under which the hub took the changeset.
        entry.dot = receipt.dot
        let changeset = try ChangesetCodec.decode(entry.changeset)
        // The data may have come before the verdict and taken everything from the view.
        entry.isSettled = !pending.holds(receipt.identity)
        try store.put(entry)
        let latest = receipt.verdicts.map(\.effective).max() ?? .zero
        progress.clock = max(progress.clock, latest)

        let keys = Set(changeset.operations.map(\.key))
        let targets = pending.answer(receipt, on: keys)
        let refused = try quarantine(changeset, receipt, isFirst: isFirst, in: store)
        if isFirst { try settleMended(by: changeset, receipt.verdicts, in: store) }
        try refresh(keys, in: store)
        var affected: Set<RowKey> = []
        for target in targets {
            try settle(target, in: store)
            if let row = try row(of: target, store) { affected.insert(row) }
        }
        let derived = try refreshDerived(from: keys, affected: affected, in: store)
        return AppliedVerdict(receipt: receipt, refused: refused, rows: keys.union(derived), isFirst: isFirst)
    }

    /// Takes notice of a session that was opened.
    public mutating func apply(_ welcome: WireWelcome, in store: any DeviceTransaction) throws {
        progress.role = welcome.role
        progress.epoch = max(progress.epoch, welcome.epoch)
        progress.scopes = welcome.scopes
        if welcome.hasSafe {
            progress.safe = welcome.safe.core
            try store.dropEntries(upTo: progress.safe)
        }
        try store.save(progress)
    }

    /// Takes a new site after a fork. The changesets without receipt are numbered from 1, with their
    /// predecessors anew; their bytes stay.
    public mutating func adopt(site: Site, in store: any DeviceTransaction) throws {
        guard site != progress.site else { return }
        progress.site = site
        progress.lastCounter = 0
        progress.lastRoot = []
        var dots: [ChangesetID: Dot] = [:]
        for var entry in try store.unanswered() {
            progress.lastCounter += 1
            entry.dot = Dot(site: site, counter: progress.lastCounter)
            entry.predecessor = progress.lastRoot
            progress.lastRoot = entry.root
            dots[entry.identity] = entry.dot
            try store.put(entry)
        }
        pending.renumber(dots)
        try store.save(progress)
    }

    /// Keeps a measurement of the hub's clock if it is better than the one at hand.
    public mutating func note(_ estimate: HubClockEstimate, at now: DeviceInstant, in store: any DeviceTransaction) throws -> Bool {
        guard estimate.better(than: progress.hubClock, at: now) else { return false }
        progress.hubClock = estimate
        try store.save(progress)
        return true
    }
}
