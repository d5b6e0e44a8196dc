import ReplicationCore

/// Signs PDFs with a company's certificate: PAdES baseline signatures (ETSI EN 319 142-1), level B-B, or B-T with a timestamp.
///
/// Nothing is kept between calls; calls may run at the same time.
public struct PDFSigner: Sendable {
    public let certificate: CompanyCertificate
    private let timestamps: TimestampAuthority?

    /// - Parameter timestamps: asked once for each signature. If there is no right answer, the PDF is signed without.
    public init(_ certificate: CompanyCertificate, timestamps: TimestampAuthority? = nil) {
        self.certificate = certificate
        self.timestamps = timestamps
    }

    /// Appends a signature over the whole PDF, attachments included. Earlier signatures go on to hold.
    ///
    /// - Parameters:
    ///   - pdf: with cross-reference tables, as PDF up to 1.4 has and cairo 1.16 writes; not encrypted.
    ///   - details: their time is now.
    ///   - attachments: only together with the first signature, because readers take a file that is added later for a change.
    /// - Throws: `PDFSigningError`; then there is no signed PDF at all.
    public func sign(
        _ pdf: [UInt8], as details: SignatureDetails, attaching attachments: [PDFAttachment] = []
    ) throws(PDFSigningError) -> SignedPDF {
        try details.check()
        try certificate.checkValidity(at: details.time)
        guard attachments.count <= PDFSigningLimits.attachments else {
            throw PDFSigningError(.tooLarge, "There are \(attachments.count) attachments; \(PDFSigningLimits.attachments) are the most. Leave some out.")
        }
        for attachment in attachments { try attachment.check() }

        let document = try PDFDocument(pdf)
        let maker = SignedDataMaker(certificate: certificate)
        let blank = SignatureDictionary(details, signerName: certificate.signerName, room: try maker.room(withTimestamp: timestamps != nil))
        var revision = try SignedRevision(of: document, room: blank.text.count + attachments.reduce(0) { $0 + $1.bytes.count })
        try revision.attach(attachments, at: details.time)
        let field = try revision.place(blank, details)
        let (update, places) = try revision.finished()

        var output = update
        let content = places.contents
        output.fill(blank.byteRange(before: content.lowerBound, after: content.upperBound, total: output.output.count), at: places.byteRange)
        let signed = [0..<content.lowerBound, content.upperBound..<output.output.count]
        let made = try maker.make(over: Digest.sha256(of: output.output, in: signed), timestamps: timestamps)
        guard made.bytes.count * 2 <= content.count - 2 else {
            throw PDFSigningError(.tooLarge, "The signature has \(made.bytes.count) bytes, more than were kept free. Use a certificate with fewer certificates above it.")
        }
        output.fill(Array(Hexadecimal.text(made.bytes).utf8), at: content.lowerBound + 1)
        guard output.output.count <= PDFSigningLimits.pdfBytes else {
            throw PDFSigningError(.tooLarge, "The signed PDF has \(output.output.count) bytes; \(PDFSigningLimits.pdfBytes) are the most. Make its pictures or attachments smaller.")
        }
        return SignedPDF(
            bytes: output.output, field: field, level: made.timestamp == nil ? .basic : .timestamped, timestamp: made.timestamp,
            timestampFailure: made.timestampFailure)
    }
}
