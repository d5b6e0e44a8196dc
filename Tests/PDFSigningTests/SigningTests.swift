import Foundation
import Testing

@testable import PDFSigning

/// What is signed is accepted by the programs of others.
struct SigningTests {
    private let company: CompanyCertificate
    private let details: SignatureDetails

    init() throws {
        company = try Certificates.company.get()
        details = SignatureDetails(
            time: Certificates.now, reason: "Order (4711)", location: "Hafenstraße 1", contact: "office@harborlift.example")
    }

    /// Shapes of PDFs: pages with and without annotations, in a list of their own, forms that are there already.
    static let shapes: [(name: String, pdf: TestPDF)] = [
        ("plain", TestPDF()),
        ("lines that end with CR LF", TestPDF(lineEnd: "\r\n")),
        ("annotations on the page", TestPDF(
            objects: ["<< /Type /Annot /Subtype /Link /Rect [1 2.5 30 -4] /A << /S /URI /URI (https://a.example/?\\(x\\)\\\\) >> >>"], page: "/Annots [4 0 R]")),
        ("annotations in a list", TestPDF(
            objects: ["[5 0 R]", "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /Border [0 0 0] >>"], page: "/Annots 4 0 R")),
        ("a form in the catalog", TestPDF(
            objects: ["<< /FT /Tx /T (Signature1) /V (text) /Type /Annot /Subtype /Widget /Rect [0 0 0 0] /P 3 0 R >>"],
            catalog: "/AcroForm << /Fields [4 0 R] /DA (/F1 0 Tf) >>", page: "/Annots [4 0 R]")),
        ("a form with a list of fields", TestPDF(
            objects: ["<< /Fields 5 0 R >>", "[]"], catalog: "/AcroForm 4 0 R")),
        ("attachments and names", TestPDF(
            objects: ["<< /EmbeddedFiles 5 0 R >>", "<< /Names [(z.txt) 6 0 R] >>",
                "<< /Type /Filespec /F (z.txt) /UF (z.txt) /EF << /F 7 0 R >> >>", "<< /Type /EmbeddedFile /Length 1 >>\nstream\nz\nendstream"],
            catalog: "/Names 4 0 R")),
        ("later than 1.7", TestPDF(version: "2.0", trailer: "/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]")),
    ]

