import Documents
import Domain
import Foundation
import PDFRendering
import ReplicationCore
import TestSupport
import Testing

/// The templates that come along, filled in from the sample company and printed.
struct CompanyDocumentTests {
    private static let order = SeedFile.row("wo_chiller", of: 12)

    private func form(_ name: String) throws -> DocumentForm {
        var records = try CompanyRecords()
        let resolution = name.hasSuffix("es")
            ? "La válvula perdía gas; se soldó y se rellenó el circuito.\n\nConviene revisar el sello en la próxima visita."
            : "The valve was leaking; it was soldered, and the circuit refilled.\n\nThe seal should be looked at on the next visit."
        records.write(Self.order, "work_order", "resolution", resolution)
        records.write(SeedFile.row("chiller_leak", of: 16), "checklist_item", "answer", "true")
        let template = try DocumentTemplate.read(#require(DocumentTemplate.shipped[name]))
        return try DocumentMaker(records).make(template, about: Self.order, at: 1_781_600_000_000, zone: "America/New_York")
    }

    @Test(arguments: DocumentTemplate.shipped.keys.sorted())
    func printsAllThatItSays(name: String) throws {
        let form = try form(name)
        let pdf = try PDFRenderer(page: name.hasSuffix("es") ? .a4 : .letter).render(form, hash: Samples.hash, created: Samples.created) { _ in nil }
        let reader = try Reader(pdf.bytes)
        try reader.check()
        #expect(pdf.unshown.isEmpty && pdf.pages <= 2)
        let read = try reader.read()
        for text in SampleTests.texts(form).map(Reader.bare) where !text.isEmpty { #expect(read.contains(text), "'\(text)'") }
        for text in ["Pier Nine Cold Store", "Chiller 2 loses pressure", "HLP-0001"] { #expect(read.contains(Reader.bare(text)), "'\(text)'") }
        // Whoever signs sees on the same page something of what they sign.
        let last = try #require(try reader.pages().last).split(separator: "\n").first ?? ""
        #expect(form.places.allSatisfy { !last.contains($0.label) }, "\(last)")
        #expect(!read.contains("{{") && !read.contains("}}"))
        if let folder = ProcessInfo.processInfo.environment["CONVERGE_SAMPLES"] {
            try Data(pdf.bytes).write(to: URL(fileURLWithPath: folder).appendingPathComponent("\(name).pdf"))
        }
    }

    /// The price for everything is what was agreed, and the parts are added up beside it.
    @Test func tellsThePriceThatWasAgreed() throws {
        for name in ["quote.en", "contract.en"] { #expect(try SampleTests.texts(form(name)).contains { $0.contains("$840.00") }, "\(name)") }
    }
}
