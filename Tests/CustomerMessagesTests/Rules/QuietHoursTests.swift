import CustomerMessages
import TestSupport
import Testing

@Suite struct QuietHoursTests {
    private func quiet(_ from: Int, _ to: Int, _ clock: LocalClock) throws -> QuietHours {
        try QuietHours(from: LocalTime(hour: from / 60, minute: from % 60), to: LocalTime(hour: to / 60, minute: to % 60), in: clock)
    }

    private func isQuiet(_ minutes: Int, _ from: Int, _ to: Int) -> Bool {
        from < to ? (from..<to).contains(minutes) : minutes >= from || minutes < to
    }

    /// The first minute that is not quiet, and no other, on days on which clocks change and on others.
    @Test(arguments: TestClock.zones) func itEndsWithTheFirstMinuteThatIsNotQuiet(_ zone: String) throws {
        let test = try TestClock(zone)
        let clock = try LocalClock(zone: zone)
        var random = SplitMix64(seed: 1)
        var middles = try test.changes(zone == "Pacific/Apia" ? 2011...2011 : 2025...2026)
        #expect(middles.isEmpty == ["UTC", "Asia/Kathmandu"].contains(zone))
        middles.append(try test.time(2026, 6, 15))
        let fixed = [(22 * 60, 7 * 60), (21 * 60, 2 * 60), (22 * 60, 60), (22 * 60, 90), (0, 30), (0, 6 * 60), (23 * 60, 0), (30, 150), (1, 0), (12 * 60, 14 * 60)]
        for middle in middles.prefix(4) {
            let rules = fixed + (0..<8).map { _ in (Int.random(in: 0..<1_440, using: &random), Int.random(in: 0..<1_440, using: &random)) }
            let first = middle - 26 * TestClock.hour
            // What the clock shows in each minute of four days.
            let shown = (0..<(4 * 1_440)).map { test.minutesOfDay(first + Int64($0) * TestClock.minute) }
            for (from, to) in rules where from != to {
                let hours = try quiet(from, to, clock)
                for start in stride(from: 0, to: 2 * 1_440, by: 7) {
                    let within = Int64.random(in: 0..<TestClock.minute, using: &random)
                    let time = first + Int64(start) * TestClock.minute + within
                    let next = hours.nextAllowed(after: time)
                    var expected = time
                    if isQuiet(shown[start], from, to), let end = shown.indices[start...].first(where: { !isQuiet(shown[$0], from, to) }) {
                        expected = first + Int64(end) * TestClock.minute
                    }
                    #expect(next == expected, "\(zone) \(from)-\(to) at \(time)")
                    #expect(hours.contains(time) == (next != time) && !hours.contains(next) && hours.nextAllowed(after: next) == next)
                }
            }
        }
    }

    @Test func acrossMidnightInSantiago() throws {
        let test = try TestClock("America/Santiago")
        let hours = try quiet(21 * 60 + 30, 8 * 60, LocalClock(zone: "America/Santiago"))
        #expect(try hours.nextAllowed(after: test.time(2026, 11, 22, 23)) == test.time(2026, 11, 23, 8))
        #expect(try hours.nextAllowed(after: test.time(2026, 11, 22, 3)) == test.time(2026, 11, 22, 8))
        #expect(try hours.nextAllowed(after: test.time(2026, 11, 22, 21, 29)) == test.time(2026, 11, 22, 21, 29))
        // The night in which the clock is put forward at midnight is an hour shorter.
        let evening = try test.time(2026, 9, 5, 22)
        #expect(hours.nextAllowed(after: evening) == evening + 9 * TestClock.hour)
    }

    @Test func timesThatAreNoneAreNotQuiet() throws {
        let hours = try quiet(1, 0, LocalClock(zone: "Europe/Madrid"))
        for time in [Int64.min, -1, .max, .max - 86_400_000] { #expect(hours.nextAllowed(after: time) == time && !hours.contains(time)) }
    }

    @Test func whatIsNoTimeOrZoneIsRefused() throws {
        for text in ["", "24:00", "7:00", "07:60", "07-00", "٠٧:٠٠", "07:000"] { #expect(throws: MessageError.self, "\(text)") { try LocalTime(text) } }
        #expect(try LocalTime("07:05") == LocalTime(hour: 7, minute: 5))
        for zone in ["", "Mars/Olympus", "../../etc/passwd"] { #expect(throws: MessageError.self, "\(zone)") { try LocalClock(zone: zone) } }
        #expect(throws: MessageError.self) { try quiet(60, 60, LocalClock(zone: "UTC")) }
    }
}
