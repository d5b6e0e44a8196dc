/// A message to customers, made of parts that have been checked, so that no value can become a header or a recipient of its own.
///
/// It has no clock and no chance of its own: the same values give the same bytes.
public struct MailMessage: Sendable, PersonalData {
    public let id: MessageID
    public let date: MailDate
    public let sender: Mailbox
    /// Every one of them is told of the others.
    public let recipients: [Mailbox]
    public let replyTo: Mailbox?
    public let subject: String
    /// Shown by programs that show no HTML.
    public let text: String
    public let html: String?
    public let pictures: [InlinePicture]
    public let attachments: [Attachment]
    /// The language of subject and bodies (BCP 47), such as `es` or `pt-BR`.
    public let language: String?
    public let unsubscribe: UnsubscribeLink?

    /// - Parameters:
    ///   - recipients: 1 to `MailLimits.recipients`.
    ///   - html: has to show each of the `pictures`.
    /// - Throws: `MailError` about the first part that cannot be sent.
    public init(
        id: MessageID, date: MailDate, from sender: Mailbox, to recipients: [Mailbox], replyTo: Mailbox? = nil, subject: String,
        text: String, html: String? = nil, pictures: [InlinePicture] = [], attachments: [Attachment] = [], language: String? = nil,
        unsubscribe: UnsubscribeLink? = nil
    ) throws(MailError) {
        guard (1...MailLimits.recipients).contains(recipients.count) else {
            throw MailError(.tooLarge, "A message goes to 1 to \(MailLimits.recipients) recipients, not to \(recipients.count).")
        }
        guard !subject.allSatisfy(\.isWhitespace) else { throw MailError(.invalidHeader, "The subject is empty. Give one.") }
        try HeaderText.check(subject, "The subject", limit: MailLimits.subjectBytes)
        try Self.check(body: text, "text")
        if let html { try Self.check(body: html, "HTML") }
        try Self.check(pictures, shownIn: html)
        try Self.check(attached: pictures.map(\.bytes.count) + attachments.map(\.bytes.count))
        if let language, !Self.isLanguage(language) {
            throw MailError(.invalidHeader, "The language of a message is a tag such as es or pt-BR.")
        }
        self.id = id
        self.date = date
        self.sender = sender
        self.recipients = recipients
        self.replyTo = replyTo
        self.subject = subject
        self.text = text
        self.html = html
        self.pictures = pictures
        self.attachments = attachments
        self.language = language
        self.unsubscribe = unsubscribe
    }

    public var description: String { "message \(id)" }

    private static func check(body: String, _ what: String) throws(MailError) {
        guard !body.isEmpty else { throw MailError(.invalidPart, "The \(what) body is empty. Give one.") }
        guard body.utf8.count <= MailLimits.bodyBytes else {
            throw MailError(.tooLarge, "The \(what) body has \(body.utf8.count) bytes; \(MailLimits.bodyBytes) are allowed.")
        }
        guard body.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }) else {
            throw MailError(.invalidPart, "The \(what) body has a control character that is no line break and no tab. Remove it.")
        }
    }

    private static func check(_ pictures: [InlinePicture], shownIn html: String?) throws(MailError) {
        guard Set(pictures.map(\.contentID)).count == pictures.count else {
            throw MailError(.invalidPart, "Two pictures of a message have the same name.")
        }
        for picture in pictures where html?.contains("cid:\(picture.contentID)") != true {
            throw MailError(.invalidPart, "The HTML body does not show the picture cid:\(picture.contentID). Show it, or leave it away.")
        }
    }

    private static func check(attached sizes: [Int]) throws(MailError) {
        guard sizes.count <= MailLimits.parts else {
            throw MailError(.tooLarge, "A message has at most \(MailLimits.parts) pictures and attachments, not \(sizes.count).")
        }
        let bytes = sizes.reduce(0, +)
        guard bytes <= MailLimits.attachedBytes else {
            throw MailError(
                .tooLarge, "Pictures and attachments have \(bytes) bytes; \(MailLimits.attachedBytes) are allowed in one message. Send a link, or several messages.")
        }
    }

    private static func isLanguage(_ tag: String) -> Bool {
        tag.utf8.count <= 35 && tag.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            .allSatisfy { (1...8).contains($0.count) && $0.allSatisfy(HostName.isAlphanumeric) }
    }
}
