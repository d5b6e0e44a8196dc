/// A unit by which time is cut into buckets. Buckets are of UTC, whatever the zone of those who read: which bucket a row is
/// in follows from the row alone.
public enum CalendarUnit: String, Hashable, Sendable, CaseIterable {
    case day
    case month

    /// The bucket of a moment.
    ///
    /// - Parameter milliseconds: Unix milliseconds.
    public func bucket(at milliseconds: Int64) -> CalendarBucket { bucket(of: milliseconds.floored(by: CalendarDay.milliseconds)) }

    /// The bucket of a day. One further off than any moment has the bucket of the furthest moment.
    ///
    /// - Parameter day: days since 1970-01-01.
    public func bucket(of day: Int64) -> CalendarBucket {
        let furthest = Int64.max / CalendarDay.milliseconds
        let day = max(-furthest, min(day, furthest))
        let date = CalendarDay(number: day)
        return CalendarBucket(unit: self, number: self == .day ? day : date.year * 12 + Int64(date.month) - 1)
    }
}

/// A day or a month.
public struct CalendarBucket: Hashable, Sendable, CustomStringConvertible {
    public let unit: CalendarUnit
    /// Days since 1970-01-01, or months since the beginning of the year 0.
    public let number: Int64

    public init(unit: CalendarUnit, number: Int64) {
        self.unit = unit
        self.number = number
    }

    /// The first day that is not in it any more, as days since 1970-01-01.
    public var end: Int64 { CalendarBucket(unit: unit, number: number + 1).start }

    /// Its first day, as days since 1970-01-01.
    public var start: Int64 {
        unit == .day ? number : CalendarDay(year: number.floored(by: 12), month: Int(number - 12 * number.floored(by: 12)) + 1).number
    }

    /// Reads what `description` writes; nil for anything else.
    public init?(_ text: Substring) {
        let isBeforeZero = text.first == "-"
        let words = text.dropFirst(isBeforeZero ? 1 : 0).split(separator: "-", omittingEmptySubsequences: false)
        let numbers = words.compactMap { $0.utf8.count <= 12 ? Int64($0) : nil }
        guard words.count == numbers.count, 2...3 ~= numbers.count, 1...12 ~= numbers[1] else { return nil }
        let month = CalendarDay(year: isBeforeZero ? -numbers[0] : numbers[0], month: Int(numbers[1]))
        if numbers.count == 2 {
            self = CalendarUnit.month.bucket(of: month.number)
        } else {
            self.init(unit: .day, number: month.number + numbers[2] - 1)
        }
    }

    /// As ISO 8601 writes it: `2026-11-21` or `2026-11`.
    public var description: String {
        let date = CalendarDay(number: start)
        func padded(_ number: some BinaryInteger, _ width: Int) -> String {
            let text = String(number.magnitude)
            return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let month = "\(padded(date.year, 4))-\(padded(date.month, 2))"
        return unit == .day ? "\(month)-\(padded(date.day, 2))" : month
    }
}

/// A day of the Gregorian calendar, which is taken to have been valid always.
public struct CalendarDay: Hashable, Sendable {
    static let milliseconds: Int64 = 86_400_000
    /// Days since 1970-01-01.
    public let number: Int64
    public let year: Int64
    /// From 1.
    public let month: Int
    /// From 1.
    public let day: Int

    /// The first day of a month.
    ///
    /// - Parameters:
    ///   - year: of the Gregorian calendar.
    ///   - month: from 1 to 12.
    public init(year: Int64, month: Int) {
        self.init(number: Self.days(beforeYear: year) + Self.days(beforeMonth: month, in: year) - Self.days(beforeYear: 1970))
    }

    /// - Parameter number: days since 1970-01-01.
    public init(number: Int64) {
        self.number = number
        let days = number + Self.days(beforeYear: 1970)
        // 400 years have 146,097 days. The estimate is at most one year off.
        var year = (days * 400).floored(by: 146_097) + 1
        while Self.days(beforeYear: year) > days { year -= 1 }
        while Self.days(beforeYear: year + 1) <= days { year += 1 }
        var rest = Int(days - Self.days(beforeYear: year))
        var month = 1
        while month < 12, Self.days(beforeMonth: month + 1, in: year) <= rest { month += 1 }
        rest -= Int(Self.days(beforeMonth: month, in: year))
        self.year = year
        self.month = month
        day = rest + 1
    }

    /// From the first of January of the year 1.
    private static func days(beforeYear year: Int64) -> Int64 {
        let past = year - 1
        return 365 * past + past.floored(by: 4) - past.floored(by: 100) + past.floored(by: 400)
    }

    private static func days(beforeMonth month: Int, in year: Int64) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month - 1] + (isLeap && month > 2 ? 1 : 0)
    }
}

extension Int64 {
    /// The greatest quotient that is not above the exact one.
    package func floored(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

/// A time of a row by which scopes are cut into buckets.
public struct ScopeTime: Hashable, Sendable {
    /// A timestamp or a date.
    public let field: String
    public let unit: CalendarUnit

    public init(field: String, unit: CalendarUnit) {
        self.field = field
        self.unit = unit
    }
}

/// The buckets that a user receives of a scope, counted from the user's present day or month, which is 0; and what has no
/// time yet.
public struct ScopeWindow: Hashable, Sendable {
    public let unit: CalendarUnit
    public let first: Int
    public let last: Int

    public init(unit: CalendarUnit, first: Int, last: Int) {
        self.unit = unit
        self.first = first
        self.last = last
    }
}

extension Scope {
    /// The part of the scope that holds the rows of a time; nil stands for those that have none.
    public func during(_ bucket: CalendarBucket?) -> Scope {
        Scope(kind: kind, key: "\(key)@\(bucket?.description ?? "undated")")
    }

    /// True of what holds the rows of a time.
    public var isDuring: Bool { key.utf8.contains(UInt8(ascii: "@")) }

    /// The time whose rows it holds; nil if it is no such part, or holds what has no time yet.
    public var bucket: CalendarBucket? {
        guard let sign = key.firstIndex(of: "@") else { return nil }
        return CalendarBucket(key[key.index(after: sign)...].prefix { $0 != "+" })
    }

    /// The part of the scope that holds the newest rows under those in it. Who receives the scope receives it as well.
    public var newest: Scope { Scope(kind: kind, key: "\(key)+newest") }

    /// True of what holds the newest rows under others.
    public var isNewest: Bool { key.utf8.contains(UInt8(ascii: "+")) }
}
