import Foundation

/// The clock on the wall in a zone of the IANA database. Times are Unix milliseconds.
public struct LocalClock: Sendable, Equatable {
    private let zone: TimeZone

    /// - Throws: `MessageError.Code.rule` for a zone that this machine does not know.
    public init(zone: String) throws(MessageError) {
        guard let known = TimeZone(identifier: zone) else {
            throw MessageError(.rule, "The time zone is not known. Name one of the IANA database, such as America/Santiago.")
        }
        self.zone = known
    }

    /// The zone's name.
    public var name: String { zone.identifier }

    /// What the clock shows: days since 1970-01-01, and milliseconds since midnight.
    func shown(at milliseconds: Int64) -> (day: Int64, time: Int64) {
        let local = milliseconds + offset(at: milliseconds)
        let time = ((local % Milliseconds.day) + Milliseconds.day) % Milliseconds.day
        return ((local - time) / Milliseconds.day, time)
    }

    /// When the clock shows this first. A time that it leaves out, as it is put forward, comes when it is put forward.
    func instant(day: Int64, time: LocalTime) -> Int64 {
        let local = day * Milliseconds.day + time.milliseconds
        // No zone is further from UTC than 16 hours, so the offsets on both sides of what may change in between are among these.
        let before = offset(at: local - 16 * Milliseconds.hour)
        let after = offset(at: local + 16 * Milliseconds.hour)
        let exact = [local - before, local - after].filter { $0 + offset(at: $0) == local }
        if let first = exact.min() { return first }
        let start = local - max(before, after)
        return nextChange(after: start - 1) ?? start
    }

    /// When the clock is next put forward or back; nil if that is not known to happen.
    func nextChange(after milliseconds: Int64) -> Int64? {
        guard let change = zone.nextDaylightSavingTimeTransition(after: date(milliseconds)) else { return nil }
        let time = Int64((change.timeIntervalSince1970 * 1_000).rounded())
        return time > milliseconds ? time : nil
    }

    private func offset(at milliseconds: Int64) -> Int64 { Int64(zone.secondsFromGMT(for: date(milliseconds))) * 1_000 }
    private func date(_ milliseconds: Int64) -> Date { Date(timeIntervalSince1970: Double(milliseconds) / 1_000) }
}
