import CPangoCairo

/// The pages of a PDF, which are drawn one after another.
final class Canvas {
    /// To draw with; 1 is a point, and 0, 0 the top left of the page.
    let context: OpaquePointer
    let page: PageSize
    private let surface: OpaquePointer
    private let sink: ByteSink
    private let language: String
    /// What is open, from the document down.
    private var open: StructurePath = []
    /// Told to cairo at the end alone: cairo 1.16 crashes when it writes of a page that is not there, as after an error.
    private var outlines: [(text: String, place: String)] = []
    private var isFinished = false

    init(page: PageSize, bytes: Int, information: PDFInformation) throws(PDFRenderingError) {
        let sink = ByteSink(limit: bytes)
        let closure = Unmanaged.passUnretained(sink).toOpaque()
        guard let surface = cairo_pdf_surface_create_for_stream(ByteSink.write, closure, page.width, page.height),
            let context = cairo_create(surface)
        else { throw PDFRenderingError(.failed, "cairo could not begin a PDF; check that libcairo2 is whole.") }
        self.page = page
        self.sink = sink
        language = information.language
        self.surface = surface
        self.context = context
        // With a cross-reference table that others can add to, in later versions of cairo as well.
        cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_4)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, information.title)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, information.author)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, information.subject)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_KEYWORDS, information.keywords)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Converge")
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, information.created)
    }

    deinit {
        cairo_destroy(context)
        // Finishing writes to the sink, which is alive until the end of this.
        if !isFinished { cairo_surface_finish(surface) }
        cairo_surface_destroy(surface)
    }

    /// Draws what is read as an element of the structure; what has no path is only looked at.
    func read(_ path: StructurePath, _ draw: () -> Void) {
        guard let leaf = path.last else { return draw() }
        let common = zip(open, path).prefix { $0 == $1 }.count
        // A leaf is read once: going on with it would make it a branch.
        close(downTo: min(common, path.count - 1))
        for element in path[open.count...] { cairo_tag_begin(context, element.kind.rawValue, "") }
        open = path
        draw()
        cairo_tag_end(context, leaf.kind.rawValue)
        open.removeLast()
    }

    private func close(downTo count: Int) {
        while open.count > count { cairo_tag_end(context, open.removeLast().kind.rawValue) }
    }

    /// Makes a place be found in the reader's list of contents.
    func addOutline(_ text: String, page: Int, y: Double) {
        // As much as a reader shows.
        let text = String(text.prefix(120).map { $0.isNewline ? " " : $0 })
        outlines.append((PrintableText.of(text), "page=\(page) pos=[0 \(Int(y))]"))
    }

    func fill(_ box: Box, _ colour: Colour) {
        context.set(colour)
        cairo_rectangle(context, box.x, box.y, box.width, box.height)
        cairo_fill(context)
    }

    func endPage() throws(PDFRenderingError) {
        cairo_show_page(context)
        try check(cairo_status(context))
    }

    /// The whole file.
    func finish() throws(PDFRenderingError) -> [UInt8] {
        close(downTo: 0)
        try check(cairo_status(context))
        for outline in outlines {
            cairo_pdf_surface_add_outline(surface, CAIRO_PDF_OUTLINE_ROOT, outline.text, outline.place, cairo_pdf_outline_flags_t(0))
        }
        cairo_surface_finish(surface)
        isFinished = true
        try check(cairo_surface_status(surface))
        // Without the language it is still the document.
        return Catalog.adding(language: language, to: sink.bytes) ?? sink.bytes
    }

    private func check(_ status: cairo_status_t) throws(PDFRenderingError) {
        if sink.isFull {
            throw PDFRenderingError(.tooLarge, "The PDF is larger than a document may be; leave photos out, or make several documents of it.")
        }
        guard status != CAIRO_STATUS_SUCCESS else { return }
        throw PDFRenderingError(.failed, "cairo could not write the PDF: \(String(cString: cairo_status_to_string(status))).")
    }
}
