/// Makes UUIDs of version 7 that rise strictly within one generator, also when the clock stands still
/// or goes back (RFC 9562, section 6.2, method 1: a counter in the random bits after the time).
public struct IdentifierGenerator: Sendable {
    private var lastMilliseconds: UInt64 = 0
    private var counter: UInt64 = 0

    public init() {}

    /// - Parameters:
    ///   - milliseconds: Unix time of the caller's clock.
    ///   - random: the source of the 62 random bits.
    public mutating func next<Subject>(
        milliseconds: UInt64, random: inout some RandomNumberGenerator
    ) -> Identifier<Subject> {
        if milliseconds > lastMilliseconds {
            lastMilliseconds = milliseconds
            // Starting in the lower half leaves 2,048 steps before the time has to be borrowed from.
            counter = random.next() & 0x7FF
        } else {
            counter += 1
            if counter > 0xFFF {
                counter = 0
                lastMilliseconds += 1
            }
        }
        let high = (lastMilliseconds & 0xFFFF_FFFF_FFFF) << 16 | 0x7000 | counter
        let low = (random.next() >> 2) | 0x8000_0000_0000_0000
        return Identifier(high: high, low: low)
    }
}
