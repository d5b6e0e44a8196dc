/// A hybrid logical timestamp: Unix milliseconds in the upper 48 bits, a logical counter in the lower 16
/// (Kulkarni et al., "Logical Physical Clocks", 2014).
public struct HybridTime: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public init(milliseconds: UInt64, logical: UInt16 = 0) {
        rawValue = min(milliseconds, Self.largestMilliseconds) << 16 | UInt64(logical)
    }

    public static let zero = HybridTime(rawValue: 0)
    /// The year 10889.
    public static let largestMilliseconds: UInt64 = (1 << 48) - 1

    public var milliseconds: UInt64 { rawValue >> 16 }
    public var logical: UInt16 { UInt16(truncatingIfNeeded: rawValue) }

    /// The next timestamp in order; the largest one is its own successor.
    public var successor: HybridTime { rawValue == .max ? self : HybridTime(rawValue: rawValue + 1) }

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    public var description: String { "\(milliseconds)+\(logical)" }
}

/// The hybrid logical clock of one replica. It never goes back, whatever the wall clock does.
public struct HybridClock: Sendable, Equatable {
    public private(set) var last: HybridTime

    public init(last: HybridTime = .zero) { self.last = last }

    /// A timestamp for a local event, after everything this clock has given or seen.
    public mutating func tick(wallMilliseconds: UInt64) -> HybridTime {
        last = max(HybridTime(milliseconds: wallMilliseconds), last.successor)
        return last
    }

    /// Takes notice of a timestamp from elsewhere.
    public mutating func observe(_ time: HybridTime) { last = max(last, time) }
}
