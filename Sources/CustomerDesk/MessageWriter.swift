import CustomerMessages
import CustomerPages
import Documents
import MailTransport
import ReplicationCore
import ReplicationEngine

/// Makes of a message's row what is sent, from what stands in the store at that moment.
struct MessageWriter {
    let desk: Desk
    let records: HubRecords

    enum Composed {
        case mail(MailMessage)
        case sms(String, PhoneNumber)
    }

    /// - Throws: `DeskError`, `MessageError`, `MailError`: what does not get better by waiting.
    func compose(_ mail: MailRecord, _ post: Post) throws -> Composed {
        guard let message = try records.row("message", mail.message), let address = message.text("address"),
            let kind = message.text("kind").flatMap({ MessageKind(rawValue: $0) })
        else { throw DeskError(.message, "Its row is gone, or is of a kind that this hub does not know.") }
        if kind == .oneTimeCode, mail.first + UInt64(desk.rules.codes.seconds) * 1_000 <= desk.now {
            throw DeskError(.message, "The one-time code is too old by now to be of use.")
        }
        let language = message.text("language") ?? "en"
        let territories = try records.row("work_order", mail.order).map { try records.territories(of: $0) } ?? []
        guard let template = desk.options.templates.template(kind, language: language, in: territories) else {
            throw DeskError(.message, "There is no template for \(kind.rawValue) in '\(language)', and none in English.")
        }
        let secret = try mail.secret.map { try desk.options.box.open($0, of: mail.message) } ?? .init()
        let link = try secret.token.flatMap { LinkToken(text: $0) }.flatMap { try LinkRecord.read($0.hash, records.reader) }
        let attachments = kind == .signedCopy ? try copies(of: link) : []
        var facts = try facts(of: message, mail, secret, link, kind, language)
        facts.attachment = attachments.first?.fileName
        let text = try template.fill(facts)
        if message.text("channel") == "sms" { return .sms(text.sms, try PhoneNumber(address)) }
        let domain = post.sender.address.text.split(separator: "@").last.map(String.init) ?? "localhost"
        return .mail(try MailMessage(
            id: MessageID("\(mail.message)@\(domain)"), date: MailDate(secondsSince1970: (message.integer("made_at") ?? 0) / 1_000), from: post.sender,
            to: [Mailbox(name: facts.reader, address)], replyTo: post.replyTo, subject: text.subject, text: text.text, html: text.html,
            attachments: attachments, language: text.language))
    }

    private func facts(of message: HubRow, _ mail: MailRecord, _ secret: SecretBox.Secret, _ link: LinkRecord?, _ kind: MessageKind, _ language: String) throws -> MessageFacts {
        var facts = MessageFacts(sender: desk.organisation, senderLines: desk.options.contact)
        let order = try records.row("work_order", mail.order)
        let wording = Wording(language: language, zone: try order.flatMap { try records.timeZone(of: $0) })
        if let token = secret.token.flatMap({ LinkToken(text: $0) }), let pages = desk.pages, let link { facts.link = link.purpose.address(token, at: pages) }
        if let request = try message.reference("request").flatMap({ try records.row("signature_request", $0) }) {
            facts.reader = request.text("signer_name")
            facts.note = request.text("message")
        }
        if let link {
            facts.documents = try link.documents.compactMap { try records.row("document", $0.id)?.text("title") }
            facts.expires = wording.moment(milliseconds: Int64(link.expires))
        }
        if kind == .signatureRequest || kind == .signatureReminder { facts.done = order?.text("resolution") }
        facts.code = secret.code
        if secret.code != nil { facts.minutes = "\(desk.rules.codes.seconds / 60)" }
        facts.title = order?.text("title")
        if let visit = try message.reference("appointment").flatMap({ try Visit($0, records) }) {
            facts.reader = try visit.order.reference("contact").flatMap { try records.row("contact", $0) }?.text("name")
            facts.window = visit.window.map { wording.interval(from: $0.from, to: $0.to) }
            facts.technician = try visit.row.reference("assignee").flatMap { try records.row("user", $0) }?.text("name")?.split(separator: " ").first.map(String.init)
            facts.site = try visit.order.reference("site").flatMap { try records.row("site", $0) }.map(Self.place)
            facts.arrival = mail.arrival.map { wording.moment(milliseconds: $0) }
            facts.formerArrival = mail.formerArrival.map { wording.moment(milliseconds: $0) }
        }
        return facts
    }

    private static func place(_ site: HubRow) -> String {
        [site.text("name"), site.text("address"), site.text("city")].compactMap(\.self).joined(separator: ", ")
    }

    /// The signed copies, if they are small enough for a mail.
    private func copies(of link: LinkRecord?) throws -> [Attachment] {
        var attachments: [Attachment] = [], size = 0
        for document in link?.documents ?? [] {
            guard let row = try records.row("document", document.id), let blob = row.text("copy").flatMap({ BlobReference(text: $0) })?.blob else { continue }
            size += Int(blob.size)
            guard size <= DeskLimits.attachedBytes, let bytes = try desk.bytes(of: blob) else { return [] }
            attachments.append(try Attachment(fileName: CopyName.of(row), mediaType: "application/pdf", bytes: bytes))
        }
        return attachments
    }
}

/// What a signed copy is called as a file.
enum CopyName {
    static func of(_ document: HubRow) -> String {
        let letters = (document.text("title") ?? "document").lowercased().unicodeScalars.map { scalar -> Character in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) ? Character(scalar) : "-"
        }
        let name = String(letters).split(separator: "-").joined(separator: "-").prefix(60)
        return "\(name.isEmpty ? "document" : name).pdf"
    }
}

extension LinkRecord.Purpose {
    func address(_ token: LinkToken, at pages: PageAddress) -> String {
        switch self {
        case .sign: pages.signing(token)
        case .copies: pages.copies(token)
        case .tracking: pages.tracking(token)
        case .survey: pages.survey(token)
        }
    }
}
