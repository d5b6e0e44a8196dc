import ReplicationCore

/// What happens to a device's replica, for the app.
public enum ReplicaEvent: Sendable, Equatable {
    /// The session is open.
    case connected
    /// There is no connection; with the wait before the next attempt, in milliseconds, or nil where nobody
    /// asked for one.
    case offline(reason: String, retryAfter: UInt64?)
    /// Going online needs somebody to act first. The outbox stays.
    case blocked(SessionEnd.Block)
    /// So many changesets were sent.
    case uploaded(Int)
    /// The hub has judged a changeset.
    case verdict(VerdictReport)
    /// Rows changed by what the hub sent.
    case changes(ChangeReport)
    /// The device holds everything that its scopes held when it connected.
    case caughtUp(CommitSequence)
    case digest(DigestReport)
    case clock(HubClockEstimate)
    /// The stream goes on under another site, because this device was restored or cloned.
    case forked(Site)
    /// So many rows were erased: nothing of them is kept here any more.
    case erased(Int)
    /// The device works with this version of the schema now.
    case schemaUpdated(UInt32)
    /// The hub's schema of this version cannot be taken here, and why; the device goes on with its own.
    case schemaDeclined(UInt32, reason: String)
    /// The hub passed a live value on to nobody.
    case signalDropped(DroppedSignal)
    case blob(BlobReport)
    /// The store failed; nothing was lost, and the message says what to do.
    case storeFailed(String)
}

/// The hub's verdicts on one changeset.
public struct VerdictReport: Sendable, Equatable {
    public var identity: ChangesetID
    public var dot: Dot
    public var sequence: CommitSequence
    public var accepted: Int
    public var conflicts: Int
    public var reviews: Int
    /// Accepted although the row had left the scope, or the right was gone.
    public var late: Int
    public var refused: [RefusedOperation]

    public init(_ applied: AppliedVerdict) {
        identity = applied.receipt.identity
        dot = applied.receipt.dot
        sequence = applied.receipt.sequence
        accepted = 0
        conflicts = 0
        reviews = 0
        late = 0
        refused = applied.refused
        for verdict in applied.receipt.verdicts {
            switch verdict.outcome {
            case .accepted: accepted += 1
            case .conflict: conflicts += 1
            case .review: reviews += 1
            case .refused: break
            }
            if verdict.isLate { late += 1 }
        }
    }
}

public struct ChangeReport: Sendable, Equatable {
    public var received: Int
    public var evicted: Int
    /// The changesets were just committed, and are here whole.
    public var isLive: Bool
    /// Complete up to here; nil while catching up.
    public var complete: CommitSequence?
    /// While catching up: rows sent so far, and in all.
    public var rowsDone: UInt64
    public var rowsTotal: UInt64
}

/// The comparison of the device's digest with the hub's, over confirmed state.
public struct DigestReport: Sendable, Equatable {
    public var request: UInt64
    public var at: CommitSequence
    public var isEqual: Bool
    public var rows: UInt64
    public var cells: UInt64
    public var hubRows: UInt64
    public var hubCells: UInt64
    /// The device's sum, 32 bytes.
    public var sum: [UInt8]
}
