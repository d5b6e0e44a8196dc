import CPangoCairo
import Documents

/// What stands on each page beside the document.
struct PageFurniture {
    private let style: PageStyle
    private let wording: Wording
    private let typesetter: Typesetter
    private let name: String
    private let draft: TextBlock?

    init(form: DocumentForm, hash: String, isDraft: Bool, style: PageStyle, wording: Wording, typesetter: Typesetter) {
        self.style = style
        self.wording = wording
        self.typesetter = typesetter
        name = [isDraft ? wording.draft : "", form.number, String(hash.prefix(12))].filter { !$0.isEmpty }.joined(separator: "  ·  ")
        draft = isDraft ? typesetter.text(wording.draft.uppercased(), TextStyle(size: 100, isBold: true)) : nil
    }

    /// The mark of a draft, from corner to corner. It is outlines and no text, so that it does not stand among the document's words.
    func drawBehind(on canvas: Canvas) {
        guard let draft else { return }
        let context = canvas.context
        let width = draft.naturalWidth
        cairo_save(context)
        defer { cairo_restore(context) }
        cairo_translate(context, canvas.page.width / 2, canvas.page.height / 2)
        cairo_rotate(context, -0.9)
        let scale = canvas.page.width * 0.92 / width
        cairo_scale(context, scale, scale)
        cairo_move_to(context, -width / 2, -70)
        context.set(Colour(grey: 0.945))
        draft.addPath(on: context)
        cairo_fill(context)
    }

    func drawFoot(page: Int, of pages: Int, on canvas: Canvas) {
        let y = canvas.page.height - style.marginBottom + 22
        canvas.fill(Box(x: style.marginSide, y: y, width: style.width, height: style.hairline.width), style.hairline.colour)
        let count = typesetter.text(wording.page(page, of: pages), style.trailing(style.foot), width: style.width)
        count.draw(count.lines.indices, on: canvas.context, x: style.marginSide, y: y + 6)
        let left = typesetter.line(name, style.foot, width: style.width - count.naturalWidth - style.gutter)
        left.draw(left.lines.indices, on: canvas.context, x: style.marginSide, y: y + 6)
    }
}
