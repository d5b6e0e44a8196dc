import ReplicationCore

/// What applying a changeset left to do: the input of the hub's own changeset that follows it.
struct Application {
    /// The changeset that is applied.
    let cause: ChangesetID
    let causeDot: Dot
    let author: RowID
    /// The changeset that the writes are of: the applied one itself, or the one that it releases.
    let writes: ChangesetID
    /// The rows that it changed, each once.
    var touched: [LogEntry.Touched] = []
    var conflicts: [PendingConflict] = []
    var reviews: [PendingReview] = []
    /// New values that derived groups may take in.
    var inputs: [DerivationInput] = []
    /// Writes that took the place of others: open conflicts follow them.
    var overwritings: [Overwriting] = []
    /// Writes that were marked as the resolution of a conflict.
    var resolutions: [Resolution] = []
    /// Sides whose open conflict goes on with the incoming write, so that no second one is raised.
    var carriedSides: Set<ConflictSide> = []
    /// Deleted parents that a new child brings back.
    var revived: [RowKey] = []
    /// Where the changeset had been committed in epochs whose end the hub has lost.
    var formerPlaces: [CommitSequence] = []

    /// Where a part of what followed from it stood then: right behind it. Whoever was shown the one was shown the other.
    func formerPlaces(ofConsequence index: Int) -> FormerPlaces? {
        FormerPlaces(formerPlaces.map { CommitSequence(epoch: $0.epoch, number: $0.number + 1 + UInt64(index)) })
    }

    init(cause: ChangesetID, causeDot: Dot, author: RowID, writes: ChangesetID? = nil) {
        self.cause = cause
        self.writes = writes ?? cause
        self.causeDot = causeDot
        self.author = author
    }

    /// One review of a row tells everything that is to be looked at under a rule.
    mutating func note(_ breach: CustomBreach, on key: RowKey) {
        guard let index = reviews.firstIndex(where: { $0.key == key && $0.rule == breach.reviewRule }) else {
            return reviews.append(PendingReview(key: key, rule: breach.reviewRule, detail: breach.reviewDetail))
        }
        let longer = "\(reviews[index].detail) \(breach.reviewDetail)"
        if longer.utf8.count <= HubLimits.reviewDetailBytes { reviews[index].detail = longer }
    }

    /// The rows that were made, and that nobody had known before.
    var newRows: [RowKey] = []
}

/// Two writes of one cell, neither of which had seen the other.
struct PendingConflict {
    let key: RowKey
    let part: Part
    /// What the incoming writer had seen.
    let context: Context
    let reason: MergeReason
    /// The incoming write.
    let yours: Write
}

/// Something that was accepted and that a person should look at.
struct PendingReview {
    let key: RowKey
    /// Names the rule: late, clash, second_value, revived, minimum, unique, mandatory, custom_value.
    let rule: String
    var detail: String
}

/// Fields of a row that were written, as the inputs of derivations.
struct DerivationInput {
    let key: RowKey
    let fields: [String]
    /// The changeset made the row: sums take new ledger rows only.
    let isNewRow: Bool
}
