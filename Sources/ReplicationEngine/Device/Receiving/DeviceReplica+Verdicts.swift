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
        var receipt = try ReceiptCodec.decode(wire)
        guard var entry = try entry(for: receipt, in: store), entry.receipt == nil || receipt.sequence > entry.sequence
        else { return nil }
        let isFirst = entry.receipt == nil
        receipt.identity = entry.identity
        entry.receipt = try wire.serializedBytes()
        entry.sequence = receipt.sequence
        // A repeated first verdict names the place under which the hub took the changeset.
        entry.dot = receipt.dot
        let latest = receipt.verdicts.map(\.effective).max() ?? .zero
        progress.clock = max(progress.clock, latest)

        guard let changeset = try readable(entry, judgedBy: receipt) else {
            return try answerDamaged(&entry, receipt, isFirst: isFirst, in: store)
        }
        receipt = try receipt.covering(changeset)
        // The data may have come before the verdict and taken everything from the view.
        entry.isSettled = !pending.holds(receipt.identity)
        try entry.erase(changeset.rows(erasedBy: receipt))
        try store.put(entry)
        let keys = Set(changeset.operations.map(\.key))
        let targets = pending.answer(receipt, on: keys)
        let isNew = isFirst && entry.formerReceipts.isEmpty
        let refused = try quarantine(changeset, receipt, after: try entry.latestFormerReceipt(), isFirst: isNew, in: store)
        if isNew { try settleMended(by: changeset, receipt.verdicts, in: store) }
        try refresh(keys, in: store)
        var affected: Set<RowKey> = []
        for target in targets {
            try settle(target, in: store)
            if let row = try row(of: target, store) { affected.insert(row) }
        }
        let derived = try refreshDerived(from: keys, affected: affected, in: store)
        return AppliedVerdict(receipt: receipt, refused: refused, rows: keys.union(derived), isFirst: isFirst)
    }

    /// The entry that a receipt is for. Bytes that the hub could not read have no identity there: they are known by
    /// their place, and are ours if they are the same bytes.
    private func entry(for receipt: Receipt, in store: any DeviceReader) throws -> OutboxEntry? {
        if let known = try store.outboxEntry(receipt.identity) { return known }
        guard receipt.isOfUnreadable, let entry = try store.outboxEntry(at: receipt.dot),
            ContentHash.of(entry.changeset) == receipt.root
        else { return nil }
        return entry
    }

    /// What the entry says; nil if its bytes are damaged.
    /// - Throws: if the receipt is for anything else.
    private func readable(_ entry: OutboxEntry, judgedBy receipt: Receipt) throws -> DecodedChangeset? {
        do throws(WireError) {
            let changeset = try ChangesetCodec.decode(entry.changeset)
            // The bytes that are here count: a disk may have changed what was noted of them, or them.
            if changeset.root == receipt.root || receipt.isOfUnreadable { return changeset }
        } catch {
            if receipt.isOfUnreadable { return nil }
        }
        if entry.root == receipt.root { return nil }
        throw DeviceError(.malformed, "The hub's receipt for changeset \(receipt.identity.short) is for other content.")
    }

    /// Takes the verdicts on a changeset of which nobody here can tell the operations any more.
    private mutating func answerDamaged(
        _ entry: inout OutboxEntry, _ receipt: Receipt, isFirst: Bool, in store: any DeviceTransaction
    ) throws -> AppliedVerdict {
        entry.isSettled = true
        try store.put(entry)
        // It was put there when the store was opened. The hub may have got the changeset while it was whole.
        try store.removeRefusals(of: entry.identity)
        var refused: [RefusedOperation] = []
        for (position, verdict) in receipt.verdicts.enumerated() {
            guard case .refused(let refusal) = verdict.outcome else { continue }
            var operation = RefusedOperation(damaged: entry.identity)
            operation.position = UInt32(position)
            operation.refusal = refusal
            operation.remedy = refusal.rule.remedy
            try store.put(operation)
            refused.append(operation)
        }
        var rows = pending.withdraw(entry.identity)
        // What the changeset made of its rows may stand in the tables since before it was damaged.
        rows.formUnion(try store.overlaid())
        try refresh(rows, in: store)
        rows.formUnion(try refreshDerived(from: rows, affected: [], in: store))
        return AppliedVerdict(receipt: receipt, refused: refused, rows: rows, isFirst: isFirst)
    }

    /// Takes notice of a session that was opened.
    public mutating func apply(_ welcome: WireWelcome, in store: any DeviceTransaction) throws {
        if welcome.epoch > progress.epoch { try recall(EndedEpochs(epoch: welcome.epoch, welcome.kept), in: store) }
        progress.role = welcome.role
        progress.scopes = welcome.scopes
        if welcome.hasSafe {
            progress.safe = try welcome.safe.core()
            try store.dropEntries(upTo: progress.safe)
            try dropSafeForms(in: store)
        }
        try store.save(progress)
    }

    /// Takes a new site, and notice of what the hub has lost if that is why.
    public mutating func apply(_ fork: WireFork, in store: any DeviceTransaction) throws {
        if fork.epoch > progress.epoch { try recall(EndedEpochs(epoch: fork.epoch, fork.kept), in: store) }
        try adopt(site: fork.site, in: store)
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
            entry.isRenumbered = true
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

extension Receipt {
    /// The hub could make nothing of the bytes.
    var isOfUnreadable: Bool {
        guard verdicts.count == 1, case .refused(let refusal) = verdicts[0].outcome else { return false }
        return refusal.rule == .undecodable
    }

    /// Where rows were erased on one of the two sides only, they count operations differently.
    private func padded(to count: Int) -> Receipt {
        var receipt = self
        while receipt.verdicts.count < count {
            receipt.verdicts.append(Verdict(outcome: .refused(Refusal(.erased, "The row was erased from the changeset."))))
        }
        return receipt
    }

    /// The receipt with a verdict for each operation of its changeset.
    /// - Throws: if it speaks of another number of operations.
    func covering(_ changeset: DecodedChangeset) throws -> Receipt {
        if verdicts.count == changeset.operationCount { return self }
        if changeset.erasedRows > 0 { return padded(to: changeset.operationCount) }
        // Bytes that the hub cannot read have one verdict for all. So had, in receipts of earlier hubs, other
        // content under a known identity.
        guard verdicts.count == 1, case .refused(let refusal) = verdicts[0].outcome,
            refusal.rule == .undecodable || refusal.rule == .otherContent
        else {
            throw DeviceError(.malformed, "The hub's receipt for changeset \(identity.short) speaks of \(verdicts.count) operations; it has \(changeset.operationCount).")
        }
        var receipt = self
        receipt.verdicts = Array(repeating: verdicts[0], count: changeset.operationCount)
        return receipt
    }
}

extension RefusedOperation {
    /// Stands for a changeset of this device whose bytes can be read no more.
    init(damaged identity: ChangesetID) {
        self.init(
            identity: identity, position: 0, key: RowKey(collection: 0, row: .zero),
            refusal: Refusal(.undecodable, "The changeset is damaged in this device's store."),
            remedy: Refusal.Rule.undecodable.remedy)
    }
}
