/// Spans and times in milliseconds.
enum Milliseconds {
    static let minute: Int64 = 60_000
    static let hour: Int64 = 60 * minute
    static let day: Int64 = 24 * hour

    /// The years 1970 to 9999. Rows may hold any number, and sums of such must not overflow.
    private static let times: ClosedRange<Int64> = 0...253_402_300_799_999

    static func isTime(_ time: Int64) -> Bool { times.contains(time) }
    /// The nearest time that is one.
    static func bounded(_ time: Int64) -> Int64 { min(max(time, times.lowerBound), times.upperBound) }
}
