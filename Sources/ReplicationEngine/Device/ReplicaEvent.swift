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
    /// What the device holds was compared with what the hub says that it should hold, at the end of a catch-up.
    case held(HeldReport)
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
    /// While catching up with more than a few hundred rows, and at the end of that.
    public var catchUp: CatchUpProgress?
}

/// How far a device is with catching up, since its connection was opened.
public struct CatchUpProgress: Sendable, Equatable {
    /// Rows that came or went.
    public var rowsDone: UInt64
    /// Of so many; nil if the hub has not counted them, because they are hundreds of thousands.
    public var rowsTotal: UInt64?
    /// Everything that was received in the session, in bytes.
    public var bytes: UInt64
    /// How long it will take, if it goes on as it went; nil if that cannot be said.
    public var millisecondsLeft: UInt64?

    /// - Parameter milliseconds: since the session was opened.
    init(rowsDone: UInt64, rowsTotal: UInt64, bytes: UInt64, after milliseconds: UInt64) {
        self.rowsDone = rowsDone
        self.rowsTotal = rowsTotal == 0 ? nil : max(rowsTotal, rowsDone)
        self.bytes = bytes
        guard rowsDone > 0, let total = self.rowsTotal else { return }
        let (product, isTooMuch) = milliseconds.multipliedReportingOverflow(by: total - rowsDone)
        if !isTooMuch { millisecondsLeft = product / rowsDone }
    }

    /// What people read: `1024 of 12300 rows, 1.2 MiB, about 8 s left`.
    public var text: String {
        let rows = rowsTotal.map { "\(rowsDone) of \($0) rows" } ?? "\(rowsDone) rows"
        let size = bytes < 1 << 20 ? "\((bytes + 1_023) / 1_024) KiB" : "\(bytes >> 20).\(((bytes % (1 << 20)) * 10) >> 20) MiB"
        guard let millisecondsLeft else { return "\(rows), \(size)" }
        let seconds = (millisecondsLeft + 999) / 1_000
        let time = seconds < 120 ? "\(seconds) s" : seconds < 7_200 ? "\((seconds + 59) / 60) min" : "\((seconds + 3_599) / 3_600) h"
        return "\(rows), \(size), about \(time) left"
    }
}

/// What came of comparing the device with the hub, over confirmed state. With `isEqual` it is a receipt: at `at` both held
/// the same rows, by a fingerprint that nobody can make for others.
public struct DigestReport: Sendable, Equatable {
    public var request: UInt64
    public var at: CommitSequence
    /// In the end, after repairs.
    public var isEqual: Bool
    public var rows: UInt64
    public var cells: UInt64
    public var hubRows: UInt64
    public var hubCells: UInt64
    /// The device's sum, 32 bytes.
    public var sum: [UInt8]
    /// The fingerprint of the device's rows, 32 bytes.
    public var fingerprint: [UInt8]
    /// What differed and was repaired; nil if nothing did, or nothing was tried.
    public var repair: RepairReport?
}

/// What the device keeps count of beside what the hub does, at the end of a catch-up. A difference is an error of replication;
/// what a disk does to rows later is found by a comparison that reads them.
public struct HeldReport: Sendable, Equatable {
    public var at: CommitSequence
    public var isEqual: Bool
    public var rows: UInt64
    public var cells: UInt64
    public var hubRows: UInt64
    public var hubCells: UInt64
}

/// How the device differed from the hub, and what it took to mend it. Counted in rows.
public struct RepairReport: Sendable, Equatable {
    /// The device lacked them.
    public var missing: UInt64 = 0
    /// The device held them, and they are in none of its scopes.
    public var extra: UInt64 = 0
    /// The device held something else of them, or nothing that can be read.
    public var changed: UInt64 = 0
    /// In bytes, of the messages that found the differences and brought the rows.
    public var sent: UInt64 = 0
    public var received: UInt64 = 0
    /// They were too many to be mended one by one: the device is sent everything anew.
    public var isRestarted = false

    public var rows: UInt64 { missing + extra + changed }
}
