import Mustache

/// Values of a template, by name. `false` stands for what is not there: a missing name would be looked for in what is around.
typealias PageValues = [String: Any]

/// Makes pages of templates and values.
struct PageRenderer: Sendable {
    private let library: MustacheLibrary
    let limits: PageLimits

    /// - Throws: `PageServerError`, if a template is wrong.
    init(limits: PageLimits) throws {
        var library = MustacheLibrary()
        for (name, text) in PageFiles.templates {
            do {
                try library.register(PageEscaping.pragma + text, named: name)
            } catch {
                throw PageServerError(.files, "The template \(name) cannot be read; tell those who make this program.", cause: "\(error)")
            }
        }
        self.library = library
        self.limits = limits
    }

    /// - Parameter values: besides those that all pages have.
    func page(_ template: String, _ values: PageValues, kind: String, title: String, sender: PageSender, words: PageWords, skip: String? = nil, refresh: Int? = nil) -> String {
        var all = values
        let assets = PageAssets.all
        let page: PageValues = [
            "language": words.language, "direction": PageWords.direction(words.language), "title": title, "kind": kind, "icon": assets.address("icon.svg"),
            "style": assets.address("pages.css"), "script": assets.address("pages.js"), "skip": skip ?? false, "refresh": refresh ?? false,
        ]
        all["page"] = page
        all["w"] = words.texts
        all["sender"] = self.sender(sender)
        return fragment(template, all)
    }

    /// A part of a page, or what is no page.
    func fragment(_ template: String, _ values: PageValues) -> String { library.render(values, withTemplate: template) ?? "" }

    private func sender(_ sender: PageSender) -> PageValues {
        let initial = sender.name.first { $0.isLetter || $0.isNumber }.map { String($0).uppercased() }
        return ["name": sender.name, "initial": initial ?? false, "lines": sender.lines] as PageValues
    }

    /// A text that is shown only if there is one.
    static func shown(_ text: String?) -> Any { text.flatMap { $0.isEmpty ? nil : $0 } ?? false }

    static func paragraphs(_ text: String) -> [String] {
        text.split(separator: "\n\n").map { $0.trimmingPrefix { $0.isNewline } }.filter { !$0.isEmpty }.map(String.init)
    }

    static func lines(_ text: String) -> [String] { text.split(whereSeparator: \.isNewline).map(String.init) }
}
