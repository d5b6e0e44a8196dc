import Documents

/// Why a document was not rendered. Nothing of it has been written then.
public struct PDFRenderingError: Error, CustomStringConvertible {
    /// What a caller can react to differently.
    public enum Code: Sendable, Equatable {
        /// The form, its signatures or its audit trail exceed a bound of `PDFRenderingLimits`: make two documents of it.
        case tooLarge
        /// The form contradicts itself, such as a table whose rows do not fit its columns: correct the template.
        case malformedForm
        /// A signature is for a place that the form has not got, or two are for the same.
        case unknownPlace
        /// A picture has not come yet: render again when it has.
        case pictureMissing(DocumentForm.Picture)
        /// Whoever has the pictures could not read one; `cause` says why.
        case pictureUnreadable(DocumentForm.Picture)
        /// No font is installed.
        case fontMissing
        /// cairo or Pango refused for another reason, which the message quotes.
        case failed
    }

    public let code: Code
    /// What happened, where, and what to do about it.
    public let message: String
    public let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { message }
}
