/// A message that is to be sent at a time, in Unix milliseconds.
public struct DueMessage: Sendable, Equatable {
    public var kind: MessageKind
    /// From when on; if it is past, now.
    public var at: Int64
    /// It makes sense before this time only.
    public var before: Int64

    public init(_ kind: MessageKind, at: Int64, before: Int64) {
        self.kind = kind
        self.at = at
        self.before = before
    }
}
