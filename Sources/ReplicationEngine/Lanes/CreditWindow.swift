import WireProtocol

/// How much a sender may have under way, in bytes that the other side has not said to have.
///
/// The window follows the delay of the answers, as congestion control by delay does (RFC 6817): the least delay seen is the
/// way's own, and what is beyond it is a queue, wherever it stands: in this machine, in the network, or at the other side,
/// which may be busy. The window grows while the queue is shorter than `LaneLimits.targetDelay`, and shrinks when it is
/// longer. So a fast link is filled, and on a slow one an urgent message finds next to nothing before it.
struct CreditWindow: Sendable {
    private var sent: UInt64 = 0
    private var received: UInt64 = 0
    /// What is under way, oldest first.
    private var underWay: [UnderWay] = []
    private(set) var window = LaneLimits.leastWindow
    /// The least delay of an answer, in milliseconds; nil before the first.
    private(set) var leastDelay: UInt64?
    /// The window is looked at again when what was sent up to here has come.
    private var round: UInt64 = 0
    /// Something waited for credit in this round.
    private var wasFull = false
    /// A queue was seen: from here on the window grows slowly.
    private var hasSeenQueue = false
    /// Delays at the least window.
    private var delaysAtLeast: [UInt64] = []

    private struct UnderWay: Sendable {
        /// All bytes that were sent, up to its end.
        let end: UInt64
        let milliseconds: UInt64
        /// With it, so much was under way.
        let bytes: Int
    }

    /// Asks for room for a piece. Where there is none, that is noted.
    ///
    /// - Parameter least: so much room is enough: not a tiny piece because there is just as much. One piece always goes.
    mutating func hasRoom(for least: Int) -> Bool {
        if window - Int(sent - received) >= least || sent == received { return true }
        wasFull = true
        return false
    }

    /// - Parameter now: in milliseconds, of any clock that goes forward.
    mutating func noteSent(_ count: Int, at now: UInt64) {
        sent += UInt64(count)
        underWay.append(UnderWay(end: sent, milliseconds: now, bytes: Int(sent - received)))
    }

    /// The other side has so many bytes in all.
    ///
    /// - Returns: false if it claims what was never sent.
    mutating func noteReceived(_ total: UInt64, at now: UInt64) -> Bool {
        guard total <= sent else { return false }
        guard total > received else { return true }
        received = total
        let count = underWay.firstIndex { $0.end > total } ?? underWay.count
        guard count > 0 else { return true }
        let last = underWay[count - 1]
        underWay.removeFirst(count)
        // A clock that was set says nothing.
        guard now >= last.milliseconds else { return true }
        note(now - last.milliseconds, of: last)
        return true
    }

    private mutating func note(_ delay: UInt64, of last: UnderWay) {
        leastDelay = min(leastDelay ?? delay, delay)
        if last.bytes <= LaneLimits.leastWindow {
            delaysAtLeast.append(delay)
            // Too little was under way to make a queue: so the way itself is as long as this now.
            if delaysAtLeast.count == LaneLimits.leastWindowSamples {
                leastDelay = delaysAtLeast.min()
                delaysAtLeast = []
            }
        } else {
            delaysAtLeast = []
        }
        guard last.end > round else { return }
        adjust(to: delay)
        round = sent
        wasFull = false
    }

    private mutating func adjust(to delay: UInt64) {
        let least = leastDelay ?? delay
        let queued = delay - min(delay, least)
        if queued > LaneLimits.targetDelay {
            hasSeenQueue = true
            // To what would have made the queue that is aimed at, and to half at most.
            let fitting = window * Int(least + LaneLimits.targetDelay) / Int(max(delay, 1))
            window = max(fitting, window / 2, LaneLimits.leastWindow)
        } else if wasFull {
            let share = hasSeenQueue ? LaneLimits.laterGrowth : 1
            let growth = window * Int(LaneLimits.targetDelay - queued) / Int(LaneLimits.targetDelay * share)
            window = min(window + growth, LaneLimits.largestWindow)
        }
    }
}
