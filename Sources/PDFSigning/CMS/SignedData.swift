import COpenSSL

/// A CMS SignedData out of a PDF, checked by itself: whether the document is the one that it signs, others compare by `digest`.
struct SignedData {
    private let content: Handle
    private let signer: OpaquePointer
    /// Who signed, if the certificate is there.
    private(set) var certificate: Certificate?
    /// The digest of the document that was signed.
    private(set) var digest: [UInt8]?
    private(set) var digestAlgorithm: OpaquePointer?
    private(set) var timestamp: Timestamp?
    /// What keeps it from being a PAdES signature, or its timestamp from counting.
    private(set) var problems: [String] = []
    /// The certificate signed these attributes, and is the one that they name; says nothing of whether it is trusted.
    private(set) var isValid = false
    /// Has what ETSI EN 319 142-1 asks of level B-B.
    private(set) var isBaseline = false

    /// - Parameters:
    ///   - bytes: DER, and zeros up to the end.
    /// - Throws: if it is none, or has not exactly one signer.
    init(_ bytes: [UInt8], trustingTimestampsOf trusted: [Certificate]) throws(PDFSigningError) {
        LibraryFailure.forget()
        var place: UnsafePointer<UInt8>?
        let (parsed, used) = bytes.withUnsafeBufferPointer { buffer in
            place = buffer.baseAddress
            let parsed = d2i_CMS_ContentInfo(nil, &place, buffer.count)
            return (parsed, parsed == nil ? 0 : (place ?? buffer.baseAddress).map { $0 - (buffer.baseAddress ?? $0) } ?? 0)
        }
        content = try Handle(parsed, for: "Reading a signature") { CMS_ContentInfo_free($0) }
        guard bytes[used...].allSatisfy({ $0 == 0 }) else {
            throw PDFSigningError(.malformedPDF, "Something follows the signature that is not part of it. Do not trust the PDF.")
        }
        guard OBJ_obj2nid(CMS_get0_type(content.pointer)) == NID_pkcs7_signed, CMS_is_detached(content.pointer) == 1,
              signing_signer_count(content.pointer) == 1, let signer = signing_signer_at(content.pointer, 0) else {
            throw PDFSigningError(.malformedPDF, "The signature is no detached SignedData with one signer. Do not trust the PDF.")
        }
        self.signer = signer
        checkSignature()
        checkBaseline()
        do {
            timestamp = try readTimestamp(trusting: trusted)
        } catch {
            problems.append("Its timestamp does not count: \(error).")
        }
    }

    // MARK: Signature

    private mutating func checkSignature() {
        LibraryFailure.forget()
        // With no certificates given it looks for the signer's among those of the signature.
        guard CMS_set1_signers_certs(content.pointer, nil, 0) == 1 else {
            problems.append("The signer's certificate is not in the signature.")
            return
        }
        var pointer: OpaquePointer?, algorithm: UnsafeMutablePointer<X509_ALGOR>?
        CMS_SignerInfo_get0_algs(signer, nil, &pointer, &algorithm, nil)
        guard let pointer else { return }
        do {
            certificate = try Certificate(sharing: pointer)
        } catch {
            problems.append("\(error)")
            return
        }
        digest = attribute(NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING)
        let nid = algorithm.map { OBJ_obj2nid($0.pointee.algorithm) } ?? NID_undef
        guard [NID_sha256, NID_sha384, NID_sha512].contains(nid) else {
            problems.append("Its digest is not SHA-256, SHA-384 or SHA-512.")
            return
        }
        digestAlgorithm = EVP_get_digestbyname(OBJ_nid2sn(nid))
        guard digest != nil else {
            problems.append("It has no signed attributes.")
            return
        }
        guard CMS_SignerInfo_verify(signer) == 1 else {
            problems.append("The signature is not one of its certificate over its attributes (\(LibraryFailure.text())).")
            return
        }
        isValid = true
    }

