import ReplicationCore

/// Whose access was taken away, by the log alone.
struct AccessTruth {
    /// Acts about access, in the hub's order.
    private(set) var acts: [(sequence: CommitSequence, act: AdministrativeAct)] = []
    /// Replicas without access: their ids.
    private(set) var revoked: Set<[UInt8]> = []

    mutating func take(_ act: AdministrativeAct, at sequence: CommitSequence) {
        switch act.kind {
        case .revoke: revoked.insert(act.subject)
        case .reinstate: revoked.remove(act.subject)
        case .purge, .erase, .beginDay: break
        }
        acts.append((sequence, act))
    }

    /// The hub was restored: what it has lost it does not know any more.
    mutating func restore(keeping isKept: (CommitSequence) -> Bool) {
        let kept = acts.filter { isKept($0.sequence) }
        self = AccessTruth()
        for (sequence, act) in kept { take(act, at: sequence) }
    }
}
