import Yams

extension MessageTemplate {
    /// Reads a template's YAML.
    /// - Throws: `MessageError.Code.template`, which says where and what to write; `tooLarge`.
    public static func read(_ yaml: String) throws(MessageError) -> MessageTemplate {
        guard yaml.utf8.count <= MessageLimits.templateBytes else {
            throw MessageError(.tooLarge, "A message's template has at most \(MessageLimits.templateBytes) bytes; this has \(yaml.utf8.count).")
        }
        // Aliases could make a small file large.
        guard !yaml.contains(/(?m)(^|[\s\[{,:])[&*][A-Za-z0-9_]/) else { throw wrong(nil, "anchors and aliases (& and *) are not taken; write the text out") }
        let node: Yams.Node?
        do { node = try Yams.compose(yaml: yaml) } catch { throw wrong(nil, "\(error)") }
        guard let node, case .mapping = node else {
            throw wrong(node, "a template is a mapping with message, version, language, subject, paragraphs and sms")
        }
        return try MessageReading(node).template()
    }

    fileprivate static func wrong(_ node: Node?, _ problem: String) -> MessageError {
        let place = node?.mark.map { "line \($0.line): " } ?? ""
        return MessageError(.template, "Template of a message, \(place)\(problem).")
    }
}

/// Reads one mapping after another; what is not known is refused.
private struct MessageReading {
    let node: Node
    private var kind: MessageKind?

    init(_ node: Node, kind: MessageKind? = nil) {
        self.node = node
        self.kind = kind
    }

    func template() throws(MessageError) -> MessageTemplate {
        try only("message", "version", "language", "subject", "greeting", "paragraphs", "button", "closing", "sms")
        guard let kind = MessageKind(rawValue: try text("message")) else {
            throw wrong(node["message"], "message is one of \(MessageKind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard let version = node["version"]?.int, version > 0 else { throw wrong(node["version"], "version is a number from 1 on") }
        let language = try text("language")
        guard language.utf8.count <= 35, language.wholeMatch(of: /[a-z]{2,3}(-[A-Za-z0-9]{1,8})*/) != nil else {
            throw wrong(node["language"], "language is a tag as `es` or `es-CL`")
        }
        guard let paragraphs = node["paragraphs"]?.sequence, 1...MessageLimits.paragraphs ~= paragraphs.count else {
            throw wrong(node["paragraphs"], "paragraphs is a list of 1 to \(MessageLimits.paragraphs)")
        }
        let reading = MessageReading(node, kind: kind)
        var read: [MessageTemplate.Paragraph] = []
        for paragraph in paragraphs { read.append(try MessageReading(paragraph, kind: kind).paragraph()) }
        let template = MessageTemplate(
            kind: kind, version: version, language: language, subject: try reading.whole("subject"), greeting: try reading.optionalLine("greeting"),
            paragraphs: read, button: try reading.button(), closing: try reading.optionalLine("closing"), sms: try reading.whole("sms"))
        if let missing = kind.needed.subtracting(template.names).map(\.rawValue).min() {
            throw wrong(node, "a \(kind.rawValue) is nothing without {{\(missing)}}; name it somewhere")
        }
        return template
    }

    private func paragraph() throws(MessageError) -> MessageTemplate.Paragraph {
        if node.scalar != nil { return .text(try line(node, "a paragraph")) }
        let kinds = ["quote", "list", "code", "facts"]
        guard let mapping = node.mapping, mapping.count == 1, let (name, value) = mapping.first, let block = name.scalar?.string, kinds.contains(block) else {
            throw wrong(node, "a paragraph is a text, or one of \(kinds.joined(separator: ", ")), as `- quote: \"{{note}}\"`")
        }
        switch block {
        case "quote": return .quote(try line(value, "quote"))
        case "code": return .code(try line(value, "code"))
        case "list":
            guard value.scalar?.string == MessageFact.documents.rawValue, kind?.known.contains(.documents) == true else {
                throw wrong(value, "the only list is of documents, `- list: documents`, in messages that have them")
            }
            return .documents
        default:
            guard let pairs = value.mapping, 1...MessageLimits.rows ~= pairs.count else {
                throw wrong(value, "facts are 1 to \(MessageLimits.rows) pairs of a name and a text, as `When: \"{{window}}\"`")
            }
            var rows: [MessageTemplate.Row] = []
            for (label, value) in pairs {
                rows.append(.init(label: try plain(label, "the name of a fact"), value: try line(value, "a fact")))
            }
            return .facts(rows)
        }
    }

    private func button() throws(MessageError) -> MessageTemplate.Button? {
        guard let value = node["button"] else { return nil }
        guard kind?.known.contains(.link) == true else { throw wrong(value, "a \(kind?.rawValue ?? "message") has no link, and so no button") }
        let inner = MessageReading(value, kind: kind)
        try inner.only("label", "address")
        return .init(label: try inner.required("label"), address: try inner.required("address"))
    }

    // MARK: Members

    private func only(_ names: String...) throws(MessageError) {
        guard let mapping = node.mapping else { throw wrong(node, "here stands a mapping with \(names.joined(separator: ", "))") }
        for (name, value) in mapping where !names.contains(name.scalar?.string ?? "") {
            throw wrong(value, "`\(name.scalar?.string.prefix(40) ?? "…")` is not known here; there are \(names.joined(separator: ", "))")
        }
    }

    private func text(_ name: String) throws(MessageError) -> String {
        guard let text = node[name]?.scalar?.string, !text.isEmpty else { throw wrong(node[name] ?? node, "\(name) is missing") }
        return text
    }

    private func required(_ name: String) throws(MessageError) -> String {
        guard let value = node[name] else { throw wrong(node, "\(name) is missing") }
        return try plain(value, name)
    }

    /// A text of one line without facts in it.
    private func plain(_ value: Node, _ name: String) throws(MessageError) -> String {
        guard let text = value.scalar?.string, case let line = PlainLine.of(text, limit: MessageLimits.factCharacters), !line.isEmpty else {
            throw wrong(value, "\(name) is a text")
        }
        guard !line.contains("{{") else { throw wrong(value, "\(name) has no facts in it") }
        return line
    }

    private func optionalLine(_ name: String) throws(MessageError) -> TemplateLine? {
        guard let value = node[name] else { return nil }
        return try line(value, name)
    }

    /// A line that is always there: it may name needed facts only, others within their sections.
    private func whole(_ name: String) throws(MessageError) -> TemplateLine {
        guard let value = node[name] else { throw wrong(node, "\(name) is missing") }
        let line = try line(value, name)
        if let loose = line.unguarded.subtracting(kind?.needed ?? []).map(\.rawValue).min() {
            throw wrong(value, "\(name) is always there, and {{\(loose)}} may be missing; write {{#\(loose)}}…{{/\(loose)}} around what names it")
        }
        return line
    }

    private func line(_ value: Node, _ name: String) throws(MessageError) -> TemplateLine {
        guard let text = value.scalar?.string, !text.isEmpty, text.utf8.count <= MessageLimits.templateTextBytes else {
            throw wrong(value, "\(name) is a text of at most \(MessageLimits.templateTextBytes) bytes")
        }
        let line: TemplateLine
        do throws(TemplateLine.Problem) {
            line = try TemplateLine(PlainLine.of(text, limit: MessageLimits.templateTextBytes))
        } catch { throw wrong(value, error.text) }
        if let kind, let other = line.names.subtracting(kind.known).map(\.rawValue).min() {
            let known = kind.known.map(\.rawValue).sorted().joined(separator: ", ")
            throw wrong(value, "a \(kind.rawValue) knows no {{\(other)}}; it has \(known)")
        }
        return line
    }

    private func wrong(_ node: Node?, _ problem: String) -> MessageError { MessageTemplate.wrong(node ?? self.node, problem) }
}
