import Documents
import PDFRendering

/// Forms made for one question each.
enum Forms {
    static func form(
        _ blocks: [DocumentForm.Block], title: String = "Title of the form", language: String = "en", lines: [String] = ["One Street 1"]
    ) -> DocumentForm {
        DocumentForm(
            kind: .serviceReport, template: TemplateIdentity(name: "test", version: 1), language: language, title: title, number: "N-17",
            date: "1 May 2026", letterhead: DocumentForm.Letterhead(name: "Company", lines: lines), blocks: blocks, sources: [])
    }

    static func render(
        _ form: DocumentForm, page: PageSize = .a4, limits: PDFRenderingLimits = PDFRenderingLimits(), signatures: [RenderedSignature] = [],
        audit: AuditTrail? = nil, marks: DocumentMarks = DocumentMarks(), pictures: [String: [UInt8]] = [:]
    ) throws -> RenderedPDF {
        try PDFRenderer(page: page, limits: limits).render(
            form, hash: Samples.hash, created: Samples.created, signatures: signatures, audit: audit, marks: marks
        ) { pictures[$0.hash] }
    }

    static func render(_ blocks: [DocumentForm.Block], page: PageSize = .a4) throws -> Reader {
        try Reader(render(form(blocks), page: page).bytes)
    }

    /// So many short lines, which push what follows down the page.
    static func filler(_ lines: Int) -> DocumentForm.Block {
        .facts((0..<lines).map { DocumentForm.Fact(label: "Filler", value: "line \($0) " + String(repeating: "x ", count: 60)) })
    }

    static func table(_ columns: Int, _ rows: [[String]], total: [String]? = nil) -> DocumentForm.Block {
        .table(DocumentForm.Table(
            columns: (0..<columns).map { DocumentForm.Table.Column(label: "Column\($0)", isNumber: $0 > 0) }, rows: rows, empty: "Nothing here",
            total: total))
    }

    static func place(_ name: String, consent: String = "I agree.") -> DocumentForm.SignaturePlace {
        DocumentForm.SignaturePlace(name: name, label: "Label-\(name)", consent: consent)
    }

    static func picture(_ hash: String) -> DocumentForm.Picture { DocumentForm.Picture(hash: hash, size: 1, mediaType: "image/jpeg") }

    static func photo(_ hash: String, _ caption: String = "") -> DocumentForm.Photo {
        DocumentForm.Photo(picture: picture(hash), caption: caption)
    }
}
