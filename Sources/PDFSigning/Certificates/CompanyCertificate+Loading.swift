import COpenSSL

extension CompanyCertificate {
    /// - Parameters:
    ///   - certificates: PEM; the signer's first, or anywhere among those that lead to its root.
    ///   - key: PEM, encrypted or not.
    ///   - passphrase: of the key.
    public init(certificatesPEM certificates: [UInt8], keyPEM key: [UInt8], passphrase: String? = nil) throws(PDFSigningError) {
        try Self.checkSize(certificates, "the certificates")
        try Self.checkSize(key, "the key")
        let all = try Certificate.all(inPEM: certificates)
        guard let first = all.first else {
            throw PDFSigningError(.credentialsRejected, "There is no certificate in the PEM text. It begins with “-----BEGIN CERTIFICATE-----”.")
        }
        let key = try SigningKey(pem: key, passphrase: passphrase)
        // Some issuers put the root first.
        let own = all.firstIndex { X509_check_private_key($0.pointer, key.pointer) == 1 }
        LibraryFailure.forget()
        var chain = all
        let signer = own.map { chain.remove(at: $0) } ?? first
        try self.init(certificate: signer, key: key, chain: own == nil ? [] : chain)
    }

    /// PKCS #12 (RFC 7292), as issuers hand it out: `.p12` or `.pfx`.
    public init(pkcs12 bytes: [UInt8], passphrase: String) throws(PDFSigningError) {
        try Self.checkSize(bytes, "the PKCS #12 file")
        LibraryFailure.forget()
        let buffer = try MemoryBuffer(bytes)
        guard let container = d2i_PKCS12_bio(buffer.pointer, nil) else {
            throw PDFSigningError(.credentialsRejected, "This is no PKCS #12 file. Give the .p12 or .pfx file unchanged as it was issued.", cause: LibraryFailure.text())
        }
        defer { PKCS12_free(container) }
        guard PKCS12_mac_present(container) == 0 || PKCS12_verify_mac(container, passphrase, -1) == 1 else {
            let cause = LibraryFailure.text()
            guard passphrase.isEmpty else {
                throw PDFSigningError(.passphraseWrong, "The passphrase does not open the PKCS #12 file. Give the one that came with it.", cause: cause)
            }
            throw PDFSigningError(.passphraseMissing, "The PKCS #12 file has a passphrase. Give it.", cause: cause)
        }
        var key: OpaquePointer?, own: OpaquePointer?, others: OpaquePointer?
        let parsed = PKCS12_parse(container, passphrase, &key, &own, &others)
        defer { if let others { signing_free_certificates(others) } }
        // Owned before anything is thrown, so that they are freed.
        let signingKey = key == nil ? nil : try SigningKey(owning: key)
        let certificate = own == nil ? nil : try Certificate(owning: own)
        guard parsed == 1, let signingKey, let certificate else {
            throw PDFSigningError(
                .credentialsRejected,
                "The PKCS #12 file has no key with a certificate that can be read. If it is encrypted in an outdated way (RC2), convert it: openssl pkcs12 -legacy -in OLD -out ALL.pem, then openssl pkcs12 -export -in ALL.pem -out NEW.",
                cause: LibraryFailure.text())
        }
        var chain: [Certificate] = []
        for index in 0..<(others.map { signing_certificate_count($0) } ?? 0) {
            if let other = signing_certificate_at(others, index) { chain.append(try Certificate(sharing: other)) }
        }
        try self.init(certificate: certificate, key: signingKey, chain: chain)
    }

    private static func checkSize(_ bytes: [UInt8], _ what: String) throws(PDFSigningError) {
        guard bytes.count <= PDFSigningLimits.credentialFileBytes else {
            throw PDFSigningError(.tooLarge, "The bytes of \(what) are more than \(PDFSigningLimits.credentialFileBytes). Give the PEM or PKCS #12 file of one certificate.")
        }
    }
}
