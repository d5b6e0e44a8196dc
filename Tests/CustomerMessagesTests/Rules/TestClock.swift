import CustomerMessages
import Foundation

/// What a zone's clock shows, asked of Foundation's calendar and not of the code under test.
struct TestClock: CustomStringConvertible {
    /// With clocks that change at midnight, by half an hour, twice around Ramadan, never, and once by a whole day.
    static let zones = [
        "America/Santiago", "America/New_York", "Europe/Madrid", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia", "UTC",
    ]
    static let minute: Int64 = 60_000
    static let hour: Int64 = 3_600_000

    let name: String
    private let calendar: Calendar

    init(_ name: String) throws {
        self.name = name
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: name) ?? .gmt
        self.calendar = calendar
    }

    var description: String { name }

    func minutesOfDay(_ milliseconds: Int64) -> Int {
        let parts = calendar.dateComponents([.hour, .minute], from: Date(timeIntervalSince1970: Double(milliseconds) / 1_000))
        return (parts.hour ?? 0) * 60 + (parts.minute ?? 0)
    }

    func day(_ milliseconds: Int64) -> DateComponents {
        calendar.dateComponents([.year, .month, .day], from: Date(timeIntervalSince1970: Double(milliseconds) / 1_000))
    }

    func time(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0) throws -> Int64 {
        guard let date = calendar.date(from: DateComponents(year: year, month: month, day: day, hour: hour, minute: minute)) else { throw CocoaError(.formatting) }
        return Int64(date.timeIntervalSince1970 * 1_000)
    }

    /// When the clock changes in these years, found by looking at each hour and then each minute.
    func changes(_ years: ClosedRange<Int>) throws -> [Int64] {
        func offset(_ time: Int64) -> Int { calendar.timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time) / 1_000)) }
        var found: [Int64] = []
        var time = try time(years.lowerBound, 1, 1)
        let end = try self.time(years.upperBound + 1, 1, 1)
        while time < end {
            if offset(time) != offset(time + Self.hour) {
                found.append(stride(from: time, through: time + Self.hour, by: 60_000).first { offset($0) != offset(time) } ?? time)
            }
            time += Self.hour
        }
        return found
    }
}
