import ReplicationCore
import ReplicationEngine

/// What the hub's log says, as the checkers take it.
extension History {
    /// For people who read the log of a run.
    func tell(_ entry: LogEntry, _ writes: [LoggedWrite]) {
        guard world.log != nil else { return }
        let what = writes.map { write in
            let operation = write.operation
            return "\(operation.action) of cell \(operation.part) of \(operation.key) having seen \(operation.context.sequence)"
                + (write.identity == entry.identity ? "" : ", as a write of \(write.identity.short)")
        }
        world.tell("the log has \(entry.identity.short) at \(entry.sequence): \(what.joined(separator: "; "))")
    }

    /// An accepted write of a log entry.
    struct LoggedWrite {
        let identity: ChangesetID
        let isHubs: Bool
        /// It had waited.
        var isReleased = false
        let operation: CellOperation
        let rank: UInt32
        let effective: HybridTime
        let dot: Dot
    }
}
