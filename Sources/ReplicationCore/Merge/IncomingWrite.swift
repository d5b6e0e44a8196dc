/// A write as it reaches the merge: what it wants, what it had seen, and its fixed stamp.
public struct IncomingWrite: Hashable, Sendable {
    public var write: Write
    public var context: Context
    public var action: Action

    public init(write: Write, context: Context, action: Action) {
        self.write = write
        self.context = context
        self.action = action
    }
}

/// What an operation does to its cell.
public enum Action: Hashable, Sendable {
    /// Writes a group: one value for each of its columns, in the schema's order.
    case set([Value])
    /// Adds the element that the part names.
    case add
    /// Removes the additions of the element that the context contains.
    case remove
    /// Adds to a counter.
    case increment(Int64)
    /// Makes the row.
    case create
    /// Deletes the row as far as the writer had seen it.
    case delete(covering: [SeenCell])
    /// Takes back the deletions that the context contains.
    case restore
}
