import Foundation
import WireProtocol

/// The sending side of a changes lane: frames in, fragments out, as many as the other side gives credit for by saying
/// what has come (`Received`).
///
/// The window of what may be under way follows the delay of these answers, as congestion control by delay does (RFC 6817):
/// the least delay seen is the way's own, and what is beyond it is a queue, wherever it stands: in this machine, in the
/// network, or at the other side, which may be busy. The window grows while the queue is shorter than
/// `LaneLimits.targetDelay`, and shrinks when it is longer. So a fast link is filled, and on a slow one an urgent message
/// finds next to nothing before it.
struct PacedLane: Sendable {
    /// Frames that wait, oldest first; of the first, so many bytes were sent already.
    private var frames: [[UInt8]] = []
    private var first = 0
    private var sentOfFirst = 0

    private var sent: UInt64 = 0
    private var received: UInt64 = 0
    /// Fragments under way, oldest first.
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
        /// The lane's bytes up to its end.
        let end: UInt64
        let milliseconds: UInt64
        /// With it, so much was under way.
        let bytes: Int
    }

    /// True if everything was handed out.
    var isEmpty: Bool { queuedFrames == 0 }

    var queuedFrames: Int { frames.count - first }
    /// Bytes that wait.
    private(set) var queuedBytes = 0

    mutating func append(_ frame: [UInt8]) {
        frames.append(frame)
        queuedBytes += frame.count
    }

    /// The fragments that may go now.
    ///
    /// - Parameter now: in milliseconds, of any clock that goes forward.
    mutating func takeFragments(at now: UInt64) -> [WireFragment] {
        var fragments: [WireFragment] = []
        let largest = min(max(window / 16, LaneLimits.leastFragment), LaneLimits.largestFragment)
        while !isEmpty {
            let room = window - Int(sent - received)
            let left = frames[first].count - sentOfFirst
            // Not a tiny piece because there is just as much room; one always goes.
            guard room >= min(left, largest) || sent == received else {
                wasFull = true
                break
            }
            fragments.append(fragment(of: min(left, largest), at: now))
        }
        return fragments
    }

    private mutating func fragment(of count: Int, at now: UInt64) -> WireFragment {
        var fragment = WireFragment()
        fragment.data = Data(frames[first][sentOfFirst..<(sentOfFirst + count)])
        sentOfFirst += count
        queuedBytes -= count
        if sentOfFirst == frames[first].count {
            fragment.last = true
            frames[first] = []
            first += 1
            sentOfFirst = 0
            if first >= 32 || isEmpty {
                frames.removeFirst(first)
                first = 0
            }
        }
        sent += UInt64(count)
        underWay.append(UnderWay(end: sent, milliseconds: now, bytes: Int(sent - received)))
        return fragment
    }

    /// The other side has so many bytes of the lane.
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

/// The receiving side of a changes lane: fragments in, frames out.
struct FragmentAssembly: Sendable {
    private var partial: [UInt8] = []
    /// Bytes that have come.
    private(set) var received: UInt64 = 0

    /// Takes a fragment in.
    ///
    /// - Returns: a whole frame, if this was its last; nil if not.
    /// - Throws: `WireError` if the frame is larger than one may be.
    mutating func take(_ fragment: WireFragment) throws(WireError) -> [UInt8]? {
        received += UInt64(fragment.data.count)
        guard partial.count + fragment.data.count <= ProtocolLimits.frameBytes else {
            throw WireError(.tooLarge, "fragments make a frame of more than \(ProtocolLimits.frameBytes) bytes")
        }
        partial.append(contentsOf: fragment.data)
        guard fragment.last else { return nil }
        defer { partial = [] }
        return partial
    }
}
