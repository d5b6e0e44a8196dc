/// Bytes that may still be read as objects of one PDF.
///
/// A few objects can be named from everywhere, so that reading them again and again takes for ever; this ends it.
final class ParseBudget {
    private var left = PDFSigningLimits.parsedBytes

    func spend(_ count: Int) throws(PDFSigningError) {
        left -= count
        guard left >= 0 else {
            throw PDFSigningError(.malformedPDF, "The PDF is damaged: it names the same large objects too often. Render it again.")
        }
    }
}
