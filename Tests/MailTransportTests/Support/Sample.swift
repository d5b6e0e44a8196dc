import MailTransport
import TestSupport

/// Messages to try things with.
enum Sample {
    static func message(
        to recipients: [Mailbox]? = nil, subject: String = "Your work order", text: String = "Hello.\n", html: String? = nil,
        pictures: [InlinePicture] = [], attachments: [Attachment] = [], language: String? = nil, unsubscribe: UnsubscribeLink? = nil,
        replyTo: Mailbox? = nil, sender: Mailbox? = nil
    ) throws -> MailMessage {
        try MailMessage(
            id: MessageID("order-4711.sign@harborlift.example"), date: MailDate(secondsSince1970: 1_795_343_999),
            from: sender ?? Mailbox(name: "Harbor Lift", "service@harborlift.example"),
            to: recipients ?? [Mailbox(name: "Ana Muñoz", "ana@example.com")], replyTo: replyTo, subject: subject, text: text, html: html,
            pictures: pictures, attachments: attachments, language: language, unsubscribe: unsubscribe)
    }

    /// Bytes of every value, which look like a file that has been compressed.
    static func file(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var random = SplitMix64(seed: seed)
        return Array("%PDF-1.7\n".utf8) + random.bytes(count)
    }
}
