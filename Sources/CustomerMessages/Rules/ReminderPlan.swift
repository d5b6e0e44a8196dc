/// When whoever was asked for a signature is reminded. Times are Unix milliseconds.
public struct ReminderPlan: Sendable, Equatable {
    public enum Offset: Sendable, Hashable {
        case afterSending(hours: Int)
        case beforeExpiry(hours: Int)
    }

    public let offsets: [Offset]
    /// Between two reminders, and between the request and one that is counted from its expiry.
    public let gapHours: Int
    public let quietHours: QuietHours?

    /// - Parameter offsets: in any order.
    /// - Throws: `MessageError.Code.rule`.
    public init(_ offsets: [Offset], gapHours: Int = 12, quietHours: QuietHours? = nil) throws(MessageError) {
        guard offsets.count <= MessageLimits.reminders else {
            throw MessageError(.rule, "A request has at most \(MessageLimits.reminders) reminders; these are \(offsets.count).")
        }
        for offset in offsets {
            switch offset {
            case .afterSending(let hours), .beforeExpiry(let hours):
                guard 1...MessageLimits.reminderHours ~= hours else {
                    throw MessageError(.rule, "A reminder comes 1 to \(MessageLimits.reminderHours) hours after sending or before expiry.")
                }
            }
        }
        guard 1...MessageLimits.reminderHours ~= gapHours else {
            throw MessageError(.rule, "The gap between reminders is 1 to \(MessageLimits.reminderHours) hours.")
        }
        self.offsets = offsets
        self.gapHours = gapHours
        self.quietHours = quietHours
    }

    /// The next reminder; nil if none is to come.
    ///
    /// Reminders that fell due while nobody sent any are one; others are moved apart to the gap.
    /// - Parameters:
    ///   - sentAt: when the request was handed over.
    ///   - reminded: when reminders were sent, in any order.
    ///   - now: it is not due earlier.
    public func next(sentAt: Int64, expiresAt: Int64, reminded: [Int64], now: Int64) -> DueMessage? {
        let sentAt = Milliseconds.bounded(sentAt)
        let expiresAt = Milliseconds.bounded(expiresAt)
        let last = reminded.max().map(Milliseconds.bounded)
        let planned = times(sentAt, expiresAt).first { $0 > last ?? sentAt }
        guard reminded.count < offsets.count, let planned else { return nil }
        let at = quietHours.nextAllowed(after: max(planned, last.map { $0 + gap } ?? planned, now))
        return at < expiresAt ? DueMessage(.signatureReminder, at: at, before: expiresAt) : nil
    }

    private func times(_ sentAt: Int64, _ expiresAt: Int64) -> [Int64] {
        offsets.compactMap { offset in
            switch offset {
            case .afterSending(let hours): return sentAt + Int64(hours) * Milliseconds.hour
            case .beforeExpiry(let hours):
                // A link that lives hardly longer than that would be followed by its reminder at once.
                let time = expiresAt - Int64(hours) * Milliseconds.hour
                return time >= sentAt + gap ? time : nil
            }
        }.filter { $0 < expiresAt }.sorted()
    }

    private var gap: Int64 { Int64(gapHours) * Milliseconds.hour }
}
