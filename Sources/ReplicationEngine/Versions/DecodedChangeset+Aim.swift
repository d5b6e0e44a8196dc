import ReplicationCore
import WireProtocol

extension DecodedChangeset {
    /// The same changeset with its operations on the cells that they bear on in a schema of another version. Only keys,
    /// parts and positions are to be read of it: what it puts there takes the row's past to tell.
    package func aimed(at schema: Schema) -> DecodedChangeset {
        guard let lens = schema.history.lens(from: header.schemaVersion),
            operations.contains(where: { lens.lens(of: $0.key.collection) != nil })
        else { return self }
        let aimed = operations.flatMap { operation -> [CellOperation] in
            guard operation.part.group != 0, let collection = lens.lens(of: operation.key.collection),
                !collection.isKept(operation.part.group)
            else { return [operation] }
            return collection.targets(of: operation.part.group).sorted().map { group in
                var copy = operation
                copy.part.group = group
                return copy
            }
        }
        return translated(aimed, refused: [:], merged: [:], former: [:])
    }

    /// Those operations in quarantine for which it has one: not what cannot be understood here, nor what has been taken away.
    func understood(of refused: [QuarantinedOperation]) -> [QuarantinedOperation] {
        let positions = Set(operations.map(\.position))
        return refused.filter { positions.contains(place(of: $0.position)) }
    }
}

extension Verdict {
    /// The verdict on an operation that has become several, from those on each.
    func joined(with other: Verdict) -> Verdict {
        func weight(_ outcome: Outcome) -> Int {
            switch outcome {
            case .accepted: 0
            case .review: 1
            case .conflict: 2
            case .refused: 3
            }
        }
        var joined = self
        if weight(other.outcome) > weight(outcome) { joined.outcome = other.outcome }
        joined.sequence = max(sequence, other.sequence)
        joined.rank = max(rank, other.rank)
        joined.effective = max(effective, other.effective)
        joined.isLate = isLate || other.isLate
        return joined
    }
}
