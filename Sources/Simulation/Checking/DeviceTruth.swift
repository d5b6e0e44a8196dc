import ReplicationCore

/// What a device has written and been told, as far as the checkers need to know.
struct DeviceTruth {
    /// An own write of a cell that nothing has taken from the device's view yet.
    struct OwnWrite {
        let identity: ChangesetID
        let position: UInt32
        let action: Action
        /// Everything that its writer had been shown.
        let seen: Set<ChangesetID>
    }

    /// An own new row of a ledger, as a derived sum counts it.
    struct OwnInput {
        let source: RowKey
        let identity: ChangesetID
        /// Of all operations on the row: if one is refused, the row counts for nothing.
        let positions: [UInt32]
        let amount: Int64
    }

    /// A derived sum's cell.
    struct SumName: Hashable {
        let key: RowKey
        let part: Part
    }

    /// Own writes in the view, in the order of writing.
    var own: [RowKey: [Part: [OwnWrite]]] = [:]
    /// The verdicts that the device has: the cell state's sequence for what was accepted, nil for what was not.
    var verdicts: [ChangesetID: [CommitSequence?]] = [:]
    /// What own new rows add to derived sums, as far as the confirmed sums lack it.
    var inputs: [SumName: [OwnInput]] = [:]
    /// The last sequence of each confirmed cell that the device holds.
    var held: [RowKey: [Part: CommitSequence]] = [:]
    /// Changesets that were written here.
    var written: Set<ChangesetID> = []
    /// Refused operations that the device was told of.
    var refused: Set<ChangesetID> = []

    /// Lets go of own writes that the device's confirmed state, or a refusal, speaks for.
    ///
    /// - Parameters:
    ///   - confirmed: the row as the device holds it.
    ///   - basis: the device is complete up to here.
    ///   - truth: the hub's cells of the row.
    ///   - isReadable: whether its role may read a group.
    mutating func settle(
        _ key: RowKey, confirmed: RowState?, basis: CommitSequence, truth: [Part: CellTruth], isReadable: (UInt32) -> Bool
    ) {
        guard var parts = own[key] else { return }
        for (part, writes) in parts {
            let cell = confirmed?[part]
            let stands = Set(cell?.siblings.map(\.write.identity) ?? [])
            // A later own write had seen those before it: a state that contains it contains them.
            let last = writes.lastIndex { stands.contains($0.identity) }
            let left = writes.enumerated().filter { index, write in
                if let last, index <= last, write.isReplaceable { return false }
                // A sum says how far each site's increments are in it.
                if !write.isReplaceable, let cell, truth[part]?.shown(at: cell.sequence).contains(write.identity) == true {
                    return false
                }
                guard let verdicts = verdicts[write.identity] else { return true }
                guard Int(write.position) < verdicts.count, let sequence = verdicts[Int(write.position)] else { return false }
                // An element that was never there has no state, and a verdict that names none.
                if confirmed != nil, (cell?.sequence ?? .zero) >= sequence { return false }
                let isUnreachable = confirmed == nil || !isReadable(part.group)
                return !(isUnreachable && basis >= sequence)
            }
            parts[part] = left.isEmpty ? nil : left.map(\.element)
        }
        own[key] = parts.isEmpty ? nil : parts
    }
}

extension DeviceTruth {
    /// Takes what was refused of a changeset out of the sums. Should it be released later, the hub's sum tells of it.
    mutating func withdrawInputs(of identity: ChangesetID) {
        guard let verdicts = verdicts[identity] else { return }
        for (name, inputs) in inputs {
            let left = inputs.filter { input in
                guard input.identity == identity else { return true }
                return input.positions.allSatisfy { Int($0) < verdicts.count && verdicts[Int($0)] != nil }
            }
            self.inputs[name] = left.isEmpty ? nil : left
        }
    }
}

extension DeviceTruth.OwnWrite {
    /// A later write of the cell can take its place; increments only add up.
    fileprivate var isReplaceable: Bool { if case .increment = action { false } else { true } }
}
