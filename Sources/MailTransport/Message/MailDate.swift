/// A moment as headers say it, in UTC (RFC 5322, section 3.3).
public struct MailDate: Sendable, Hashable, CustomStringConvertible {
    public let secondsSince1970: Int64

    /// - Parameter secondsSince1970: from 1970 to 9999.
    public init(secondsSince1970: Int64) throws(MailError) {
        guard (0..<253_402_300_800).contains(secondsSince1970) else {
            throw MailError(.invalidHeader, "The date of a message lies between the years 1970 and 9999; \(secondsSince1970) s does not.")
        }
        self.secondsSince1970 = secondsSince1970
    }

    /// `Sun, 22 Nov 2026 10:20:00 +0000`.
    public var description: String {
        let days = Int(secondsSince1970 / 86_400), second = Int(secondsSince1970 % 86_400)
        let (year, month, day) = Self.date(afterDays: days)
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][days % 7]
        let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month]
        let time = [second / 3_600, second / 60 % 60, second % 60].map(Self.twoDigits).joined(separator: ":")
        return "\(weekday), \(Self.twoDigits(day + 1)) \(name) \(year) \(time) +0000"
    }

    /// Month and day count from 0.
    private static func date(afterDays days: Int) -> (year: Int, month: Int, day: Int) {
        var year = 1970, rest = days
        while rest >= length(of: year) {
            rest -= length(of: year)
            year += 1
        }
        var month = 0
        let months = [31, length(of: year) - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        while rest >= months[month] {
            rest -= months[month]
            month += 1
        }
        return (year, month, rest)
    }

    private static func length(of year: Int) -> Int {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
