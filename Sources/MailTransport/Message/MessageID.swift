/// What names a message, or a picture in it, in the whole world: `left@right` without its angle brackets (RFC 5322, section 3.6.4).
///
/// The caller makes it, once for each purpose: a message that is sent again has the same, so that servers and programs fold the two.
public struct MessageID: Sendable, Hashable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) throws(MailError) {
        let sides = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard text.utf8.count <= MailLimits.messageIDBytes, sides.count == 2, sides.allSatisfy({ EmailAddress.isDotString($0) }) else {
            throw MailError(
                .invalidAddress,
                "A Message-ID is left@right, each of letters, digits and !#$%&'*+-/=?^_`{|}~ with single dots, at most \(MailLimits.messageIDBytes) bytes.")
        }
        self.text = text
    }

    public var description: String { text }
    var bracketed: String { "<\(text)>" }
}
