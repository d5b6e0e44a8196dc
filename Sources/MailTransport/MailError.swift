/// What the caller asked for cannot be done, whatever the world is like. Nothing was sent.
///
/// What servers and networks do is an outcome (`HandoverOutcome`, `HTTPOutcome`), never an error. Messages quote no address, no name,
/// no content and no credential; the caller knows what it passed.
public struct MailError: Error, Equatable, CustomStringConvertible {
    /// What a caller can react to differently.
    public enum Code: Sendable, Equatable {
        /// No mailbox, Message-ID or telephone number that can be used.
        case invalidAddress
        /// A name, a subject or another text for a header has a character that must not stand there, or is too long.
        case invalidHeader
        /// A body, picture or attachment contradicts itself or the rest of the message.
        case invalidPart
        /// Larger than `MailLimits` allows.
        case tooLarge
        /// A server's address, credentials or limits of time cannot be used.
        case invalidServer
        /// Would send a password or personal data in the clear beyond this machine.
        case insecure
        /// An HTTP request, or a gateway's template, that cannot be used.
        case invalidRequest
        /// The bytes are no delivery status notification.
        case notANotification
    }

    public let code: Code
    /// What happened, where, and what to do about it.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
