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

    @Test(arguments: all) func isWritten(_ sample: Sample) throws {
        let pdf = try sample.render()
        let reader = try Reader(pdf.bytes)
        try reader.check()
        if let folder = ProcessInfo.processInfo.environment["CONVERGE_SAMPLES"] {
            try Data(pdf.bytes).write(to: URL(fileURLWithPath: folder).appendingPathComponent("\(sample).pdf"))
        }
    }
}
