import Documents

/// Renders forms as PDF 1.4 with cairo and Pango.
///
/// The same inputs give the same bytes, on a machine with the same libraries and fonts: it has no clock and no chance of its own.
/// A value may be used by several threads at once; each rendering has its own fonts.
///
/// A picture that cannot be shown (see `UnshownPicture.Reason`) has a place that says so, with the beginning of its hash, and
/// is named in the result. It is no error: the form has been signed with that picture's hash, other bytes will never come
/// for it, and a customer should not go without the document because one photo of it is damaged.
public struct PDFRenderer: Sendable {
    public let page: PageSize
    public let limits: PDFRenderingLimits

    public init(page: PageSize = .a4, limits: PDFRenderingLimits = PDFRenderingLimits()) {
        self.page = page
        self.limits = limits
    }

    /// - Parameters:
    ///   - hash: SHA-256 of the form's canonical bytes, as 64 hexadecimal digits.
    ///   - created: seconds since 1970-01-01T00:00:00Z; what the PDF says about when it was made.
    ///   - signatures: one at most for each place of the form; the others are left empty.
    ///   - picture: the bytes of a picture, which must have been compared with its hash; nil while it has not come. Called
    ///     on the caller's thread, once for each time that the picture is shown.
    public func render(
        _ form: DocumentForm, hash: String, created: Int64, signatures: [RenderedSignature] = [], audit: AuditTrail? = nil,
        marks: DocumentMarks = DocumentMarks(), picture: (DocumentForm.Picture) throws -> [UInt8]?
    ) throws(PDFRenderingError) -> RenderedPDF {
        let check = FormCheck(limits: limits)
        try check.form(form, hash: hash)
        try check.signatures(signatures, of: form)
        try check.marks(marks)
        if let audit { try check.audit(audit) }
        let order = Order(form: form, hash: hash, created: created, signatures: signatures, audit: audit, marks: marks)
        let result = withoutActuallyEscaping(picture) { picture in
            Result { () throws(PDFRenderingError) in
                try run(order, PictureShelf(limits: limits, mayBeMissing: marks.isDraft, source: picture))
            }
        }
        return try result.get()
    }

    private struct Order {
        var form: DocumentForm
        var hash: String
        var created: Int64
        var signatures: [RenderedSignature]
        var audit: AuditTrail?
        var marks: DocumentMarks
    }

    private func run(_ order: Order, _ pictures: PictureShelf) throws(PDFRenderingError) -> RenderedPDF {
        let form = order.form
        let typesetter = try Typesetter(language: form.language)
        var layout = DocumentLayout(page: page, wording: Wording.of(form.language), typesetter: typesetter)
        layout.add(form, hash: order.hash, signatures: order.signatures, audit: order.audit, marks: order.marks)
        var paginator = Paginator(bodyHeight: layout.style.bodyHeight, pages: limits.pages, structure: layout.structure)
        try paginator.place(layout.strips)

        let canvas = try Canvas(
            page: page, bytes: limits.pdfBytes, information: PDFInformation(form: form, hash: order.hash, created: order.created))
        let furniture = PageFurniture(
            form: form, hash: order.hash, isDraft: order.marks.isDraft, style: layout.style, wording: layout.wording, typesetter: typesetter)
        let drawing = StripDrawing(canvas: canvas, pictures: pictures, typesetter: typesetter, layout: layout)
        let pages = paginator.pages
        for (index, strips) in pages.enumerated() {
            pictures.beginPage()
            furniture.drawBehind(on: canvas)
            // Before the strips: cairo 1.16 fails where a picture with clear parts is the first of a page and is read aloud.
            furniture.drawFoot(page: index + 1, of: pages.count, on: canvas)
            for strip in strips { try drawing.draw(strip, page: index + 1) }
            try canvas.endPage()
        }
        return RenderedPDF(bytes: try canvas.finish(), pages: pages.count, unshown: pictures.unshown)
    }
}
