import Foundation
import Yams

extension DocumentTemplate {
    /// Reads a template's YAML.
    /// - Throws: `DocumentError.Code.template`, which says where and what to write; `tooLarge`.
    public static func read(_ text: String) throws -> DocumentTemplate {
        guard text.utf8.count <= DocumentLimits.templateBytes else {
            throw DocumentError(.tooLarge, "A document's template has at most \(DocumentLimits.templateBytes) bytes; this has \(text.utf8.count).")
        }
        let parser: Yams.Parser, node: Yams.Node?
        do {
            parser = try Yams.Parser(yaml: text)
            node = try parser.singleRoot()
        } catch {
            throw wrong(nil, "\(error)")
        }
        guard let node, case .mapping = node else { throw wrong(node, "a template is a mapping with template, version, kind, language, subject, title and blocks") }
        // Aliases could make a small file large. They name anchors, so that without those there are none. Nodes know theirs as long as the parser lives.
        if let anchored = withExtendedLifetime(parser, { anchored(node) }) { throw wrong(anchored, "anchors (&) are not taken; write the text out") }
        return try TemplateReading(node).template()
    }

    private static func anchored(_ node: Node) -> Node? {
        if node.anchor != nil { return node }
        switch node {
        case .mapping(let mapping): return mapping.lazy.compactMap { anchored($0.key) ?? anchored($0.value) }.first
        case .sequence(let sequence): return sequence.lazy.compactMap { anchored($0) }.first
        case .scalar, .alias: return nil
        }
    }

    fileprivate static func wrong(_ node: Node?, _ problem: String) -> DocumentError {
        let place = node?.mark.map { "line \($0.line): " } ?? ""
        return DocumentError(.template, "Template, \(place)\(problem).")
    }
}

/// Reads one mapping after another; what is not known is refused.
private struct TemplateReading {
    let node: Node

    init(_ node: Node) { self.node = node }

