extension MailMessage {
    /// The message as it travels (RFC 5322, MIME): 7-bit ASCII, lines ended by CRLF and folded at 76 bytes, except where an address,
    /// a Message-ID or a link is longer; none is longer than 998.
    public func bytes() -> [UInt8] {
        var entity = content
        entity.fields = header + entity.fields
        var bytes: [UInt8] = []
        let attached = pictures.reduce(0) { $0 + $1.bytes.count } + attachments.reduce(0) { $0 + $1.bytes.count }
        bytes.reserveCapacity(attached / 72 * 100 + 4 * (text.utf8.count + (html?.utf8.count ?? 0)) + 4_096)
        entity.write(to: &bytes)
        if bytes.suffix(2) != [0x0D, 0x0A] { bytes += [0x0D, 0x0A] }
        return bytes
    }

    private var header: [HeaderField] {
        var fields = [
            HeaderField("Date", date.description), HeaderField("From", mailboxes: [sender]), HeaderField("To", mailboxes: recipients),
        ]
        if let replyTo { fields.append(HeaderField("Reply-To", mailboxes: [replyTo])) }
        fields += [
            HeaderField("Subject", text: subject), HeaderField("Message-ID", id.bracketed),
            // Keeps automatic answers away (RFC 3834, section 5).
            HeaderField("Auto-Submitted", "auto-generated"),
        ]
        if let unsubscribe { fields += unsubscribe.fields }
        if let language { fields.append(HeaderField("Content-Language", language)) }
        return fields + [HeaderField("MIME-Version", "1.0")]
    }

    /// What the message is made of, from the inside out: HTML with its pictures, beside the text, before the attachments.
    private var content: MIMEEntity {
        let seed = self.seed
        var content = MIMEEntity.text(text, subtype: "plain")
        if let html {
            var shown = MIMEEntity.text(html, subtype: "html")
            if !pictures.isEmpty {
                shown = .multipart("related", [shown] + pictures.map(Self.entity), seed: seed, first: "text/html")
            }
            content = .multipart("alternative", [content, shown], seed: seed)
        }
        if attachments.isEmpty { return content }
        return .multipart("mixed", [content] + attachments.map(Self.entity), seed: seed)
    }

    private static func entity(_ picture: InlinePicture) -> MIMEEntity {
        .file(picture.bytes, [
            HeaderField("Content-Type", picture.format.rawValue), HeaderField("Content-ID", picture.contentID.bracketed),
            HeaderField("Content-Disposition", "inline"),
        ])
    }

    private static func entity(_ attachment: Attachment) -> MIMEEntity {
        .file(attachment.bytes, [
            HeaderField("Content-Type", attachment.mediaType),
            HeaderField("Content-Disposition", ["attachment;"] + FileNameParameter.words(attachment.fileName)),
        ])
    }

    /// FNV-1a of the Message-ID, in hexadecimal digits: nothing depends on its being unique but how well people can read the source.
    private var seed: String {
        let hash = id.text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        return String(hash, radix: 16)
    }
}
