/// A PDF with one more signature.
public struct SignedPDF: Sendable, Equatable {
    /// The PDF that was given, byte for byte, and after it what signing appended.
    public let bytes: [UInt8]
    /// The signature's field.
    public let field: String
    /// What was reached, whatever was wanted.
    public let level: SignatureLevel
    public let timestamp: Timestamp?
    /// Why there is no timestamp, though an authority was named.
    public let timestampFailure: String?
}
