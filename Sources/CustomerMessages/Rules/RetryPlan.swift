/// When a message that could not be handed over is tried again. Times are Unix milliseconds.
public enum RetryPlan {
    /// The time of the next try, after 1, 2, 4 … minutes, at most six hours; nil if it is given up, three days after it was due.
    ///
    /// The waits are shorter by up to a fifth, by something that the message's identity fixes: what failed together is not tried together for ever, and
    /// the same message is tried at the same times wherever that is worked out.
    /// - Parameters:
    ///   - tries: so far, from 1 on.
    ///   - dueAt: when it was to be sent first.
    ///   - failedAt: when the last try ended.
    public static func next(after tries: Int, dueAt: Int64, failedAt: Int64, message: String) -> Int64? {
        let next = failedAt + wait(after: tries, message: message)
        return next < dueAt + MessageLimits.retryFor ? next : nil
    }

    /// How long is waited, in milliseconds.
    static func wait(after tries: Int, message: String) -> Int64 {
        let doublings = min(max(tries, 1) - 1, 20)
        let wait = min(Milliseconds.minute << Int64(doublings), MessageLimits.retryWait)
        return wait - Int64(spread(message, tries) % UInt64(wait / 5 + 1))
    }

    /// FNV-1a over the identity, and SplitMix64's last step over that with the try, for FNV alone hardly moves the bits of a last digit.
    private static func spread(_ message: String, _ tries: Int) -> UInt64 {
        var hash = message.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        hash &+= UInt64(truncatingIfNeeded: tries) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        return hash ^ (hash >> 31)
    }
}
