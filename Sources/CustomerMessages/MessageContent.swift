/// A message filled in, before it is laid out as text or HTML.
struct MessageContent {
    enum Block {
        case text(String)
        case quote(String)
        case list([String])
        case code(String)
        case facts([(label: String, value: String)])
    }

    struct Button {
        var label: String
        var address: String
        var link: String
    }

    var sender: String
    var senderLines: [String]
    var greeting: String?
    var blocks: [Block]
    var button: Button?
    var closing: String?

    /// The first words that say something, for the line beside the subject.
    var preheader: String? {
        for case .text(let text) in blocks { return PlainLine.cut(text, limit: MessageLimits.preheaderCharacters) }
        return nil
    }

    /// As plain text: paragraphs parted by empty lines, the link on a line of its own.
    var text: String {
        var paragraphs = greeting.map { [$0] } ?? []
        paragraphs += blocks.map { block in
            switch block {
            case .text(let text): text
            case .quote(let text): "> \(text)"
            case .list(let items): items.map { "- \($0)" }.joined(separator: "\n")
            case .code(let code): "    \(code)"
            case .facts(let rows): rows.map { "\($0.label): \($0.value)" }.joined(separator: "\n")
            }
        }
        if let button { paragraphs.append("\(button.label):\n\(button.link)") }
        if let closing { paragraphs.append(closing) }
        // What follows is known as a signature to mail programs: RFC 3676, section 4.3.
        paragraphs.append((["-- ", sender] + senderLines).joined(separator: "\n"))
        return paragraphs.joined(separator: "\n\n") + "\n"
    }
}
