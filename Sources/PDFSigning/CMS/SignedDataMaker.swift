import COpenSSL

/// Makes the CMS SignedData of a PAdES signature (RFC 5652; ETSI EN 319 122-1; ETSI EN 319 142-1, clause 6.3).
struct SignedDataMaker {
    let certificate: CompanyCertificate

    struct Made {
        let bytes: [UInt8]
        let timestamp: Timestamp?
        let timestampFailure: String?
    }

    /// The most bytes that a signature takes.
    func room(withTimestamp: Bool) throws(PDFSigningError) -> Int {
        var room = PDFSigningLimits.signatureOverhead + (withTimestamp ? PDFSigningLimits.timestampBytes : 0)
        room += try certificate.certificate.der.count
        for other in certificate.chain { room += try other.der.count }
        return room
    }

    /// - Parameter digest: SHA-256 of what is signed.
    func make(over digest: [UInt8], timestamps: TimestampAuthority?) throws(PDFSigningError) -> Made {
        LibraryFailure.forget()
        let content = try Handle(
            CMS_sign(nil, nil, nil, nil, UInt32(CMS_DETACHED | CMS_BINARY | CMS_PARTIAL)), for: "Making a signature"
        ) { CMS_ContentInfo_free($0) }
        for other in certificate.chain { try LibraryFailure.check(CMS_add1_cert(content.pointer, other.pointer), "Adding a certificate") }
        // `CMS_CADES` adds signing-certificate-v2 (RFC 5035). The signer is neither hashed nor signed here yet.
        let flags = UInt32(CMS_DETACHED | CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP | CMS_CADES)
        guard let signer = CMS_add1_signer(content.pointer, certificate.certificate.pointer, certificate.key.pointer, EVP_sha256(), flags) else {
            throw LibraryFailure.error("Adding the signer")
        }
        try addAttributes(to: signer, digest)
        let signature = try sign(attributesOf: signer)
        try LibraryFailure.check(
            ASN1_STRING_set(CMS_SignerInfo_get0_signature(signer), signature, Int32(signature.count)), "Writing the signature")
        let (timestamp, failure) = try addTimestamp(to: signer, over: signature, timestamps)
        let bytes = try DER.encoded("Writing the signature") { i2d_CMS_ContentInfo(content.pointer, $0) }
        let made = try SignedData(bytes, trustingTimestampsOf: timestamps?.trusted ?? [])
        guard made.isValid, made.digest == digest, (made.timestamp != nil) == (timestamp != nil) else {
            throw PDFSigningError(.cryptography, "The signature that was made does not verify, and was not used.", cause: made.problems.joined(separator: "; "))
        }
        return Made(bytes: bytes, timestamp: timestamp, timestampFailure: failure)
    }

    private func addAttributes(to signer: OpaquePointer, _ digest: [UInt8]) throws(PDFSigningError) {
        try LibraryFailure.check(
            CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_contentType, V_ASN1_OBJECT, UnsafeRawPointer(OBJ_nid2obj(NID_pkcs7_data)), -1),
            "Writing the content type")
        try LibraryFailure.check(
            CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, digest, Int32(digest.count)),
            "Writing the digest")
    }

    /// Signs the attributes as they will stand (RFC 5652, section 5.4).
    ///
    /// `CMS_SignerInfo_sign` of OpenSSL 3.0 would do it, and add a signing time, which PAdES forbids.
    private func sign(attributesOf signer: OpaquePointer) throws(PDFSigningError) -> [UInt8] {
        var attributes: [[UInt8]] = []
        for index in 0..<CMS_signed_get_attr_count(signer) {
            let attribute = CMS_signed_get_attr(signer, index)
            attributes.append(try DER.encoded("Writing an attribute") { i2d_X509_ATTRIBUTE(attribute, $0) })
        }
        let message = DER.set(of: attributes)
        let context = try Handle(EVP_MD_CTX_new(), for: "Signing") { EVP_MD_CTX_free($0) }
        try LibraryFailure.check(EVP_DigestSignInit(context.pointer, nil, EVP_sha256(), nil, certificate.key.pointer), "Signing")
        var length = 0
        try LibraryFailure.check(EVP_DigestSign(context.pointer, nil, &length, message, message.count), "Signing")
        var signature = [UInt8](repeating: 0, count: length)
        try LibraryFailure.check(EVP_DigestSign(context.pointer, &signature, &length, message, message.count), "Signing")
        return Array(signature.prefix(length))
    }

    private func addTimestamp(
        to signer: OpaquePointer, over signature: [UInt8], _ authority: TimestampAuthority?
    ) throws(PDFSigningError) -> (Timestamp?, failure: String?) {
        guard let authority else { return (nil, nil) }
        let request = try TimestampRequest(over: signature)
        let token: [UInt8], timestamp: Timestamp
        do {
            (token, timestamp) = try request.token(from: try authority.exchange(request.bytes), trusting: authority.trusted)
        } catch {
            let reason = "\(error)".prefix(PDFSigningLimits.textBytes)
            return (nil, "No timestamp: \(reason)\(reason.hasSuffix(".") ? "" : ".")")
        }
        try LibraryFailure.check(
            CMS_unsigned_add1_attr_by_NID(signer, NID_id_smime_aa_timeStampToken, V_ASN1_SEQUENCE, token, Int32(token.count)),
            "Writing the timestamp")
        return (timestamp, nil)
    }
}
