import Documents
import Foundation
import PDFRendering
import TestSupport
import Testing

/// The realistic documents, as other programs read them.
struct SampleTests {
    struct Sample: Sendable, CustomStringConvertible {
        var name: String
        var page: PageSize
        var language: String
        var signatures: [RenderedSignature]
        var audit: AuditTrail?
        var marks = DocumentMarks()
        var title: String?
        var description: String { title ?? name }

        func render() throws -> RenderedPDF {
            try PDFRenderer(page: page).render(
                try Samples.form(name), hash: Samples.hash, created: Samples.created, signatures: signatures, audit: audit, marks: marks,
                picture: Samples.picture)
        }
    }

    static let all = [
        Sample(
            name: "service-report.en", page: .letter, language: "en", signatures: Samples.signatures("en"), audit: Samples.audit("en")),
        Sample(name: "service-report.es", page: .a4, language: "es", signatures: Samples.signatures("es"), audit: Samples.audit("es")),
        Sample(name: "contract-long.en", page: .letter, language: "en", signatures: [], audit: nil),
        Sample(
            name: "service-report.es", page: .a4, language: "es", signatures: [], audit: nil, marks: DocumentMarks(isDraft: true),
            title: "draft.es"),
        Sample(
            name: "service-report.en", page: .letter, language: "en",
            signatures: [
                RenderedSignature(
                    place: "customer", signer: "Rosa Whitfield", role: "Building manager", signedAt: "November 20, 2026, 12:34 PM EST",
                    content: .declined(reason: "The brake lining was to be replaced with this visit, as agreed on the telephone.")),
            ],
            audit: nil, marks: DocumentMarks(coversEarlierVersion: true, changed: ["Labor, elevator mechanic: Quantity", "Total"]),
            title: "declined.en"),
    ]

    /// All that is shown, in the order in which it stands in the form.
    static func texts(_ form: DocumentForm) -> [String] {
        var texts = [form.letterhead.name] + form.letterhead.lines + [form.title, form.number, form.date]
        for block in form.blocks {
            switch block {
            case .heading(let text), .text(let text), .terms(let text): texts.append(text)
            case .facts(let facts): texts += facts.flatMap { [$0.label, $0.value] }
            case .table(let table):
                texts += table.columns.map(\.label) + (table.rows.isEmpty ? [table.empty] : table.rows.flatMap { $0 }) + (table.total ?? [])
            case .photos(let photos): texts += photos.map(\.caption)
            case .signature(let place): texts += [place.label, place.consent]
            }
        }
        return texts
    }

    @Test(arguments: all) func saysEverythingInOrderOnce(_ sample: Sample) throws {
        let pdf = try sample.render()
        let reader = try Reader(pdf.bytes)
        try reader.check()
        let read = try reader.read()
        var place = read.startIndex
        for text in Self.texts(try Samples.form(sample.name)).map(Reader.bare) where !text.isEmpty {
            let found = try #require(read.range(of: text, range: place..<read.endIndex), "'\(text)' is not read where it should be")
            place = found.upperBound
        }
        // Headers of tables that go on, feet of pages and the mark of a draft are looked at only.
        #expect(read.components(separatedBy: "Unitprice").count - 1 == (sample.language == "en" ? 1 : 0))
        #expect(!read.contains(String(Samples.hash.prefix(12)) + "Page"))
        if let folder = ProcessInfo.processInfo.environment["CONVERGE_SAMPLES"] {
            try Data(pdf.bytes).write(to: URL(fileURLWithPath: folder).appendingPathComponent("\(sample).pdf"))
        }
    }

    @Test(arguments: all) func standsWithinTheMargins(_ sample: Sample) throws {
        for word in try Reader(try sample.render().bytes).places() {
            #expect(word.left >= 53.5 && word.right <= sample.page.width - 53.5, "\(word)")
            #expect(word.top >= 40 && word.bottom <= sample.page.height - 20, "\(word)")
        }
    }

