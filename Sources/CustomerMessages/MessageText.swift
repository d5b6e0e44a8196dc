/// A message as it is sent.
public struct MessageText: Sendable, Equatable {
    /// One line.
    public var subject: String
    /// For programs that show no HTML. Lines end in `\n`.
    public var text: String
    public var html: String
    /// For a telephone: one line, of at most `MessageLimits.segmentsAtMost` segments.
    public var sms: String
    /// BCP 47.
    public var language: String
}
