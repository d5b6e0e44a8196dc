import ReplicationCore

/// What applying a changeset left to do: the input of the hub's own changeset that follows it.
struct Application {
    /// The changeset that is applied.
    let cause: ChangesetID
    let causeDot: Dot
    let author: RowID
    /// The rows that it changed, each once.
    var touched: [LogEntry.Touched] = []
    var conflicts: [PendingConflict] = []
    var reviews: [PendingReview] = []
    /// New values that derived groups may take in.
    var inputs: [DerivationInput] = []
    /// Conflicts that an accepted write resolved.
    var resolved: [Resolution] = []
    /// Deleted parents that a new child brings back.
    var revived: [RowKey] = []

    init(cause: ChangesetID, causeDot: Dot, author: RowID) {
        self.cause = cause
        self.causeDot = causeDot
        self.author = author
    }
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

/// An accepted write that was marked as the resolution of a conflict, and now stands alone in its cell.
struct Resolution {
    let conflict: RowID
    let key: RowKey
    let part: Part
}

/// Something that was accepted and that a person should look at.
struct PendingReview {
    let key: RowKey
    /// Names the rule: late, clash, second_value, revived, minimum, unique.
    let rule: String
    let detail: String
}

/// Fields of a row that were written, as the inputs of derivations.
struct DerivationInput {
    let key: RowKey
    let fields: [String]
    /// The changeset made the row: sums take new ledger rows only.
    let isNewRow: Bool
}