    @Test(arguments: all) func sameInputsGiveTheSameBytes(_ sample: Sample) throws {
        let first = try sample.render().bytes
        #expect(try sample.render().bytes == first)
    }

    @Test(arguments: all) func fontsAreEmbeddedAsSubsets(_ sample: Sample) throws {
        let fonts = try Reader(try sample.render().bytes).table("pdffonts")
        #expect(fonts.count >= 2)
        for font in fonts { #expect(Array(font.suffix(5).prefix(3)) == ["yes", "yes", "yes"], "\(font)") }
    }

    @Test(arguments: all) func everyPageSaysWhichItIs(_ sample: Sample) throws {
        let pages = try Reader(try sample.render().bytes).pages()
        for (index, page) in pages.enumerated() {
            let count = sample.language == "es" ? "Página \(index + 1) de \(pages.count)" : "Page \(index + 1) of \(pages.count)"
            let foot = page.split(separator: "\n").last { !$0.allSatisfy(\.isWhitespace) } ?? ""
            #expect(foot.hasSuffix(count), "\(foot)")
            #expect(foot.contains("\(try Samples.form(sample.name).number)  ·  3f2a9c0d1b7e") || foot.contains("· 3f2a9c0d1b7e"), "\(foot)")
            #expect(foot.hasPrefix("Borrador") == sample.marks.isDraft)
        }
    }

    @Test func tellsAboutItself() throws {
        let pdf = try Self.all[1].render()
        let information = try Reader(pdf.bytes).information()
        #expect(information["Title"] == "Informe de servicio técnico OT-2026-01893")
        #expect(information["Author"] == "Frío Austral Refrigeración SpA")
        #expect(information["Subject"] == "Informe de servicio técnico OT-2026-01893 20 de noviembre de 2026")
        #expect(information["Keywords"] == "sha256:\(Samples.hash)")
        #expect(information["CreationDate"] == "2026-11-20T17:40:00Z")
        #expect(information["Tagged"] == "yes")
        #expect(information["PDF version"] == "1.4")
        #expect(information["Pages"] == "\(pdf.pages)")
        #expect(information["Page size"]?.contains("A4") == true)
        #expect(pdf.unshown.isEmpty)
        let reader = try Reader(pdf.bytes)
        let trailer = try reader.run("qpdf", ["--show-object=trailer", reader.file])
        let root = try #require(trailer.components(separatedBy: "/Root ").last?.split(separator: " ").first)
        let catalog = try reader.run("qpdf", ["--show-object=\(root)", reader.file])
        #expect(catalog.contains("/Lang (es-CL)") && catalog.contains("/DisplayDocTitle true"), "\(catalog)")
    }

    /// Others add to it by a section that refers to its cross-reference table (ISO 32000-1, 7.5.6).
    @Test(arguments: all) func hasACrossReferenceTable(_ sample: Sample) throws {
        let text = String(decoding: try sample.render().bytes.suffix(200), as: UTF8.self)
        let start = try #require(text.range(of: "startxref\n"))
        let offset = try #require(Int(text[start.upperBound...].prefix { $0.isNumber }))
        let bytes = try sample.render().bytes
        #expect(bytes[offset...].starts(with: Array("xref\n".utf8)))
        #expect(!String(decoding: bytes, as: UTF8.self).contains("/ObjStm"))
    }

    @Test func photosAreEmbeddedAsTheyAre() throws {
        let pdf = try Self.all[0].render()
        var jpegs = 0
        for case .photos(let photos) in try Samples.form("service-report.en").blocks {
            for photo in photos {
                jpegs += 1
                // Behind its head, which says nothing about the picture.
                let bytes = try #require(try Samples.picture(photo.picture)).dropFirst(2)
                #expect(Data(pdf.bytes).range(of: Data(bytes)) != nil, "\(photo.caption)")
            }
        }
        #expect(try Reader(pdf.bytes).table("pdfimages").count { $0.contains("jpeg") } == jpegs)
    }
}
