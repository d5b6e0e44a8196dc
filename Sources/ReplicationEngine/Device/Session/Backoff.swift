/// How long to wait before connecting again: exponential, capped, and partly random, so that devices
/// which lost the hub together do not return together.
public struct Backoff: Sendable, Equatable {
    public private(set) var failures: UInt64 = 0

    public init() {}

    /// The wait before the next attempt, in milliseconds.
    public mutating func next(random: inout some RandomNumberGenerator) -> UInt64 {
        let shift = min(failures, 20)
        failures += 1
        let full = min(DeviceLimits.firstBackoffMilliseconds << shift, DeviceLimits.longestBackoffMilliseconds)
        let jitter = full * DeviceLimits.backoffJitterPercent / 100
        return full - jitter + random.next(upperBound: jitter + 1)
    }

    /// A session was of use: start over.
    public mutating func reset() { failures = 0 }
}
