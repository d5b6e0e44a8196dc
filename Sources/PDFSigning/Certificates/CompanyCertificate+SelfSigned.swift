import COpenSSL
import Foundation

extension CompanyCertificate {
    /// Makes a key and a certificate by which the company vouches for itself.
    ///
    /// RSA with 3072 bits and SHA-256: ETSI TS 119 312 recommends it, and every reader of PDF verifies it. The purposes
    /// are document signing (RFC 9336) and e-mail protection; without the second, and an e-mail address as the
    /// subject's alternative name, NSS (and so Poppler) never trusts the certificate, whatever its database says.
    ///
    /// - Parameters:
    ///   - organisation: 1 to 64 characters, as in the register of companies.
    ///   - country: two letters (ISO 3166-1 alpha-2).
    ///   - email: where recipients ask whether the certificate is the company's.
    ///   - validYears: see `PDFSigningLimits.validYears`.
    ///   - time: now. The certificate is valid from an hour before, for readers whose clocks are slow.
    public static func makeSelfSigned(
        organisation: String, country: String, email: String, validYears: Int, at time: Date
    ) throws(PDFSigningError) -> CompanyCertificate {
        try check(organisation: organisation, country: country, email: email, validYears: validYears)
        LibraryFailure.forget()
        let key = try SigningKey.newRSA(bits: 3072)
        let certificate = try Certificate(owning: X509_new())
        let pointer = certificate.pointer
        try LibraryFailure.check(X509_set_version(pointer, Int(X509_VERSION_3)), "Making a certificate")
        try LibraryFailure.check(X509_set_pubkey(pointer, key.pointer), "Making a certificate")
        try setSerialNumber(pointer)
        try setValidity(pointer, from: time, years: validYears)
        let name = X509_get_subject_name(pointer)
        for (nid, text) in [(NID_countryName, country.uppercased()), (NID_organizationName, organisation), (NID_commonName, organisation)] {
            let utf8 = Array(text.utf8)
            try LibraryFailure.check(signing_add_name_entry(name, nid, utf8, Int32(utf8.count)), "Writing the company's name")
        }
        try LibraryFailure.check(X509_set_issuer_name(pointer, name), "Making a certificate")
        let extensions = [
            (NID_basic_constraints, "critical,CA:FALSE"), (NID_key_usage, "critical,digitalSignature,nonRepudiation"),
            (NID_ext_key_usage, "1.3.6.1.5.5.7.3.36,emailProtection"), (NID_subject_key_identifier, "hash"),
            (NID_subject_alt_name, "email:" + email),
        ]
        for (nid, value) in extensions {
            try LibraryFailure.check(signing_add_extension(pointer, nid, value), "Writing an extension of the certificate")
        }
        try LibraryFailure.check(X509_sign(pointer, key.pointer, EVP_sha256()), "Signing the certificate")
        return try CompanyCertificate(certificate: certificate, key: key, chain: [])
    }

    private static func check(organisation: String, country: String, email: String, validYears: Int) throws(PDFSigningError) {
        func refused(_ what: String) -> PDFSigningError { PDFSigningError(.invalidRequest, "A certificate cannot be made: \(what)") }
        guard (1...64).contains(organisation.unicodeScalars.count),
              !organisation.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw refused("the organisation's name has to have 1 to 64 characters, and no control characters.")
        }
        guard country.utf8.count == 2, country.utf8.allSatisfy({ UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 }) else {
            throw refused("the country is two letters, such as DE, US, CL or MX.")
        }
        // It goes into a configuration text of libcrypto, in which a comma would begin another name.
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#&'*+/=?^_`{|}~-".utf8)
        guard parts.count == 2, email.utf8.count <= 254, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(allowed.contains) }) else {
            throw refused("“\(email)” is no e-mail address that fits. Give one such as office@company.example, in ASCII.")
        }
        guard PDFSigningLimits.validYears.contains(validYears) else {
            throw refused("it can be valid for \(PDFSigningLimits.validYears.lowerBound) to \(PDFSigningLimits.validYears.upperBound) years.")
        }
    }

    /// Random and positive (RFC 5280, 4.1.2.2).
    private static func setSerialNumber(_ certificate: OpaquePointer) throws(PDFSigningError) {
        var bytes = [UInt8](repeating: 0, count: 16)
        try LibraryFailure.check(RAND_bytes(&bytes, Int32(bytes.count)), "Making a serial number")
        bytes[0] = bytes[0] & 0x7F | 0x40
        let number = try Handle(BN_bin2bn(bytes, Int32(bytes.count), nil), for: "Making a serial number") { BN_free($0) }
        guard BN_to_ASN1_INTEGER(number.pointer, X509_get_serialNumber(certificate)) != nil else {
            throw LibraryFailure.error("Making a serial number")
        }
    }

    private static func setValidity(_ certificate: OpaquePointer, from time: Date, years: Int) throws(PDFSigningError) {
        var now = time_t(time.timeIntervalSince1970)
        let days = Int32(years * 365 + years / 4)
        guard X509_time_adj_ex(X509_getm_notBefore(certificate), 0, -3600, &now) != nil,
              X509_time_adj_ex(X509_getm_notAfter(certificate), days, 0, &now) != nil else {
            throw LibraryFailure.error("Writing the certificate's dates")
        }
    }
}
