import ReplicationCore
import WireProtocol

/// All own operations in the view, by row, and what they contribute to derived cells.
///
/// It mirrors the unsettled part of the outbox in memory: the outbox and its receipts are the truth, and
/// from them this is built anew when the store is opened.
public struct PendingWrites: Sendable {
    private var operations: [RowKey: [PendingOperation]] = [:]
    private var inputs: [DerivedTarget: [DerivedInput]] = [:]
    /// Which derived cells a changeset counts for.
    private var targetsByChangeset: [ChangesetID: Set<DerivedTarget>] = [:]
    /// How many operations and inputs of a changeset are left.
    private var remaining: [ChangesetID: Int] = [:]
    /// What has left the view since this was last asked.
    private var departures: [ChangesetID: Departure] = [:]
    /// Rows whose derived groups are computed from derived groups of other rows: by the former.
    private var chained: [RowKey: Set<RowKey>] = [:]

    /// What has left the view of one changeset.
    public struct Departure: Sendable, Equatable {
        /// The positions of its operations.
        public var positions: Set<UInt32> = []
        /// Nothing of it is left.
        public var isLast = false
    }

    public init() {}

    public var isEmpty: Bool { operations.isEmpty && inputs.isEmpty }
    public var hasInputs: Bool { !inputs.isEmpty }
    public var rows: some Sequence<RowKey> { operations.keys }
    public var targets: some Sequence<DerivedTarget> { inputs.keys }

    /// The operations on a row, in the order of writing.
    public func operations(on key: RowKey) -> [PendingOperation] { operations[key] ?? [] }
    public func inputs(for target: DerivedTarget) -> [DerivedInput] { inputs[target] ?? [] }
    public func chainedSources(of key: RowKey) -> Set<RowKey> { chained[key] ?? [] }
    public func holds(_ identity: ChangesetID) -> Bool { remaining[identity] != nil }

    /// Takes in a changeset that was written, or read from the outbox.
    ///
    /// - Parameters:
    ///   - changeset: of this device.
    ///   - dot: its place in the stream.
    ///   - receipt: the hub's; nil while it has not answered.
    ///   - departed: the positions of operations that have left the view already, and do not come back.
    ///   - isRenumbered: a fork has given it another place than its first.
    ///   - reader: tells what operations contribute to derived groups.
    public mutating func insert(
        _ changeset: DecodedChangeset, dot: Dot, receipt: Receipt?, departed: [UInt32] = [], isRenumbered: Bool = false,
        reader: DerivationReader
    ) {
        let header = changeset.header
        var byRow: [RowKey: [CellOperation]] = [:]
        for operation in changeset.operations.sorted(by: { $0.position < $1.position }) {
            let verdict = receipt?.verdict(at: operation.position)
            if verdict?.isAccepted == false { continue }
            byRow[operation.key, default: []].append(operation)
            if departed.contains(operation.position) { continue }
            operations[operation.key, default: []].append(PendingOperation(
                identity: header.identity, dot: dot, author: header.author, role: header.role,
                stamp: header.stamp, operation: operation, verdict: verdict, isRenumbered: isRenumbered))
            remaining[header.identity, default: 0] += 1
        }
        for (key, rowOperations) in byRow {
            for (target, contribution) in reader.contributions(of: rowOperations, on: key) {
                targetsByChangeset[header.identity, default: []].insert(target)
                inputs[target, default: []].append(DerivedInput(
                    identity: header.identity, dot: dot, source: key, contribution: contribution,
                    sequence: receipt?.sequence, isRenumbered: isRenumbered))
                remaining[header.identity, default: 0] += 1
            }
        }
        if remaining[header.identity] == nil { departures[header.identity, default: Departure()].isLast = true }
    }

    /// Notes the hub's verdicts. Refused operations leave at once, with what they contributed.
    ///
    /// - Parameters:
    ///   - receipt: the hub's, of one changeset.
    ///   - keys: the rows that the changeset writes.
    /// - Returns: the derived cells that it counts for.
    public mutating func answer(_ receipt: Receipt, on keys: Set<RowKey>) -> Set<DerivedTarget> {
        var withdrawn: Set<RowKey> = []
        let targets = targetsByChangeset[receipt.identity] ?? []
        for key in keys {
            update(key) { pending in
                guard pending.identity == receipt.identity else { return true }
                pending.verdict = receipt.verdict(at: pending.operation.position)
                pending.dot = receipt.dot
                let isKept = pending.verdict?.isAccepted != false
                if !isKept { withdrawn.insert(key) }
                return isKept
            }
        }
        for target in targets {
            update(target) { input in
                guard input.identity == receipt.identity else { return true }
                input.sequence = receipt.sequence
                input.dot = receipt.dot
                return !withdrawn.contains(input.source)
            }
        }
        return targets
    }

