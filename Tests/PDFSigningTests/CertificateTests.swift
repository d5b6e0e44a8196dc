import Foundation
import Testing

@testable import PDFSigning

/// Making, storing and loading certificates, and what is refused.
struct CertificateTests {
    private let company: CompanyCertificate
    private let folder: TemporaryFolder

    init() throws {
        company = try Certificates.company.get()
        folder = try TemporaryFolder()
    }

    private func code(_ body: () throws -> Void) -> PDFSigningError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? PDFSigningError)?.code
        }
    }

    // MARK: Self-signed

    @Test func theSelfSignedCertificateIsWhatReadersAskFor() throws {
        try folder.write(try company.certificate.pem, "company.pem")
        let text = try Programs.openssl("x509", "-in", folder.path("company.pem"), "-noout", "-text", "-nameopt", "utf8,sep_comma_plus")
        for part in [
            "Version: 3", "Public-Key: (3072 bit)", "sha256WithRSAEncryption", "X509v3 Basic Constraints: critical\n                CA:FALSE",
            "X509v3 Key Usage: critical\n                Digital Signature, Non Repudiation\n", "1.3.6.1.5.5.7.3.36, E-mail Protection",
            "X509v3 Subject Key Identifier:", "email:office@harborlift.example", "C=DE,O=Harbor Lift Größe GmbH,CN=Harbor Lift Größe GmbH",
        ] { #expect(text.contains(part), "\(part)\n\(text)") }
        #expect(company.isSelfSigned)
        #expect(company.signerName == "Harbor Lift Größe GmbH")
        #expect(abs(company.validUntil.timeIntervalSince(company.validFrom) - (5 * 365 + 1) * 86400 - 3600) < 2)
        let printed = try Programs.openssl("x509", "-in", folder.path("company.pem"), "-noout", "-fingerprint", "-sha256")
        let fingerprint = try company.fingerprint.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined(separator: ":")
        #expect(printed.contains(fingerprint))
    }

    @Test(arguments: [
        ("", "DE", "a@b.example", 5), (String(repeating: "x", count: 65), "DE", "a@b.example", 5), ("A\nB", "DE", "a@b.example", 5),
        ("A", "Germany", "a@b.example", 5), ("A", "D1", "a@b.example", 5), ("A", "DE", "a", 5), ("A", "DE", "a@b,DNS:evil.example", 5),
        ("A", "DE", "a b@c.example", 5), ("A", "DE", "@b.example", 5), ("A", "DE", "a@b.example", 0), ("A", "DE", "a@b.example", 21),
    ]) func whatMakesNoCertificateIsRefused(_ organisation: String, _ country: String, _ email: String, _ years: Int) {
        #expect(code {
            _ = try CompanyCertificate.makeSelfSigned(organisation: organisation, country: country, email: email, validYears: years, at: Certificates.now)
        } == .invalidRequest)
    }

    // MARK: Files

    @Test func filesAreForWhomTheyShouldBe() throws {
        let key = folder.path("company.key"), certificate = folder.path("company.pem")
        let mask = umask(0)
        defer { umask(mask) }
        try company.write(certificateFile: certificate, keyFile: key)
        #expect(try mode(key) == 0o600)
        #expect(try mode(certificate) == 0o644)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["company.key", "company.pem"])
        let loaded = try CompanyCertificate(certificateFile: certificate, keyFile: key)
        #expect(try loaded.fingerprint == company.fingerprint)
        let signed = try PDFSigner(loaded).sign(try Programs.fixture("report.pdf"), as: SignatureDetails(time: Certificates.now))
        #expect(try Verifiers(trusting: company).acceptedByPdfsig(signed.bytes) == 1)
    }

    @Test func nothingIsOverwritten() throws {
        let key = folder.path("company.key"), certificate = folder.path("company.pem")
        try folder.write([1], "company.pem")
        #expect(code { try company.write(certificateFile: certificate, keyFile: key) } == .fileExists)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["company.pem"])
        try FileManager.default.moveItem(atPath: certificate, toPath: key)
        #expect(code { try company.write(certificateFile: certificate, keyFile: key) } == .fileExists)
        #expect(try folder.read("company.key") == [1])
        // Also where it appears after looking for it.
        #expect(code { try CredentialFile.write([2], to: key, mode: 0o600) } == .fileExists)
        #expect(try folder.read("company.key") == [1])
        // A folder that is not there: the key does not stay behind without its certificate.
        #expect(code { try company.write(certificateFile: folder.path("missing/company.pem"), keyFile: folder.path("other.key")) } == .io)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["company.key"])
    }

    @Test(arguments: [0o644, 0o604, 0o660, 0o601]) func aKeyThatOthersReachIsRefused(_ mode: Int) throws {
        let key = folder.path("company.key"), certificate = folder.path("company.pem")
        try company.write(certificateFile: certificate, keyFile: key)
        chmod(key, mode_t(mode))
        #expect(code { _ = try CompanyCertificate(certificateFile: certificate, keyFile: key) } == .keyExposed)
        chmod(key, 0o640)
        #expect(code { _ = try CompanyCertificate(certificateFile: certificate, keyFile: key) } == nil)
    }

    @Test func whatIsNoFileIsRefused() throws {
        #expect(code { _ = try CompanyCertificate(certificateFile: folder.path, keyFile: folder.path) } == .io)
        #expect(code { _ = try CompanyCertificate(pkcs12File: folder.path("missing.p12"), passphrase: "") } == .io)
        try folder.write([UInt8](repeating: 65, count: PDFSigningLimits.credentialFileBytes + 1), "large.pem")
        #expect(code { _ = try CompanyCertificate(certificateFile: folder.path("large.pem"), keyFile: folder.path("large.pem")) } == .tooLarge)
    }

    private func mode(_ path: String) throws -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw Programs.Failure(description: "There is no \(path).") }
        return Int(status.st_mode & 0o7777)
    }

    // MARK: Loading

    @Test func theKeyOfAnotherCertificateIsRefused() throws {
        let issued = try Certificates.issued.get()
        #expect(code { _ = try CompanyCertificate(certificatesPEM: try company.certificate.pem, keyPEM: try issued.certificate.key.pem) } == .keyMismatch)
        #expect(code { _ = try CompanyCertificate(certificatesPEM: try issued.certificate.certificate.pem, keyPEM: try company.key.pem) } == .keyMismatch)
    }

    @Test func theSignersCertificateNeedNotStandFirst() throws {
        let issued = try Certificates.issued.get()
        let certificates = try issued.folder.read("root.pem") + issued.folder.read("issuer.pem") + issued.folder.read("signer.pem")
        let loaded = try CompanyCertificate(certificatesPEM: certificates, keyPEM: try issued.folder.read("signer.key"))
        #expect(loaded.subject == "CN=signer,O=Provider")
        #expect(loaded.chain.map(\.subject) == ["CN=root", "CN=issuer,O=Provider"])
        #expect(!loaded.isSelfSigned)
        // Some issuers name one twice.
        let twice = try CompanyCertificate(certificatesPEM: certificates + certificates, keyPEM: try issued.folder.read("signer.key"))
        #expect(twice.chain.map(\.subject) == ["CN=root", "CN=issuer,O=Provider"])
        #expect(try PDFSigner(twice).sign(TestPDF().bytes, as: SignatureDetails(time: Certificates.now)).level == .basic)
    }

    @Test func anEncryptedKeyNeedsItsPassphrase() throws {
        try folder.write(try company.key.pem, "plain.key")
        try Programs.openssl("pkcs8", "-topk8", "-in", folder.path("plain.key"), "-out", folder.path("locked.key"), "-passout", "pass:größe")
        let certificate = try company.certificate.pem, key = try folder.read("locked.key")
        #expect(code { _ = try CompanyCertificate(certificatesPEM: certificate, keyPEM: key, passphrase: "größe") } == nil)
        #expect(code { _ = try CompanyCertificate(certificatesPEM: certificate, keyPEM: key, passphrase: "wrong") } == .passphraseWrong)
        #expect(code { _ = try CompanyCertificate(certificatesPEM: certificate, keyPEM: key) } == .passphraseMissing)
        #expect(code { _ = try CompanyCertificate(certificatesPEM: certificate, keyPEM: key, passphrase: String(repeating: "x", count: 5000)) } == .passphraseWrong)
    }

    @Test(arguments: [[], ["-legacy"], ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"]])
    func pkcs12IsLoaded(_ encryption: [String]) throws {
        let issued = try Certificates.issued.get()
        try Programs.run("/usr/bin/openssl", [
            "pkcs12", "-export", "-in", issued.folder.path("signer.pem"), "-inkey", issued.folder.path("signer.key"), "-certfile",
            issued.folder.path("issuer.pem"), "-passout", "pass:open sesame", "-out", folder.path("signer.p12"),
        ] + encryption)
        chmod(folder.path("signer.p12"), 0o600)
        // OpenSSL 3 keeps RC2, which `-legacy` means, apart; whoever has such a file is told what to do.
        if encryption == ["-legacy"] {
            let error = #expect(throws: PDFSigningError.self) { try CompanyCertificate(pkcs12File: folder.path("signer.p12"), passphrase: "open sesame") }
            #expect(error?.code == .credentialsRejected && error?.message.contains("openssl pkcs12 -legacy") == true)
            return
        }
        let loaded = try CompanyCertificate(pkcs12File: folder.path("signer.p12"), passphrase: "open sesame")
        #expect(loaded.subject == "CN=signer,O=Provider")
        #expect(loaded.chain.map(\.subject) == ["CN=issuer,O=Provider"])
        #expect(code { _ = try CompanyCertificate(pkcs12File: folder.path("signer.p12"), passphrase: "Open sesame") } == .passphraseWrong)
        #expect(code { _ = try CompanyCertificate(pkcs12File: folder.path("signer.p12"), passphrase: "") } == .passphraseMissing)
    }

    @Test func whatIsNoCertificateIsRefused() throws {
        let certificate = try company.certificate.pem, key = try company.key.pem
        #expect(code { _ = try CompanyCertificate(certificatesPEM: key, keyPEM: key) } == .credentialsRejected)
        #expect(code { _ = try CompanyCertificate(certificatesPEM: certificate, keyPEM: certificate) } == .credentialsRejected)
        #expect(code { _ = try CompanyCertificate(certificatesPEM: [], keyPEM: []) } == .credentialsRejected)
        #expect(code { _ = try CompanyCertificate(certificatesPEM: Array(certificate.prefix(600)), keyPEM: key) } == .credentialsRejected)
        var damaged = certificate
        damaged[400] = damaged[400] == 65 ? 66 : 65
        damaged[40] = UInt8(ascii: "!")
        #expect(code { _ = try CompanyCertificate(certificatesPEM: damaged, keyPEM: key) } == .credentialsRejected)
        #expect(code { _ = try CompanyCertificate(pkcs12: certificate, passphrase: "x") } == .credentialsRejected)
        #expect(code { _ = try CompanyCertificate(certificatesPEM: (0..<12).flatMap { _ in certificate }, keyPEM: key) } == .tooLarge)
    }

    @Test(arguments: [
        ("ec", "keyUsage=critical,keyEncipherment", PDFSigningError.Code.certificateNotForSigning),
        ("ec", "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth", .certificateNotForSigning),
        ("rsa:1024", "keyUsage=critical,digitalSignature", .certificateNotForSigning),
        ("ed25519", "keyUsage=critical,digitalSignature", .certificateNotForSigning),
        ("ec", "extendedKeyUsage=serverAuth,anyExtendedKeyUsage", nil),
        ("rsa:2048", "basicConstraints=CA:false", nil),
    ]) func certificatesAreForSigningDocuments(_ key: String, _ extensions: String, _ expected: PDFSigningError.Code?) throws {
        try Certificates.makeAuthority("root", in: folder)
        try Certificates.makeIssued("it", by: "root", extensions, key: key, in: folder)
        #expect(code { _ = try CompanyCertificate(certificatesPEM: try folder.read("it.pem"), keyPEM: try folder.read("it.key")) } == expected)
    }

    // MARK: Time

    @Test func nothingIsSignedBeforeOrAfter() throws {
        let pdf = try Programs.fixture("report.pdf")
        let signer = PDFSigner(company)
        func sign(_ time: Date) -> PDFSigningError.Code? { code { _ = try signer.sign(pdf, as: SignatureDetails(time: time)) } }
        #expect(sign(company.validUntil) == nil)
        #expect(sign(company.validUntil + 1) == .certificateNotValid)
        #expect(sign(company.validFrom) == nil)
        #expect(sign(company.validFrom - 1) == .certificateNotValid)
        let error = #expect(throws: PDFSigningError.self) { try company.checkValidity(at: company.validUntil + 1) }
        #expect(error?.message.contains("expired on") == true && error?.message.contains("Make a new one") == true)
    }
}