    func template() throws -> DocumentTemplate {
        try only("template", "version", "kind", "language", "subject", "title", "number", "letterhead", "words", "blocks")
        guard let kind = DocumentKind(rawValue: try text("kind")) else {
            throw wrong(node["kind"], "kind is one of \(DocumentKind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard let version = node["version"]?.int, version > 0 else { throw wrong(node["version"], "version is a number from 1 on") }
        guard let blocks = node["blocks"]?.sequence, blocks.count <= DocumentLimits.blocks else {
            throw wrong(node["blocks"], "blocks is a list of at most \(DocumentLimits.blocks)")
        }
        var words: [String: String] = [:]
        for (name, word) in node["words"]?.mapping.map(Array.init) ?? [] {
            guard let name = name.scalar?.string, let word = word.scalar?.string else { throw wrong(node["words"], "words are pairs, as `urgent: At once`") }
            words[name] = word
        }
        guard words.count <= DocumentLimits.words else { throw wrong(node["words"], "at most \(DocumentLimits.words) words are taken") }
        let template = DocumentTemplate(
            identity: TemplateIdentity(name: try text("template"), version: version), kind: kind, language: try text("language"),
            subject: try text("subject"), title: try filled("title"), number: try filled("number", or: ""),
            letterhead: try letterhead(),
            blocks: try blocks.map { try TemplateReading($0).block() }, words: words)
        let places = template.blocks.compactMap { if case .signature(let place) = $0 { place.name } else { nil } }
        guard Set(places).count == places.count else { throw wrong(node["blocks"], "two places to sign have one name") }
        return template
    }

    private func letterhead() throws -> DocumentForm.Letterhead {
        guard let value = node["letterhead"] else { throw wrong(node, "letterhead is missing: who sends the document") }
        let inner = TemplateReading(value)
        try inner.only("name", "lines")
        let lines = value["lines"]?.array(of: String.self) ?? []
        guard lines.count <= 10 else { throw wrong(value, "a letterhead has at most 10 lines") }
        return .init(name: try inner.text("name"), lines: lines)
    }

    private func block() throws -> DocumentTemplate.Block {
        let kinds = ["heading", "text", "facts", "table", "photos", "terms", "signature"]
        guard case .mapping(let mapping) = node, mapping.count == 1, let (name, value) = mapping.first, let kind = name.scalar?.string, kinds.contains(kind) else {
            throw wrong(node, "a block is one of \(kinds.joined(separator: ", ")), as `- heading: Work done`")
        }
        let inner = TemplateReading(value)
        switch kind {
        case "heading": return .heading(try filled("heading"))
        case "text": return .text(try filled("text"))
        case "terms": return .terms(try filled("terms"))
        case "facts":
            guard let pairs = value.mapping else { throw wrong(value, "facts are pairs of a name and a text, as `Site: \"{{site.name}}\"`") }
            return .facts(try pairs.map { label, value in
                guard let label = label.scalar?.string, let text = value.scalar?.string else { throw wrong(value, "a fact is a name with a text") }
                return .init(label: label, value: try Self.checked(text, value))
            })
        case "table": return .table(try inner.table())
        case "photos":
            try inner.only("rows", "field", "caption")
            return .photos(rows: try inner.optional("rows"), field: try inner.text("field"), caption: try inner.filled("caption", or: ""))
        default:
            try inner.only("name", "label", "consent", "code", "optional")
            if let optional = value["optional"], optional.bool == nil { throw inner.wrong(optional, "`optional` is true or false") }
            let code = try inner.optional("code")
            guard code == nil || code == "email" || code == "sms" else { throw inner.wrong(nil, "`code` is email or sms: how a one-time code is sent to whoever signs through a link") }
            return .signature(.init(name: try inner.text("name"), label: try inner.text("label"), consent: try inner.text("consent"), code: code, isOptional: value["optional"]?.bool ?? false))
        }
    }

    private func table() throws -> DocumentTemplate.Table {
        try only("rows", "sort", "empty", "columns", "total")
        guard let columns = node["columns"]?.sequence, 1...DocumentLimits.columns ~= columns.count else {
            throw wrong(node["columns"], "a table has 1 to \(DocumentLimits.columns) columns")
        }
        return .init(
            rows: try text("rows"), sort: try optional("sort"), empty: try text("empty"),
            columns: try columns.map { try TemplateReading($0).column() }, total: try optional("total"))
    }

    private func column() throws -> DocumentTemplate.Column {
        try only("label", "text", "number", "money", "times", "from", "to", "sum")
        let content: DocumentTemplate.Content
        switch (node["text"], node["number"], node["money"], node["from"]) {
        case (.some, nil, nil, nil): content = .text(try filled("text"))
        case (nil, .some, nil, nil): content = .number(try text("number"))
        case (nil, nil, .some, nil): content = .money(try text("money"), times: try optional("times"))
        case (nil, nil, nil, .some): content = .duration(from: try text("from"), to: try text("to"))
        default: throw wrong(node, "a column has one of text, number, money, or from with to")
        }
        if let times = node["times"], node["money"] == nil { throw wrong(times, "`times` stands beside money") }
        let isSummed = node["sum"]?.bool ?? false
        guard content.isNumber || !isSummed else { throw wrong(node["sum"], "texts have no sum") }
        return .init(label: try text("label"), content: content, isSummed: isSummed)
    }

    // MARK: Members

    private func only(_ names: String...) throws {
        guard let mapping = node.mapping else { throw wrong(node, "here stands a mapping with \(names.joined(separator: ", "))") }
        for (name, value) in mapping where !names.contains(name.scalar?.string ?? "") {
            throw wrong(value, "`\(name.scalar?.string.prefix(40) ?? "…")` is not known here; there are \(names.joined(separator: ", "))")
        }
    }

    private func optional(_ name: String) throws -> String? {
        guard let value = node[name] else { return nil }
        guard let text = value.scalar?.string else { throw wrong(value, "\(name) is a text") }
        return text
    }

    private func text(_ name: String) throws -> String {
        guard let text = try optional(name), !text.isEmpty else { throw wrong(node[name] ?? node, "\(name) is missing") }
        return text
    }

    /// A text with fields in it.
    private func filled(_ name: String, or missing: String? = nil) throws -> String {
        guard node[name] != nil || missing == nil else { return missing ?? "" }
        return try Self.checked(text(name), node[name] ?? node)
    }

    private static func checked(_ text: String, _ node: Node) throws -> String {
        if let problem = TemplateText.problem(text) { throw DocumentTemplate.wrong(node, problem) }
        return text
    }

    private func wrong(_ node: Node?, _ problem: String) -> DocumentError { DocumentTemplate.wrong(node ?? self.node, problem) }
}
