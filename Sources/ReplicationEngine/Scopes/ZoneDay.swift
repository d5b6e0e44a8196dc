import Foundation
import ReplicationCore

/// The day that it is in a time zone.
public struct ZoneDay: Hashable, Sendable {
    /// As in the IANA database; what that does not know counts as UTC.
    public var zone: String
    /// Days since 1970-01-01, by the zone's calendar.
    public var day: Int64

    public static let universal = "UTC"

    public init(zone: String, day: Int64) {
        self.zone = zone
        self.day = day
    }

    /// - Parameters:
    ///   - zone: as in the IANA database; what is none counts as UTC.
    ///   - milliseconds: Unix milliseconds.
    public init(zone: String, at milliseconds: UInt64) {
        let offset = Self.offset(in: Self.timeZone(zone), at: Int64(clamping: milliseconds))
        self.init(zone: zone, day: (Int64(clamping: milliseconds) + offset).floored(by: Self.dayMilliseconds))
    }

    /// When the next day begins, in Unix milliseconds.
    public var end: UInt64 { UInt64(clamping: Self.beginning(of: day + 1, in: Self.timeZone(zone))) }

    /// What a window holds today: all buckets that share a moment with the zone's own days or months.
    public func buckets(in window: ScopeWindow) -> [CalendarBucket] {
        let present = window.unit.bucket(of: day).number
        let first = CalendarBucket(unit: window.unit, number: present + Int64(window.first)).start
        let last = CalendarBucket(unit: window.unit, number: present + Int64(window.last)).end
        let zone = Self.timeZone(zone)
        let from = window.unit.bucket(at: Self.beginning(of: first, in: zone))
        let to = window.unit.bucket(at: Self.beginning(of: last, in: zone) - 1)
        return (from.number...max(from.number, to.number)).map { CalendarBucket(unit: window.unit, number: $0) }
    }

    private static let dayMilliseconds: Int64 = 86_400_000

    private static func timeZone(_ name: String) -> TimeZone? { TimeZone(identifier: name) }

    /// How far the zone is ahead of UTC.
    private static func offset(in zone: TimeZone?, at milliseconds: Int64) -> Int64 {
        Int64(zone?.secondsFromGMT(for: Date(timeIntervalSince1970: Double(milliseconds) / 1_000)) ?? 0) * 1_000
    }

    /// The moment at which a day of the zone begins. Clocks may change between.
    private static func beginning(of day: Int64, in zone: TimeZone?) -> Int64 {
        let midnight = day * dayMilliseconds
        let estimate = midnight - offset(in: zone, at: midnight)
        let moment = midnight - offset(in: zone, at: estimate)
        // Where clocks skip midnight the day begins when they have.
        return max(moment, midnight - offset(in: zone, at: moment))
    }
}
