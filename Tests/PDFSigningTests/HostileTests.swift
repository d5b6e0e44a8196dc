import Foundation
import Testing

import ReplicationCore
@testable import PDFSigning

/// PDFs that somebody made to deceive, or that are damaged: errors, never a trap, and never a signature that holds.
struct HostileTests {
    private let company: CompanyCertificate
    private let details = SignatureDetails(time: Certificates.now)

    init() throws { company = try Certificates.company.get() }

    private func code(signing pdf: [UInt8], attaching: [PDFAttachment] = [], place: SignaturePlace = .invisible) -> PDFSigningError.Code? {
        var details = details
        details.place = place
        do throws(PDFSigningError) {
            _ = try PDFSigner(company).sign(pdf, as: details, attaching: attaching)
            return nil
        } catch {
            return error.code
        }
    }

    private func replace(_ word: String, _ other: String, in pdf: [UInt8]) throws -> [UInt8] {
        guard let range = Data(pdf).range(of: Data(word.utf8), options: .backwards) else { throw Programs.Failure(description: "There is no \(word).") }
        return Array(pdf[..<range.lowerBound]) + Array(other.utf8) + Array(pdf[range.upperBound...])
    }

    // MARK: What is not signed

    @Test func otherKindsOfPDFAreRefusedClearly() throws {
        #expect(code(signing: try Programs.fixture("cross-reference-stream.pdf")) == .unsupportedPDF)
        #expect(code(signing: try Programs.fixture("encrypted.pdf")) == .unsupportedPDF)
        #expect(code(signing: TestPDF(trailer: "/XRefStm 100").bytes) == .unsupportedPDF)
        #expect(code(signing: TestPDF(objects: ["<< >>"], catalog: "/Perms << /DocMDP 4 0 R >>").bytes) == .unsupportedPDF)
        #expect(code(signing: []) == .malformedPDF)
        #expect(code(signing: Array("%PDF-1.5\n".utf8)) == .malformedPDF)
        #expect(code(signing: Array("<html></html> this is no PDF".utf8)) == .malformedPDF)
        #expect(code(signing: TestPDF().bytes + Array("more".utf8)) == .malformedPDF)
        #expect(code(signing: TestPDF().bytes + Array("\r\n \n".utf8)) == nil)
        #expect(code(signing: [UInt8](repeating: 0, count: PDFSigningLimits.pdfBytes + 1)) == .tooLarge)
    }

    @Test(arguments: [
        ("circle of pages", TestPDF(pages: "/Kids [2 0 R] /Count 1"), PDFSigningError.Code.malformedPDF),
        ("page without a number", TestPDF(pages: "/Kids [<< /Type /Page >>] /Count 1"), .malformedPDF),
        ("no pages", TestPDF(pages: "/Kids [] /Count 0"), .invalidRequest),
        ("circle of sections", TestPDF(trailer: "/Prev {start}"), .malformedPDF),
        ("previous section is none", TestPDF(trailer: "/Prev 0"), .malformedPDF),
        ("previous section is no number", TestPDF(trailer: "/Prev (1)"), .malformedPDF),
        ("previous section far away", TestPDF(trailer: "/Prev 999999999999"), .malformedPDF),
        ("deep nesting", TestPDF(page: "/X \(String(repeating: "[", count: 40))\(String(repeating: "]", count: 40))"), .malformedPDF),
        ("very deep nesting", TestPDF(page: "/X \(String(repeating: "<</A", count: 200_000))"), .malformedPDF),
        ("key twice", TestPDF(page: "/Parent 2 0 R"), .malformedPDF),
        ("too many values", TestPDF(page: "/X [\(String(repeating: "1 ", count: 200_001))]"), .malformedPDF),
        ("circle of fields", TestPDF(objects: ["<< /Kids [4 0 R] /T (a) >>"], catalog: "/AcroForm << /Fields [4 0 R] >>"), .malformedPDF),
        ("references to references", TestPDF(objects: ["5 0 R", "4 0 R"], catalog: "/AcroForm 4 0 R"), .malformedPDF),
        ("long number", TestPDF(page: "/X 99999999999999999999999999999999999"), .malformedPDF),
        ("largest number", TestPDF(page: "/X 9223372036854775807"), nil),
        ("previous section before the file", TestPDF(trailer: "/Prev -5"), .malformedPDF),
        ("previous section at the least number", TestPDF(trailer: "/Prev -9223372036854775808"), .malformedPDF),
        ("negative size", TestPDF(trailer: "/ID -9223372036854775808"), nil),
    ]) func damagedStructure(_ name: String, _ pdf: TestPDF, _ expected: PDFSigningError.Code?) {
        #expect(code(signing: pdf.bytes) == expected, "\(name)")
    }

