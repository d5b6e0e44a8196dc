extension MessageTemplate {
    /// The message that tells these facts.
    /// - Throws: `missingFact`, `link`; `tooLarge` if the link leaves a short message no room.
    public func fill(_ facts: MessageFacts) throws(MessageError) -> MessageText {
        let documents = Self.lines(facts.documents, limit: MessageLimits.documents)
        let values = try values(facts, documents)
        guard let line = subject.filled(values) else { throw missing(.sender) }
        let subject = PlainLine.cut(line, limit: MessageLimits.subjectCharacters, bytes: MessageLimits.subjectBytes)
        let content = MessageContent(
            sender: values[.sender] ?? "",
            senderLines: Self.lines(facts.senderLines, limit: MessageLimits.senderLines),
            greeting: greeting?.filled(values), blocks: paragraphs.compactMap { $0.filled(values, documents) },
            button: button.flatMap { button in values[.link].map { .init(label: button.label, address: button.address, link: $0) } },
            closing: closing?.filled(values))
        return MessageText(
            subject: subject, text: content.text, html: MessageLayout.html(content, subject: subject, language: language),
            sms: try ShortMessage.text(sms, values), language: language)
    }

    private static func lines(_ texts: [String], limit: Int) -> [String] {
        texts.prefix(limit).map { PlainLine.of($0, limit: MessageLimits.factCharacters) }.filter { !$0.isEmpty }
    }

    /// The facts that this kind knows, each a line of its own.
    private func values(_ facts: MessageFacts, _ documents: [String]) throws(MessageError) -> [MessageFact: String] {
        var values: [MessageFact: String] = [:]
        for fact in kind.known {
            guard let value = fact == .documents ? documents.joined(separator: ", ") : facts[fact] else { continue }
            if fact == .link {
                values[fact] = try Self.checked(link: value)
                continue
            }
            let isLong = fact == .note || fact == .done
            let line = PlainLine.of(value, limit: isLong ? MessageLimits.longFactCharacters : MessageLimits.factCharacters)
            // A code is typed as it stands, and never cut.
            if fact == .code, value.wholeMatch(of: /[A-Za-z0-9]{1,20}/) == nil { continue }
            if !line.isEmpty { values[fact] = line }
        }
        for fact in kind.needed where values[fact] == nil { throw missing(fact) }
        if kind == .signedCopy, values[.link] == nil, values[.attachment] == nil { throw missing(.attachment) }
        return values
    }

    private func missing(_ fact: MessageFact) -> MessageError {
        MessageError(.missingFact, "A \(kind.rawValue) is nothing without its \(fact.rawValue). Give it a value that can be read.")
    }

    /// RFC 3986: an absolute address in ASCII, with nothing in it that ends an attribute, a line or a link.
    private static func checked(link: String) throws(MessageError) -> String {
        guard link.utf8.count <= MessageLimits.linkBytes else {
            throw MessageError(.tooLarge, "A link of a message has at most \(MessageLimits.linkBytes) bytes; this has \(link.utf8.count).")
        }
        let isWeb = link.wholeMatch(of: /https?:\/\/[A-Za-z0-9.\[\]:-]+([\/?#][A-Za-z0-9\-._~:\/?#@!$&()*+,;=%]*)?/) != nil
        let isSafe = link.hasPrefix("https://") || link.wholeMatch(of: /http:\/\/(localhost|127\.0\.0\.1|\[::1\])([:\/?#].*)?/) != nil
        guard isWeb, isSafe else {
            throw MessageError(.link, "A link of a message is an address of a page with https (or http on this machine), in ASCII. Check the public URL.")
        }
        return link
    }
}

extension MessageTemplate.Paragraph {
    /// Nil if nothing is left of it.
    fileprivate func filled(_ values: [MessageFact: String], _ documents: [String]) -> MessageContent.Block? {
        switch self {
        case .text(let line): return line.filled(values).map(MessageContent.Block.text)
        case .quote(let line): return line.filled(values).map(MessageContent.Block.quote)
        case .code(let line): return line.filled(values).map(MessageContent.Block.code)
        case .documents: return documents.isEmpty ? nil : .list(documents)
        case .facts(let rows):
            let filled = rows.compactMap { row in row.value.filled(values).map { (row.label, $0) } }
            return filled.isEmpty ? nil : .facts(filled)
        }
    }
}
