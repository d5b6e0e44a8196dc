/// What can be told of one signature of a PDF. Whether the signer's certificate is to be trusted, and whether later
/// updates changed what is shown, is for the reader's program to judge.
public struct SignatureReport: Sendable, Equatable {
    public let field: String
    /// The subject of the signer's certificate (RFC 4514); nil if it is not there.
    public let signer: String?
    /// When the signer says it was signed: a PDF date, as it stands.
    public let claimedTime: String?
    public let reason: String?
    public let coverage: SignatureCoverage
    /// What the coverage names is what was signed.
    public let digestMatches: Bool
    /// The signature is one of the signer's certificate.
    public let cmsIsValid: Bool
    /// Nil if the signature does not hold, or is no PAdES signature.
    public let level: SignatureLevel?
    public let timestamp: Timestamp?
    /// In words, what is wrong.
    public let problems: [String]

    /// The signature holds over the file as it was signed.
    public var holds: Bool { digestMatches && cmsIsValid && coverage != .irregular }
}
