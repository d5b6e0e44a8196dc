import ReplicationCore
import ReplicationEngine

/// What the hub made durable at once.
struct RecordedCommit {
    /// By rising sequence.
    private(set) var entries: [LogEntry] = []
    /// The bases below which the hub took none of a changeset's, by its sequence: what its device had confirmed before
    /// it wrote it.
    private(set) var floors: [CommitSequence: CommitSequence] = [:]

    /// - Parameter replica: that has the entry's site now; nil if none has it any more.
    mutating func add(_ entry: LogEntry, _ replica: ReplicaRecord?) {
        entries.append(entry)
        if let replica, replica.site != 0, entry.dot.counter > replica.announcedCounter, replica.confirmed > .zero {
            floors[entry.sequence] = replica.confirmed
        }
    }
}
