import Foundation
import ReplicationCore
import Testing

@Suite struct CalendarTests {
    /// Every day of nine centuries, as Foundation has it.
    @Test func daysAreThoseOfTheGregorianCalendar() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        for number in stride(from: Int64(-140_000), through: 190_000, by: 7) {
            let parts = calendar.dateComponents([.year, .month, .day], from: Date(timeIntervalSince1970: Double(number) * 86_400))
            let day = CalendarDay(number: number)
            try #require(Int(day.year) == parts.year && day.month == parts.month && day.day == parts.day, "day \(number)")
            let month = CalendarUnit.month.bucket(of: number)
            try #require(month.start <= number && number < month.end)
            try #require(CalendarDay(number: month.start).day == 1 && CalendarDay(number: month.end).day == 1)
        }
        for number in Int64(-1_000)...1_000 { #expect(CalendarDay(year: 1970 + number, month: 1).day == 1) }
    }

    @Test func bucketsReadAsDatesDo() {
        #expect(CalendarUnit.day.bucket(at: 0).description == "1970-01-01")
        #expect(CalendarUnit.day.bucket(at: -1).description == "1969-12-31")
        #expect(CalendarUnit.month.bucket(at: 951_782_400_000).description == "2000-02")
        #expect(CalendarUnit.day.bucket(at: 951_868_799_999).description == "2000-02-29")
        #expect(CalendarUnit.month.bucket(of: 20_778).description == "2026-11")
    }

    @Test func bucketsAreReadAsTheyAreWritten() {
        for unit in CalendarUnit.allCases {
            for day in stride(from: Int64(-1_000_000), through: 5_000_000, by: 97_651) + [.min, .max] {
                let bucket = unit.bucket(of: day), scope = Scope(kind: "user", key: "7").during(bucket)
                #expect(CalendarBucket(bucket.description[...]) == bucket)
                #expect(scope.bucket == bucket && scope.newest.bucket == bucket && scope.isDuring)
                #expect(scope.newest.isNewest && !scope.isNewest)
            }
        }
        #expect(Scope(kind: "user", key: "7").bucket == nil && Scope(kind: "user", key: "7").during(nil).newest.bucket == nil)
        for text in ["", "-", "2026", "2026-", "2026-13", "2026-00-01", "undated", "2026-11-21-1", "99999999999999-01"] {
            #expect(CalendarBucket(text[...]) == nil, "\(text)")
        }
    }

    /// What anybody may write into a field of time has a bucket.
    @Test(arguments: [Int64.min, .max, -62_135_596_800_001, 253_402_300_800_000])
    func everyMomentHasABucket(milliseconds: Int64) {
        for unit in CalendarUnit.allCases {
            let bucket = unit.bucket(at: milliseconds)
            let day = milliseconds / 86_400_000
            #expect(bucket.start <= day + 1 && day <= bucket.end)
            #expect(!bucket.description.isEmpty)
            #expect(!unit.bucket(of: milliseconds).description.isEmpty, "a date may be any number")
        }
    }
}
