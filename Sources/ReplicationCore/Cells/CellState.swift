/// One of several concurrent values of a cell that no later write has seen.
public struct Sibling: Hashable, Sendable {
    public var write: Write
    public var content: Content

    public init(write: Write, content: Content) {
        self.write = write
        self.content = content
    }

    public enum Content: Hashable, Sendable {
        /// The columns of a group, in the schema's order.
        case values([Value])
        /// The element of a set is present.
        case present
        /// The row is alive: created or restored.
        case alive
        /// The row is deleted, as far as the deleter had seen it.
        case deleted(covering: [SeenCell])
    }

    public var values: [Value]? { if case .values(let values) = content { values } else { nil } }
}

/// A sum that carries how far each site's contributions are contained in it.
public struct Tally: Hashable, Sendable {
    public var sum: Int64
    /// Per site the last counter whose contribution is in `sum`, by rising site.
    public var contained: [Dot]

    public init(sum: Int64 = 0, contained: [Dot] = []) {
        self.sum = sum
        self.contained = contained
    }

    /// The last counter of a site that is contained; 0 if none is.
    public func lastCounter(of site: Site) -> UInt64 {
        contained.first { $0.site == site }?.counter ?? 0
    }

    /// Takes in a contribution; one that is contained already changes nothing.
    public mutating func add(_ amount: Int64, from dot: Dot) {
        guard lastCounter(of: dot.site) < dot.counter else { return }
        // Wrapping keeps addition commutative; the schema's domains keep real sums far from it.
        sum &+= amount
        if let index = contained.firstIndex(where: { $0.site >= dot.site }) {
            if contained[index].site == dot.site {
                contained[index].counter = dot.counter
            } else {
                contained.insert(dot, at: index)
            }
        } else {
            contained.append(dot)
        }
    }
}

/// What the hub holds for a cell.
public struct CellState: Hashable, Sendable {
    public var part: Part
    /// When the set of siblings, or the tally, last changed.
    public var sequence: CommitSequence
    /// By rising dot. Empty for a set element that was removed, and for a tally.
    public var siblings: [Sibling]
    /// For counters and derived sums; nil for every other policy.
    public var tally: Tally?

    public init(part: Part, sequence: CommitSequence = .zero, siblings: [Sibling] = [], tally: Tally? = nil) {
        self.part = part
        self.sequence = sequence
        self.siblings = siblings
        self.tally = tally
    }

    /// Nothing was ever put into it. An element that was removed is empty as well, and has a sequence.
    var isBlank: Bool { sequence == .zero && siblings.isEmpty && tally == nil }

    /// The value that a changeset has put into the cell; nil if it is not there, or others have taken its place.
    public func sibling(of identity: ChangesetID) -> Sibling? { siblings.first { $0.write.identity == identity } }

    /// The latest effective time among the siblings that a context contains.
    public func latestSeen(by context: Context) -> HybridTime {
        var latest = HybridTime.zero
        for index in siblings.indices where context.contains(siblings[index].write) {
            latest = max(latest, siblings[index].write.effective)
        }
        return latest
    }
}