    @Test(arguments: [
        ("0000000000 65535 f \n", "0000000000 65535 f  \n"), ("0 6\n", "0 99999999\n"), ("0 6\n", "999999 6\n"), ("0 6\n", "5 1000000000000\n"),
        ("/Size 6", "/Size 999999999999999"), ("/Size 6", "/Size 9223372036854775807"), ("/Size 6", "/Size -1"), ("/Root 1 0 R", "/Root 9 0 R"), ("/Root 1 0 R", "/Root 1 1 R"),
        ("/Root 1 0 R", "/Root 4 0 R"), ("/Root 1 0 R", ""), ("startxref\n", "startxref\n9999999"), ("startxref\n", "startxref\n-"),
        ("%%EOF", ""), ("%%EOF", "%%EOX"), ("trailer", "trailxr"), ("xref\n0", "xrxf\n0"), ("1 0 obj", "7 0 obj"), ("1 0 obj", "1 0 xbj"),
    ]) func damagedTables(_ word: String, _ other: String) throws {
        let pdf = TestPDF(objects: ["null"]).bytes
        #expect(code(signing: pdf) == nil)
        let damaged = code(signing: try replace(word, other, in: pdf))
        // A size that is too small is mended by the numbers in use.
        #expect(other == "/Size -1" ? damaged == nil : damaged == .malformedPDF || damaged == .tooLarge, "\(word) → \(other)")
    }

    /// Fields that all name one large object: read again for each, it would take for ever.
    @Test func anObjectThatIsNamedFromEverywhereIsNotReadForEver() {
        let large = "(\(String(repeating: "x", count: 2 << 20)))"
        let fields = String(repeating: "<< /FT 4 0 R >> ", count: 2000)
        #expect(code(signing: TestPDF(objects: [large], catalog: "/AcroForm << /Fields [\(fields)] >>").bytes) == .malformedPDF)
    }

    @Test func whatIsAskedForHasToBePossible() throws {
        let pdf = TestPDF().bytes
        let file = PDFAttachment(name: "form.json", mediaType: "application/json", bytes: [1])
        let place = PDFRectangle(left: 0, bottom: 0, width: 10, height: 10)
        #expect(code(signing: pdf, place: .page(1, place)) == .invalidRequest)
        #expect(code(signing: pdf, place: .page(-1, place)) == .invalidRequest)
        #expect(code(signing: pdf, place: .page(0, PDFRectangle(left: 0, bottom: 0, width: 0, height: 10))) == .invalidRequest)
        #expect(code(signing: pdf, place: .page(0, PDFRectangle(left: .nan, bottom: 0, width: 10, height: 10))) == .invalidRequest)
        #expect(code(signing: pdf, place: .page(0, PDFRectangle(left: 1e300, bottom: 0, width: 10, height: .infinity))) == .invalidRequest)
        #expect(code(signing: pdf, attaching: [file, file]) == .invalidRequest)
        for name in ["", "..", "a/b", "a\\b", "a\nb"] {
            #expect(code(signing: pdf, attaching: [PDFAttachment(name: name, mediaType: "text/plain", bytes: [])]) == .invalidRequest, "\(name)")
        }
        #expect(code(signing: pdf, attaching: [PDFAttachment(name: "a", mediaType: "text", bytes: [])]) == .invalidRequest)
        #expect(code(signing: pdf, attaching: Array(repeating: file, count: PDFSigningLimits.attachments + 1)) == .tooLarge)
        #expect(code(signing: pdf, attaching: [PDFAttachment(name: "a", mediaType: "a/b", bytes: [UInt8](repeating: 0, count: PDFSigningLimits.attachmentBytes + 1))]) == .tooLarge)
        let signed = try PDFSigner(company).sign(pdf, as: details, attaching: [file]).bytes
        #expect(code(signing: signed, attaching: [PDFAttachment(name: "late.txt", mediaType: "text/plain", bytes: [])]) == .alreadySigned)
        var long = details
        long.reason = String(repeating: "x", count: PDFSigningLimits.textBytes + 1)
        #expect(throws: PDFSigningError.self) { try PDFSigner(company).sign(pdf, as: long) }
    }

    // MARK: Reading

    /// Every beginning of a signed PDF, and many with bytes changed at random: read without a trap, and nothing that was changed holds.
    @Test func damagedPDFsAreReadWithoutATrap() throws {
        let shape = TestPDF(objects: ["<< /FT /Tx /T (a) /Kids [] >>"], catalog: "/AcroForm << /Fields [4 0 R] >>").bytes
        let signed = try PDFSigner(company).sign(shape, as: details).bytes
        for count in stride(from: 0, to: signed.count, by: 3) { #expect(holding(Array(signed.prefix(count))) == 0) }
        let contents = try SignatureParts.contents(of: signed)
        var random = SplitMix(state: 4711)
        for _ in 0..<3000 {
            var copy = signed
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                var place = Int.random(in: 0..<(signed.count - contents.count), using: &random)
                if place >= contents.lowerBound { place += contents.count }
                copy[place] = UInt8.random(in: 0...255, using: &random)
            }
            #expect(copy == signed || holding(copy) == 0)
        }
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
    }

