import COpenSSL

/// A request for a timestamp over a signature, and the check of what comes back (RFC 3161, sections 2.4.1 and 2.4.2).
struct TimestampRequest {
    private let handle: Handle
    let bytes: [UInt8]

    init(over signature: [UInt8]) throws(PDFSigningError) {
        LibraryFailure.forget()
        let imprint = try Handle(TS_MSG_IMPRINT_new(), for: "Making a timestamp request") { TS_MSG_IMPRINT_free($0) }
        let algorithm = X509_ALGOR_new()
        defer { X509_ALGOR_free(algorithm) }
        X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nil)
        var digest = Digest.sha256(of: signature)
        try LibraryFailure.check(TS_MSG_IMPRINT_set_algo(imprint.pointer, algorithm), "Making a timestamp request")
        try LibraryFailure.check(TS_MSG_IMPRINT_set_msg(imprint.pointer, &digest, Int32(digest.count)), "Making a timestamp request")
        let request = try Handle(TS_REQ_new(), for: "Making a timestamp request") { TS_REQ_free($0) }
        let nonce = ASN1_INTEGER_new()
        defer { ASN1_INTEGER_free(nonce) }
        var random: UInt64 = 0
        try LibraryFailure.check(withUnsafeMutableBytes(of: &random) { RAND_bytes($0.baseAddress?.assumingMemoryBound(to: UInt8.self), 8) }, "Making a nonce")
        try LibraryFailure.check(ASN1_INTEGER_set_uint64(nonce, random), "Making a nonce")
        try LibraryFailure.check(TS_REQ_set_version(request.pointer, 1), "Making a timestamp request")
        try LibraryFailure.check(TS_REQ_set_msg_imprint(request.pointer, imprint.pointer), "Making a timestamp request")
        try LibraryFailure.check(TS_REQ_set_nonce(request.pointer, nonce), "Making a timestamp request")
        try LibraryFailure.check(TS_REQ_set_cert_req(request.pointer, 1), "Making a timestamp request")
        handle = request
        bytes = try DER.encoded("Writing a timestamp request") { i2d_TS_REQ(request.pointer, $0) }
    }

    /// The token of an answer, if the answer is right: granted, over this imprint and nonce, well signed by a certificate for timestamps.
    func token(from response: [UInt8], trusting trusted: [Certificate]) throws(TimestampFault) -> (der: [UInt8], timestamp: Timestamp) {
        guard response.count <= PDFSigningLimits.timestampBytes else {
            throw TimestampFault("the authority answered with \(response.count) bytes; \(PDFSigningLimits.timestampBytes) are the most")
        }
        LibraryFailure.forget()
        var place: UnsafePointer<UInt8>?
        let (parsed, used) = response.withUnsafeBufferPointer { buffer in
            place = buffer.baseAddress
            let parsed = d2i_TS_RESP(nil, &place, buffer.count)
            return (parsed, place.map { place in buffer.baseAddress.map { place - $0 } ?? 0 } ?? 0)
        }
        guard let parsed else { throw TimestampFault("the authority's answer is no timestamp response (\(LibraryFailure.text()))") }
        defer { TS_RESP_free(parsed) }
        guard used == response.count else { throw TimestampFault("the authority's answer goes on after the timestamp response") }
        try Self.checkStatus(parsed)
        guard let token = TS_RESP_get_token(parsed), let information = TS_RESP_get_tst_info(parsed) else {
            throw TimestampFault("the authority granted a timestamp and sent none")
        }
        let check = try TimestampCheck(token, information, trusting: trusted)
        guard let context = TS_REQ_to_TS_VERIFY_CTX(handle.pointer, nil) else { throw TimestampFault(LibraryFailure.text()) }
        defer { TS_VERIFY_CTX_free(context) }
        try check.verify(context) { TS_RESP_verify_response($0, parsed) }
        do {
            return (try DER.encoded("Writing a timestamp") { i2d_PKCS7(token, $0) }, check.timestamp)
        } catch {
            throw TimestampFault("\(error)")
        }
    }

    /// Granted (0), or granted with modifications (1): the rest are refusals.
    private static func checkStatus(_ response: OpaquePointer) throws(TimestampFault) {
        guard let information = TS_RESP_get_status_info(response) else { throw TimestampFault("the authority's answer has no status") }
        let status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(information))
        guard status != 0, status != 1 else { return }
        var texts: [String] = []
        if let stack = TS_STATUS_INFO_get0_text(information) {
            for index in 0..<min(signing_failure_count(stack), 8) {
                guard let text = signing_failure_at(stack, index), let start = ASN1_STRING_get0_data(text) else { continue }
                let bytes = UnsafeBufferPointer(start: start, count: Int(ASN1_STRING_length(text)))
                texts.append(PDFText.text([0xEF, 0xBB, 0xBF] + bytes.prefix(200)))
            }
        }
        throw TimestampFault("the authority refused with status \(status)\(texts.isEmpty ? "" : ": " + texts.joined(separator: "; "))")
    }
}
