/// Tells what signatures a PDF has.
public enum PDFSignatures {
    /// - Parameter trustedTimestampsPEM: certificates of timestamp authorities that are trusted, in PEM.
    /// - Returns: one report for each signature, in the order of the form's fields; none if the PDF is not signed.
    /// - Throws: if the PDF cannot be read at all. What is wrong with one signature stands in its report.
    public static func inspect(_ pdf: [UInt8], trustedTimestampsPEM: [UInt8]? = nil) throws(PDFSigningError) -> [SignatureReport] {
        let trusted = try TimestampAuthority.certificates(trustedTimestampsPEM)
        let document = try PDFDocument(pdf)
        var reports: [SignatureReport] = []
        for signature in try FormFields(of: document).signatures() {
            reports.append(SignatureInspection(signature, in: document, trustingTimestampsOf: trusted).report)
        }
        return reports
    }
}
