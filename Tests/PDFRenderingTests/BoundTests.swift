import Dispatch
import Documents
import Foundation
import PDFRendering
import Synchronization
import Testing

/// Forms from outside: too large, contradicting themselves, or with texts that nobody should write.
struct BoundTests {
    static let tooLarge: [(String, DocumentForm)] = [
        ("blocks", Forms.form(Array(repeating: .heading("h"), count: 201))),
        ("rows", Forms.form([Forms.table(1, Array(repeating: ["a"], count: 1_000)), Forms.table(1, Array(repeating: ["a"], count: 1_001))])),
        ("columns", Forms.form([Forms.table(25, [])])),
        ("photos", Forms.form([.photos(Array(repeating: Forms.photo("a"), count: 61))])),
        ("text", Forms.form([.text(String(repeating: "a ", count: 524_288))])),
        ("pages", Forms.form([.text(String(repeating: "\n\na", count: 30_000))])),
    ]

    @Test(arguments: tooLarge.indices) func whatIsTooLargeIsRefused(_ index: Int) throws {
        let error = #expect(throws: PDFRenderingError.self) { try Forms.render(Self.tooLarge[index].1, pictures: ["a": []]) }
        #expect(error?.code == .tooLarge, "\(Self.tooLarge[index].0)")
        #expect(error?.message.contains("make several documents") == true)
    }

    @Test func otherBoundsAreKept() throws {
        let form = Forms.form([.signature(Forms.place("a"))])
        let points = Array(repeating: SignatureDrawing.Point(x: 0, y: 0, time: 0, pressure: 0), count: 10_001)
        let drawing = RenderedSignature(
            place: "a", signer: "", role: "", signedAt: "", content: .drawn(SignatureDrawing(strokes: [points], aspect: 2)))
        #expect(throws: PDFRenderingError.self) { try Forms.render(form, signatures: [drawing]) }
        #expect(throws: PDFRenderingError.self) { try Forms.render(form, audit: Samples.audit("en", entries: 2_001)) }
        let marks = DocumentMarks(coversEarlierVersion: true, changed: [String(repeating: "a", count: 1 << 20), "b"])
        #expect(throws: PDFRenderingError.self) { try Forms.render(form, marks: marks) }
        var limits = PDFRenderingLimits()
        limits.pdfBytes = 5_000
        let error = #expect(throws: PDFRenderingError.self) { try Forms.render(form, limits: limits) }
        #expect(error?.code == .tooLarge)
        // At the end and in the middle of its pages.
        #expect(throws: PDFRenderingError.self) { try Forms.render(Forms.form([Forms.filler(900)]), limits: limits) }
    }

    @Test func whatContradictsItselfIsRefused() throws {
        let code = { (form: DocumentForm, signatures: [RenderedSignature]) in
            #expect(throws: PDFRenderingError.self) { try Forms.render(form, signatures: signatures) }?.code
        }
        #expect(code(Forms.form([Forms.table(2, [["a", "b"], ["c"]])]), []) == .malformedForm)
        #expect(code(Forms.form([Forms.table(2, [], total: ["a", "b", "c"])]), []) == .malformedForm)
        #expect(code(Forms.form([.signature(Forms.place("a")), .signature(Forms.place("a"))]), []) == .malformedForm)
        let signature = RenderedSignature(place: "b", signer: "", role: "", signedAt: "", content: .typed("T"))
        #expect(code(Forms.form([.signature(Forms.place("a"))]), [signature]) == .unknownPlace)
        #expect(code(Forms.form([.signature(Forms.place("b"))]), [signature, signature]) == .unknownPlace)
        #expect(throws: PDFRenderingError.self) { try PDFRenderer().render(Forms.form([]), hash: "abc", created: 0) { _ in nil } }
    }

    @Test func nothingAtAllIsADocument() throws {
        var form = Forms.form([
            .heading(""), .text(""), .text(" \n\n \n"), .facts([]), .facts([DocumentForm.Fact(label: "", value: "")]), .photos([]), .terms(""),
            Forms.table(0, []), Forms.table(2, []), Forms.table(1, [[""]], total: [""]), Forms.table(0, [[], []]),
            .signature(DocumentForm.SignaturePlace(name: "", label: "", consent: "")),
        ], title: "", language: "", lines: [""])
        form.number = ""
        form.date = ""
        form.letterhead.name = ""
        let reader = try Reader(Forms.render(form, marks: DocumentMarks(isDraft: true)).bytes)
        try reader.check()
        #expect(try reader.words().contains("Nothing here"))
    }

    @Test func controlCharactersAreSeenAndDoNothing() throws {
        let text = "a\u{0}b\u{1B}[31mc\u{202E}evil\u{7F}d\u{FFFE}e\u{85}f\tg\r\nh"
        let reader = try Forms.render([.text(text), .heading(text), Forms.table(1, [[text]])])
        try reader.check()
        let read = try reader.read()
        #expect(read.components(separatedBy: "a\u{FFFD}b\u{FFFD}[31mc\u{FFFD}evil\u{FFFD}d\u{FFFD}efgh").count == 4, "\(read)")
        let markup = "<b>bold</b> & &amp; <span size='999pt'>x</span> ${name} (unbalanced \\) % /Name"
        #expect(try Forms.render([.text(markup)]).read().contains(Reader.bare(markup)))
    }

