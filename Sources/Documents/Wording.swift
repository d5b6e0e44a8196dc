import Foundation

/// How values are written for a reader.
public struct Wording: Sendable {
    public let language: String
    private let locale: Locale
    private let zone: TimeZone
    private let words: [String: String]

    /// - Parameters:
    ///   - language: as in BCP 47.
    ///   - zone: in which times are told, as in the IANA database; nil for UTC.
    ///   - words: what values of choices are called.
    public init(language: String, zone: String?, words: [String: String] = [:]) {
        self.language = language
        locale = Locale(identifier: language.replacing("-", with: "_"))
        self.zone = zone.flatMap { TimeZone(identifier: $0) } ?? .gmt
        self.words = words
    }

    /// A choice without a word of its own is written as the schema names it, with spaces.
    func word(_ value: String) -> String { words[value] ?? value.replacing("_", with: " ") }

    func date(milliseconds: Int64) -> String { write(milliseconds, .long, .omitted) }
    func time(milliseconds: Int64) -> String { write(milliseconds, .omitted, .shortened) }
    /// Day and time, as in a letter.
    /// - Parameter milliseconds: Unix time.
    public func moment(milliseconds: Int64) -> String { write(milliseconds, .long, .shortened) }

    /// A moment as evidence names it: to the second, and with the offset of its time zone from UTC.
    /// - Parameter milliseconds: Unix time.
    public func evidence(milliseconds: Int64) -> String {
        let moment = Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
        let seconds = zone.secondsFromGMT(for: moment), minutes = abs(seconds) / 60
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(write(milliseconds, .long, .standard)) UTC\(seconds == 0 ? "" : "\(seconds < 0 ? "−" : "+")\(two(minutes / 60)):\(two(minutes % 60))")"
    }

    /// From one moment to another; of the second the time only, if it is of the same day.
    /// - Parameters: Unix time in milliseconds.
    public func interval(from: Int64, to: Int64) -> String {
        let end = date(milliseconds: from) == date(milliseconds: to) ? time(milliseconds: to) : moment(milliseconds: to)
        return "\(moment(milliseconds: from)) – \(end)"
    }

    private func write(_ milliseconds: Int64, _ date: Date.FormatStyle.DateStyle, _ time: Date.FormatStyle.TimeStyle) -> String {
        var style = Date.FormatStyle(date: date, time: time)
        style.locale = locale
        style.timeZone = zone
        return style.format(Date(timeIntervalSince1970: Double(milliseconds) / 1_000))
    }

    /// - Parameter days: since 1970-01-01.
    func day(_ days: Int64) -> String {
        var style = Date.FormatStyle(date: .long, time: .omitted)
        style.locale = locale
        style.timeZone = .gmt
        return style.format(Date(timeIntervalSince1970: Double(days) * 86_400))
    }

    func number(_ value: Int64) -> String { value.formatted(.number.locale(locale)) }
    func number(_ value: Double) -> String { value.formatted(.number.locale(locale).precision(.fractionLength(0...3))) }

    /// - Parameter hundredths: of the currency (ISO 4217).
    func money(hundredths: Int64, currency: String) -> String {
        (Decimal(hundredths) / 100).formatted(.currency(code: currency).locale(locale))
    }

    /// Hours and minutes, as in `1:05 h`.
    func duration(milliseconds: Int64) -> String {
        let minutes = (abs(milliseconds) + 30_000) / 60_000
        return "\(milliseconds < 0 ? "-" : "")\(minutes / 60):\(minutes % 60 < 10 ? "0" : "")\(minutes % 60) h"
    }
}
