/// So much may be used at once, and so much more with each second: a bucket of tokens.
struct Allowance: Sendable {
    let burst: UInt64
    let perSecond: UInt64
    /// What is left, in thousandths.
    private var left: UInt64
    private var filledMilliseconds: UInt64

    init(burst: UInt64, perSecond: UInt64, now: UInt64) {
        self.burst = burst
        self.perSecond = perSecond
        left = burst * 1_000
        filledMilliseconds = now
    }

    /// Uses some if there is as much; a full bucket lets pass what is larger than it.
    ///
    /// - Parameter now: in milliseconds. A clock that was set back fills nothing, and nothing is lost by it.
    mutating func take(_ amount: UInt64, now: UInt64) -> Bool {
        let elapsed = min(now - min(now, filledMilliseconds), 3_600_000)
        left = min(left + elapsed * perSecond, burst * 1_000)
        filledMilliseconds = now
        let cost = min(amount, burst) * 1_000
        guard left >= cost else { return false }
        left -= cost
        return true
    }

    /// After how many milliseconds one is there.
    var wait: UInt32 { UInt32(clamping: (1_000 - min(left, 1_000) + perSecond - 1) / perSecond) }
}
