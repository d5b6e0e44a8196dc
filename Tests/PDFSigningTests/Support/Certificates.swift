import Foundation
@testable import PDFSigning

/// Certificates for tests, made once: keys of RSA take their time.
enum Certificates {
    /// When tests take place, so that verifiers, which ask the clock, find everything valid.
    static let now = {
        // After the certificates were made, whichever test comes first.
        _ = (company, issued)
        return Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.up))
    }()

    static let company = Result {
        try CompanyCertificate.makeSelfSigned(
            organisation: "Harbor Lift Größe GmbH", country: "de", email: "office@harborlift.example", validYears: 5, at: Date())
    }

    /// A root, an issuer below it and a signer with a key on P-256, as a trust service provider would issue them.
    struct Issued: Sendable {
        let folder: TemporaryFolder
        let certificate: CompanyCertificate
        let root: [UInt8]
    }

    static let issued = Result {
        let folder = try TemporaryFolder()
        let root = try makeAuthority("root", in: folder)
        try makeIssued("issuer", by: "root", "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign", in: folder)
        try makeIssued(
            "signer", by: "issuer",
            "basicConstraints=critical,CA:false\nkeyUsage=critical,nonRepudiation\nextendedKeyUsage=1.3.6.1.5.5.7.3.36,emailProtection\nsubjectAltName=email:signer@provider.example",
            in: folder)
        let chain = try folder.read("signer.pem") + folder.read("issuer.pem")
        let certificate = try CompanyCertificate(certificatesPEM: chain, keyPEM: try folder.read("signer.key"))
        return Issued(folder: folder, certificate: certificate, root: root)
    }

    /// A self-signed certificate of an authority, in PEM.
    @discardableResult
    static func makeAuthority(_ name: String, in folder: TemporaryFolder) throws -> [UInt8] {
        try Programs.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", "/CN=\(name)",
            "-addext", "keyUsage=critical,keyCertSign", "-keyout", folder.path(name + ".key"), "-out", folder.path(name + ".pem"))
        return try folder.read(name + ".pem")
    }

    static func makeIssued(_ name: String, by issuer: String, _ extensions: String, key: String = "ec", in folder: TemporaryFolder) throws {
        let parameters = key == "ec" ? ["-pkeyopt", "ec_paramgen_curve:prime256v1"] : []
        try Programs.run("/usr/bin/openssl", ["req", "-new", "-newkey", key] + parameters + [
            "-nodes", "-subj", "/O=Provider/CN=\(name)", "-keyout", folder.path(name + ".key"), "-out", folder.path(name + ".csr"),
        ])
        try folder.write(Array(extensions.utf8), name + ".ext")
        try Programs.openssl(
            "x509", "-req", "-in", folder.path(name + ".csr"), "-CA", folder.path(issuer + ".pem"), "-CAkey", folder.path(issuer + ".key"),
            "-CAcreateserial", "-days", "20", "-extfile", folder.path(name + ".ext"), "-out", folder.path(name + ".pem"))
    }
}
