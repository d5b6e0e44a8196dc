/// What is written about a visit before its day: the confirmation when it is booked, and a reminder the day before. Times are Unix milliseconds.
public struct VisitPlan: Sendable, Equatable {
    /// When the reminder goes out, on the day before, by the customer's clock on the wall; nil for none.
    public let reminderTime: LocalTime?
    /// A visit that begins within so many minutes is not confirmed: word that the technician is on the way comes soon enough.
    public let shortNoticeMinutes: Int
    public let clock: LocalClock
    public let quietHours: QuietHours?

    /// - Throws: `MessageError.Code.rule`.
    public init(reminderTime: LocalTime?, shortNoticeMinutes: Int = 60, in clock: LocalClock, quietHours: QuietHours? = nil) throws(MessageError) {
        guard 0...MessageLimits.minutes ~= shortNoticeMinutes else {
            throw MessageError(.rule, "Short notice is 0 to \(MessageLimits.minutes) minutes.")
        }
        self.reminderTime = reminderTime
        self.shortNoticeMinutes = shortNoticeMinutes
        self.clock = clock
        self.quietHours = quietHours
    }

    /// The messages of a visit that are still to be sent, in their order.
    /// - Parameters:
    ///   - bookedAt: when the visit got this window.
    ///   - startsAt: when its window begins.
    ///   - sent: what was sent about this window.
    ///   - now: none is due earlier.
    public func due(bookedAt: Int64, startsAt: Int64, sent: Set<MessageKind>, now: Int64) -> [DueMessage] {
        let bookedAt = Milliseconds.bounded(bookedAt)
        let startsAt = Milliseconds.bounded(startsAt)
        return [confirmation(bookedAt, startsAt, now), reminder(bookedAt, startsAt, now)].compactMap { $0 }.filter { !sent.contains($0.kind) }
    }

    private func confirmation(_ bookedAt: Int64, _ startsAt: Int64, _ now: Int64) -> DueMessage? {
        let before = startsAt - Int64(shortNoticeMinutes) * Milliseconds.minute
        let at = quietHours.nextAllowed(after: max(bookedAt, now))
        return at < before ? DueMessage(.visitBooked, at: at, before: before) : nil
    }

    private func reminder(_ bookedAt: Int64, _ startsAt: Int64, _ now: Int64) -> DueMessage? {
        guard let reminderTime else { return nil }
        let visitDay = clock.shown(at: startsAt).day
        let planned = clock.instant(day: visitDay - 1, time: reminderTime)
        // It may say "tomorrow", so it ends with its day.
        let midnight = clock.instant(day: visitDay, time: .midnight)
        // Who has just been told needs no reminder.
        guard quietHours.nextAllowed(after: bookedAt) + MessageLimits.confirmationCovers < planned else { return nil }
        let at = quietHours.nextAllowed(after: max(planned, now))
        return at < midnight ? DueMessage(.visitDayBefore, at: at, before: midnight) : nil
    }
}
