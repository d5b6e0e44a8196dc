import ReplicationCore
import ReplicationEngine

/// What must hold when everything has come to rest.
struct FinalChecks {
    let history: History
    let hub: HubNode
    let devices: [DeviceNode]
    let world: World

    func run() throws {
        for device in devices {
            guard let report = history.digest(of: device.index) else {
                history.violation(of: "quiet", "\(device.name) got no digest from the hub.")
                continue
            }
            world.trace("\(device.name) holds", report.sum)
            if history.sums[device.index] == nil, device.driver?.replica.schema.version == hub.schema.version {
                history.violation(of: "compared", "\(device.name) has caught up, and never got a sum from the hub.")
            }
        }
        guard let store = hub.store else {
            return history.violation(of: "defect", "The hub is not up at the end.")
        }
        try history.checkAcknowledged(in: store, isFinal: true)
        try history.checkSums(in: store)
        try history.compareAll(in: store)
        try checkRefusals(store)
        checkLosers()
        history.checkSalvage()
        try history.checkErased(at: store, devices)
        try checkDerivedSums(store)
    }

    /// What was refused, and not dealt with since, is in quarantine on both sides, and nothing else.
    private func checkRefusals(_ store: any HubStore) throws {
        let expected = history.quarantine.held.mapValues { Set($0.keys) }
        var atHub: [ChangesetID: Set<UInt32>] = [:]
        for operation in try store.read({ try $0.quarantined(limit: .max) }) { atHub[operation.identity, default: []].insert(operation.position) }
        compare(atHub, expected, Set(expected.keys).union(atHub.keys), "the hub")
        for device in devices {
            guard let store = device.store else { continue }
            var held: [ChangesetID: Set<UInt32>] = [:]
            for operation in try store.read({ try $0.refusals() }) { held[operation.identity, default: []].insert(operation.position) }
            let told = history.truth(of: device.index).refused
            // A restored device may not know what it once did about a refusal, nor a restored hub; none must be lost.
            if history.restored.contains(device.index) || history.hub != nil {
                for (identity, positions) in held {
                    let left = positions.intersection(expected[identity] ?? [])
                    held[identity] = left.isEmpty ? nil : left
                }
            }
            // Of these the hub may still have what the device has let go of.
            let letGo = history.quarantine.unheard.filter { held[$0] == nil }
            compare(held, expected.filter { !letGo.contains($0.key) }, told, device.name)
        }
    }

    private func compare(
        _ held: [ChangesetID: Set<UInt32>], _ expected: [ChangesetID: Set<UInt32>], _ identities: Set<ChangesetID>, _ holder: String
    ) {
        for identity in identities.sorted() where held[identity] != expected[identity] {
            history.violation(of: "refusals", """
                Of changeset \(identity), \((expected[identity] ?? []).sorted()) should be in quarantine at \(holder), and \
                \((held[identity] ?? []).sorted()) is.
                """)
        }
    }

    /// Each pair of concurrent writes with different values stands side by side, or is in a conflict.
    private func checkLosers() {
        guard let conflicts = history.schema.collection(named: "conflict"), conflicts.place(of: "theirs_write") != nil,
            conflicts.place(of: "yours_write") != nil
        else { return }
        var pairs: Set<[ChangesetID]> = []
        // Of many that had not seen each other, each is set against one at least.
        var sides: Set<ChangesetID> = []
        for key in history.cells.keys where key.collection == conflicts.number {
            guard let theirs = conflicts.place(of: "theirs_write"), let yours = conflicts.place(of: "yours_write") else { continue }
            // A conflict follows later writes of its cell: it has told of every pair that it ever named.
            for write in history.everAccepted(in: Part(group: conflicts.groups[theirs.group].number), of: key) {
                let pair = [theirs, yours].compactMap { write.values?[$0.column].bytes.flatMap { ChangesetID(bytes: $0) } }
                pairs.insert(pair.sorted())
                sides.formUnion(pair)
            }
        }
        for (key, parts) in history.cells.sorted(by: { $0.key < $1.key }) where key.collection != conflicts.number {
            guard let collection = history.schema.collection(key.collection) else { continue }
            for (part, cell) in parts.sorted(by: { $0.key < $1.key }) where leavesConflict(part, collection) {
                let isCrowded = cell.accepted.count > 4
                for clash in cell.clashes where !pairs.contains([clash.theirs, clash.yours].sorted()) {
                    if isCrowded, !sides.isDisjoint(with: [clash.theirs, clash.yours]) { continue }
                    history.violation(of: "losers", "Cell \(part) of \(key): \(clash.theirs.short) and \(clash.yours.short) had not seen each other, and no conflict tells of it.")
                }
            }
        }
    }

    private func leavesConflict(_ part: Part, _ collection: ReplicationCore.Collection) -> Bool {
        guard part != .liveness, part.element == nil else { return false }
        switch collection.policy(of: part) {
        case .lastWriter, .authority, .lattice, .keepBoth, .writeOnce: return true
        case .addWinsSet, .counter, .hubOnly, .derived: return false
        }
    }

    /// A derived sum is the sum of its ledger rows, or their number.
    private func checkDerivedSums(_ store: any HubStore) throws {
        for collection in history.schema.collections {
            for group in collection.groups {
                guard case .derived(let derivation) = group.policy, case .sum(let field) = derivation.rule,
                    let source = history.schema.collection(derivation.source), let place = source.place(of: field ?? source.groups[0].fields[0].name)
                else { continue }
                var expected: [RowKey: Int64] = [:]
                for (key, parts) in history.cells where key.collection == source.number {
                    guard let values = parts[Part(group: source.groups[place.group].number)]?.accepted.last?.values,
                        let amount = field == nil ? 1 : values[place.column].integer,
                        let target = target(of: parts, derivation, source, collection)
                    else { continue }
                    expected[target, default: 0] &+= amount
                }
                for (key, sum) in expected.sorted(by: { $0.key < $1.key }) {
                    let held = try store.read { try $0.row(key) }?[Part(group: group.number)]?.tally?.sum ?? 0
                    if held != sum {
                        history.violation(of: "sums", "\(group.name) of \(collection.name) \(key.row) is \(held); its rows of \(source.name) make \(sum).")
                    }
                }
            }
        }
    }

    /// The row that a ledger row counts for, where it names it by a reference.
    private func target(
        of parts: [Part: CellTruth], _ derivation: Derivation, _ source: ReplicationCore.Collection,
        _ collection: ReplicationCore.Collection
    ) -> RowKey? {
        guard case .reference(let field) = derivation.target, let place = source.place(of: field),
            let values = parts[Part(group: source.groups[place.group].number)]?.accepted.last?.values,
            let row = values[place.column].row
        else { return nil }
        return RowKey(collection: collection.number, row: row)
    }
}
