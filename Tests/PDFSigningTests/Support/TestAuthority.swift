import Foundation
import Synchronization
@testable import PDFSigning

/// A timestamp authority: `openssl ts` behind a closure, with a certificate of its own.
final class TestAuthority: Sendable {
    let folder: TemporaryFolder
    let root: [UInt8]
    /// The program counts its answers in a file, one at a time.
    private let turn = Mutex(())

    init() throws {
        folder = try TemporaryFolder()
        root = try Certificates.makeAuthority("root", in: folder)
        try Certificates.makeIssued(
            "tsa", by: "root", "basicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping",
            key: "rsa:2048", in: folder)
        try folder.write(Array("01\n".utf8), "serial")
        let configuration = """
            [tsa]
            default_tsa = authority
            [authority]
            serial = \(folder.path("serial"))
            signer_cert = \(folder.path("tsa.pem"))
            certs = \(folder.path("root.pem"))
            signer_key = \(folder.path("tsa.key"))
            signer_digest = sha256
            default_policy = 1.2.3.4.1
            digests = sha256, sha384, sha512
            accuracy = secs:1
            ess_cert_id_alg = sha256
            """
        try folder.write(Array((configuration + "\n").utf8), "tsa.cnf")
    }

    /// The answer of the program to a request in DER.
    func answer(_ request: [UInt8]) throws -> [UInt8] {
        let name = UUID().uuidString
        try folder.write(request, name + ".tsq")
        _ = try turn.withLock { _ in
            try Programs.openssl(
                "ts", "-reply", "-config", folder.path("tsa.cnf"), "-queryfile", folder.path(name + ".tsq"), "-out", folder.path(name + ".tsr"))
        }
        return try folder.read(name + ".tsr")
    }

    /// The same answer, but signed with another certificate of the folder.
    func answer(_ request: [UInt8], signedBy name: String) throws -> [UInt8] {
        let file = UUID().uuidString
        try folder.write(try answer(request), file + ".tsr")
        try Programs.openssl("ts", "-reply", "-in", folder.path(file + ".tsr"), "-token_out", "-out", folder.path(file + ".token"))
        try Programs.openssl(
            "cms", "-verify", "-noverify", "-inform", "DER", "-in", folder.path(file + ".token"), "-out", folder.path(file + ".tst"))
        try Programs.openssl(
            "cms", "-sign", "-binary", "-nodetach", "-cades", "-md", "sha256", "-econtent_type", "1.2.840.113549.1.9.16.1.4",
            "-in", folder.path(file + ".tst"), "-signer", folder.path(name + ".pem"), "-inkey", folder.path(name + ".key"),
            "-outform", "DER", "-out", folder.path(file + ".forged"))
        let token = try folder.read(file + ".forged")
        // TimeStampResp: a status of 0, and the token (RFC 3161, 2.4.2).
        let content = [0x30, 0x03, 0x02, 0x01, 0x00] + token
        return [0x30, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
    }

    /// A request that the program makes, over other bytes or with another nonce.
    func request(over bytes: [UInt8]) throws -> [UInt8] {
        let name = UUID().uuidString
        try folder.write(bytes, name)
        try Programs.openssl("ts", "-query", "-data", folder.path(name), "-sha256", "-cert", "-out", folder.path(name + ".tsq"))
        return try folder.read(name + ".tsq")
    }

    func port(isTrusted: Bool = true) throws -> TimestampAuthority {
        try TimestampAuthority(trustedPEM: isTrusted ? root : nil) { try self.answer($0) }
    }
}
