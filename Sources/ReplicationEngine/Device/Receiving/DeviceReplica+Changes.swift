import ReplicationCore
import WireProtocol

/// What messages with changes did.
public struct AppliedChanges: Sendable, Equatable {
    /// The collections of rows whose view may have changed.
    public var collections: Set<UInt32> = []
    /// These rows, as far as own work pends that may follow from them.
    var rows: Set<RowKey> = []
    public var received = 0
    public var evicted = 0
    public var isLive = false
    /// The device is complete up to here; nil while it is catching up.
    public var complete: CommitSequence?
}

extension DeviceReplica {
    /// The same, of a message that is taken apart already.
    public mutating func apply(_ changes: WireChanges, in store: any DeviceTransaction) throws -> AppliedChanges {
        try apply([ReceivedChanges(changes)], in: store)
    }

    /// Takes in what the hub sent, in its order. Rows, cursor and basis become durable together.
    ///
    /// - Throws: `SumObstacle` if nothing of it can be taken now.
    public mutating func apply(_ messages: [ReceivedChanges], in store: any DeviceTransaction) throws -> AppliedChanges {
        var applied = AppliedChanges()
        for changes in messages { try take(changes, &applied, in: store) }
        applied.collections.formUnion(applied.rows.lazy.map(\.collection))
        try storeSettled(in: store)
        return applied
    }

    private mutating func take(_ changes: ReceivedChanges, _ applied: inout AppliedChanges, in store: any DeviceTransaction) throws {
        let header = changes.header
        applied.isLive = header.live
        applied.complete = nil
        // A repair is beside the stream: it comes when everything before it is here.
        if header.repair == 0 { progress.cursor = Array(header.cursor) }
        if header.restart {
            progress.isRestarting = true
            try store.markAllStale()
        }
        if header.hasComplete {
            let complete = try header.complete.core()
            applied.complete = complete
            // A basis is a claim that only grows.
            progress.basis = max(progress.basis, complete)
        }
        for part in changes.collections {
            guard let collection = schema.collection(part.collection) else {
                throw DeviceError(.malformed, "The hub sent rows of collection \(part.collection), which this schema does not have.")
            }
            try apply(part, of: changes, collection, &applied, in: store)
        }
        if applied.complete != nil, progress.isRestarting { try evictStale(&applied, in: store) }
        if !pending.isEmpty {
            applied.rows.formUnion(try sweep(in: store))
            if pending.hasInputs {
                applied.rows.formUnion(try refreshDerived(from: applied.rows, affected: [], in: store))
            }
        }
    }

    private mutating func apply(
        _ part: ReceivedChanges.Part, of changes: ReceivedChanges, _ collection: Collection, _ applied: inout AppliedChanges,
        in store: any DeviceTransaction
    ) throws {
        // What is held of a row that is repaired may be unreadable, and is replaced whatever it is.
        let isRepair = changes.header.repair != 0
        var reader = UncontestedRow(of: collection)
        if !part.rows.isEmpty { applied.collections.insert(collection.number) }
        try changes.withBytes { bytes in
            for range in part.rows {
                if !isRepair, pending.isEmpty, reader.read(UnsafeRawBufferPointer(rebasing: bytes[range])), try store.insert(reader) {
                    progress.clock = max(progress.clock, reader.clock.latestEffective)
                } else {
                    let row = try changes.row(at: range)
                    let key = try rowKey(part.collection, row.row)
                    try apply(row, key, collection, isRepair: isRepair, in: store)
                    if !pending.isEmpty { applied.rows.insert(key) }
                }
                applied.received += 1
            }
            for range in part.evicted {
                try evict(try rowKey(part.collection, bytes[range]), &applied, in: store)
            }
        }
    }

    /// Own pending edits of the row stay in the outbox, and in the view until the hub has judged them.
    private mutating func evict(_ key: RowKey, _ applied: inout AppliedChanges, in store: any DeviceTransaction) throws {
        if progress.isRestarting { try store.unmarkStale(key) }
        try refresh(key, confirmed: nil, in: store)
        // Nothing of it stays, also not as it came.
        try store.removeSealed(of: key)
        applied.collections.insert(key.collection)
        if !pending.isEmpty { applied.rows.insert(key) }
        applied.evicted += 1
    }

    /// Catch-up from nothing has ended: what was not sent again is in no scope any more.
    private mutating func evictStale(_ applied: inout AppliedChanges, in store: any DeviceTransaction) throws {
        while case let keys = try store.stale(limit: DeviceLimits.pageRows), !keys.isEmpty {
            for key in keys { try evict(key, &applied, in: store) }
        }
        progress.isRestarting = false
        progress.isCarriedOver = false
        try noteHandedIn(in: store)
    }

    private mutating func apply(
        _ change: WireRowChange, _ key: RowKey, _ collection: Collection, isRepair: Bool, in store: any DeviceTransaction
    ) throws {
        let incoming = try RowChangeCodec.decode(change, key: key, in: collection)
        // What is written next is later than what is shown now, also where the wall clock is years behind.
        for cell in incoming.cells {
            for sibling in cell.siblings { progress.clock = max(progress.clock, sibling.write.effective) }
        }
        // What is held of a row that is repaired counts for nothing, and may be unreadable.
        let held = isRepair && change.whole ? nil : try store.confirmed(key)
        if progress.isRestarting { try store.unmarkStale(key) }
        // A carried row is what the hub said in another form; what comes in this one is the hub's own.
        let confirmed = progress.isCarriedOver && change.whole
            ? incoming : merged(incoming, over: held, isWhole: change.whole)
        try checkSums(of: incoming, confirmed: confirmed, over: held, collection)
        try refresh(key, confirmed: confirmed, in: store)
        try keepSealed(change, incoming, confirmed: confirmed, in: store)
    }

    /// A state with a higher sequence replaces the held one; an older one, arriving late, is ignored. One of the same
    /// sequence is the same, or the same in the form of another schema version, in which it counts. One that the hub
    /// has lost was handed in, and gives way to whatever the hub has now.
    private func merged(_ incoming: RowState, over held: RowState?, isWhole: Bool) -> RowState {
        guard let held else { return incoming }
        var row = isWhole ? RowState(key: held.key) : held
        for cell in incoming.cells {
            if let known = held[cell.part], known.sequence > cell.sequence, !ended.isLost(known.sequence) {
                row[cell.part] = known
            } else {
                row[cell.part] = cell
            }
        }
        return row
    }

    /// Lets go of answered writes that the basis has passed, or whose rows are held no longer.
    private mutating func sweep(in store: any DeviceTransaction) throws -> Set<RowKey> {
        var rows: Set<RowKey> = []
        for key in pending.answeredRows {
            let before = pending.operations(on: key)
            let confirmed = try store.confirmed(key)
            settle(key, confirmed: confirmed)
            guard pending.operations(on: key) != before else { continue }
            try store.put(key, view: try view(key, confirmed: confirmed, store: store), confirmed: confirmed)
            rows.insert(key)
        }
        for target in pending.answeredTargets {
            let before = pending.inputs(for: target)
            try settle(target, in: store)
            guard pending.inputs(for: target) != before, let key = try row(of: target, store) else { continue }
            try refresh([key], in: store)
            rows.insert(key)
        }
        return rows
    }

    private func rowKey(_ collection: UInt32, _ bytes: some Swift.Collection<UInt8>) throws -> RowKey {
        guard let row = RowID(bytes: bytes) else { throw DeviceError(.malformed, "The hub sent a row id that has not 16 bytes.") }
        return RowKey(collection: collection, row: row)
    }
}
