/// A time of day on the clock on the wall, such as 21:30.
public struct LocalTime: Sendable, Hashable, Comparable {
    /// Since midnight, 0 to 1,439.
    public let minutes: Int

    /// - Throws: `MessageError.Code.rule`.
    public init(hour: Int, minute: Int = 0) throws(MessageError) {
        guard 0...23 ~= hour, 0...59 ~= minute else { throw MessageError(.rule, "A time of day is 00:00 to 23:59.") }
        minutes = hour * 60 + minute
    }

    /// Reads `21:30`.
    /// - Throws: `MessageError.Code.rule`.
    public init(_ text: String) throws(MessageError) {
        guard text.wholeMatch(of: /[0-9]{2}:[0-9]{2}/) != nil, let hour = Int(text.prefix(2)), let minute = Int(text.suffix(2)) else {
            throw MessageError(.rule, "A time of day is written as 21:30.")
        }
        try self.init(hour: hour, minute: minute)
    }

    static let midnight = LocalTime(minutes: 0)

    private init(minutes: Int) { self.minutes = minutes }

    public static func < (one: LocalTime, other: LocalTime) -> Bool { one.minutes < other.minutes }

    var milliseconds: Int64 { Int64(minutes) * Milliseconds.minute }
}