    private func holding(_ pdf: [UInt8]) -> Int {
        do {
            return try PDFSignatures.inspect(pdf).count { $0.holds }
        } catch {
            return 0
        }
    }

    /// The signature stays what it was, and the gap in what it covers grows: what stands in the gap would be nobody's.
    @Test func aGapThatIsLargerThanTheSignatureIsSeen() throws {
        let signed = try PDFSigner(company).sign(TestPDF().bytes, as: details).bytes
        let contents = try SignatureParts.contents(of: signed)
        let before = contents.lowerBound - 1
        for (word, other) in [("[0 \(before) ", "[0 \(before - 20) "), ("/ByteRange [0 ", "/ByteRange [1 "), (" \(contents.upperBound + 1) ", " \(contents.upperBound + 9) ")] {
            let report = try #require(try PDFSignatures.inspect(try replace(word, other, in: signed)).first)
            #expect(report.coverage == .irregular && !report.holds && report.level == nil)
        }
    }

    /// A signature of one PDF in another one, with the ranges of the first.
    @Test func aSignatureThatWasMovedDoesNotHold() throws {
        let one = try PDFSigner(company).sign(TestPDF().bytes, as: details).bytes
        let other = try PDFSigner(company).sign(TestPDF(page: "/Rotate 90").bytes, as: details).bytes
        let from = try SignatureParts.contents(of: one), to = try SignatureParts.contents(of: other)
        var copy = other
        copy.replaceSubrange(to, with: one[from])
        let report = try #require(try PDFSignatures.inspect(copy).first)
        #expect(report.cmsIsValid && !report.digestMatches && !report.holds && report.level == nil)
    }

    @Test func whatIsAppendedIsTold() throws {
        let first = try PDFSigner(company).sign(TestPDF().bytes, as: details).bytes
        let second = try PDFSigner(company).sign(first, as: details).bytes
        let reports = try PDFSignatures.inspect(second)
        #expect(reports.map(\.coverage) == [.earlierRevision(bytes: first.count), .wholeFile])
        // White space after the end is not signed, and is told as such.
        #expect(try PDFSignatures.inspect(first + [0x0A]).map(\.coverage) == [.earlierRevision(bytes: first.count)])
        #expect(try PDFSignatures.inspect(TestPDF().bytes).isEmpty)
    }

    /// Signatures of other programs are told, and are no PAdES signatures.
    @Test func aSignatureOfAnotherKindHasNoLevel() throws {
        func signed(contents: String, ranges: String) -> [UInt8] {
            TestPDF(
                objects: [
                    "<< /FT /Sig /T (Old\\nOne) /V 5 0 R >>",
                    "<< /Type /Sig /SubFilter /adbe.pkcs7.detached /ByteRange \(ranges) /Contents \(contents) /M (D:2026) >>",
                ],
                catalog: "/AcroForm << /Fields [4 0 R] >>"
            ).bytes
        }
        let least = "-9223372036854775808", most = "9223372036854775807"
        for (contents, ranges) in [
            ("<3000>", "[0 1 2 3]"), ("<>", "[0 1 2 3]"), ("null", "[0 1 2 3]"), ("(30)", "[0 1 2 3]"), ("<3000>", "[]"), ("<3000>", "(0)"),
            ("<3000>", "[0 \(least) \(most) \(most)]"), ("<3000>", "[\(most) \(most) \(most) \(most)]"),
        ] {
            let report = try #require(try PDFSignatures.inspect(signed(contents: contents, ranges: ranges)).first)
            #expect(report.field == "Old\u{FFFD}One")
            #expect(report.claimedTime == "D:2026")
            #expect(report.level == nil && report.signer == nil && !report.holds && !report.problems.isEmpty)
        }
    }

    /// The ranges are right, and what stands between them is no CMS of a signature.
    @Test(arguments: [[UInt8](), [0x30], [0x30, 0x80], [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], Array("garbage".utf8)])
    func whatIsNoCMSIsTold(_ cms: [UInt8]) throws {
        var copy = try PDFSigner(company).sign(TestPDF().bytes, as: details).bytes
        let contents = try SignatureParts.contents(of: copy)
        for place in contents { copy[place] = UInt8(ascii: "0") }
        copy.replaceSubrange(contents.lowerBound..<contents.lowerBound + cms.count * 2, with: Array(Hexadecimal.text(cms).utf8))
        let report = try #require(try PDFSignatures.inspect(copy).first)
        #expect(!report.holds && report.signer == nil && report.level == nil && !report.problems.isEmpty)
    }
}