    @Test func theRenderersPDFIsAcceptedByEverybody() throws {
        let pdf = try Programs.fixture("report.pdf")
        let form = PDFAttachment(name: "form.json", mediaType: "application/vnd.converge.form+json", description: "What was signed", bytes: Array(#"{"order":4711}"#.utf8))
        let signed = try PDFSigner(company).sign(pdf, as: details, attaching: [form])
        #expect(signed.level == .basic)
        #expect(signed.timestampFailure == nil)
        #expect(signed.field == "Signature1")
        #expect(Array(signed.bytes.prefix(pdf.count)) == pdf)

        let verifiers = try Verifiers(trusting: company)
        try verifiers.checkStructure(signed.bytes)
        let printed = try verifiers.pdfsig(signed.bytes)
        #expect(try verifiers.acceptedByPdfsig(signed.bytes) == 1, "\(printed)")
        #expect(printed.contains("Total document signed"))
        let report = try verifiers.pyHanko(signed.bytes)
        let signature = try #require(report.signatures.first, "\(report.error ?? "")")
        #expect(signature.bottomLine && signature.trusted && signature.coverage == "ENTIRE_FILE", "\(signature.pretty)")
        #expect(signature.subFilter == "/ETSI.CAdES.detached")
        #expect(!signature.timestampValid)
    }

    @Test(arguments: shapes.indices) func everyShapeIsAccepted(_ index: Int) throws {
        let pdf = Self.shapes[index].pdf.bytes
        var details = details
        if index % 2 == 0 { details.place = .page(0, PDFRectangle(left: 60, bottom: 82.25, width: 200, height: 60)) }
        let first = try PDFSigner(company).sign(pdf, as: details, attaching: [PDFAttachment(name: "form.json", mediaType: "application/json", bytes: [1])])
        let second = try PDFSigner(company).sign(first.bytes, as: details)
        #expect(Array(second.bytes.prefix(first.bytes.count)) == first.bytes)
        #expect(first.field != second.field)
        let verifiers = try Verifiers(trusting: company)
        try verifiers.checkStructure(first.bytes)
        try verifiers.checkStructure(second.bytes)
        #expect(try verifiers.acceptedByPdfsig(second.bytes) == 2)
        let report = try verifiers.pyHanko(second.bytes)
        #expect(report.signatures.map(\.bottomLine) == [true, true], "\(report)")
        #expect(report.signatures.last?.modifications == "NONE")
    }

    @Test func aCertificateThatAProviderIssuedIsAcceptedWithItsChain() throws {
        let issued = try Certificates.issued.get()
        let signed = try PDFSigner(issued.certificate).sign(try Programs.fixture("report.pdf"), as: details)
        let verifiers = try Verifiers(authorities: [issued.root])
        let printed = try verifiers.pdfsig(signed.bytes)
        #expect(try verifiers.acceptedByPdfsig(signed.bytes) == 1, "\(printed)")
        let report = try verifiers.pyHanko(signed.bytes)
        #expect(report.signatures.map(\.bottomLine) == [true], "\(report)")
    }

    @Test func strangersAreNotTrusted() throws {
        let signed = try PDFSigner(company).sign(try Programs.fixture("report.pdf"), as: details)
        let verifiers = try Verifiers(authorities: [try Certificates.issued.get().root])
        #expect(try verifiers.acceptedByPdfsig(signed.bytes) == 0)
        #expect(try verifiers.pdfsig(signed.bytes).contains("Signature Validation: Signature is Valid."))
        #expect(try verifiers.pyHanko(signed.bytes).signatures.map(\.bottomLine) == [false])
    }

    /// The CMS by itself, as the openssl program sees it, and without a signing time.
    @Test func opensslVerifiesTheCMS() throws {
        let signed = try PDFSigner(company).sign(try Programs.fixture("report.pdf"), as: details)
        let (cms, content) = try SignatureParts.last(of: signed.bytes)
        let folder = try TemporaryFolder()
        try folder.write(cms, "cms.der")
        try folder.write(content, "content")
        try folder.write(try company.certificate.pem, "trusted.pem")
        try Programs.openssl(
            "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", folder.path("cms.der"), "-content", folder.path("content"),
            "-CAfile", folder.path("trusted.pem"), "-partial_chain", "-purpose", "any", "-out", folder.path("out"))
        #expect(try folder.read("out") == content)
        let printed = try Programs.openssl("cms", "-cmsout", "-print", "-inform", "DER", "-in", folder.path("cms.der"))
        for attribute in ["contentType", "messageDigest", "id-smime-aa-signingCertificateV2"] { #expect(printed.contains("object: \(attribute)")) }
        #expect(!printed.contains("signingTime"))
        #expect(printed.contains("algorithm: sha256"))
    }

    @Test func attachmentsComeOutAsTheyWentIn() throws {
        let form = Array("{\"größe\":\"3 × 2\"}\n".utf8), photo: [UInt8] = (0...255).map { $0 }
        let signed = try PDFSigner(company).sign(try Programs.fixture("report.pdf"), as: details, attaching: [
            PDFAttachment(name: "photo (größe).bin", mediaType: "application/octet-stream", bytes: photo),
            PDFAttachment(name: "form.json", mediaType: "application/json", bytes: form),
        ])
        // Readers look names up by halving, so they stand in order.
        let document = try PDFDocument(signed.bytes)
        let leaves = document.catalog["Names"]?.dictionary?["EmbeddedFiles"]?.dictionary?["Names"]?.array ?? []
        #expect(leaves.compactMap(\.bytes) == [Array("form.json".utf8), PDFText.string("photo (größe).bin").bytes])
        let folder = try TemporaryFolder()
        try folder.write(signed.bytes, "signed.pdf")
        try Programs.run("/usr/bin/pdfdetach", ["-saveall", "-o", folder.path, folder.path("signed.pdf")])
        #expect(try folder.read("form.json") == form)
        #expect(try folder.read("photo (größe).bin") == photo)
        let json = try Programs.run("/usr/bin/qpdf", ["--json", folder.path("signed.pdf")])
        #expect(json.contains("\"/AFRelationship\": \"/Source\""))
        #expect(json.contains("\"/Subtype\": \"/application/json\""))
        #expect(json.contains("\"/AF\": ["))
    }

    @Test func whatTheSignatureSaysIsThere() throws {
        var details = details
        details.name = "Zoë (Harbor) \\ Lift"
        let signed = try PDFSigner(company).sign(try Programs.fixture("report.pdf"), as: details)
        let folder = try TemporaryFolder()
        try folder.write(signed.bytes, "signed.pdf")
        let json = try Programs.run("/usr/bin/qpdf", ["--json", folder.path("signed.pdf")])
        for text in ["u:Zoë (Harbor) \\\\ Lift", "u:Order (4711)", "u:Hafenstraße 1", "u:office@harborlift.example"] {
            #expect(json.contains("\"\(text)\""), "\(text)")
        }
        // Poppler prints local time of what /M says; the same second in UTC stands in the file.
        let time = Certificates.now.formatted(.verbatim(
            "D:\(year: .defaultDigits)\(month: .twoDigits)\(day: .twoDigits)\(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased))\(minute: .twoDigits)\(second: .twoDigits)",
            timeZone: .gmt, calendar: Calendar(identifier: .gregorian)))
        #expect(json.contains("\"u:\(time)+00'00'\""))
    }

    @Test func theSignatureLiesWhereItWasPut() throws {
        var details = details
        details.place = .page(1, PDFRectangle(left: 60, bottom: 82, width: 200, height: 60.5))
        let signed = try PDFSigner(company).sign(try Programs.fixture("report.pdf"), as: details)
        let document = try PDFDocument(signed.bytes)
        let widget = try document.resolved(try document.page(1).value.dictionary?["Annots"]?.array?.first).dictionary
        #expect(widget?["Rect"] == .array([.integer(60), .integer(82), .integer(260), .real("142.50")]))
        #expect(try document.page(0).value.dictionary?["Annots"] == nil)
        #expect(try Verifiers(trusting: company).pyHanko(signed.bytes).signatures.map(\.bottomLine) == [true])
        // What the page draws stays what is seen.
        #expect(try Pixels.of(signed.bytes) == Pixels.of(try Programs.fixture("report.pdf")))
    }

    @Test func tenSignaturesHoldBesideEachOther() throws {
        var pdf = try Programs.fixture("report.pdf")
        for number in 1...10 {
            var details = details
            if number % 3 == 0 { details.place = .page(number % 2, PDFRectangle(left: 50, bottom: Double(number) * 20, width: 100, height: 18)) }
            let signed = try PDFSigner(company).sign(pdf, as: details)
            #expect(signed.field == "Signature\(number)")
            #expect(signed.bytes.starts(with: pdf))
            pdf = signed.bytes
        }
        let verifiers = try Verifiers(trusting: company)
        try verifiers.checkStructure(pdf)
        let printed = try verifiers.pdfsig(pdf)
        #expect(try verifiers.acceptedByPdfsig(pdf) == 10, "\(printed)")
        let report = try verifiers.pyHanko(pdf)
        #expect(report.signatures.map(\.bottomLine) == Array(repeating: true, count: 10), "\(report)")
        let own = try PDFSignatures.inspect(pdf)
        #expect(own.map(\.level) == Array(repeating: .basic, count: 10))
        #expect(own.dropLast().allSatisfy { if case .earlierRevision = $0.coverage { true } else { false } })
        #expect(own.last?.coverage == .wholeFile)
    }

    /// Poppler's trust in a chain depends on whom it looked at before, so only its word on the signatures counts here.
    @Test func differentSignersHoldBesideEachOther() throws {
        let issued = try Certificates.issued.get()
        var pdf = try Programs.fixture("report.pdf")
        for signer in [company, issued.certificate, company, issued.certificate] { pdf = try PDFSigner(signer).sign(pdf, as: details).bytes }
        let verifiers = try Verifiers(signers: [try company.certificate.pem], authorities: [issued.root])
        #expect(try verifiers.pdfsig(pdf).components(separatedBy: "Signature Validation: Signature is Valid.").count == 5)
        #expect(try verifiers.pyHanko(pdf).signatures.map(\.bottomLine) == [true, true, true, true])
        let signers = try PDFSignatures.inspect(pdf).map(\.signer)
        #expect(signers == [company.subject, issued.certificate.subject, company.subject, issued.certificate.subject])
    }

    @Test func aLargePDFIsSigned() throws {
        let pdf = TestPDF(filling: 30 << 20).bytes
        let signed = try PDFSigner(company).sign(pdf, as: details)
        #expect(signed.bytes.starts(with: pdf))
        let verifiers = try Verifiers(trusting: company)
        #expect(try verifiers.acceptedByPdfsig(signed.bytes) == 1)
        #expect(try verifiers.pyHanko(signed.bytes).signatures.map(\.bottomLine) == [true])
        #expect(try PDFSignatures.inspect(signed.bytes).map(\.level) == [.basic])
    }
}
