import ReplicationCore
import WireProtocol

/// What carrying out erasures did.
public struct AppliedErasures: Sendable, Equatable {
    /// The rows whose view may have changed.
    public var rows: Set<RowKey> = []
    /// The last erasure that is carried out whole; nil if more of the first is still to come.
    public var last: ChangesetID?
}

extension DeviceReplica {
    /// Carries out erasures: the rows go, and so does what was written about them here, answered or not. What is left
    /// in the outbox is the erased form, which has the same root and travels like the whole one.
    public mutating func erase(_ message: WireErasures, in store: any DeviceTransaction) throws -> AppliedErasures {
        var applied = AppliedErasures()
        var keys: Set<RowKey> = []
        for erasure in message.erasures {
            let (identity, rows) = try erasure.core()
            keys.formUnion(rows)
            if !erasure.more { applied.last = identity }
        }
        let targets = pending.withdraw(keys)
        try eraseOutbox(keys, in: store)
        try forgetRefusals(of: keys, in: store)
        for key in keys.sorted() {
            let confirmed = try store.confirmed(key)
            let visible = try store.visible(key)
            if confirmed != nil || visible != nil { applied.rows.insert(key) }
            // The hub may have sent what is left of it already.
            let left = confirmed.flatMap { $0.isStripped ? $0 : nil }
            try store.put(key, view: left, confirmed: left)
            try store.removeSealed(of: key)
            if left == nil { try store.unmarkStale(key) }
        }
        var affected: Set<RowKey> = []
        for target in targets {
            if let row = try row(of: target, store) { affected.insert(row) }
        }
        applied.rows.formUnion(try refreshDerived(from: keys, affected: affected, in: store))
        try storeSettled(in: store)
        return applied
    }

    /// Notes that erasures up to here are carried out, and that nothing of them can be read in the store's files.
    mutating func finishErasures(upTo last: ChangesetID, in store: any DeviceTransaction) throws {
        lastErasure = last
        try store.save(lastErasure: last)
    }

    private func eraseOutbox(_ keys: Set<RowKey>, in store: any DeviceTransaction) throws {
        var position: UInt64 = 0
        while true {
            let page = try store.outbox(after: position, limit: DeviceLimits.loadPageEntries)
            for var entry in page {
                position = entry.position
                // Bytes that cannot be read any more are before the user already, and nobody can tell their rows.
                guard let rows = rows(in: entry), !keys.isDisjoint(with: rows) else { continue }
                try entry.erase(keys.intersection(rows))
                try store.put(entry)
            }
            if page.count < DeviceLimits.loadPageEntries { break }
        }
    }

    private func rows(in entry: OutboxEntry) -> Set<RowKey>? {
        do throws(WireError) {
            return Set(try ChangesetCodec.rows(in: entry.changeset))
        } catch {
            return nil
        }
    }

    private func forgetRefusals(of keys: Set<RowKey>, in store: any DeviceTransaction) throws {
        let refusals = try store.refusals()
        for identity in Set(refusals.filter { keys.contains($0.key) }.map(\.identity)) {
            try store.removeRefusals(of: identity)
            for kept in refusals where kept.identity == identity && !keys.contains(kept.key) { try store.put(kept) }
        }
    }
}

extension OutboxEntry {
    /// Takes rows out of the changeset. Its root stays.
    mutating func erase(_ rows: Set<RowKey>) throws(WireError) {
        if !rows.isEmpty { changeset = try ChangesetCodec.erase(rows: rows, from: changeset) }
    }
}

extension DecodedChangeset {
    /// The rows of which the hub says that they were erased.
    func rows(erasedBy receipt: Receipt) -> Set<RowKey> {
        Set(operations.lazy.filter { operation in
            guard case .refused(let refusal)? = receipt.verdict(at: operation.position)?.outcome else { return false }
            return refusal.rule == .erased
        }.map(\.key))
    }
}
