@testable import FieldTerminal
import Foundation
import Testing

/// Times and amounts, read and written.
struct MomentsTests {
    private let moments = Moments(zone: "America/New_York")

    /// Against Foundation's calendar, over leap years and centuries.
    @Test func `dates are those of the calendar`() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        for day in stride(from: -140_000, through: 200_000, by: 97) {
            let parts = calendar.dateComponents([.year, .month, .day], from: Date(timeIntervalSince1970: Double(day) * 86_400))
            let text = String(format: "%d-%02d-%02d", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
            #expect(Moments.date(day) == text)
            #expect(Moments.day(text) == day)
        }
        for wrong in ["2026-02-29", "2026-13-01", "2026-00-10", "26", "2026-1-1-1", "x-y-z", ""] { #expect(Moments.day(wrong) == nil, "\(wrong)") }
    }

    @Test func `times are those of the place, also when the clocks change`() {
        // From 02:00 to 03:00 on 8 March, and back at 02:00 on 1 November.
        let march = Moments.day("2026-03-08") ?? 0, november = Moments.day("2026-11-01") ?? 0
        for (day, minutes) in [(march, 90), (march, 240), (november, 30), (november, 240), (march, 0)] {
            let moment = moments.moment(day: day, minutes: minutes)
            #expect(moments.day(of: moment) == day && moments.minutes(of: moment) == minutes, "\(Moments.date(day)) \(minutes)")
        }
        #expect(moments.moment(day: march + 1, minutes: 0) - moments.moment(day: march, minutes: 0) == 23 * 3_600_000)
        #expect(moments.moment(day: november + 1, minutes: 0) - moments.moment(day: november, minutes: 0) == 25 * 3_600_000)
    }

    @Test func `what is typed is what was shown`() {
        let day = TerminalTester.day
        #expect(moments.parse("08:00", day: day) == TerminalTester.morning)
        #expect(moments.parse(moments.dateTime(TerminalTester.morning), day: 0) == TerminalTester.morning)
        for wrong in ["8", "24:00", "08:60", "2026-06-15 8", "a b c"] { #expect(moments.parse(wrong, day: day) == nil, "\(wrong)") }
        #expect(moments.short(TerminalTester.morning, now: TerminalTester.morning) == "08:00")
        #expect(moments.short(TerminalTester.morning - 86_400_000, now: TerminalTester.morning) == "06-14 08:00")
    }

    @Test(arguments: [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (184_050, "1,840.50"), (123_456_789_012, "1,234,567,890.12")] as [(Int64, String)])
    func `money is written and read back`(_ cents: Int64, _ text: String) {
        #expect(FieldText.money(cents) == text)
        #expect(FieldText.cents(text) == cents)
    }

    @Test(arguments: ["", "1.2.3", "1.234", "x", "1.x", "99999999999999999999"]) func `what is no amount is none`(_ text: String) {
        #expect(FieldText.cents(text) == nil)
    }
}
