/// The templates of an installation: those that the program brings, and a company's own in their place.
public struct MessageTemplates: Sendable {
    private var templates: [MessageKind: [String: MessageTemplate]] = [:]

    /// - Parameter own: a company's templates by a name for errors, such as their file's. One takes the place of that of the same kind and language.
    /// - Throws: `MessageError.Code.template`, naming it; also if two are of one kind and language; `tooLarge`.
    public init(own: [String: String] = [:]) throws(MessageError) {
        guard own.count <= MessageLimits.templates else {
            throw MessageError(.tooLarge, "A company has at most \(MessageLimits.templates) templates of messages; these are \(own.count).")
        }
        try add(MessageTemplate.shipped)
        let shipped = templates
        templates = [:]
        try add(own)
        for (kind, languages) in shipped { templates[kind, default: [:]].merge(languages) { own, _ in own } }
    }

    private mutating func add(_ texts: [String: String]) throws(MessageError) {
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
            let template: MessageTemplate
            do throws(MessageError) { template = try .read(text) } catch { throw MessageError(error.code, "\(name): \(error.message)") }
            guard templates[template.kind]?[template.language] == nil else {
                throw MessageError(.template, "\(name): there is another \(template.kind.rawValue) in \(template.language) already. Keep one of them.")
            }
            templates[template.kind, default: [:]][template.language] = template
        }
    }

    /// The template for a reader's language: its own, then with less and less behind the hyphens (`es-CL`, `es`; RFC 4647, section 3.4), then English.
    public func template(_ kind: MessageKind, language: String) -> MessageTemplate? {
        var tag = language[...]
        while !tag.isEmpty {
            if let template = templates[kind]?.first(where: { $0.key.lowercased() == tag.lowercased() })?.value { return template }
            tag = tag.lastIndex(of: "-").map { tag[..<$0] } ?? ""
        }
        return templates[kind]?["en"]
    }

    /// Languages that have a template of each kind.
    public var languages: [String] {
        let all = Set(templates.values.flatMap(\.keys))
        return all.filter { language in MessageKind.allCases.allSatisfy { templates[$0]?[language] != nil } }.sorted()
    }
}
