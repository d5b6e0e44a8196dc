/// How a file writes its times: `yyyy`, `MM`, `dd`, `HH` (0 to 23), `hh` (1 to 12), `mm`, `ss`, `a` (AM or
/// PM), `X` (Z or an offset such as +02:00); everything else stands for itself.
struct DatePattern: Hashable, Sendable {
    private var parts: [Part] = []

    private enum Part: Hashable {
        case year, month, day, hour, hourOfHalf, minute, second, half, offset
        case literal(UInt8)
    }

    /// A time as it was written.
    struct Reading: Hashable {
        /// Seconds since 1970-01-01 00:00 on the clock that was read.
        var local: Int64
        /// What that clock was ahead of UTC, where it was written.
        var offsetSeconds: Int64?
    }

    /// Nil if the pattern names no year, month or day, or two letters of it mean nothing.
    init?(_ text: String) {
        var rest = Substring(text)
        let words: [(String, Part)] = [
            ("yyyy", .year), ("MM", .month), ("dd", .day), ("HH", .hour), ("hh", .hourOfHalf), ("mm", .minute),
            ("ss", .second), ("a", .half), ("X", .offset),
        ]
        next: while let first = rest.utf8.first {
            for (word, part) in words where rest.hasPrefix(word) {
                parts.append(part)
                rest = rest.dropFirst(word.count)
                continue next
            }
            // "T" between date and time is the one letter that people write without meaning a part.
            if first != UInt8(ascii: "T"), rest.first?.isLetter == true { return nil }
            parts.append(.literal(first))
            rest = Substring(rest.utf8.dropFirst())
        }
        guard parts.contains(.year), parts.contains(.month), parts.contains(.day) else { return nil }
        if parts.contains(.hourOfHalf) != parts.contains(.half) { return nil }
    }

    private init(known parts: [Part]) { self.parts = parts }

    /// RFC 3339 with whole seconds.
    static let instant = DatePattern(known: [
        .year, .literal(45), .month, .literal(45), .day, .literal(84), .hour, .literal(58), .minute, .literal(58),
        .second, .offset,
    ])
    static let day = DatePattern(known: [.year, .literal(45), .month, .literal(45), .day])

    /// Nil if the text does not follow the pattern, or names a day or time that does not exist.
    func read(_ text: String) -> Reading? {
        var bytes = text.utf8.makeIterator()
        var pending = bytes.next()
        func number(_ digits: Int) -> Int? {
            var value = 0
            for _ in 0..<digits {
                guard let digit = pending, (48...57).contains(digit) else { return nil }
                value = value * 10 + Int(digit - 48)
                pending = bytes.next()
            }
            return value
        }
        func take(_ byte: UInt8) -> Bool {
            guard pending == byte else { return false }
            pending = bytes.next()
            return true
        }
        var year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0
        var isAfternoon: Bool?
        var offset: Int64?
        for part in parts {
            switch part {
            case .literal(let byte): if !take(byte) { return nil }
            case .year: guard let found = number(4) else { return nil }; year = found
            case .month: guard let found = number(2) else { return nil }; month = found
            case .day: guard let found = number(2) else { return nil }; day = found
            case .hour: guard let found = number(2) else { return nil }; hour = found
            case .hourOfHalf:
                guard let found = number(2), (1...12).contains(found) else { return nil }
                hour = found % 12
            case .minute: guard let found = number(2) else { return nil }; minute = found
            case .second: guard let found = number(2) else { return nil }; second = found
            case .half:
                switch pending {
                case 65, 97: isAfternoon = false
                case 80, 112: isAfternoon = true
                default: return nil
                }
                pending = bytes.next()
                guard take(77) || take(109) else { return nil }
            case .offset:
                if take(90) { offset = 0; continue }
                let sign: Int64 = pending == 45 ? -1 : 1
                guard take(43) || take(45), let hours = number(2), take(58), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
                offset = sign * Int64(hours * 3600 + minutes * 60)
            }
        }
        guard pending == nil else { return nil }
        if isAfternoon == true { hour += 12 }
        guard hour < 24, minute < 60, second < 60, let days = Self.days(year: year, month: month, day: day) else { return nil }
        return Reading(local: days * 86400 + Int64(hour * 3600 + minute * 60 + second), offsetSeconds: offset)
    }

    /// The day that a number of seconds since 1970-01-01 falls on, also before then.
    static func wholeDays(_ seconds: Int64) -> Int64 { seconds / 86400 - (seconds % 86400 < 0 ? 1 : 0) }

    /// Days since 1970-01-01 in the Gregorian calendar; nil for a day that does not exist.
    static func days(year: Int, month: Int, day: Int) -> Int64? {
        guard (1...12).contains(month) else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...lengths[month - 1]).contains(day) else { return nil }
        let before = lengths[..<(month - 1)].reduce(0, +)
        let past = year - 1
        // Day 719,162 of the calendar is 1970-01-01.
        return Int64(past * 365 + past / 4 - past / 100 + past / 400 + before + day - 1 - 719_162)
    }
}
