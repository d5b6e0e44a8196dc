/// What the writer of a cell had seen: what was on the screen, and nothing else.
public struct Context: Hashable, Sendable {
    /// The sequence of the cell state that the writer was shown; zero if it was shown none.
    public var sequence: CommitSequence
    /// The identities of exactly those own pending writes of the cell that the view had applied.
    public var pending: [ChangesetID]

    public init(sequence: CommitSequence = .zero, pending: [ChangesetID] = []) {
        self.sequence = sequence
        self.pending = pending
    }

    /// True if the writer had seen this write.
    ///
    /// A context of an epoch whose end the hub has lost may contain a write that was handed in again since: what
    /// counts is the place that the write had then.
    public func contains(_ write: Write) -> Bool {
        contains(write.sequence, write.former) || pending.contains(write.identity)
    }

    /// True if the writer had seen what stands at a place now, and stood at former ones before.
    public func contains(_ place: CommitSequence, _ former: FormerPlaces?) -> Bool {
        if place <= sequence { return true }
        guard let former else { return false }
        return former.places.contains { $0.epoch == sequence.epoch && $0 <= sequence }
    }
}

/// A cell state that the deleter of a row held: deletion covers up to here and no further.
public struct SeenCell: Hashable, Sendable {
    public var part: Part
    public var context: Context

    public init(part: Part, context: Context) {
        self.part = part
        self.context = context
    }

    /// A group without an element stands for all elements of a set: the hub covers so what the deleter may
    /// not read.
    public func covers(_ other: Part) -> Bool {
        part.group == other.group && (part.element == nil || part == other)
    }
}
