import ReplicationCore

/// A derived cell, as an input names it.
public struct DerivedTarget: Hashable, Sendable {
    public var collection: UInt32
    public var group: UInt32
    public var name: Name

    public enum Name: Hashable, Sendable {
        case row(RowID)
        /// The row that has these values in the derivation's key fields; its id may not be known here.
        case key([Value])
    }
}

/// What one own changeset contributes to a derived cell, as long as the hub's value may lack it.
public struct DerivedInput: Sendable, Equatable {
    public var identity: ChangesetID
    public var dot: Dot
    /// The new row that is the input.
    public var source: RowKey
    public var contribution: Contribution
    /// Where the hub placed the changeset; nil while it has not answered.
    public var sequence: CommitSequence?
    /// `dot` is not the first place that it was given: see `OutboxEntry.isRenumbered`.
    public var isRenumbered = false

    public enum Contribution: Hashable, Sendable {
        case amount(Int64)
        case state(Value)
        /// Values for the group's columns, and the integer by which the highest is chosen.
        case candidate(order: Int64, values: [Value])
    }

    /// True once the hub's value speaks for the input.
    public func isEchoed(by cell: CellState?, basis: CommitSequence) -> Bool {
        if let tally = cell?.tally, tally.lastCounter(of: dot.site) >= dot.counter { return true }
        guard let sequence else { return false }
        // What follows from a changeset is committed with it, right behind it.
        return basis >= sequence || cell.map { $0.sequence >= sequence } == true
    }

    /// True if nobody here can tell whether a sum that the hub sends contains the input: it may, and the hub has not
    /// answered.
    func isUncertain(in tally: Tally) -> Bool {
        sequence == nil && (isRenumbered || tally.lastCounter(of: dot.site) >= dot.counter)
    }
}

/// Finds what a new row contributes to which derived cells.
public struct DerivationReader: Sendable {
    let schema: Schema

    public init(schema: Schema) { self.schema = schema }

    /// - Parameters:
    ///   - operations: those of one changeset on one row.
    ///   - key: of that row.
    public func contributions(
        of operations: [CellOperation], on key: RowKey
    ) -> [(target: DerivedTarget, contribution: DerivedInput.Contribution)] {
        let derivations = schema.derivations(from: key.collection)
        guard !derivations.isEmpty, let collection = schema.collection(key.collection),
            operations.contains(where: { $0.action == .create })
        else { return [] }
        var values: [String: Value] = [:]
        for operation in operations {
            guard let group = collection.group(operation.part.group), case .set(let columns) = operation.action
            else { continue }
            for (field, value) in zip(group.fields, columns) { values[field.name] = value }
        }
        return derivations.compactMap { derived in
            guard let contribution = contribution(to: derived, values),
                let target = target(of: derived, values: { values[$0] ?? .null })
            else { return nil }
            return (target, contribution)
        }
    }

    /// The derived cell that an input with these values counts for.
    public func target(of derived: DerivedGroup, values: (String) -> Value) -> DerivedTarget? {
        switch derived.derivation.target {
        case .reference(let field):
            guard let row = values(field).row else { return nil }
            return DerivedTarget(collection: derived.collection, group: derived.group, name: .row(row))
        case .key(let pairs):
            return DerivedTarget(
                collection: derived.collection, group: derived.group, name: .key(pairs.map { values($0.source) }))
        }
    }

    /// The name by which inputs know a row's derived cell.
    public func target(_ group: Group, _ derivation: Derivation, of row: RowState, in collection: Collection) -> DerivedTarget {
        let name: DerivedTarget.Name = switch derivation.target {
        case .reference: .row(row.key.row)
        case .key(let pairs): .key(pairs.map { row.shownValue(of: $0.target, in: collection) ?? .null })
        }
        return DerivedTarget(collection: collection.number, group: group.number, name: name)
    }

    private func contribution(to derived: DerivedGroup, _ values: [String: Value]) -> DerivedInput.Contribution? {
        switch derived.derivation.rule {
        case .sum(let field?): return values[field]?.integer.map { .amount($0) }
        case .sum(nil): return .amount(1)
        case .furthest(let field, _):
            guard let value = values[field], !value.isNull else { return nil }
            return .state(value)
        case .highest(let by, let fields):
            guard let order = values[by]?.integer else { return nil }
            return .candidate(order: order, values: fields.map { values[$0] ?? .null })
        }
    }
}
