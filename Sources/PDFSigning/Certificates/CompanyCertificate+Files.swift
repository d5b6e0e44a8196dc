import COpenSSL
import Foundation

extension CompanyCertificate {
    /// Writes certificate and key to two new PEM files: the key for the owner only (0600), the certificate for everybody (0644).
    ///
    /// Each is complete and durable under its name, or not there. The key comes first: a certificate never stands without it.
    ///
    /// - Throws: `.fileExists` if one is there already; nothing is ever overwritten.
    public func write(certificateFile: String, keyFile: String) throws(PDFSigningError) {
        for path in [keyFile, certificateFile] where access(path, F_OK) == 0 {
            throw PDFSigningError(.fileExists, "\(path) is there already, and is not overwritten. Load it, or move it away first.")
        }
        var certificates = try certificate.pem
        for other in chain { certificates += try other.pem }
        try CredentialFile.write(try key.pem, to: keyFile, mode: 0o600)
        do {
            try CredentialFile.write(certificates, to: certificateFile, mode: 0o644)
        } catch {
            // A key without its certificate is of no use, and would stand in the way of the next attempt.
            unlink(keyFile)
            throw error
        }
    }

    /// Reads PEM files.
    ///
    /// - Throws: `.keyExposed` if others than owner and group may read the key, or others than the owner change it.
    public init(certificateFile: String, keyFile: String, passphrase: String? = nil) throws(PDFSigningError) {
        let certificates = try CredentialFile.read(certificateFile, secret: false)
        let key = try CredentialFile.read(keyFile, secret: true)
        try self.init(certificatesPEM: certificates, keyPEM: key, passphrase: passphrase)
    }

    /// Reads a PKCS #12 file. Its mode is held to the same as a key's.
    public init(pkcs12File: String, passphrase: String) throws(PDFSigningError) {
        try self.init(pkcs12: try CredentialFile.read(pkcs12File, secret: true), passphrase: passphrase)
    }
}
