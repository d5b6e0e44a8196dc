import Documents
import Foundation

/// What a PDF says about itself (ISO 32000-1, 14.3.3).
struct PDFInformation {
    var title: String
    var author: String
    var subject: String
    var keywords: String
    /// As in ISO 8601, in UTC.
    var created: String
    /// As in BCP 47.
    var language: String

    init(form: DocumentForm, hash: String, created: Int64) {
        title = Self.line([form.title, form.number])
        author = Self.line([form.letterhead.name])
        subject = Self.line([form.title, form.number, form.date])
        keywords = "sha256:\(hash)"
        language = LanguageTag.cleaned(form.language)
        // Years of four digits, as the format has them.
        let seconds = min(max(created, -62_135_596_800), 253_402_300_799)
        self.created = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }

    /// On one line, and not longer than readers show.
    private static func line(_ texts: [String]) -> String {
        let words = texts.flatMap { PrintableText.of($0).split(whereSeparator: \.isWhitespace) }
        return String(words.joined(separator: " ").prefix(300))
    }
}
