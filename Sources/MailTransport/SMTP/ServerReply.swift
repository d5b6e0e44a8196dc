/// What a server answered: a reply of SMTP (RFC 5321, section 4.2), or an HTTP status.
public struct ServerReply: Sendable, Hashable, CustomStringConvertible {
    public let code: Int
    public let status: EnhancedStatus?
    /// The server's own words, which may name the recipient; at most `MailLimits.replyTextBytes`.
    public let text: PersonalText

    public init(code: Int, status: EnhancedStatus? = nil, text: PersonalText) {
        self.code = code
        self.status = status
        self.text = text
    }

    /// Code and status, without the words.
    public var description: String { status.map { "\(code) \($0)" } ?? "\(code)" }
}
