import Documents

/// Makes a form into strips, from top to bottom.
struct DocumentLayout {
    let style: PageStyle
    let wording: Wording
    let typesetter: Typesetter
    let structure = Structure()
    private(set) var strips: [Strip] = []

    init(page: PageSize, wording: Wording, typesetter: Typesetter) {
        style = PageStyle(page: page)
        self.wording = wording
        self.typesetter = typesetter
    }

    mutating func add(
        _ form: DocumentForm, hash: String, signatures: [RenderedSignature], audit: AuditTrail?, marks: DocumentMarks
    ) {
        addLetterhead(form.letterhead)
        addTitle(form)
        if marks.coversEarlierVersion { addBanner(marks) }
        var rest = form.blocks[...]
        while let block = rest.first {
            // Places to sign that follow each other stand beside each other if they can.
            let places = rest.prefix(2).compactMap { block in
                if case .signature(let place) = block { place } else { nil }
            }
            if case .signature = block, places.count == 2, addSignatures(places, signatures) {
                rest = rest.dropFirst(2)
                continue
            }
            add(block, signatures)
            rest = rest.dropFirst()
        }
        if let audit { addAudit(audit, hash: hash) }
    }

    private mutating func add(_ block: DocumentForm.Block, _ signatures: [RenderedSignature]) {
        switch block {
        case .heading(let text): addHeading(text)
        case .text(let text): addParagraphs(text, style.body)
        case .facts(let facts): addFacts(facts)
        case .table(let table): addTable(table)
        case .photos(let photos): addPhotos(photos)
        case .terms(let text): addParagraphs(text, style.small)
        case .signature(let place): addSignatures([place], signatures, atAnyHeight: true)
        }
    }

    mutating func append(_ strip: Strip) { strips.append(strip) }

    /// Nobody signs on a page that says nothing: the paragraph before goes with the places, unless it would leave a hole behind.
    mutating func keepLastParagraph() {
        guard let last = strips.last, last.breaksFreely, last.height < style.bodyHeight / 5 else { return }
        strips[strips.count - 1].keepsWithNext = true
    }

    /// The block that has just been added stays with the one that follows.
    var spaceBefore: Double {
        guard let last = strips.last else { return 0 }
        return last.keepsWithNext && last.outline != nil ? style.afterHeading : style.beforeBlock
    }

    mutating func addHeading(_ text: String) {
        let block = typesetter.text(text, style.heading, width: style.width)
        var strip = Strip(stacks: [full([Part(block, structure.root + [structure.element(.heading)])])])
        strip.spaceBefore = strips.last?.outline == nil ? style.beforeHeading : style.afterHeading
        strip.keepsWithNext = true
        strip.outline = text
        append(strip)
    }

    mutating func addParagraphs(_ text: String, _ textStyle: TextStyle) {
        for (index, paragraph) in PrintableText.paragraphs(of: text).enumerated() {
            let block = typesetter.text(paragraph, textStyle, width: style.width)
            var strip = Strip(stacks: [full([Part(block, structure.root + [structure.element(.paragraph)])])])
            strip.spaceBefore = index == 0 ? spaceBefore : style.betweenParagraphs
            strip.breaksFreely = true
            append(strip)
        }
    }

    func full(_ parts: [Part]) -> Strip.Stack { Strip.Stack(x: 0, width: style.width, parts: parts) }
}
