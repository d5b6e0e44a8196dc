import ReplicationCore
import Testing
import TestSupport

struct ClockTests {
    @Test func hybridTimeHoldsItsParts() {
        let time = HybridTime(milliseconds: 1_760_000_000_123, logical: 7)
        #expect(time.milliseconds == 1_760_000_000_123)
        #expect(time.logical == 7)
        #expect(HybridTime(milliseconds: .max).milliseconds == HybridTime.largestMilliseconds)
        #expect(HybridTime(rawValue: .max).successor == HybridTime(rawValue: .max))
        #expect(HybridTime(milliseconds: 5, logical: .max).successor == HybridTime(milliseconds: 6))
    }

    @Test func theClockRisesWhateverTheWallDoes() {
        var clock = HybridClock()
        var random = SplitMix64(seed: 5)
        var last = HybridTime.zero
        for _ in 0..<5_000 {
            if random.oneIn(10) {
                let seen = HybridTime(milliseconds: random.next() % 3_000)
                clock.observe(seen)
                #expect(clock.last >= seen)
            }
            let time = clock.tick(wallMilliseconds: random.next() % 2_000)
            #expect(time > last)
            last = time
        }
    }

    @Test func theClockFollowsAWallThatIsAhead() {
        var clock = HybridClock(last: HybridTime(milliseconds: 10, logical: 3))
        #expect(clock.tick(wallMilliseconds: 20) == HybridTime(milliseconds: 20))
        #expect(clock.tick(wallMilliseconds: 20) == HybridTime(milliseconds: 20, logical: 1))
        #expect(clock.tick(wallMilliseconds: 1) == HybridTime(milliseconds: 20, logical: 2))
    }

    /// Every combination of a stamp, evidence and seen time that is far behind, equal, or far ahead.
    @Test func effectiveTimeStaysWithinItsBounds() {
        let receipt = HybridTime(milliseconds: 1_760_000_000_000, logical: 9)
        let twoDays: UInt64 = 172_800_000, tenYears: UInt64 = 315_576_000_000
        let times = [
            0, 1, receipt.milliseconds - tenYears, receipt.milliseconds - 1, receipt.milliseconds,
            receipt.milliseconds + twoDays, receipt.milliseconds + tenYears, .max,
        ]
        for stamp in times {
            for hub in times.map({ Optional($0) }) + [nil] {
                for seen in times.filter({ $0 <= receipt.milliseconds }) {
                    let seen = seen == 0 ? .zero : min(HybridTime(milliseconds: seen), HybridTime(rawValue: receipt.rawValue - 1))
                    let fixed = EffectiveTime.fix(
                        stamp: HybridTime(milliseconds: stamp),
                        evidence: hub.map { ClockEvidence(hubMilliseconds: $0, uncertaintyMilliseconds: 3) },
                        seen: seen, receipt: receipt)
                    #expect(fixed <= receipt, "never later than receipt")
                    #expect(fixed > seen, "never before what was seen, and never nothing")
                    let claimed = hub ?? stamp
                    if claimed > seen.milliseconds, claimed < receipt.milliseconds {
                        #expect(fixed.milliseconds == claimed, "evidence stands before the stamp")
                    }
                }
            }
        }
    }
}
