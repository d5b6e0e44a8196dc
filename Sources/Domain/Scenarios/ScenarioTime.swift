/// Times as scenario files have them.
enum ScenarioTime {
    static let day: UInt64 = 86_400_000

    /// `08:15` or `8:15:30`, in milliseconds of the day.
    static func ofDay(_ text: String) -> UInt64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { UInt64($0) }
        guard 2...3 ~= parts.count, let hour = parts[0], let minute = parts[1], hour < 24, minute < 60 else { return nil }
        let second = parts.count == 3 ? parts[2] : 0
        guard let second, second < 60 else { return nil }
        return ((hour * 60 + minute) * 60 + second) * 1_000
    }

    /// `3 d`, `20 m`, `1h`, `30 s`, `500 ms`, with a sign where one may stand, in milliseconds.
    static func span(_ text: String) -> Int64? {
        let digits = text.drop { $0 == "+" || $0 == "-" }.prefix(while: \.isNumber)
        let unit = text.drop { $0 == "+" || $0 == "-" }.dropFirst(digits.count).trimmingPrefix(" ")
        let units: [Substring: Int64] = ["ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let number = Int64(digits), let unit = units[unit], text.count - digits.count <= 5 else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        // A hundred years are long enough for any story.
        guard !overflow, product <= 36_525 * Int64(day) else { return nil }
        return text.hasPrefix("-") ? -product : product
    }
}
