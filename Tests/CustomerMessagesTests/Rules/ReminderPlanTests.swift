import CustomerMessages
import TestSupport
import Testing

@Suite struct ReminderPlanTests {
    private static let hour = TestClock.hour
    private static let sent: Int64 = 1_795_428_000_000

    private func at(_ hours: Int64) -> Int64 { Self.sent + hours * Self.hour }

    @Test func remindersComeAsTheRuleSays() throws {
        let plan = try ReminderPlan([.beforeExpiry(hours: 24), .afterSending(hours: 72)])
        func next(_ reminded: [Int64], _ now: Int64 = 0) -> DueMessage? { plan.next(sentAt: at(0), expiresAt: at(240), reminded: reminded.map(at), now: at(now)) }
        #expect(next([]) == DueMessage(.signatureReminder, at: at(72), before: at(240)))
        #expect(next([72]) == DueMessage(.signatureReminder, at: at(216), before: at(240)))
        #expect(next([216, 72]) == nil)
        // The hub was away: one for both.
        #expect(next([], 230)?.at == at(230))
        #expect(next([230], 230) == nil)
        #expect(next([], 240) == nil)
        // Sent late, and the next one is not sent on its heels.
        #expect(next([210], 210)?.at == at(222))
        #expect(next([230 - 14], 0) == nil)
    }

    @Test func aReminderDoesNotFollowTheRequestAtOnce() throws {
        let plan = try ReminderPlan([.beforeExpiry(hours: 48)])
        #expect(plan.next(sentAt: at(0), expiresAt: at(49), reminded: [], now: at(0)) == nil)
        #expect(plan.next(sentAt: at(0), expiresAt: at(60), reminded: [], now: at(0))?.at == at(12))
    }

    @Test(arguments: 0..<300) func theLawsHoldForAnyRule(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
        let offsets: [ReminderPlan.Offset] = (0..<number(0...10)).map { _ in
            Bool.random(using: &random) ? .afterSending(hours: number(1...300)) : .beforeExpiry(hours: number(1...300))
        }
        let clock = try LocalClock(zone: TestClock.zones[number(0...(TestClock.zones.count - 1))])
        let quiet = random.oneIn(3) ? nil : try QuietHours(from: LocalTime(hour: number(18...23)), to: LocalTime(hour: number(0...9)), in: clock)
        let plan = try ReminderPlan(offsets, gapHours: number(1...48), quietHours: quiet)
        let sentAt = Self.sent + Int64(number(0...8_760)) * Self.hour
        let expiresAt = sentAt + Int64(number(1...400)) * Self.hour
        var reminded: [Int64] = []
        var now = sentAt
        while let due = plan.next(sentAt: sentAt, expiresAt: expiresAt, reminded: reminded, now: now) {
            #expect(due.at >= now && due.at < expiresAt && due.before == expiresAt && due.kind == .signatureReminder)
            #expect(quiet?.contains(due.at) != true)
            if let last = reminded.last { #expect(due.at - last >= Int64(plan.gapHours) * Self.hour) }
            // Asked again at that time, it is the same.
            #expect(plan.next(sentAt: sentAt, expiresAt: expiresAt, reminded: reminded, now: due.at) == due)
            now = random.oneIn(4) ? due.at + Int64(number(0...60)) * Self.hour : due.at
            if now < expiresAt, quiet?.contains(now) != true { reminded.append(now) } else { now = due.at; reminded.append(now) }
            #expect(reminded.count <= offsets.count)
            if reminded.count > offsets.count { break }
        }
    }

    @Test func rulesHaveBounds() throws {
        for offsets in [[.afterSending(hours: 0)], [.beforeExpiry(hours: 2_161)], Array(repeating: .afterSending(hours: 1), count: 11)] as [[ReminderPlan.Offset]] {
            #expect(throws: MessageError.self) { try ReminderPlan(offsets) }
        }
        #expect(throws: MessageError.self) { try ReminderPlan([], gapHours: 0) }
        let plan = try ReminderPlan([.afterSending(hours: 1), .beforeExpiry(hours: 1)])
        for number in [Int64.min, .max] {
            _ = plan.next(sentAt: number, expiresAt: .max, reminded: [number], now: Self.sent)
            #expect(plan.next(sentAt: 0, expiresAt: number, reminded: [], now: .max) == nil)
        }
    }
}
