import ReplicationCore

/// An own operation that is in the device's view and that the hub has not echoed.
public struct PendingOperation: Sendable, Equatable {
    public var identity: ChangesetID
    public var dot: Dot
    public var author: RowID
    public var role: UInt32
    public var stamp: HybridTime
    public var operation: CellOperation
    /// Nil while the hub has not answered.
    public var verdict: Verdict?
    /// `dot` is not the first place that it was given: see `OutboxEntry.isRenumbered`.
    public var isRenumbered: Bool

    public init(
        identity: ChangesetID, dot: Dot, author: RowID, role: UInt32, stamp: HybridTime,
        operation: CellOperation, verdict: Verdict? = nil, isRenumbered: Bool = false
    ) {
        self.identity = identity
        self.dot = dot
        self.author = author
        self.role = role
        self.stamp = stamp
        self.operation = operation
        self.verdict = verdict
        self.isRenumbered = isRenumbered
    }

    /// True if nobody here can tell whether a sum that the hub sends contains the write: it may, and the hub has not
    /// answered.
    func isUncertain(in tally: Tally) -> Bool {
        verdict == nil && (isRenumbered || tally.lastCounter(of: dot.site) >= dot.counter)
    }

    /// True if the write is one of the siblings of its cell.
    func stands(in confirmed: RowState?) -> Bool {
        confirmed?[operation.part]?.siblings.contains { $0.write.identity == identity } ?? false
    }

    /// True once the confirmed state speaks for the operation, so that it leaves the view.
    ///
    /// An accepted one stays until the cell's state has reached the sequence that the receipt names, or,
    /// where the device cannot receive that state, until the device is complete beyond it.
    ///
    /// - Parameters:
    ///   - confirmed: the row as the hub last sent it.
    ///   - basis: up to where the device is complete.
    ///   - isReadable: the role may read the cell.
    public func isEchoed(by confirmed: RowState?, basis: CommitSequence, isReadable: Bool) -> Bool {
        let cell = confirmed?[operation.part]
        // The data may overtake the verdict: a state that holds this write contains it.
        if stands(in: confirmed) { return true }
        // Sums are taken in only where this is no guess: `DeviceReplica.checkSums`.
        if let tally = cell?.tally, tally.lastCounter(of: dot.site) >= dot.counter { return true }
        guard let verdict else { return false }
        switch verdict.outcome {
        case .refused: return true
        case .accepted, .conflict, .review:
            if (cell?.sequence ?? .zero) >= verdict.sequence { return true }
            // A hub that has gone on to a schema without the group has nothing more to send of it.
            return (cell == nil || !isReadable) && basis >= verdict.sequence
        }
    }
}
