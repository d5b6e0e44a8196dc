/// Who puts timestamps on signatures, and how it is asked (RFC 3161).
public struct TimestampAuthority: Sendable {
    /// Carries a request (`application/timestamp-query`) and brings the answer (`application/timestamp-reply`).
    ///
    /// Called once for each signature, on the thread that signs, and has to end by itself: a deadline is its affair.
    /// An answer of more than `PDFSigningLimits.timestampBytes` bytes is refused; it need not be read further.
    public typealias Exchange = @Sendable (_ request: [UInt8]) throws -> [UInt8]

    let trusted: [Certificate]
    let exchange: Exchange

    /// - Parameter trustedPEM: certificates of the authority or of those above it, in PEM. Without them the level
    ///   B-T is reached by any well-formed token, and `Timestamp.isTrusted` is false.
    public init(trustedPEM: [UInt8]? = nil, exchange: @escaping Exchange) throws(PDFSigningError) {
        trusted = try Self.certificates(trustedPEM)
        self.exchange = exchange
    }

    static func certificates(_ pem: [UInt8]?) throws(PDFSigningError) -> [Certificate] {
        guard let pem else { return [] }
        let certificates = try Certificate.all(inPEM: pem)
        guard !certificates.isEmpty else {
            throw PDFSigningError(.credentialsRejected, "There is no certificate among the timestamp authority's. Give its root's certificate in PEM.")
        }
        return certificates
    }
}
