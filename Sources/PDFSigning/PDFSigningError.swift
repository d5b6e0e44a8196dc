/// Why a certificate could not be made or loaded, or a PDF not be signed or read.
///
/// What a timestamp authority does wrong is no error: the PDF is signed without, and the result says so.
public struct PDFSigningError: Error, Equatable, CustomStringConvertible {
    /// What a caller can react to differently.
    public enum Code: Sendable, Equatable {
        /// The bytes are no PDF, or a damaged one.
        case malformedPDF
        /// A PDF that this module does not write to: encrypted, certified, or with cross-reference streams.
        case unsupportedPDF
        /// The PDF, an attachment, a text or a file is larger than `PDFSigningLimits` allows.
        case tooLarge
        /// The caller asks for what the PDF cannot have: a page that it has not got, an attachment's name twice.
        case invalidRequest
        /// Attachments were given for a PDF that has a signature already.
        case alreadySigned
        /// A file cannot be read or written.
        case io
        /// A file that would be written is there already.
        case fileExists
        /// More users than the owner and its group may read the key.
        case keyExposed
        /// No certificate or key can be read from what was given.
        case credentialsRejected
        /// The key or the PKCS #12 file is encrypted, and no passphrase was given.
        case passphraseMissing
        /// The passphrase does not open the key or the PKCS #12 file.
        case passphraseWrong
        /// The key is not that of the certificate.
        case keyMismatch
        /// The certificate is not valid yet, or not any more.
        case certificateNotValid
        /// The certificate's purposes, or its kind of key, do not allow to sign documents with it.
        case certificateNotForSigning
        /// libcrypto refused; the cause quotes it.
        case cryptography
    }

    public let code: Code
    /// What happened, where, and what to do about it.
    public let message: String
    /// What the system or libcrypto said.
    public let cause: String?

    public init(_ code: Code, _ message: String, cause: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { cause.map { "\(message) (\($0))" } ?? message }
}
