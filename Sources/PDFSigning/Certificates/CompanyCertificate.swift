import COpenSSL
import Foundation

/// The certificate with which a company signs, its key, and the certificates that lead to its root.
///
/// Made by `makeSelfSigned`, or loaded: from PEM files or PKCS #12. Key and certificate belong together and can sign,
/// or there is no value of this type. Whether the certificate is valid depends on the time, so it is asked each time.
public struct CompanyCertificate: Sendable {
    let certificate: Certificate
    let key: SigningKey
    /// Without the signer's own.
    let chain: [Certificate]

    init(certificate: Certificate, key: SigningKey, chain: [Certificate]) throws(PDFSigningError) {
        guard chain.count <= PDFSigningLimits.chainCertificates else {
            throw PDFSigningError(.tooLarge, "There are \(chain.count) certificates beside the signer's; \(PDFSigningLimits.chainCertificates) are the most. Leave only those that lead up to its root.")
        }
        self.certificate = certificate
        self.key = key
        // Some issuers name one twice, and CMS takes each only once (RFC 5652, section 5.1: a set).
        var others: [Certificate] = []
        for other in chain where X509_cmp(other.pointer, certificate.pointer) != 0 {
            if !others.contains(where: { X509_cmp($0.pointer, other.pointer) == 0 }) { others.append(other) }
        }
        self.chain = others
        try checkKey()
        try checkPurpose()
    }

    /// Who signs, as the certificate says it (RFC 4514).
    public var subject: String { certificate.subject }
    /// The organisation, or the common name where there is none.
    public var signerName: String { certificate.subjectEntry(NID_organizationName) ?? certificate.subjectEntry(NID_commonName) ?? subject }
    public var validFrom: Date { certificate.notBefore }
    /// The last moment at which it signs.
    public var validUntil: Date { certificate.notAfter }
    /// Nobody but the company itself says that it is the company.
    public var isSelfSigned: Bool { X509_self_signed(certificate.pointer, 1) == 1 }
    /// SHA-256 of the certificate: what a recipient compares before trusting a self-signed one.
    public var fingerprint: [UInt8] { get throws(PDFSigningError) { Digest.sha256(of: try certificate.der) } }

    /// - Throws: `.certificateNotValid`, with what to do.
    public func checkValidity(at time: Date) throws(PDFSigningError) {
        let remedy = isSelfSigned ? "Make a new one." : "Have it renewed by whoever issued it, and load the new one."
        guard time >= validFrom else {
            throw PDFSigningError(.certificateNotValid, "The certificate of \(subject) is valid from \(Self.text(validFrom)) only; it is \(Self.text(time)). Check the clock, or wait.")
        }
        guard time <= validUntil else {
            throw PDFSigningError(.certificateNotValid, "The certificate of \(subject) expired on \(Self.text(validUntil)). \(remedy)")
        }
    }

    static func text(_ time: Date) -> String { time.formatted(.iso8601) }
}
