/// The templates of an installation: those that the program brings, a company's own in their place, and those of its regions before both.
public struct MessageTemplates: Sendable {
    private typealias Shelf = [MessageKind: [String: MessageTemplate]]

    private var everywhere: Shelf
    private var regions: [String: Shelf] = [:]

    /// - Parameters:
    ///   - own: a company's templates by a name for errors, such as their file's. One takes the place of that of the same kind and language.
    ///   - regions: templates of territories, by the territory's name.
    /// - Throws: `MessageError.Code.template`, naming it; also if two are of one kind and language; `tooLarge`.
    public init(own: [String: String] = [:], regions: [String: [String: String]] = [:]) throws(MessageError) {
        let count = own.count + regions.values.reduce(0) { $0 + $1.count }
        guard count <= MessageLimits.templates else {
            throw MessageError(.tooLarge, "A company has at most \(MessageLimits.templates) templates of messages; these are \(count).")
        }
        everywhere = try Self.shelf(own, "")
        for (kind, languages) in try Self.shelf(MessageTemplate.shipped, "") {
            everywhere[kind, default: [:]].merge(languages) { own, _ in own }
        }
        for (region, texts) in regions { self.regions[region] = try Self.shelf(texts, "\(region)/") }
    }

    /// The names of the territories that have templates of their own, rising.
    public var territories: [String] { regions.keys.sorted() }

    private static func shelf(_ texts: [String: String], _ place: String) throws(MessageError) -> Shelf {
        var shelf: Shelf = [:]
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
            let template: MessageTemplate
            do throws(MessageError) { template = try .read(text) } catch { throw MessageError(error.code, "\(place)\(name): \(error.message)") }
            guard shelf[template.kind]?[template.language] == nil else {
                throw MessageError(.template, "\(place)\(name): there is another \(template.kind.rawValue) in \(template.language) already. Keep one of them.")
            }
            shelf[template.kind, default: [:]][template.language] = template
        }
        return shelf
    }

    /// The template for a reader: in their language, then with less and less behind the hyphens (`es-CL`, `es`; RFC 4647, section 3.4), then in English.
    /// Of one language that of the nearest region is taken, then the company's. What a reader understands goes before where it holds.
    ///
    /// - Parameter territories: names, from the inside out.
    public func template(_ kind: MessageKind, language: String, in territories: [String] = []) -> MessageTemplate? {
        let shelves = territories.compactMap { regions[$0]?[kind] } + [everywhere[kind] ?? [:]]
        var tag = language[...]
        while !tag.isEmpty {
            for shelf in shelves {
                if let template = shelf.first(where: { $0.key.lowercased() == tag.lowercased() })?.value { return template }
            }
            tag = tag.lastIndex(of: "-").map { tag[..<$0] } ?? ""
        }
        return shelves.lazy.compactMap { $0["en"] }.first
    }

    /// Languages that have a template of each kind everywhere.
    public var languages: [String] {
        let all = Set(everywhere.values.flatMap(\.keys))
        return all.filter { language in MessageKind.allCases.allSatisfy { everywhere[$0]?[language] != nil } }.sorted()
    }
}
