import Documents
import Foundation
import PDFRendering
import Testing

/// What stands where on the pages, at every height at which a page can end.
struct LayoutTests {
    /// Lines that nearly fill a page, and then fill it.
    private let fillers = 14...25

    @Test func aHeadingStandsWithWhatItIsAboveOf() throws {
        var parted = 0
        for filler in fillers {
            let reader = try Forms.render([Forms.filler(filler), .heading("Heading"), .text("First second third")])
            #expect(try reader.pages(of: "Heading") == reader.pages(of: "First"), "after \(filler) lines")
            parted += try reader.pages(of: "Heading") == [2] ? 1 : 0
        }
        #expect(parted > 0, "No filler was so high that the page ended here.")
    }

    @Test func aTableBeginsWithItsHeaderAndTwoRows() throws {
        for filler in fillers {
            let rows = (0..<4).map { ["row\($0)", "\($0)"] }
            let reader = try Forms.render([Forms.filler(filler), .heading("Heading"), Forms.table(2, rows, total: ["total", "4"])])
            let first = try reader.pages(of: "Heading")
            #expect(try reader.pages(of: "Column0").first == first.first)
            #expect(try reader.pages(of: "row0") == first && reader.pages(of: "row1") == first, "after \(filler) lines")
            #expect(try reader.pages(of: "row3") == reader.pages(of: "total"), "after \(filler) lines")
        }
    }

