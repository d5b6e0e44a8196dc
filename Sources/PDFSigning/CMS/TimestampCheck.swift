import COpenSSL
import Foundation

/// The check of a timestamp token's signature, and what the token says.
struct TimestampCheck {
    let timestamp: Timestamp
    private let anchors: [Certificate]

    /// - Parameters:
    ///   - token: a PKCS #7 SignedData with a TSTInfo; held by the caller.
    ///   - information: the TSTInfo in it.
    ///   - trusted: if there are none, the token's own signer is taken for one: signature and purpose are checked all
    ///     the same, and the timestamp says that it is not trusted.
    init(_ token: UnsafeMutablePointer<PKCS7>, _ information: OpaquePointer, trusting trusted: [Certificate]) throws(TimestampFault) {
        guard let time = Certificate.date(TS_TST_INFO_get_time(information)) else { throw TimestampFault("the timestamp's time cannot be read") }
        guard let signers = PKCS7_get0_signers(token, nil, 0) else {
            throw TimestampFault("the timestamp does not bring the authority's certificate (\(LibraryFailure.text()))")
        }
        // The certificates stay the token's.
        defer { OPENSSL_sk_free(signers) }
        guard signing_certificate_count(signers) == 1, let pointer = signing_certificate_at(signers, 0) else {
            throw TimestampFault("the timestamp has not exactly one signer")
        }
        do {
            let signer = try Certificate(sharing: pointer)
            anchors = trusted.isEmpty ? [signer] : trusted
            timestamp = Timestamp(time: time, authority: signer.subject, isTrusted: !trusted.isEmpty)
        } catch {
            throw TimestampFault("\(error)")
        }
    }

    /// Adds to a context that knows what is to be compared the certificates that are trusted, at the timestamp's own time.
    func verify(_ context: OpaquePointer, _ run: (OpaquePointer) -> Int32) throws(TimestampFault) {
        guard let store = X509_STORE_new() else { throw TimestampFault(LibraryFailure.text()) }
        for anchor in anchors { X509_STORE_add_cert(store, anchor.pointer) }
        let parameters = X509_STORE_get0_param(store)
        // A certificate counts as an anchor also where it is not its own issuer.
        X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        X509_VERIFY_PARAM_set_time(parameters, time_t(timestamp.time.timeIntervalSince1970))
        // The context takes the store over.
        TS_VERIFY_CTX_set_store(context, store)
        TS_VERIFY_CTX_add_flags(context, Int32(TS_VFY_SIGNATURE))
        LibraryFailure.forget()
        guard run(context) == 1 else {
            throw TimestampFault("the timestamp does not hold (\(LibraryFailure.text()))")
        }
    }
}
