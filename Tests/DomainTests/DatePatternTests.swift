import Testing

@testable import Domain

@Suite struct DatePatternTests {
    @Test func readsTimesOfTheDay() throws {
        let pattern = try #require(DatePattern("MM/dd/yyyy hh:mm:ss a"))
        #expect(pattern.read("01/01/1970 12:00:00 AM")?.local == 0)
        #expect(pattern.read("01/01/1970 12:00:01 PM")?.local == 43201)
        #expect(pattern.read("02/29/2024 11:59:59 PM")?.local == 1_709_251_199)
        #expect(pattern.read("12/31/1969 11:59:59 PM")?.local == -1)
        for wrong in ["02/29/2023 01:00:00 AM", "13/01/2024 01:00:00 AM", "01/01/2024 00:00:00 AM", "1/1/2024 01:00:00 AM", "01/01/2024 01:00:00", "01/01/2024 01:60:00 AM", "01/01/2024 01:00:00 AM ", ""] {
            #expect(pattern.read(wrong) == nil, "\(wrong)")
        }
        #expect(DatePattern("MM/dd/yyyy hh:mm") == nil, "hh without a cannot tell morning from evening")
        #expect(DatePattern("MM/dd") == nil)
        #expect(DatePattern.instant.read("2026-06-15T08:30:00+02:00")?.offsetSeconds == 7200)
        #expect(DatePattern.wholeDays(-1) == -1 && DatePattern.wholeDays(-86400) == -1 && DatePattern.wholeDays(86399) == 0)
    }

    @Test func clocksKnowSummerTime() throws {
        let clock = try #require(LocalClock(timeZone: "America/New_York"))
        #expect(clock.utc(local: 1_782_864_000) - 1_782_864_000 == 4 * 3600)
        #expect(clock.utc(local: 1_767_225_600) - 1_767_225_600 == 5 * 3600)
        #expect(LocalClock(timeZone: "Nowhere/Else") == nil)
    }
}
