import CPangoCairo
import Documents

/// Draws strips where they have been placed.
struct StripDrawing {
    let canvas: Canvas
    let pictures: PictureShelf
    let typesetter: Typesetter
    let layout: DocumentLayout

    private var style: PageStyle { layout.style }

    func draw(_ placed: Paginator.Placed, page: Int) throws(PDFRenderingError) {
        let strip = placed.strip
        let top = style.marginTop + placed.y
        let whole = Box(x: style.marginSide, y: top, width: style.width, height: strip.height)
        if let ground = strip.ground { canvas.fill(whole, ground) }
        if let rule = strip.ruleAbove { draw(rule, at: top, whole) }
        for stack in strip.stacks {
            var y = top + strip.paddingTop
            for part in stack.parts {
                try draw(part, in: Box(x: style.marginSide + stack.x, y: y, width: stack.width, height: part.height))
                y += part.height
            }
        }
        if let rule = strip.ruleBelow { draw(rule, at: top + strip.height, whole) }
        if let outline = strip.outline { canvas.addOutline(outline, page: page, y: top) }
    }

    private func draw(_ rule: Strip.Rule, at y: Double, _ whole: Box) {
        canvas.fill(Box(x: whole.x, y: y - rule.width / 2, width: whole.width, height: rule.width), rule.colour)
    }

    private func draw(_ part: Part, in box: Box) throws(PDFRenderingError) {
        switch part.content {
        case .space: break
        case .text(let block, let lines):
            canvas.read(part.path) { block.draw(lines, on: canvas.context, x: box.x, y: box.y) }
        case .picture(let picture, _, let frame):
            let outcome = try pictures.picture(picture)
            canvas.read(part.path) { draw(outcome, of: picture, frame, in: box) }
        case .signature(let area, _):
            var outcome: PictureShelf.Outcome?
            if case .picture(let picture) = area { outcome = try pictures.picture(picture) }
            canvas.read(part.path) { draw(area, outcome, in: box) }
            canvas.fill(Box(x: box.x, y: box.y + box.height - 0.4, width: box.width, height: 0.8), style.rule.colour)
        }
    }

    private func draw(_ outcome: PictureShelf.Outcome, of picture: DocumentForm.Picture, _ frame: PictureFrame, in box: Box) {
        switch outcome {
        case .shown(let ready):
            if frame == .photo { canvas.fill(box, Colour(0.955, 0.96, 0.965)) }
            let place = ready.place(in: box, isAtLeading: frame == .logo)
            ready.draw(in: place, on: canvas.context)
        case .unshown(let reason):
            canvas.fill(box, Colour(0.955, 0.96, 0.965))
            let inside = Box(x: box.x + 8, y: box.y, width: box.width - 16, height: box.height)
            let text = typesetter.text(layout.wording.unshown(reason), centred(style.small), width: inside.width)
            let hash = typesetter.line(String(picture.hash.prefix(12)), centred(style.hash), width: inside.width)
            let y = box.y + max(2, (box.height - text.height - hash.height) / 2)
            text.draw(text.lines.indices, on: canvas.context, x: inside.x, y: y)
            hash.draw(hash.lines.indices, on: canvas.context, x: inside.x, y: y + text.height)
        }
    }

    private func centred(_ style: TextStyle) -> TextStyle {
        var style = style
        style.alignment = .centre
        return style
    }

    private func draw(_ area: SignatureArea, _ outcome: PictureShelf.Outcome?, in box: Box) {
        switch area {
        case .empty: break
        case .typed(let block), .declined(let block):
            // Just above the line.
            block.draw(block.lines.indices, on: canvas.context, x: box.x + 4, y: box.y + box.height - block.height - 3)
        case .drawn(let drawing):
            let place = Box(x: box.x + 4, y: box.y + 2, width: box.width - 8, height: box.height - 6)
            SignatureInk(drawing, in: place).draw(on: canvas.context)
        case .picture(let picture):
            guard let outcome else { return }
            let place = Box(x: box.x + 4, y: box.y + 2, width: box.width - 8, height: box.height - 6)
            draw(outcome, of: picture, .logo, in: place)
        }
    }
}
