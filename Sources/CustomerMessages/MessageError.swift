/// Why there is no message.
public struct MessageError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The template's text is wrong; `message` says where.
        case template
        /// A fact is missing that the message is nothing without.
        case missingFact
        /// A link is no address of a page.
        case link
        /// A bound of `MessageLimits` is crossed.
        case tooLarge
        /// A time, a count or a zone of a rule is wrong.
        case rule
    }

    public let code: Code
    /// What happened, where, and what to do. Holds no value of a fact.
    public let message: String
    public var description: String { message }

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
