import ReplicationCore
import WireProtocol

/// What changesets of apps of earlier schema versions mean here.
extension CommitDecision {
    /// A changeset in operations of the present schema. One of the present version is what it is.
    ///
    /// - Parameter dot: its place in its stream.
    mutating func understood(_ changeset: DecodedChangeset, at dot: Dot) throws -> DecodedChangeset {
        guard changeset.header.schemaVersion != schema.version, !schema.history.isEmpty else { return changeset }
        let known = try changeset.operations.reduce(into: [RowKey: RowState]()) { rows, operation in
            if rows[operation.key] == nil { rows[operation.key] = try self.rows.row(operation.key) }
        }
        let history = CellHistory(reader: reader, schema: schema)
        let planned = plan
        return try ChangesetTranslator.translate(changeset, dot: dot, head: head, schema: schema) { key in
            LoggedPast(key: key, row: known[key], history: history, planned: planned)
        } ?? changeset
    }
}

/// A row's past from the hub's log, which is read only when it is asked for.
private final class LoggedPast: RowPast {
    let key: RowKey
    let row: RowState?
    private let history: CellHistory
    private let planned: CommitPlan
    private var timeline: RowTimeline?

    init(key: RowKey, row: RowState?, history: CellHistory, planned: CommitPlan) {
        self.key = key
        self.row = row
        self.history = history
        self.planned = planned
    }

    func row(at sequence: CommitSequence) throws -> RowState? { try loaded().row(at: sequence) }

    func writes(after sequence: CommitSequence, on groups: Set<UInt32>) throws -> [PastWrite] {
        try loaded().writes(after: sequence, on: groups)
    }

    private func loaded() throws -> RowTimeline {
        if let timeline { return timeline }
        let made = try RowTimeline(
            of: key, upTo: CommitSequence(epoch: .max, number: .max), history, planned: planned)
        timeline = made
        return made
    }
}

extension CommitDecision.Judgement {
    /// Notes what became of an operation that was applied.
    mutating func note(_ verdict: Verdict, at position: UInt32, of changeset: DecodedChangeset) {
        let isFurther = changeset.translation != nil && !applied.insert(position).inserted
        verdicts[Int(position)] = isFurther ? verdicts[Int(position)].joined(with: verdict) : verdict
    }

    /// Gives operations that went into others the verdicts on those.
    mutating func spread(over changeset: DecodedChangeset) {
        guard let translation = changeset.translation else { return }
        for (position, place) in translation.merged { verdicts[Int(position)] = verdicts[Int(place)] }
    }
}
