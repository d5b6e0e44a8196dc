/// Why a merge came out as it did: data, from which explanations and conflicts are made.
public struct MergeReason: Hashable, Sendable {
    /// What decided which sibling is shown.
    public var rule: Rule
    /// The write that is shown afterwards, by its changeset; nil where no sibling stands.
    public var shown: ChangesetID?
    /// The siblings that the incoming write had seen and therefore took the place of.
    public var superseded: [Write]
    /// The siblings that now stand beside the incoming write, unseen by it.
    public var concurrent: [Write]
    /// True if a concurrent sibling holds another value: there is a conflict to keep.
    public var isConflict: Bool
    /// True if a person should look, although nothing was lost: a declared clash, or a second value for
    /// a write-once cell.
    public var needsReview: Bool

    public init(
        rule: Rule, shown: ChangesetID? = nil, superseded: [Write] = [], concurrent: [Write] = [],
        isConflict: Bool = false, needsReview: Bool = false
    ) {
        self.rule = rule
        self.shown = shown
        self.superseded = superseded
        self.concurrent = concurrent
        self.isConflict = isConflict
        self.needsReview = needsReview
    }

    public enum Rule: String, Hashable, Sendable, CaseIterable {
        /// The cell knew this write already, or the state did not change.
        case alreadyKnown
        /// The only value: the writer had seen everything that stood before.
        case sawAll
        /// The later effective time is shown.
        case laterTime
        /// The higher role is shown.
        case higherRole
        /// The further state along the declared order is shown.
        case furtherState
        /// Both stand until a person chooses.
        case keptBoth
        /// The first value committed stands.
        case firstCommitted
        /// The element is present, because an addition stands that no removal had seen.
        case additionStands
        /// The element is absent: the removal had seen every addition.
        case removedAll
        /// The amount was added to the sum.
        case added
        /// Alive stands before deleted.
        case aliveStands
        /// The row is deleted as far as its deleter had seen it.
        case deleted
        /// The hub computed the value from its inputs.
        case computed
    }
}
