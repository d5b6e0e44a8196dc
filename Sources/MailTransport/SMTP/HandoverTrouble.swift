/// Why something was not handed over, or why nobody knows.
public struct HandoverTrouble: Sendable, Hashable, CustomStringConvertible {
    /// What a caller can react to differently.
    public enum Cause: Sendable, Hashable {
        /// The server said no; `reply` holds what it said.
        case refused
        /// No such host, or nobody listens there.
        case unreachable
        case timedOut
        /// No TLS, or a certificate that is not trusted. An administrator's trouble.
        case encryption
        /// The server does not take the credentials, or wants some. An administrator's trouble.
        case authentication
        /// The server is none that the configuration speaks of: wrong path, redirect. An administrator's trouble.
        case configuration
        case connectionLost
        /// What the server said is none of its protocol.
        case protocolBroken
        /// It answered more than was allowed.
        case answerTooLarge
        /// The caller ended it.
        case cancelled
        /// This machine: no memory, no library.
        case local
    }

    public let cause: Cause
    public let reply: ServerReply?
    /// In a sentence, for an administrator. Names the server, and no person.
    public let explanation: String

    public init(_ cause: Cause, reply: ServerReply? = nil, _ explanation: String) {
        self.cause = cause
        self.reply = reply
        self.explanation = explanation
    }

    /// Whether it stays like this until an administrator changes something.
    public var isAdministrators: Bool { [.encryption, .authentication, .configuration].contains(cause) }
    public var description: String { explanation }
}