    @Test func noLineOfAParagraphStandsAlone() throws {
        var parted = 0
        // By one line at a time, so that the page ends between any two of them.
        for filler in 36...50 {
            let words = (0..<7).map { "L\($0)" + String(repeating: " word", count: 16) }
            let above = (0..<filler).map { "above\($0)" }.joined(separator: "\n")
            let reader = try Forms.render([.text(above), .text(words.joined(separator: "\n"))])
            let pages = try (0..<7).map { try #require(reader.pages(of: "L\($0)").first, "line \($0) is missing") }
            for page in Set(pages) { #expect(pages.count { $0 == page } >= 2, "after \(filler) lines: \(pages)") }
            parted += Set(pages).count > 1 ? 1 : 0
        }
        #expect(parted > 0, "No filler was so high that the page ended here.")
    }

    @Test func aPlaceToSignIsWhole() throws {
        var moved = 0
        for filler in fillers {
            let form = Forms.form([Forms.filler(filler), .signature(Forms.place("a")), .signature(Forms.place("b"))])
            let signature = RenderedSignature(place: "b", signer: "Signer", role: "Role", signedAt: "Today", content: .typed("Typed"))
            let reader = try Reader(Forms.render(form, signatures: [signature]).bytes)
            let page = try reader.pages(of: "Label-a")
            for word in ["Label-b", "Typed", "Today", "Signer"] { #expect(try reader.pages(of: word) == page, "\(word) after \(filler) lines") }
            moved += page == [2] ? 1 : 0
        }
        #expect(moved > 0, "No filler was so high that the page ended here.")
    }

    @Test func headersRepeatOnEveryPageOfATable() throws {
        let reader = try Reader(try SampleTests.all[2].render().bytes)
        let pages = try reader.pages(), rows = try Set(reader.pages(of: "$"))
        #expect(rows.count >= 4)
        for (index, page) in pages.enumerated() {
            #expect(page.contains("Unit price") == rows.contains(index + 1), "page \(index + 1)")
        }
    }

    @Test func rowsAreWholeOnAPage() throws {
        let rows = (0..<120).map { row in [(0..<(1 + row % 5)).map { "r\(row)-\($0)" }.joined(separator: "\n"), "1"] }
        let reader = try Forms.render([Forms.table(2, rows)])
        let places = try reader.places()
        for row in 0..<120 { #expect(Set(places.filter { $0.text.hasPrefix("r\(row)-") }.map(\.page)).count == 1, "row \(row)") }
        #expect(Set(places.map(\.page)).count > 3)
    }

    @Test func aRowLongerThanAPageGoesOn() throws {
        let long = (0..<150).map { "part\($0)." }.joined(separator: "\n")
        let reader = try Forms.render([Forms.table(2, [["before", "1"], [long, "2"], ["after", "3"]])])
        let words = try reader.words()
        for part in 0..<150 { #expect(words.contains("part\(part)."), "part \(part)") }
        #expect(try reader.pages(of: "before") == [1] && reader.pages(of: "part0.") == [1] && reader.pages(of: "after") == [3])
        try reader.check()
    }

    @Test func numbersEndAtTheSamePlace() throws {
        let reader = try Forms.render([Forms.table(2, [["a", "1.00"], ["b", "11,111.11"], ["c", "987.65"]], total: ["d", "12,099.76"])])
        let ends = try reader.places().filter { ["1.00", "11,111.11", "987.65"].contains($0.text) }.map(\.right)
        #expect(ends.count == 3)
        for end in ends { #expect(abs(end - ends[0]) < 0.1) }
    }

    @Test func theAuditTrailStandsOnPagesOfItsOwn() throws {
        let audit = Samples.audit("en", entries: 40)
        let reader = try Reader(Forms.render(Forms.form([.text("Last")]), audit: audit).bytes)
        #expect(try reader.pages(of: "Last") == [1])
        #expect(try reader.pages(of: "Audit") == [2])
        let read = try reader.read()
        #expect(read.contains(Reader.bare("Audit trail") + Reader.bare(audit.summary) + "SHA-256ofthedocument" + Samples.hash))
        for entry in audit.entries {
            #expect(read.contains(Reader.bare(entry.time + entry.what + entry.who + entry.origin + entry.hash)), "\(entry)")
        }
        #expect(try reader.table("pdffonts").contains { $0[0].contains("Mono") })
    }

    @Test func elementsSayWhatTheyAre() throws {
        let blocks: [DocumentForm.Block] = [
            .heading("H"), .text("One\n\nTwo"), .facts([DocumentForm.Fact(label: "L", value: "V")]), Forms.table(3, [["a", "1", ""], ["b", "", "4"]]),
        ]
        let elements = try Forms.render(blocks).structure().map { $0.trimmingCharacters(in: .whitespaces).split(separator: " ")[0] }
        let counts = Dictionary(elements.map { ($0, 1) }, uniquingKeysWith: +)
        #expect(counts["H1"] == 1 && counts["H2"] == 1 && counts["Table"] == 1 && counts["TR"] == 3)
        // Empty cells as well: what follows them stands in its column.
        #expect(counts["TH"] == 3 && counts["TD"] == 6)
        #expect(counts["L"] == 1 && counts["LI"] == 1 && counts["Lbl"] == 1 && counts["LBody"] == 1)
    }

    @Test func headingsAreInTheListOfContents() throws {
        let reader = try Forms.render([.heading("First\nheading"), Forms.filler(40), .heading("Second"), .text("Text")])
        let objects = try reader.run("qpdf", ["--qdf", "--object-streams=disable", reader.file, "-"])
        #expect(objects.contains("/Title (First heading)") && objects.contains("/Title (Second)"))
    }

    @Test func marksStandBesideTheTextAndNotInIt() throws {
        let form = Forms.form([.text("Body")])
        let draft = try Reader(Forms.render(form, marks: DocumentMarks(isDraft: true)).bytes)
        let plain = try Reader(Forms.render(form).bytes)
        #expect(try !draft.words().contains("DRAFT"))
        #expect(try draft.words().contains("Draft · N-17"))
        let light = { (pixels: [UInt8]) in pixels.count { (230...250).contains($0) } }
        #expect(try light(draft.pixels(page: 1).bytes) > light(plain.pixels(page: 1).bytes) + 20_000)
        let marks = DocumentMarks(coversEarlierVersion: true, changed: ["Quantity", "Total"])
        let earlier = try Reader(Forms.render(form, marks: marks).bytes).read()
        #expect(earlier.contains("earlierversion") && earlier.contains("Changedsince:Quantity,Total"))
    }
}
