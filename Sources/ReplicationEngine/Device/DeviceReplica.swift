import ReplicationCore
import WireProtocol

/// A device's replica: what it holds, and what follows from what happens to it.
///
/// A value without I/O: every change is made in a transaction of the store that is passed in, and the
/// copy in memory changes with it. Should a transaction fail, load the replica from the store again.
public struct DeviceReplica: Sendable {
    public let schema: Schema
    public internal(set) var identity: DeviceIdentity
    public internal(set) var progress: DeviceProgress
    public internal(set) var pending = PendingWrites()
    /// What the hub has lost by being restored.
    public internal(set) var ended: EndedEpochs
    /// Changesets in the outbox that could not be read when the store was opened, and are left out.
    public private(set) var damaged: [ChangesetID] = []
    /// The last erasure that was carried out here.
    public internal(set) var lastErasure: ChangesetID?
    var generator = IdentifierGenerator()
    let derivations: DerivationReader

    /// Reads the replica from its store.
    public init(from store: any DeviceReader, schema: Schema) throws {
        guard let identity = try store.identity else {
            throw DeviceError(.notEnrolled, "This device is not enrolled. Enrol it with a code from an administrator.")
        }
        self.schema = schema
        self.identity = identity
        progress = try store.progress
        lastErasure = try store.lastErasure
        ended = try store.endedEpochs
        derivations = DerivationReader(schema: schema)
        var position: UInt64 = 0
        while true {
            let page = try store.unsettled(after: position, limit: DeviceLimits.loadPageEntries)
            for entry in page {
                position = entry.position
                do {
                    let changeset = try ChangesetCodec.decode(entry.changeset)
                    let receipt = try entry.decodedReceipt()?.covering(changeset)
                    let own = try meant(changeset, at: entry.dot, in: store)
                    pending.insert(
                        own, dot: entry.dot, receipt: receipt, departed: entry.departed,
                        isRenumbered: entry.isRenumbered, reader: derivations)
                } catch {
                    damaged.append(entry.identity)
                }
            }
            if page.count < DeviceLimits.loadPageEntries { break }
        }
        try settleLoaded(store)
    }

    /// Begins a local transaction. Its reads and its commit must happen in the same store transaction.
    public func begin(
        in store: any DeviceReader, at now: DeviceInstant, random: some RandomNumberGenerator
    ) -> LocalTransaction {
        // Ids made in a transaction that fails are never used: the generator may run on.
        var generator = generator
        var random = random
        return LocalTransaction(schema: schema, role: progress.role, store: store, pending: pending) {
            generator.next(milliseconds: now.wall, random: &random)
        }
    }

    /// Renders a row with what is pending, derived groups included.
    func view(_ key: RowKey, confirmed: RowState?, store: any DeviceReader) throws -> RowState? {
        guard let collection = schema.collection(key.collection) else { return confirmed }
        return DeviceView.render(
            key, confirmed: confirmed, own: pending.operations(on: key),
            inputs: try inputs(of: key, confirmed: confirmed, collection, store), in: collection)
    }

    /// Lets the confirmed state speak, renders the row and stores both.
    mutating func refresh(_ key: RowKey, confirmed: RowState?, in store: any DeviceTransaction) throws {
        if pending.isEmpty { return try store.put(key, view: confirmed, confirmed: confirmed) }
        settle(key, confirmed: confirmed)
        try store.put(key, view: try view(key, confirmed: confirmed, store: store), confirmed: confirmed)
    }

    mutating func refresh(_ keys: some Sequence<RowKey>, in store: any DeviceTransaction) throws {
        for key in keys { try refresh(key, confirmed: try store.confirmed(key), in: store) }
    }

    mutating func settle(_ key: RowKey, confirmed: RowState?) {
        guard let collection = schema.collection(key.collection) else { return }
        let role = progress.role
        pending.settle(key, confirmed: confirmed, basis: progress.basis) {
            schema.mayRead(role, $0, of: collection)
        }
        guard let confirmed, pending.hasInputs else { return }
        for group in collection.groups {
            guard case .derived(let derivation) = group.policy else { continue }
            let target = derivations.target(group, derivation, of: confirmed, in: collection)
            pending.settle(target, cell: confirmed[Part(group: group.number)], basis: progress.basis)
        }
    }

    /// Lets go of contributions that the hub's value of a derived cell speaks for, or that the device is complete
    /// beyond: it may not hold the cell.
    mutating func settle(_ target: DerivedTarget, in store: any DeviceReader) throws {
        let confirmed = try row(of: target, store).flatMap { try store.confirmed($0) }
        pending.settle(target, cell: confirmed?[Part(group: target.group)], basis: progress.basis)
    }

    /// Notes in the outbox what has left the view, so that it does not come back with the next start: the state that
    /// spoke for it may be gone by then.
    mutating func storeSettled(in store: any DeviceTransaction) throws {
        for (identity, departure) in pending.takeDepartures() {
            guard var entry = try store.outboxEntry(identity), !entry.isSettled else { continue }
            entry.isSettled = departure.isLast
            entry.departed = departure.isLast ? [] : departure.positions.union(entry.departed).sorted()
            try store.put(entry)
        }
        try store.save(progress)
    }

    private mutating func settleLoaded(_ store: any DeviceReader) throws {
        for key in Array(pending.rows) {
            do {
                settle(key, confirmed: try store.confirmed(key))
            } catch let error as DeviceStoreError where error.code == .corrupt {
                // The row's damage is mended with the next session; until then its writes stay in the view.
            }
        }
        for target in Array(pending.targets) { try settle(target, in: store) }
        for key in Array(pending.rows) {
            for row in try derivedRows(affectedBy: key, store) { try chain(from: row, store) }
        }
    }
}

extension OutboxEntry {
    /// The verdicts; nil while the hub has not answered.
    func decodedReceipt() throws -> Receipt? {
        guard let receipt else { return nil }
        do {
            return try ReceiptCodec.decode(WireReceipt(serializedBytes: receipt))
        } catch {
            throw DeviceError(.malformed, "A stored receipt cannot be read: \(error)")
        }
    }

    /// The verdicts that the hub gave last and has lost; nil if it has lost none.
    func latestFormerReceipt() throws -> Receipt? {
        do {
            return try formerReceipts.last.map { try ReceiptCodec.decode($0) }
        } catch {
            throw DeviceError(.malformed, "A stored receipt cannot be read: \(error)")
        }
    }
}
