import Foundation
import Testing

@testable import PDFSigning

/// A changed byte, wherever it stands, is seen by everybody.
struct TamperTests {
    private let company: CompanyCertificate
    private let signed: [UInt8]
    private let original: [UInt8]

    init() throws {
        company = try Certificates.company.get()
        original = try Programs.fixture("report.pdf")
        let form = PDFAttachment(name: "form.json", mediaType: "application/json", bytes: Array(#"{"order":4711,"price":"120.00"}"#.utf8))
        signed = try PDFSigner(company).sign(original, as: SignatureDetails(time: Certificates.now, reason: "Order 4711"), attaching: [form]).bytes
    }

    private func place(of word: String, _ offset: Int = 0) throws -> Int {
        guard let range = Data(signed).range(of: Data(word.utf8), options: .backwards) else { throw Programs.Failure(description: "There is no \(word).") }
        return range.lowerBound + offset
    }

    private func changed(at place: Int) -> [UInt8] {
        var copy = signed
        copy[place] ^= 1
        return copy
    }

    /// Places outside of /Contents: spread over the page's content and fonts, and what stands for each part that signing wrote.
    private func places() throws -> [(name: String, place: Int)] {
        var places = stride(from: 20, to: original.count, by: original.count / 24).map { ("byte \($0) of the rendered PDF", $0) }
        places += [
            ("attachment", try place(of: "\"price\":\"120.00\"", 10)), ("attachment's name", try place(of: "(form.json)", 2)),
            ("relationship", try place(of: "/Source", 3)), ("reason", try place(of: "(Order 4711)", 8)), ("time", try place(of: "/M (D:", 9)),
            ("name", try place(of: "/Name <", 12)), ("subfilter", try place(of: "/ETSI.CAdES", 8)), ("byte range", try place(of: "/ByteRange [0 ", 15)),
            ("field", try place(of: "/T (Signature1)", 6)), ("form", try place(of: "/SigFlags 3", 10)), ("catalog", try place(of: "/ESIC", 2)),
            ("table", try place(of: " n \n", -8)), ("trailer", try place(of: "/Prev ", 6)), ("end", try place(of: "startxref\n", 11)),
        ]
        return places
    }

    @Test func noChangedByteOutsideOfTheSignatureIsAccepted() throws {
        let verifiers = try Verifiers(trusting: company)
        #expect(try verifiers.acceptedByPdfsig(signed) == 1)
        let places = try places()
        let copies = places.map { changed(at: $0.place) }
        let reports = try verifiers.pyHanko(copies)
        #expect(reports.count == copies.count)
        for (index, copy) in copies.enumerated() {
            let name = places[index].name
            #expect(try verifiers.acceptedByPdfsig(copy) == 0, "\(name)")
            #expect(!reports[index].signatures.contains { $0.bottomLine }, "\(name)")
            #expect(try holding(copy) == 0, "\(name)")
        }
    }

    /// In the CMS: the digest, the signature's value, the certificate's key, its reference in the signed attributes.
    @Test func noChangedByteOfTheSignatureIsAccepted() throws {
        // A signer that verifiers know from the signature alone: of one that they know already they take their own copy.
        let issued = try Certificates.issued.get()
        let verifiers = try Verifiers(authorities: [issued.root])
        let signed = try PDFSigner(issued.certificate).sign(original, as: SignatureDetails(time: Certificates.now)).bytes
        #expect(try verifiers.acceptedByPdfsig(signed) == 1)
        let contents = try SignatureParts.contents(of: signed)
        let (cms, content) = try SignatureParts.last(of: signed)
        let der = try issued.certificate.certificate.der
        let start = try #require(Data(cms).range(of: Data(der))).lowerBound
        let digest = Digest.sha256(of: content)
        let places = [
            start + 30, start + der.count / 2, start + der.count - 10, try #require(Data(cms).range(of: Data(digest))).lowerBound,
            try #require(Data(cms).range(of: Data(Digest.sha256(of: der)))).lowerBound + 5, cms.count - 60, cms.count - 30, cms.count - 1,
        ]
        let copies = places.map { place in
            var copy = signed
            // Another digit, so that it stays a string.
            let digit = contents.lowerBound + 2 * place
            copy[digit] = copy[digit] == UInt8(ascii: "7") ? UInt8(ascii: "3") : UInt8(ascii: "7")
            return copy
        }
        let reports = try verifiers.pyHanko(copies)
        for (index, copy) in copies.enumerated() {
            #expect(try verifiers.acceptedByPdfsig(copy) == 0, "byte \(places[index]) of the CMS")
            #expect(!reports[index].signatures.contains { $0.bottomLine }, "byte \(places[index]) of the CMS")
            #expect(try holding(copy) == 0, "byte \(places[index]) of the CMS")
        }
    }

    /// Our own reading, at every byte that signing wrote but those of /Contents, and at many that were there before.
    @Test func ourOwnReadingSeesEveryChangedByte() throws {
        let contents = try SignatureParts.contents(of: signed)
        var accepted: [Int] = []
        let places = Array(stride(from: 0, to: original.count, by: 17)) + Array(original.count..<signed.count)
        for place in places where !contents.contains(place) {
            if try holding(changed(at: place)) > 0 { accepted.append(place) }
        }
        #expect(accepted.isEmpty)
    }

    /// What follows the CMS in /Contents is not signed by anything, so nothing may stand there.
    @Test func nothingHidesInTheRoomOfTheSignature() throws {
        let contents = try SignatureParts.contents(of: signed)
        var copy = signed
        copy[contents.upperBound - 5] = UInt8(ascii: "1")
        #expect(try holding(copy) == 0)
    }

    /// Signatures that hold, as we see it. A PDF that cannot be read has none.
    private func holding(_ pdf: [UInt8]) throws -> Int {
        do {
            return try PDFSignatures.inspect(pdf).count { $0.holds || $0.level != nil }
        } catch {
            return 0
        }
    }
}