    /// The bytes of the only value of a signed attribute.
    private func attribute(_ nid: Int32, _ type: Int32) -> [UInt8]? {
        guard let data = CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(nid), -3, type) else { return nil }
        return Self.bytes(data.assumingMemoryBound(to: ASN1_STRING.self))
    }

    private static func bytes(_ string: UnsafePointer<ASN1_STRING>) -> [UInt8] {
        guard let start = ASN1_STRING_get0_data(string) else { return [] }
        return Array(UnsafeBufferPointer(start: start, count: Int(ASN1_STRING_length(string))))
    }

    // MARK: Baseline

    private mutating func checkBaseline() {
        guard let certificate else { return }
        guard let encoded = attribute(NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE) else {
            problems.append("It does not say which certificate it was made with (signing-certificate-v2), as PAdES asks.")
            return
        }
        var chain: OpaquePointer?
        var identifiers: OpaquePointer?
        encoded.withUnsafeBufferPointer { buffer in
            var place = buffer.baseAddress
            identifiers = d2i_ESS_SIGNING_CERT_V2(nil, &place, buffer.count)
        }
        guard let identifiers else {
            problems.append("Its signing-certificate-v2 cannot be read.")
            return
        }
        defer { ESS_SIGNING_CERT_V2_free(identifiers) }
        chain = signing_new_certificates()
        guard let chain else { return }
        defer { signing_free_certificates(chain) }
        signing_push_certificate(chain, certificate.pointer)
        if let others = CMS_get1_certs(content.pointer) {
            for index in 0..<signing_certificate_count(others) {
                if let other = signing_certificate_at(others, index), X509_cmp(other, certificate.pointer) != 0 {
                    signing_push_certificate(chain, other)
                }
            }
            signing_free_certificates(others)
        }
        guard OSSL_ESS_check_signing_certs(nil, identifiers, chain, 1) > 0 else {
            // Then the certificate is not the one with which the signer signed (RFC 5035, section 4).
            isValid = false
            problems.append("Its signing-certificate-v2 names another certificate (\(LibraryFailure.text())).")
            return
        }
        guard CMS_signed_get_attr_by_NID(signer, NID_pkcs9_signingTime, -1) < 0 else {
            problems.append("It has a signing-time attribute, which PAdES forbids.")
            return
        }
        isBaseline = true
    }

    // MARK: Timestamp

    private func readTimestamp(trusting trusted: [Certificate]) throws(TimestampFault) -> Timestamp? {
        let index = CMS_unsigned_get_attr_by_NID(signer, NID_id_smime_aa_timeStampToken, -1)
        guard index >= 0 else { return nil }
        guard let attribute = CMS_unsigned_get_attr(signer, index), X509_ATTRIBUTE_count(attribute) == 1,
              let value = X509_ATTRIBUTE_get0_data(attribute, 0, V_ASN1_SEQUENCE, nil) else {
            throw TimestampFault("it cannot be read")
        }
        let encoded = Self.bytes(value.assumingMemoryBound(to: ASN1_STRING.self))
        let token = encoded.withUnsafeBufferPointer { buffer in
            var place = buffer.baseAddress
            return d2i_PKCS7(nil, &place, buffer.count)
        }
        guard let token else { throw TimestampFault("it is no timestamp token") }
        defer { PKCS7_free(token) }
        guard let information = PKCS7_to_TS_TST_INFO(token) else { throw TimestampFault("it is no timestamp token") }
        defer { TS_TST_INFO_free(information) }
        let check = try TimestampCheck(token, information, trusting: trusted)
        guard let context = TS_VERIFY_CTX_new() else { throw TimestampFault(LibraryFailure.text()) }
        defer { TS_VERIFY_CTX_free(context) }
        TS_VERIFY_CTX_set_flags(context, Int32(TS_VFY_VERSION | TS_VFY_IMPRINT))
        try Self.setImprint(context, information, of: Self.bytes(CMS_SignerInfo_get0_signature(signer)))
        try check.verify(context) { TS_RESP_verify_token($0, token) }
        return check.timestamp
    }

    /// What the token has to be over, with the digest that its authority chose.
    private static func setImprint(_ context: OpaquePointer, _ information: OpaquePointer, of signature: [UInt8]) throws(TimestampFault) {
        let algorithm = TS_MSG_IMPRINT_get_algo(TS_TST_INFO_get_msg_imprint(information))
        let nid = algorithm.map { OBJ_obj2nid($0.pointee.algorithm) } ?? NID_undef
        guard [NID_sha256, NID_sha384, NID_sha512].contains(nid),
              let digest = Digest.hash(signature, in: [0..<signature.count], with: EVP_get_digestbyname(OBJ_nid2sn(nid))) else {
            throw TimestampFault("its digest is not SHA-256, SHA-384 or SHA-512")
        }
        // Freed with the context, so it has to be libcrypto's memory.
        guard let copy = CRYPTO_memdup(digest, digest.count, #file, #line) else { throw TimestampFault(LibraryFailure.text()) }
        TS_VERIFY_CTX_set_imprint(context, copy.assumingMemoryBound(to: UInt8.self), digest.count)
    }
}
