import Foundation
import WireProtocol

/// The sending side of a changes lane: frames in, fragments out, as many as the other side gives credit for by saying
/// what has come (`Received`).
struct PacedLane: Sendable {
    /// Frames that wait, oldest first; of the first, so many bytes were sent already.
    private var frames: [[UInt8]] = []
    private var first = 0
    private var sentOfFirst = 0
    private var credit = CreditWindow()

    /// How much may be under way, in bytes.
    var window: Int { credit.window }
    /// The least delay of an answer, in milliseconds; nil before the first.
    var leastDelay: UInt64? { credit.leastDelay }

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
            let count = min(frames[first].count - sentOfFirst, largest)
            guard credit.hasRoom(for: count) else { break }
            fragments.append(fragment(of: count, at: now))
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
        credit.noteSent(count, at: now)
        return fragment
    }

    /// The other side has so many bytes of the lane.
    ///
    /// - Returns: false if it claims what was never sent.
    mutating func noteReceived(_ total: UInt64, at now: UInt64) -> Bool { credit.noteReceived(total, at: now) }
}

/// The receiving side of a changes lane: fragments in, frames out.
public struct FragmentAssembly: Sendable {
    private var partial: [UInt8] = []
    /// Bytes that have come.
    public private(set) var received: UInt64 = 0

    public init() {}

    /// Takes a fragment in.
    ///
    /// - Returns: a whole frame, if this was its last; nil if not.
    /// - Throws: `WireError` if the frame is larger than one may be.
    public mutating func take(_ fragment: WireFragment) throws(WireError) -> [UInt8]? {
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
