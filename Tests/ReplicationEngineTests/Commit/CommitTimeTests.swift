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

    /// Whatever a device claims about time is taken, and bounded: by what it had seen, and by its receipt.
    @Test(arguments: [Int64(-315_576_000_000), -172_800_000, 0, 172_800_000, 315_576_000_000], [nil, 0, 1, UInt64.max] as [UInt64?])
    func noTimeIsARefusal(skew: Int64, told: UInt64?) throws {
        let seen = try #require(office.row(key)?[Part(group: 1)]?.siblings[0].write.effective)
        let evidence = told.map { ClockEvidence(hubMilliseconds: $0, uncertaintyMilliseconds: .max) }
        let verdict = try office.ann([office.set(key, 1, .text("x"))], .init(stamp: stamp(skew), evidence: evidence)).verdicts[0]
        #expect(verdict.outcome == .accepted)
        #expect(verdict.effective > seen && verdict.effective.milliseconds <= office.wall)
    }

    /// History 14: a phone rebooted offline, two days ahead. What it wrote wins against what was there when it came in, at most; an hour
    /// later it has lost against everything newer, and it does not win for two days.
    @Test func aPhoneTwoDaysAheadDoesNotWinForTwoDays() throws {
        let seen = office.seen(key, 1)
        try office.ann([office.set(key, 1, .text("ahead"), seen: seen)], .init(stamp: stamp(twoDays)))
        #expect(office.value(key, "title") == .text("ahead"))
        let received = office.wall
        for hours in [1, 24, 47] as [UInt64] {
            office.wall = received + hours * 3_600_000
            // The phone's own clock is still ahead, and so is its stamp; the hub measured it when it connected.
            let evidence = ClockEvidence(hubMilliseconds: office.wall, uncertaintyMilliseconds: 50)
            try office.ann([office.set(key, 1, .text("ahead \(hours)"), seen: seen)], .init(stamp: stamp(twoDays), evidence: evidence))
            try office.dora([office.set(key, 1, .text("later \(hours)"), seen: seen)])
            #expect(office.value(key, "title") == .text("later \(hours)"))
        }
    }

    /// Rank is fixed at commit: a role that changes later turns no winner over, also when the cell is merged again.
    @Test func aLaterChangeOfRoleTurnsNoWinnerOver() throws {
        let seen = office.seen(key, 2)
        // Ann writes what she wrote while the order was hers.
        let whileHers = Office.Options(basis: office.head)
        try office.dora([office.set(key, 2, .reference(office.dora.user), seen: seen)])
        try office.ann([office.set(key, 2, .reference(office.bob.user), seen: seen)], whileHers)
        #expect(office.value(key, "assignee") == .reference(office.dora.user))
        let before = try #require(office.row(key)?[Part(group: 2)]).siblings
        let dora = office.dora.replica, ann = office.ann.replica
        office.store.change {
            $0.replicasByID[dora]?.role = OfficeSchema.technician
            $0.replicasByID[ann]?.role = OfficeSchema.technician
        }
        try office.ann([office.set(key, 2, .reference(office.ann.user), seen: seen)], whileHers)
        #expect(office.value(key, "assignee") == .reference(office.dora.user))
        let after = try #require(office.row(key)?[Part(group: 2)]).siblings
        #expect(before.allSatisfy(after.contains) && after.count == before.count + 1)
    }
}
