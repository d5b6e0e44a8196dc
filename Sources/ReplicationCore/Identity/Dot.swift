/// The small number that the hub gives a replica at enrolment. The hub itself is site 0.
public typealias Site = UInt32

/// The place of a changeset in its replica's stream. Counters are contiguous from 1.
public struct Dot: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var site: Site
    public var counter: UInt64

    public init(site: Site, counter: UInt64) {
        self.site = site
        self.counter = counter
    }

    public static func < (a: Self, b: Self) -> Bool {
        a.site != b.site ? a.site < b.site : a.counter < b.counter
    }

    public var description: String { "\(site).\(counter)" }
}
