import ReplicationCore

/// Sums that the hub derives from ledger rows, as devices show them: the confirmed sum with own new rows on top that
/// it does not contain.
extension History {
    /// What a changeset's new rows add to derived sums that they name by a reference.
    func inputs(
        of operations: [CellOperation], _ identity: ChangesetID
    ) -> [(name: DeviceTruth.SumName, input: DeviceTruth.OwnInput)] {
        let byRow = Dictionary(grouping: operations, by: \.key)
        return byRow.keys.sorted().flatMap { key -> [(name: DeviceTruth.SumName, input: DeviceTruth.OwnInput)] in
            guard let row = byRow[key], row.contains(where: { $0.action == .create }),
                let source = schema.collection(key.collection)
            else { return [] }
            func value(_ field: String) -> Value? {
                guard let place = source.place(of: field) else { return nil }
                let part = Part(group: source.groups[place.group].number)
                guard case .set(let values)? = row.first(where: { $0.part == part })?.action else { return nil }
                return values[place.column]
            }
            return derivedSums(from: source).compactMap { sum in
                guard let target = value(sum.reference)?.row, let amount = sum.field.map({ value($0)?.integer }) ?? 1 else { return nil }
                let input = DeviceTruth.OwnInput(
                    source: key, identity: identity, positions: row.map(\.position), amount: amount)
                return (.init(key: RowKey(collection: sum.collection, row: target), part: sum.part), input)
            }
        }
    }

    private struct DerivedSum {
        let collection: UInt32
        let part: Part
        /// Nil: rows are counted.
        let field: String?
        let reference: String
    }

    private func derivedSums(from source: ReplicationCore.Collection) -> [DerivedSum] {
        schema.collections.flatMap { collection in
            collection.groups.compactMap { group in
                guard case .derived(let derivation) = group.policy, derivation.source == source.number,
                    case .sum(let field) = derivation.rule, case .reference(let reference) = derivation.target
                else { return nil }
                return DerivedSum(
                    collection: collection.number, part: Part(group: group.number), field: field, reference: reference)
            }
        }
    }

    /// - Parameter confirmed: the row as the hub last sent it.
    func checkDerivedSums(
        of device: DeviceNode, _ confirmed: RowState, _ view: RowState?, _ truth: DeviceTruth,
        _ collection: ReplicationCore.Collection
    ) {
        for group in collection.groups {
            guard case .derived(let derivation) = group.policy, case .sum = derivation.rule,
                case .reference = derivation.target
            else { continue }
            let part = Part(group: group.number)
            let cell = confirmed[part]
            // Whether the device was told that an own row of the sum is erased decides whether it counts here.
            if truth.inputs[.init(key: confirmed.key, part: part)]?.contains(where: { erased.contains($0.source) }) == true { continue }
            var expected = cell?.tally?.sum ?? 0
            for input in truth.inputs[.init(key: confirmed.key, part: part)] ?? [] {
                if cell.map({ !isContained(input.source, in: $0) }) ?? true { expected &+= input.amount }
            }
            let shown = view?[part]?.tally?.sum ?? 0
            if shown != expected {
                violation(of: "view", """
                    \(device.name) shows the derived sum \(part) of \(confirmed.key) as \(shown); its confirmed one and its own \
                    rows make \(expected).
                    """)
            }
        }
    }

    /// The hub derives in the changeset right behind the one that made the row. Of an earlier epoch a sum contains what
    /// the hub has kept of it.
    private func isContained(_ source: RowKey, in cell: CellState) -> Bool {
        rowPlaces[source]?.contains { place in
            place < cell.sequence && (place.epoch == cell.sequence.epoch || hub?.isLost(place) != true)
        } ?? false
    }
}
