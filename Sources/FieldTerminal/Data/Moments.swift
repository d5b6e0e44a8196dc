import Foundation

/// Times as people at a place read and write them. No formatter is asked: rows are drawn on every key.
struct Moments: Sendable, Equatable {
    let zone: TimeZone

    init(zone: String?) { self.zone = zone.flatMap { TimeZone(identifier: $0) } ?? TimeZone(secondsFromGMT: 0) ?? .current }

    private static let dayMilliseconds: Int64 = 86_400_000

    private func local(_ milliseconds: Int64) -> Int64 {
        milliseconds + Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(milliseconds) / 1_000))) * 1_000
    }

    /// Days since 1970-01-01, here.
    func day(of milliseconds: Int64) -> Int {
        let local = local(milliseconds)
        return Int((local - (local % Self.dayMilliseconds + Self.dayMilliseconds) % Self.dayMilliseconds) / Self.dayMilliseconds)
    }

    /// Minutes since the day began, here.
    func minutes(of milliseconds: Int64) -> Int {
        Int((local(milliseconds) % Self.dayMilliseconds + Self.dayMilliseconds) % Self.dayMilliseconds / 60_000)
    }

    /// The moment of a day at which the clocks here show so many minutes.
    func moment(day: Int, minutes: Int) -> Int64 {
        let wall = Int64(day) * Self.dayMilliseconds + Int64(minutes) * 60_000
        let first = wall - Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(wall) / 1_000))) * 1_000
        // Near a change of the clocks the offset at the first guess is another one.
        return wall - Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(first) / 1_000))) * 1_000
    }

    /// `08:30`
    func time(_ milliseconds: Int64) -> String { Self.clock(minutes(of: milliseconds)) }

    static func clock(_ minutes: Int) -> String { "\(padded(minutes / 60)):\(padded(minutes % 60))" }

    /// `2026-06-15`
    static func date(_ day: Int) -> String {
        let (year, month, day) = civil(day)
        return "\(year)-\(padded(month))-\(padded(day))"
    }

    /// `2026-06-15 08:30`
    func dateTime(_ milliseconds: Int64) -> String { "\(Self.date(day(of: milliseconds))) \(time(milliseconds))" }

    /// The time alone on the present day, otherwise the date before it.
    func short(_ milliseconds: Int64, now: Int64) -> String {
        day(of: milliseconds) == day(of: now) ? time(milliseconds) : "\(Self.date(day(of: milliseconds)).dropFirst(5)) \(time(milliseconds))"
    }

    static func weekday(_ day: Int, _ language: Language) -> String {
        let names = language == .english
            ? ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"]
            : ["jueves", "viernes", "sábado", "domingo", "lunes", "martes", "miércoles"]
        return names[(day % 7 + 7) % 7]
    }

    /// Reads `2026-06-15 08:30`, `08:30` (on `day`), or a date.
    func parse(_ text: String, day: Int) -> Int64? {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "T" })
        switch words.count {
        case 1:
            if let minutes = Self.minutes(words[0]) { return moment(day: day, minutes: minutes) }
            return Self.day(words[0]).map { moment(day: $0, minutes: 0) }
        case 2:
            guard let day = Self.day(words[0]), let minutes = Self.minutes(words[1]) else { return nil }
            return moment(day: day, minutes: minutes)
        default: return nil
        }
    }

    static func minutes(_ text: some StringProtocol) -> Int? {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let hours = Int(parts[0]), let minutes = Int(parts[1]), 0...23 ~= hours, 0...59 ~= minutes else { return nil }
        return hours * 60 + minutes
    }

    /// Reads `2026-06-15`.
    static func day(_ text: some StringProtocol) -> Int? {
        let parts = text.split(separator: "-").map { Int($0) }
        guard parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2], 1...9_999 ~= year, 1...12 ~= month, 1...31 ~= day else { return nil }
        let found = days(year, month, day)
        return civil(found) == (year, month, day) ? found : nil
    }

    // Days from and to civil dates by counting eras of 400 years from a first of March.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400, ofEra = shifted - era * 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }

    private static func civil(_ day: Int) -> (Int, Int, Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097, ofEra = shifted - era * 146_097
        let year = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * year + year / 4 - year / 100), month = (5 * ofYear + 2) / 153
        let civilMonth = month + (month < 10 ? 3 : -9)
        return (year + era * 400 + (civilMonth <= 2 ? 1 : 0), civilMonth, ofYear - (153 * month + 2) / 5 + 1)
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
