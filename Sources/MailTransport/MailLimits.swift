/// The bounds of mail and HTTP requests. Bytes unless said otherwise; times in milliseconds.
public enum MailLimits {
    // MARK: Messages

    /// RFC 5321, section 4.5.3.1: local part 64, path 256 with its angle brackets.
    public static let localPartBytes = 64
    public static let addressBytes = 254
    public static let nameBytes = 256
    public static let subjectBytes = 1_000
    public static let messageIDBytes = 200
    public static let recipients = 20
    public static let bodyBytes = 1 << 20
    public static let parts = 40
    public static let fileNameBytes = 200
    /// Pictures and attachments of one message together, before they are encoded: one PDF of the largest size and a little besides.
    public static let attachedBytes = 48 << 20
    public static let unsubscribeBytes = 800

    /// Lines of headers are folded here. RFC 2047, section 2, allows lines with encoded words 76 characters; RFC 5322 prefers 78.
    static let foldAt = 76
    /// An encoded word, and any other word that is not encoded because of its length. The longest name of a header fits before it.
    static let wordBytes = 52
    /// What RFC 5322, section 2.1.1, allows a line at most.
    static let lineBytes = 998

    // MARK: Transfers

    public static let timesMilliseconds = 100...3_600_000
    /// How long a server that has answered for a message may keep us with its farewell.
    static let farewellMilliseconds = 2_000
    /// What a server may answer in one dialogue, and what is kept of one reply's text.
    static let dialogueBytes = 64 << 10
    public static let replyTextBytes = 2_000
    public static let credentialBytes = 512
    public static let hostBytes = 253
    /// The text of a short message, in its longest form, may stand in a query.
    public static let urlBytes = 32 << 10
    public static let requestHeaders = 40
    public static let requestHeaderBytes = 4_000
    public static let requestBytes = 8 << 20
    public static let answerBytes = 16 << 20
    static let answerHeaderBytes = 64 << 10

    // MARK: SMS

    /// Characters of a text: ten messages of a telephone joined to one.
    public static let smsCharacters = 1_530
    public static let templateBytes = 8_000

    // MARK: Bounces

    /// What is looked at of a bounce; what follows is mostly the message that came back, and is not read.
    public static let bounceBytes = 1 << 20
    public static let bounceParts = 12
    static let bounceHeaderFields = 200
    static let bounceFieldBytes = 2_000
    public static let bounceRecipients = 100

    /// The relations that must hold between the limits.
    public static var areConsistent: Bool {
        "List-Unsubscribe-Post: ".utf8.count + wordBytes <= foldAt && foldAt <= lineBytes
            && "List-Unsubscribe: <>".utf8.count + unsubscribeBytes <= lineBytes && addressBytes + 4 <= lineBytes
            && messageIDBytes + 16 <= lineBytes && replyTextBytes <= dialogueBytes && smsCharacters * 12 + templateBytes <= urlBytes && urlBytes <= requestBytes
    }
}
