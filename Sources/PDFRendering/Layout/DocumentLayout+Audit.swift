import Documents

extension DocumentLayout {
    /// On a page of its own: what happened to the document, from the first to the last.
    mutating func addAudit(_ audit: AuditTrail, hash: String) {
        let title = audit.title.isEmpty ? wording.auditTrail : audit.title
        var heading = style.heading
        heading.size = 15
        let block = typesetter.text(title, heading, width: style.width)
        var first = Strip(stacks: [full([Part(block, structure.root + [structure.element(.heading)])])])
        first.startsPage = true
        first.keepsWithNext = true
        first.outline = title
        append(first)
        if !audit.summary.isEmpty { addParagraphs(audit.summary, style.body) }
        addDocumentHash(hash)
        let path = structure.root + [structure.element(.table), structure.element(.tableBody)]
        for (index, entry) in audit.entries.enumerated() {
            var strip = strip(entry, path + [structure.element(.row)])
            strip.spaceBefore = index == 0 ? 10 : 0
            if index == 0 { strip.ruleAbove = style.rule }
            append(strip)
        }
    }

    private mutating func addDocumentHash(_ hash: String) {
        let path = structure.root + [structure.element(.paragraph)]
        var strip = Strip(stacks: [full([
            Part(typesetter.text(wording.documentHash, style.label, width: style.width), path + [structure.element(.span)]),
            .space(1),
            Part(typesetter.text(hash, style.hash, width: style.width), path + [structure.element(.code)]),
        ])])
        strip.spaceBefore = style.beforeBlock
        append(strip)
    }

    private func strip(_ entry: AuditTrail.Entry, _ row: StructurePath) -> Strip {
        let time = 118.0
        let x = time + 12, width = style.width - time - 12
        let cell = row + [structure.element(.cell)]
        func part(_ text: String, _ textStyle: TextStyle, _ kind: StructureElement.Kind) -> Part {
            Part(typesetter.text(text, textStyle, width: width), cell + [structure.element(kind)])
        }
        var parts = [part(entry.what, style.strong, .paragraph)]
        if !entry.who.isEmpty { parts.append(part(entry.who, style.body, .paragraph)) }
        if !entry.origin.isEmpty { parts.append(part(entry.origin, style.small, .paragraph)) }
        if !entry.hash.isEmpty { parts += [.space(1), part(entry.hash, style.hash, .code)] }
        var strip = Strip(stacks: [
            Strip.Stack(x: 0, width: time, parts: [
                .space(1), Part(typesetter.text(entry.time, style.label, width: time), row + [structure.element(.cell)]),
            ]),
            Strip.Stack(x: x, width: width, parts: parts),
        ])
        strip.paddingTop = 6
        strip.paddingBottom = 6
        strip.ruleBelow = style.hairline
        return strip
    }
}
