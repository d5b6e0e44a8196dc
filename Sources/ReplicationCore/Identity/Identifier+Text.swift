extension Identifier: CustomStringConvertible, LosslessStringConvertible {
    /// The usual form: 32 lower-case hexadecimal digits in groups of 8, 4, 4, 4 and 12.
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { text in
            var place = 0
            for position in 0..<16 {
                if position == 4 || position == 6 || position == 8 || position == 10 {
                    text[place] = UInt8(ascii: "-")
                    place += 1
                }
                let word = position < 8 ? high : low
                let byte = UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * (position & 7)))
                text[place] = Self.digit(byte >> 4)
                text[place + 1] = Self.digit(byte & 15)
                place += 2
            }
            return place
        }
    }

    /// Reads the usual form, with or without hyphens, in either case; nil for anything else.
    public init?(_ text: String) {
        var high: UInt64 = 0, low: UInt64 = 0, count = 0
        for character in text.utf8 where character != UInt8(ascii: "-") {
            guard let digit = Self.value(ofDigit: character), count < 32 else { return nil }
            if count < 16 { high = high << 4 | digit } else { low = low << 4 | digit }
            count += 1
        }
        guard count == 32 else { return nil }
        self.init(high: high, low: low)
    }

    /// The last eight digits, which differ between identities made at one time: for people's eyes.
    public var short: String { String(description.suffix(8)) }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func value(ofDigit character: UInt8) -> UInt64? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(character - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(character - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(character - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
