import ReplicationCore
import Testing
@testable import ReplicationEngine

/// Clocks that are years off change the order of concurrent writes, and nothing else.
struct CommitTimeTests {
    private let office: Office
    private let key: RowKey

    init() throws {
        office = try Office()
        let (key, operations) = office.order(of: office.ann)
        self.key = key
        try office.ann(operations + [office.set(key, 13, .reference(office.dora.user))])
    }

    private let twoDays: Int64 = 172_800_000
    private let tenYears: Int64 = 315_576_000_000

    private func stamp(_ skew: Int64) -> UInt64 { UInt64(Int64(office.wall) + skew) }

    @Test(arguments: [Int64(172_800_000), -315_576_000_000])
    func aWrongClockIsAcceptedWithinBounds(skew: Int64) throws {
        let seen = try #require(office.row(key)?[Part(group: 1)]?.siblings[0].write.effective)
        let verdict = try office.ann([office.set(key, 1, .text("x"))], .init(stamp: stamp(skew))).verdicts[0]
        #expect(verdict.outcome == .accepted)
        #expect(verdict.effective > seen)
        #expect(verdict.effective.milliseconds <= office.wall)
    }

    @Test func aClockAheadWinsNoLongerThanUntilReceipt() throws {
        let seen = office.seen(key, 1)
        try office.ann([office.set(key, 1, .text("ahead"), seen: seen)], .init(stamp: stamp(twoDays)))
        try office.dora([office.set(key, 1, .text("later"), seen: seen)])
        #expect(office.value(key, "title") == .text("later"))
    }

    @Test func aClockBehindStillComesAfterWhatItSaw() throws {
        try office.ann([office.set(key, 1, .text("behind"))], .init(stamp: stamp(-tenYears)))
        #expect(office.value(key, "title") == .text("behind"))
        let effective = try #require(office.row(key)?[Part(group: 1)]?.siblings[0].write.effective)
        #expect(effective.milliseconds > 1_759_000_000_000)
    }

    @Test func evidenceStandsBeforeTheStamp() throws {
        let told = office.wall + 400
        let verdict = try office.ann(
            [office.set(key, 11, .integer(1))],
            .init(stamp: stamp(-tenYears), evidence: ClockEvidence(hubMilliseconds: told, uncertaintyMilliseconds: 20))
        ).verdicts[0]
        #expect(verdict.effective.milliseconds == told)
    }

    /// The hub's own clock goes back: receipts still rise.
    @Test func theHubsTimeNeverGoesBack() throws {
        let first = try office.ann([office.set(key, 1, .text("a"))], .init(stamp: stamp(twoDays))).verdicts[0].effective
        office.wall -= 3_600_000
        let second = try office.ann([office.set(key, 1, .text("b"))], .init(stamp: stamp(twoDays))).verdicts[0].effective
        #expect(second > first)
    }
}
