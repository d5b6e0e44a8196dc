/// A place in the hub's commit order: total, gap-free within an epoch, and later epochs come after
/// earlier ones. The design calls it a sequence; the name here keeps clear of Swift's own.
public struct CommitSequence: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Rises each time the hub is restored from a backup; the first is 1.
    public var epoch: UInt32
    /// The first commit has number 1.
    public var number: UInt64

    public init(epoch: UInt32, number: UInt64) {
        self.epoch = epoch
        self.number = number
    }

    /// Before every commit: what a writer has seen who has seen nothing.
    public static let zero = CommitSequence(epoch: 0, number: 0)

    public static func < (a: Self, b: Self) -> Bool {
        a.epoch != b.epoch ? a.epoch < b.epoch : a.number < b.number
    }

    /// True for zero and for what a hub can give: an epoch from 1 to 2^15 - 1, a number below 2^48. So a sequence
    /// and its order fit into one signed 64-bit integer, in which stores keep it. What comes from outside and is
    /// anything else was never given, and is refused where it is read.
    public var isPossible: Bool {
        epoch == 0 ? number == 0 : epoch <= Self.highestEpoch && number <= Self.highestNumber
    }

    package static let highestEpoch: UInt32 = 0x7FFF
    package static let highestNumber: UInt64 = 0xFFFF_FFFF_FFFF

    public var description: String { "\(epoch):\(number)" }
}
