import COpenSSL
import Foundation

/// An X.509 certificate (RFC 5280).
struct Certificate: Sendable {
    let handle: Handle

    var pointer: OpaquePointer { handle.pointer }

    /// Takes over the certificate.
    init(owning pointer: OpaquePointer?) throws(PDFSigningError) {
        handle = try Handle(pointer, for: "Reading a certificate") { X509_free($0) }
    }

    /// Shares a certificate that something else holds.
    init(sharing pointer: OpaquePointer) throws(PDFSigningError) {
        X509_up_ref(pointer)
        try self.init(owning: pointer)
    }

    var der: [UInt8] {
        get throws(PDFSigningError) {
            let pointer = pointer
            return try DER.encoded("Writing a certificate") { i2d_X509(pointer, $0) }
        }
    }

    var pem: [UInt8] {
        get throws(PDFSigningError) {
            let buffer = try MemoryBuffer()
            try LibraryFailure.check(PEM_write_bio_X509(buffer.pointer, pointer), "Writing a certificate")
            return buffer.bytes
        }
    }

    /// The subject as RFC 4514 writes it, with control characters escaped.
    var subject: String { Self.text(X509_get_subject_name(pointer)) }

    static func text(_ name: OpaquePointer?) -> String {
        guard let name, let bio = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free_all(bio) }
        guard signing_print_name(bio, name) >= 0 else { return "" }
        var start: UnsafePointer<UInt8>?
        let count = signing_memory(bio, &start)
        guard let start, count > 0 else { return "" }
        return String(decoding: UnsafeBufferPointer(start: start, count: min(count, PDFSigningLimits.textBytes)), as: UTF8.self)
    }

    /// The first value of a kind in the subject.
    func subjectEntry(_ nid: Int32) -> String? {
        let name = X509_get_subject_name(pointer)
        let index = X509_NAME_get_index_by_NID(name, nid, -1)
        guard index >= 0, let value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)) else { return nil }
        var utf8: UnsafeMutablePointer<UInt8>?
        let count = ASN1_STRING_to_UTF8(&utf8, value)
        guard count >= 0, let utf8 else { return nil }
        defer { CRYPTO_free(utf8, #file, #line) }
        return String(decoding: UnsafeBufferPointer(start: utf8, count: Int(count)), as: UTF8.self)
    }

    var notBefore: Date { Self.date(X509_get0_notBefore(pointer)) ?? .distantFuture }
    var notAfter: Date { Self.date(X509_get0_notAfter(pointer)) ?? .distantPast }

    static func date(_ time: UnsafePointer<ASN1_TIME>?) -> Date? {
        var parts = tm()
        guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        return Date(timeIntervalSince1970: Double(timegm(&parts)))
    }

    /// Every certificate of a PEM text; nothing else in it is looked at.
    static func all(inPEM bytes: [UInt8]) throws(PDFSigningError) -> [Certificate] {
        LibraryFailure.forget()
        let buffer = try MemoryBuffer(bytes)
        var certificates: [Certificate] = []
        while let pointer = PEM_read_bio_X509(buffer.pointer, nil, nil, nil) {
            certificates.append(try Certificate(owning: pointer))
            guard certificates.count <= PDFSigningLimits.chainCertificates + 1 else {
                throw PDFSigningError(.tooLarge, "There are more than \(PDFSigningLimits.chainCertificates + 1) certificates. Leave only the signer's and those that lead up to its root.")
            }
        }
        let reasons = LibraryFailure.reasons()
        // Having read to the end is told as an error, too.
        guard reasons.allSatisfy({ $0.hasPrefix("no start line") }) else {
            throw PDFSigningError(.credentialsRejected, "A certificate cannot be read. Give it in PEM, unchanged as it was issued.", cause: reasons.joined(separator: "; "))
        }
        return certificates
    }
}
