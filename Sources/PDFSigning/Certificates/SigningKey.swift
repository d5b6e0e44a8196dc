import COpenSSL

/// A private key that signs.
struct SigningKey: Sendable {
    let handle: Handle

    var pointer: OpaquePointer { handle.pointer }

    /// Takes over the key.
    init(owning pointer: OpaquePointer?) throws(PDFSigningError) {
        handle = try Handle(pointer, for: "Reading a key") { EVP_PKEY_free($0) }
    }

    static func newRSA(bits: Int) throws(PDFSigningError) -> SigningKey {
        LibraryFailure.forget()
        return try SigningKey(owning: signing_new_rsa_key(bits))
    }

    /// PKCS #8, not encrypted.
    var pem: [UInt8] {
        get throws(PDFSigningError) {
            let buffer = try MemoryBuffer()
            try LibraryFailure.check(PEM_write_bio_PKCS8PrivateKey(buffer.pointer, pointer, nil, nil, 0, nil, nil), "Writing a key")
            return buffer.bytes
        }
    }

    /// The first key of a PEM text.
    init(pem bytes: [UInt8], passphrase: String?) throws(PDFSigningError) {
        LibraryFailure.forget()
        let buffer = try MemoryBuffer(bytes)
        let question = PassphraseQuestion(passphrase)
        let pointer = withExtendedLifetime(question) {
            PEM_read_bio_PrivateKey(buffer.pointer, nil, PassphraseQuestion.answer, Unmanaged.passUnretained(question).toOpaque())
        }
        guard let pointer else {
            let cause = LibraryFailure.text()
            guard question.wasAsked else {
                throw PDFSigningError(.credentialsRejected, "There is no private key that can be read. Give it in PEM, as PKCS #8 or in the older form of OpenSSL.", cause: cause)
            }
            guard passphrase != nil else {
                throw PDFSigningError(.passphraseMissing, "The key is encrypted. Give its passphrase.")
            }
            throw PDFSigningError(.passphraseWrong, "The passphrase does not open the key. Give the one with which the key was encrypted.", cause: cause)
        }
        try self.init(owning: pointer)
    }
}
