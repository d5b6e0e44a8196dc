import CustomerMessages
import TestSupport
import Testing

@Suite struct VisitPlanTests {
    private let test: TestClock
    private let plan: VisitPlan

    init() throws {
        test = try TestClock("America/Santiago")
        let clock = try LocalClock(zone: test.name)
        plan = try VisitPlan(
            reminderTime: LocalTime(hour: 17), in: clock, quietHours: QuietHours(from: LocalTime(hour: 21), to: LocalTime(hour: 8), in: clock))
    }

    private func due(_ booked: Int64, _ starts: Int64, sent: Set<MessageKind> = [], now: Int64? = nil) -> [DueMessage] {
        plan.due(bookedAt: booked, startsAt: starts, sent: sent, now: now ?? booked)
    }

    @Test func aVisitIsConfirmedAtOnceAndRemindedOfTheDayBefore() throws {
        let booked = try test.time(2026, 11, 20, 12)
        let starts = try test.time(2026, 11, 23, 10)
        let evening = try test.time(2026, 11, 22, 17)
        let midnight = try test.time(2026, 11, 23)
        let reminder = DueMessage(.visitDayBefore, at: evening, before: midnight)
        #expect(due(booked, starts) == [DueMessage(.visitBooked, at: booked, before: starts - TestClock.hour), reminder])
        #expect(due(booked, starts, sent: [.visitBooked]) == [reminder])
        #expect(due(booked, starts, sent: [.visitBooked, .visitDayBefore]) == [])
        // The hub was away at 17:00: until the quiet hours, and not on the day itself.
        #expect(due(booked, starts, sent: [.visitBooked], now: evening + 1).map(\.at) == [evening + 1])
        #expect(try due(booked, starts, sent: [.visitBooked], now: test.time(2026, 11, 22, 21)) == [])
        #expect(due(booked, starts, sent: [.visitBooked], now: midnight) == [])
    }

    @Test func atShortNoticeNothingIsConfirmed() throws {
        let starts = try test.time(2026, 11, 23, 10)
        #expect(due(starts - TestClock.hour, starts) == [])
        #expect(due(starts - TestClock.hour - 1, starts).map(\.kind) == [.visitBooked])
        // Booked in the night for the early morning: by the end of the quiet hours it is too late.
        #expect(try due(test.time(2026, 11, 23, 2), test.time(2026, 11, 23, 9)) == [])
        #expect(try due(test.time(2026, 11, 23, 2), test.time(2026, 11, 23, 10)).map(\.at) == [test.time(2026, 11, 23, 8)])
    }

    @Test func whoHasJustBookedIsNotReminded() throws {
        let starts = try test.time(2026, 11, 23, 10)
        #expect(try due(test.time(2026, 11, 22, 17), starts).map(\.kind) == [.visitBooked])
        #expect(try due(test.time(2026, 11, 22, 15), starts).map(\.kind) == [.visitBooked])
        #expect(try due(test.time(2026, 11, 22, 14, 59), starts).map(\.kind) == [.visitBooked, .visitDayBefore])
    }

    /// On all days of two years, wherever clocks change.
    @Test(arguments: TestClock.zones) func theReminderComesByTheClockOnTheWall(_ zone: String) throws {
        let test = try TestClock(zone)
        let clock = try LocalClock(zone: zone)
        for (hour, minute) in [(17, 0), (0, 0), (0, 30), (1, 45), (2, 15), (23, 59)] {
            let plan = try VisitPlan(reminderTime: LocalTime(hour: hour, minute: minute), in: clock)
            var starts = try test.time(2025, 1, 3, 11)
            while starts < 1_798_000_000_000 {
                defer { starts += 24 * TestClock.hour }
                let found = plan.due(bookedAt: starts - 240 * TestClock.hour, startsAt: starts, sent: [.visitBooked], now: 0)
                let due = try #require(found.first)
                #expect(found.count == 1 && due.kind == .visitDayBefore && due.at < due.before && due.before <= starts)
                // Midnight is the visit's day's first minute, where that day has one.
                #expect(test.day(due.before) == test.day(starts) && test.day(due.before - 1) != test.day(starts))
                let yesterday = test.day(due.before - 1)
                #expect(test.day(due.at) == yesterday)
                // The first time that it is so: clocks are put back by half an hour or an hour.
                for back in [30, 60] as [Int64] { #expect(test.minutesOfDay(due.at - back * TestClock.minute) != hour * 60 + minute) }
                // As the rule says, or, when the clock leaves that time out, the first that it shows instead.
                let shown = test.minutesOfDay(due.at)
                if shown != hour * 60 + minute {
                    #expect(shown > hour * 60 + minute && test.minutesOfDay(due.at - 1) != shown - 1)
                    #expect(test.minutesOfDay(due.at - TestClock.minute) < hour * 60 + minute || test.day(due.at - TestClock.minute) != yesterday)
                }
            }
        }
    }

    @Test func numbersThatAreNoTimesAreTaken() throws {
        for number in [Int64.min, -1, 0, .max] {
            _ = due(number, try test.time(2026, 11, 23), now: 0)
            _ = due(0, number, now: 0)
        }
        #expect(throws: MessageError.self) { try VisitPlan(reminderTime: nil, shortNoticeMinutes: -1, in: plan.clock) }
    }
}