    @Test func longWordsAreBrokenAndLoseNothing() throws {
        let word = (0..<600).map { "ж\($0)" }.joined()
        let blocks: [DocumentForm.Block] = [
            .text(word), .heading(word), .terms(word), Forms.table(5, [[word, "1", "2", word, "9"]]),
            .facts([DocumentForm.Fact(label: word, value: word)]),
            .signature(DocumentForm.SignaturePlace(name: "a", label: word, consent: word)), .photos([Forms.photo("a", word)]),
        ]
        let signature = RenderedSignature(place: "a", signer: word, role: word, signedAt: word, content: .declined(reason: word))
        let reader = try Reader(Forms.render(
            Forms.form(blocks, title: word, lines: [word]), signatures: [signature], audit: AuditTrail(entries: [
                AuditTrail.Entry(time: word, what: word, who: word, origin: word, hash: word)
            ]), pictures: ["a": []]).bytes)
        try reader.check()
        // No hyphen either, which nobody wrote.
        // Parts of cells beside each other that go on on the next page are read in turns.
        let read = try reader.read()
        #expect(read.components(separatedBy: word).count - 1 >= 12)
        #expect(read.count { $0 == "ж" } == 21 * 600)
        for place in try reader.places() { #expect(place.left >= 53 && place.right <= 595.28 - 53, "\(place)") }
    }

    @Test func manyColumnsFit() throws {
        let row = (0..<24).map { "value\($0)" }
        let reader = try Forms.render([Forms.table(24, [row, row], total: row)])
        let read = try reader.read()
        for cell in row { #expect(read.components(separatedBy: cell).count >= 4, "\(cell)") }
        for place in try reader.places() { #expect(place.right <= 595.28 - 53, "\(place)") }
    }

    @Test func everyScriptIsReadable() throws {
        let texts = ["Ñandú ¿qué? — «ciudad» ß ő ğ", "Ελληνικά", "Русский", "漢字とかな", "中文字符"]
        let reader = try Forms.render(texts.map { .text($0) } + [.text("עברית"), .text("العربية"), .text("हिन्दी"), .text("ไทย")])
        try reader.check()
        let read = try reader.read()
        for text in texts { #expect(read.contains(Reader.bare(text)), "\(text)") }
        for font in try reader.table("pdffonts") { #expect(font.suffix(5).first == "yes") }
        // Right-to-left text begins at the right.
        let hebrew = try reader.places().filter { $0.text.unicodeScalars.contains { (0x5D0...0x5EA).contains($0.value) } }
        #expect(try #require(hebrew.map(\.right).max()) > 595.28 - 56)
    }

    @Test func theWordsFollowTheLanguage() throws {
        for (language, expected) in [("es", "Página 1 de 1"), ("es-CL", "Página 1 de 1"), ("ES", "Página 1 de 1"), ("fr", "Page 1 of 1"), ("\u{0}%s", "Page 1 of 1")] {
            #expect(try Reader(Forms.render(Forms.form([], language: language)).bytes).words().contains(expected), "\(language)")
        }
    }

    @Test func theLargestFormsAreRendered() throws {
        let rows = (0..<2_000).map { ["Item \($0) of the list", "\($0)", "\($0 * 7).50"] }
        let photos = (0..<60).map { Forms.photo("p", "Photo \($0)") }
        let shown = try Samples.form("service-report.en").blocks.compactMap { block in
            if case .photos(let photos) = block { photos.first?.picture } else { nil }
        }
        let picture = try #require(try Samples.picture(shown[0]))
        let pdf = try Forms.render(
            Forms.form([Forms.table(3, rows), .photos(photos), .text(String(repeating: "long text of words ", count: 45_000))]),
            pictures: ["p": picture])
        let reader = try Reader(pdf.bytes)
        try reader.check()
        let words = try reader.words()
        for row in stride(from: 0, to: 2_000, by: 97) { #expect(words.contains("Item \(row) of the list"), "row \(row)") }
        for photo in 0..<60 { #expect(words.contains("Photo \(photo)")) }
        #expect(words.components(separatedBy: "long").count == 45_001)
        #expect(try reader.table("pdfimages").count == 60)
        #expect(pdf.pages < 400)
    }

    /// Each thread has fonts of its own.
    @Test func severalThreadsRenderAtOnce() throws {
        let expected = try SampleTests.all.map { try $0.render().bytes }
        let outcomes = Mutex<[Int: [UInt8]]>([:])
        DispatchQueue.concurrentPerform(iterations: 12) { index in
            do {
                let bytes = try SampleTests.all[index % expected.count].render().bytes
                outcomes.withLock { $0[index] = bytes }
            } catch {
                Issue.record(error)
            }
        }
        outcomes.withLock { outcomes in
            #expect(outcomes.count == 12)
            for (index, bytes) in outcomes { #expect(bytes == expected[index % expected.count]) }
        }
    }
}
