import COpenSSL

extension CompanyCertificate {
    /// Key and certificate are a pair, of a kind that readers of PDF verify.
    func checkKey() throws(PDFSigningError) {
        LibraryFailure.forget()
        guard X509_check_private_key(certificate.pointer, key.pointer) == 1 else {
            throw PDFSigningError(
                .keyMismatch, "The key is not that of the certificate of \(subject). Give the key that the certificate was requested with.",
                cause: LibraryFailure.text())
        }
        let bits = Int(EVP_PKEY_get_bits(key.pointer))
        switch EVP_PKEY_get_base_id(key.pointer) {
        case EVP_PKEY_RSA where PDFSigningLimits.rsaBits.contains(bits): break
        case EVP_PKEY_EC where bits == 256 || bits == 384 || bits == 521: break
        default:
            throw PDFSigningError(
                .certificateNotForSigning,
                "The key is neither RSA of \(PDFSigningLimits.rsaBits.lowerBound) to \(PDFSigningLimits.rsaBits.upperBound) bits nor ECDSA on P-256, P-384 or P-521, which readers of PDF verify. Use a certificate with such a key.")
        }
    }

    /// Purposes of which one has to be there where a certificate names any.
    private static let purposes: Set<String> = [
        "1.3.6.1.5.5.7.3.36",  // Document signing, RFC 9336.
        "1.3.6.1.5.5.7.3.4",  // E-mail protection, RFC 5280, 4.2.1.12: what Acrobat and NSS ask for.
        "2.5.29.37.0",  // Any.
        "1.3.6.1.4.1.311.10.3.12",  // Document signing, Microsoft's.
        "1.2.840.113583.1.1.5",  // Authentic documents, Adobe's.
    ]

    /// Key usage and extended key usage let it sign documents (RFC 5280, 4.2.1.3 and 4.2.1.12).
    func checkPurpose() throws(PDFSigningError) {
        let usage = X509_get_key_usage(certificate.pointer)
        guard usage & UInt32(KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION) != 0 else {
            throw PDFSigningError(
                .certificateNotForSigning,
                "The certificate of \(subject) is not for signatures: its key usage has neither digitalSignature nor nonRepudiation. Ask its issuer for one that signs documents.")
        }
        guard let named = extendedPurposes(), named.isDisjoint(with: Self.purposes) else { return }
        throw PDFSigningError(
            .certificateNotForSigning,
            "The certificate of \(subject) is for other purposes (\(named.sorted().joined(separator: ", "))), and readers of PDF will not take it for a signature. Ask its issuer for one that signs documents.")
    }

    /// - Returns: nil if it names none and so allows all.
    private func extendedPurposes() -> Set<String>? {
        guard let usages = X509_get_ext_d2i(certificate.pointer, NID_ext_key_usage, nil, nil) else { return nil }
        let stack = OpaquePointer(usages)
        defer { EXTENDED_KEY_USAGE_free(stack) }
        var purposes: Set<String> = []
        for index in 0..<OPENSSL_sk_num(stack) {
            var text = [CChar](repeating: 0, count: 128)
            OBJ_obj2txt(&text, Int32(text.count), OpaquePointer(OPENSSL_sk_value(stack, index)), 1)
            purposes.insert(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        return purposes
    }
}
