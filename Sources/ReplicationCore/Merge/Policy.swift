/// How concurrent writes of a cell are merged. Declared per group in the schema.
public enum Policy: Hashable, Sendable {
    /// The later effective time is shown; the loser is kept.
    case lastWriter
    /// The higher role is shown, then the later time; the loser is kept. Roles by rising authority,
    /// as numbers of the schema; a role not named ranks below all.
    case authority(roles: [UInt32])
    /// The further state along the declared order is shown; declared clashes go to review.
    indirect case lattice(Lattice)
    /// All concurrent values stand until a person chooses.
    case keepBoth
    /// A cell per element; a removal covers only the additions that it has seen.
    case addWinsSet
    /// Carries increments; removed by nothing.
    case counter
    /// The first value committed at the hub stands; a further one is kept and raises review.
    case writeOnce
    /// Only the hub writes.
    case hubOnly
    /// Computed by the hub from declared inputs.
    indirect case derived(Derivation)

    /// Whether concurrent values are kept as a conflict. An element added twice and a sum lose nothing that
    /// a person would have to restore.
    public var leavesConflicts: Bool {
        switch self {
        case .lastWriter, .authority, .keepBoth, .writeOnce, .lattice: true
        case .addWinsSet, .counter, .hubOnly, .derived: false
        }
    }
}

/// The declared order of a lattice field's states.
public struct Lattice: Hashable, Sendable {
    /// From the least to the furthest state. Total: where the domain sees two states side by side, the
    /// schema still says which is shown.
    public var states: [String]
    /// Pairs that go to review when they stand against each other.
    public var clashes: [Clash]

    public struct Clash: Hashable, Sendable {
        public var first: String
        public var second: String
        public init(first: String, second: String) {
            self.first = first
            self.second = second
        }
    }

    public init(states: [String], clashes: [Clash] = []) {
        self.states = states
        self.clashes = clashes
    }

    /// The place of a state along the order; -1 for null and for a state that is not declared.
    public func level(of value: Value?) -> Int {
        guard let text = value?.text else { return -1 }
        return states.firstIndex(of: text) ?? -1
    }

    public func isClash(_ a: Value?, _ b: Value?) -> Bool {
        guard let a = a?.text, let b = b?.text else { return false }
        return clashes.contains { ($0.first == a && $0.second == b) || ($0.first == b && $0.second == a) }
    }
}

/// From what, and how, the hub computes a derived group. Every rule is a join of ledger rows (a sum, or
/// the maximum of a total order), so that each input is taken in once and the order does not matter.
public struct Derivation: Hashable, Sendable {
    public var rule: Rule
    /// The collection whose new rows are the inputs.
    public var source: UInt32
    /// How an input row names the row that it counts for.
    public var target: Target

    public enum Rule: Hashable, Sendable {
        /// The sum of an integer field, or how many inputs there are (nil), kept with the last contribution of each site.
        case sum(field: String?)
        /// The furthest state, along a lattice, of a field. Inputs may be ledger rows or derived fields.
        case furthest(field: String, Lattice)
        /// The values of the input with the highest integer in `by`; ties go to the later write.
        case highest(by: String, fields: [String])
    }

    public enum Target: Hashable, Sendable {
        /// The row that this reference field of the input names.
        case reference(field: String)
        /// The row whose key fields equal these fields of the input; it is made when it is first needed.
        case key([KeyPair])
    }

    /// A field of the target and the field of the input that it must equal.
    public struct KeyPair: Hashable, Sendable {
        public var target: String
        public var source: String
        public init(target: String, source: String) {
            self.target = target
            self.source = source
        }
    }

    public init(rule: Rule, source: UInt32, target: Target) {
        self.rule = rule
        self.source = source
        self.target = target
    }
}
