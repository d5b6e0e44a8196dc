/// Where whoever receives a message can ask for no more of its kind (RFC 2369, section 3.2).
public struct UnsubscribeLink: Sendable, Hashable, PersonalData {
    public let url: String
    /// A single POST to the link is enough, without a page in between (RFC 8058).
    public let isOneClick: Bool

    /// - Parameter url: `https:`, or `mailto:` unless it is one click.
    public init(_ url: String, isOneClick: Bool = false) throws(MailError) {
        let isHTTPS = url.hasPrefix("https://"), isMail = url.hasPrefix("mailto:")
        let isWritable = url.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"<>\"\\^`{|}".utf8.contains($0) }
        guard isWritable, isHTTPS || (isMail && !isOneClick), url.utf8.count <= MailLimits.unsubscribeBytes else {
            throw MailError(
                .invalidHeader,
                "A link to unsubscribe begins with https:// (or mailto:, if it is not one click) and has at most \(MailLimits.unsubscribeBytes) characters of a URL.")
        }
        self.url = url
        self.isOneClick = isOneClick
    }

    public var description: String { "a link to unsubscribe" }

    var fields: [HeaderField] {
        [HeaderField("List-Unsubscribe", "<\(url)>")]
            + (isOneClick ? [HeaderField("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")] : [])
    }
}
