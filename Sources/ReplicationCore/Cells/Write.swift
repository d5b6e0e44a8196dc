/// Who wrote, when, and with what weight: fixed by the hub at commit, and never changed after.
public struct Write: Hashable, Sendable {
    /// The changeset that wrote. A changeset writes a cell at most once, so this names the write.
    public var identity: ChangesetID
    /// The place in the writer's stream under which the hub took the changeset.
    public var dot: Dot
    /// The user's row; zero is the hub itself.
    public var author: RowID
    /// The number of the role in which the author wrote; 0 is the hub itself.
    public var role: UInt32
    /// The role's place in the group's declared order of authority; 0 where the policy uses none.
    public var rank: UInt32
    /// The time that breaks ties.
    public var effective: HybridTime
    /// Where in the hub's order the write was committed.
    public var sequence: CommitSequence
    /// Where it had been committed before, in epochs whose end the hub has lost; nil for almost every write.
    public var former: FormerPlaces?

    public init(
        identity: ChangesetID, dot: Dot, author: RowID, role: UInt32, rank: UInt32,
        effective: HybridTime, sequence: CommitSequence, former: FormerPlaces? = nil
    ) {
        self.identity = identity
        self.dot = dot
        self.author = author
        self.role = role
        self.rank = rank
        self.effective = effective
        self.sequence = sequence
        self.former = former
    }

    /// The place that the write had in an epoch, whether the hub has kept it or not.
    public func place(in epoch: UInt32) -> CommitSequence? {
        sequence.epoch == epoch ? sequence : former?.places.last { $0.epoch == epoch }
    }

    /// Where the write was first committed, as far as that is known.
    var firstPlace: CommitSequence { former?.places.first ?? sequence }

    /// The order among writes that lies outside every policy: effective time, then dot. Total, because
    /// no two changesets share a dot.
    public static func isEarlier(_ a: Write, _ b: Write) -> Bool {
        a.effective != b.effective ? a.effective < b.effective : a.dot < b.dot
    }
}
