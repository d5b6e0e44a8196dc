import ReplicationEngine
import Testing

@Suite struct HubClockEstimateTests {
    @Test func fourTimestampsGiveOffsetAndUncertainty() throws {
        let sent = DeviceInstant(wall: 0, monotonic: 1_000, boot: 1)
        let now = DeviceInstant(wall: 999_999, monotonic: 1_120, boot: 1)
        // 120 ms in all, 20 of them at the hub: 50 each way.
        let estimate = try #require(HubClockEstimate(sent: sent, received: 500_000, replied: 500_020, now: now))
        #expect(estimate.hub == 500_070)
        #expect(estimate.uncertainty == 51)
    }

    @Test func wallClockChangesNothingAndARestartEndsIt() throws {
        let estimate = HubClockEstimate(hub: 500_000, monotonic: 1_000, boot: 1, uncertainty: 10)
        let later = try #require(estimate.evidence(at: DeviceInstant(wall: 1, monotonic: 3_601_000, boot: 1)))
        #expect(later.hubMilliseconds == 500_000 + 3_600_000)
        #expect(later.uncertaintyMilliseconds == 10 + 180)
        #expect(estimate.evidence(at: DeviceInstant(wall: 1, monotonic: 3_601_000, boot: 2)) == nil)
        #expect(estimate.evidence(at: DeviceInstant(wall: 1, monotonic: 999, boot: 1)) == nil)
    }

    @Test func timesThatMakeNoSenseAreNoMeasurement() {
        let sent = DeviceInstant(wall: 0, monotonic: 1_000, boot: 1)
        let now = DeviceInstant(wall: 0, monotonic: 1_010, boot: 1)
        #expect(HubClockEstimate(sent: sent, received: 20, replied: 10, now: now) == nil)
        #expect(HubClockEstimate(sent: sent, received: 0, replied: .max, now: now) == nil)
        #expect(HubClockEstimate(sent: now, received: 0, replied: 0, now: sent) == nil)
    }
}
