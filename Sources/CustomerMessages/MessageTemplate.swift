/// What a message of one kind says, in one language. See `Protocol/messages/README.md`.
public struct MessageTemplate: Sendable, Equatable {
    public var kind: MessageKind
    public var version: Int
    /// BCP 47.
    public var language: String

    var subject: TemplateLine
    var greeting: TemplateLine?
    var paragraphs: [Paragraph]
    /// Shown where there is a link.
    var button: Button?
    var closing: TemplateLine?
    var sms: TemplateLine

    enum Paragraph: Sendable, Equatable {
        case text(TemplateLine)
        /// The personal words of somebody.
        case quote(TemplateLine)
        /// The documents, one by one.
        case documents
        /// What is to be read off and typed.
        case code(TemplateLine)
        case facts([Row])
    }

    struct Row: Sendable, Equatable {
        var label: String
        var value: TemplateLine
    }

    struct Button: Sendable, Equatable {
        var label: String
        /// Before the bare address.
        var address: String
    }

    /// The facts that it names.
    public var names: Set<MessageFact> {
        var names = subject.names.union(sms.names).union(greeting?.names ?? []).union(closing?.names ?? [])
        if button != nil { names.insert(.link) }
        for paragraph in paragraphs {
            switch paragraph {
            case .text(let line), .quote(let line), .code(let line): names.formUnion(line.names)
            case .documents: names.insert(.documents)
            case .facts(let rows): for row in rows { names.formUnion(row.value.names) }
            }
        }
        return names
    }
}