    /// Takes all of a changeset out of the view.
    /// - Returns: the rows that it wrote.
    public mutating func withdraw(_ identity: ChangesetID) -> Set<RowKey> {
        guard holds(identity) else { return [] }
        var rows: Set<RowKey> = []
        for key in Array(operations.keys) {
            update(key) { pending in
                guard pending.identity == identity else { return true }
                rows.insert(key)
                return false
            }
        }
        for target in Array(inputs.keys) { update(target) { $0.identity != identity } }
        return rows
    }

    /// Takes all operations on rows out of the view, with what they contribute.
    /// - Returns: the derived cells that they counted for.
    public mutating func withdraw(_ rows: Set<RowKey>) -> Set<DerivedTarget> {
        for key in rows where operations[key] != nil { update(key) { _ in false } }
        var targets: Set<DerivedTarget> = []
        for target in Array(inputs.keys) {
            update(target) { input in
                guard rows.contains(input.source) else { return true }
                targets.insert(target)
                return false
            }
        }
        return targets
    }

    /// The rows with operations that the hub has answered but not echoed.
    public var answeredRows: [RowKey] {
        operations.filter { $0.value.contains { $0.verdict != nil } }.map(\.key)
    }
    /// The derived cells with inputs that the hub has answered but not echoed.
    public var answeredTargets: [DerivedTarget] {
        inputs.filter { $0.value.contains { $0.sequence != nil } }.map(\.key)
    }
    /// Nothing is left that the hub has answered and not yet sent.
    public var isEchoed: Bool { answeredRows.isEmpty && answeredTargets.isEmpty }

    /// Lets go of what the confirmed state of a row speaks for.
    public mutating func settle(
        _ key: RowKey, confirmed: RowState?, basis: CommitSequence, isReadable: (UInt32) -> Bool
    ) {
        // A state that holds an own write was reached after those of the cell that its writer had seen, and
        // may come before the verdicts on them.
        var passed: [Part: Int] = [:]
        for (index, pending) in operations(on: key).enumerated() where pending.stands(in: confirmed) {
            passed[pending.operation.part] = index
        }
        var index = 0
        update(key) { pending in
            defer { index += 1 }
            if let last = passed[pending.operation.part], index <= last { return false }
            return !pending.isEchoed(by: confirmed, basis: basis, isReadable: isReadable(pending.operation.part.group))
        }
    }

    public mutating func settle(_ target: DerivedTarget, cell: CellState?, basis: CommitSequence) {
        update(target) { !$0.isEchoed(by: cell, basis: basis) }
    }

    /// Gives changesets other places in the stream, after a fork.
    public mutating func renumber(_ dots: [ChangesetID: Dot]) {
        for key in operations.keys {
            update(key) { pending in
                if let dot = dots[pending.identity] {
                    pending.dot = dot
                    pending.isRenumbered = true
                }
                return true
            }
        }
        for target in inputs.keys {
            update(target) { input in
                if let dot = dots[input.identity] {
                    input.dot = dot
                    input.isRenumbered = true
                }
                return true
            }
        }
    }

    /// Notes that a row's derived group is computed from another row's.
    public mutating func chain(_ key: RowKey, from source: RowKey) { chained[key, default: []].insert(source) }

    /// What has left the view since the last call.
    public mutating func takeDepartures() -> [ChangesetID: Departure] {
        defer { departures = [:] }
        return departures
    }

    private mutating func update(_ key: RowKey, _ keep: (inout PendingOperation) -> Bool) {
        guard let before = operations.removeValue(forKey: key) else { return }
        var after: [PendingOperation] = []
        for var pending in before {
            if keep(&pending) {
                after.append(pending)
            } else {
                departures[pending.identity, default: Departure()].positions.insert(pending.operation.position)
                release(pending.identity)
            }
        }
        if !after.isEmpty { operations[key] = after }
    }

    private mutating func update(_ target: DerivedTarget, _ keep: (inout DerivedInput) -> Bool) {
        guard let before = inputs.removeValue(forKey: target) else { return }
        var after: [DerivedInput] = []
        for var input in before {
            if keep(&input) { after.append(input) } else { release(input.identity) }
        }
        if !after.isEmpty { inputs[target] = after }
    }

    private mutating func release(_ identity: ChangesetID) {
        guard let left = remaining[identity] else { return }
        if left > 1 {
            remaining[identity] = left - 1
        } else {
            remaining[identity] = nil
            targetsByChangeset[identity] = nil
            departures[identity, default: Departure()].isLast = true
        }
    }
}

extension Receipt {
    /// The verdict on an operation; nil if the receipt does not reach that far.
    func verdict(at position: UInt32) -> Verdict? {
        Int(position) < verdicts.count ? verdicts[Int(position)] : nil
    }
}
