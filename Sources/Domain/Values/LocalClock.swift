// Foundation brings the time zones' rules; nothing else is taken from it here.
import Foundation

/// The wall clock of a place.
struct LocalClock: Sendable {
    private let zone: TimeZone

    /// Nil if there is no time zone of this name in the IANA database.
    init?(timeZone name: String) {
        guard let zone = TimeZone(identifier: name) else { return nil }
        self.zone = zone
    }

    /// Seconds since 1970 in UTC at which the clock shows a time. Where clocks were put back and show it
    /// twice, one of the two; where they were put forward and never show it, a time beside the gap.
    func utc(local: Int64) -> Int64 {
        let guess = local - offset(at: local)
        return local - offset(at: guess)
    }

    private func offset(at utc: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(utc))))
    }
}
