import Mustache

/// A text with names of fields in it.
enum TemplateText {
    /// What is wrong with it; nil if it can be filled in.
    ///
    /// Only names and sections are taken: partials, inheritance and other delimiters mean nothing without a library of templates, and one of them
    /// ends the program in the renderer.
    static func problem(_ text: String) -> String? {
        var open: [Substring] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "{{") {
            rest = rest[start.upperBound...]
            let isTriple = rest.first == "{"
            guard let end = rest.firstRange(of: isTriple ? "}}}" : "}}") else { return "a `{{` is not closed" }
            let tag = rest[..<end.lowerBound].drop { $0 == " " || $0 == "{" }
            rest = rest[end.upperBound...]
            let name = String(tag.drop { "#^/ ".contains($0) }).trimmed
            guard name.wholeMatch(of: /\.?[a-z_][A-Za-z0-9_.]*|[a-z]+\([A-Za-z0-9_.]+\)|\./) != nil else {
                return "`{{\(tag.prefix(40))}}` is no field, no `#section` and no `/end` of one"
            }
            switch tag.first {
            case "#", "^":
                open.append(name[...])
                if open.count > DocumentLimits.depth { return "more than \(DocumentLimits.depth) sections stand in each other" }
            case "/":
                guard open.popLast() == name[...] else { return "`{{/\(name)}}` ends what was not begun" }
            default: break
            }
        }
        if let name = open.last { return "the section `\(name)` is not ended" }
        return nil
    }

    /// Fills it in.
    /// - Throws: `DocumentError`.
    static func fill(_ text: String, with row: RowView) throws -> String {
        guard text.contains("{{") else { return text }
        let template: MustacheTemplate
        do {
            template = try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}" + text)
        } catch {
            throw DocumentError(.template, "A template's text cannot be read: \(error)")
        }
        let filled = template.render(row)
        try row.looking.finish()
        guard filled.utf8.count <= DocumentLimits.textBytes else {
            throw DocumentError(.tooLarge, "A text of the document would have \(filled.utf8.count) bytes; at most \(DocumentLimits.textBytes) are taken.")
        }
        return filled.trimmed
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        guard let start = firstIndex(where: { !$0.isWhitespace }), let end = lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(self[start...end])
    }
}
