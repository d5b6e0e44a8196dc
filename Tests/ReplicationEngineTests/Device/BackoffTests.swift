import ReplicationEngine
import Testing

@Suite struct BackoffTests {
    /// Counts up by a large odd step: reproducible and well spread.
    struct Steps: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            return state
        }
    }

    @Test func waitsGrowToTheCapAndAreSpread() {
        #expect(DeviceLimits.areConsistent)
        var firsts: Set<UInt64> = []
        for seed in 0..<200 {
            var random = Steps(state: UInt64(seed) &* 0xD134_2543_DE82_EF95)
            var backoff = Backoff()
            for attempt in 0..<30 {
                let full = min(DeviceLimits.firstBackoffMilliseconds << UInt64(attempt), DeviceLimits.longestBackoffMilliseconds)
                let wait = backoff.next(random: &random)
                #expect(wait <= full && wait >= full * 6 / 10)
                if attempt == 0 { firsts.insert(wait) }
            }
            backoff.reset()
            #expect(backoff.next(random: &random) <= DeviceLimits.firstBackoffMilliseconds)
        }
        // At least 30 % of the wait is random.
        let spread = (firsts.max() ?? 0) - (firsts.min() ?? 0)
        #expect(spread >= DeviceLimits.firstBackoffMilliseconds * 3 / 10)
    }
}
