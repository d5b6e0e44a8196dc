import WireProtocol

/// The bounds of the changes lane between sides that know fragments. Sizes in bytes, times in milliseconds.
public enum LaneLimits {
    /// A fragment is a sixteenth of the window, within these. The least is what a link of 256 kbit/s carries in 16 ms.
    public static let leastFragment = 512
    public static let largestFragment = 32 << 10
    /// What may be under way without an answer, at least and at most.
    public static let leastWindow = 2 * leastFragment
    public static let largestWindow = 1 << 20
    /// By how much what is under way may delay what comes behind it, as it is aimed at: an urgent message on a slow link
    /// waits about so long, and one fragment.
    public static let targetDelay: UInt64 = 15
    /// Without a queue the window doubles in each round trip; once there was one, it grows by a third.
    public static let laterGrowth: UInt64 = 3
    /// So many answers at the least window, where nothing can be queued by this side, say how long the way is now.
    public static let leastWindowSamples = 8

    /// What may wait in a lane: changes have a window of their own, and everything else is answers. Beyond it the session ends.
    public static let queuedBytes = 16 << 20

    /// The relations that must hold between the limits.
    public static var areConsistent: Bool {
        leastFragment < largestFragment && 2 * leastFragment <= leastWindow && leastWindow < largestWindow
            && 16 * largestFragment <= largestWindow && largestWindow <= ProtocolLimits.frameBytes
            && queuedBytes >= ProtocolLimits.changesWindowBytes + 2 * ProtocolLimits.frameBytes
    }
}
