/// When customers are told that a technician comes at another time than they know.
public struct ArrivalRule: Sendable, Equatable {
    /// A change of so many minutes or more, against what was last told, matters.
    public let thresholdMinutes: Int
    /// Between two messages about a visit's arrival.
    public let gapMinutes: Int
    /// About the arrival of one visit, with the one that says that the technician is on the way.
    public let mostMessages: Int
    /// One message says that the technician is on the way. The last of `mostMessages` is kept for it.
    public let tellsOnTheWay: Bool
    public let quietHours: QuietHours?

    /// - Throws: `MessageError.Code.rule`.
    public init(
        thresholdMinutes: Int = 15, gapMinutes: Int = 10, mostMessages: Int = 4, tellsOnTheWay: Bool = true,
        quietHours: QuietHours? = nil
    ) throws(MessageError) {
        guard 1...MessageLimits.minutes ~= thresholdMinutes, 1...MessageLimits.minutes ~= gapMinutes else {
            throw MessageError(.rule, "Threshold and gap of messages about an arrival are 1 to \(MessageLimits.minutes) minutes.")
        }
        guard 0...MessageLimits.arrivalMessages ~= mostMessages else {
            throw MessageError(.rule, "About one visit's arrival there are 0 to \(MessageLimits.arrivalMessages) messages.")
        }
        self.thresholdMinutes = thresholdMinutes
        self.gapMinutes = gapMinutes
        self.mostMessages = mostMessages
        self.tellsOnTheWay = tellsOnTheWay
        self.quietHours = quietHours
    }

    var threshold: Int64 { Int64(thresholdMinutes) * Milliseconds.minute }
    var gap: Int64 { Int64(gapMinutes) * Milliseconds.minute }
}
