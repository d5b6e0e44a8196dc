/// When nobody is written to, by the reader's clock on the wall.
public struct QuietHours: Sendable, Equatable {
    public let from: LocalTime
    /// The first minute in which messages are sent again; before `from` if midnight lies between.
    public let to: LocalTime
    public let clock: LocalClock

    /// - Throws: `MessageError.Code.rule` if both times are the same: that would be never or always.
    public init(from: LocalTime, to: LocalTime, in clock: LocalClock) throws(MessageError) {
        guard from != to else { throw MessageError(.rule, "Quiet hours begin and end at the same time. Leave them away, or give them an end.") }
        self.from = from
        self.to = to
        self.clock = clock
    }

    public func contains(_ milliseconds: Int64) -> Bool { Milliseconds.isTime(milliseconds) && isQuiet(clock.shown(at: milliseconds).time) }

    private func isQuiet(_ time: Int64) -> Bool {
        from < to ? time >= from.milliseconds && time < to.milliseconds : time >= from.milliseconds || time < to.milliseconds
    }

    /// The first time at or after this one at which messages are sent. Where the clock is put forward or back, it is asked what it shows: quiet hours
    /// may be longer or shorter by that hour.
    ///
    /// Times before 1970 and after 9999 are never quiet.
    public func nextAllowed(after milliseconds: Int64) -> Int64 {
        guard Milliseconds.isTime(milliseconds) else { return milliseconds }
        var time = milliseconds
        while true {
            let shown = clock.shown(at: time).time
            guard isQuiet(shown) else { return time }
            let end = time + (to.milliseconds - shown + Milliseconds.day) % Milliseconds.day
            // At each change the clock is looked at anew; they are months apart, so this ends with the first or second turn.
            guard let change = clock.nextChange(after: time), change <= end else { return end }
            time = change
        }
    }
}

extension QuietHours? {
    /// The same; where there are no quiet hours, at once.
    public func nextAllowed(after milliseconds: Int64) -> Int64 { self?.nextAllowed(after: milliseconds) ?? milliseconds }
}
