import ArgumentParser
import Foundation
import HubControl
import PDFSigning
import ReplicationCore

struct CertificateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate",
        abstract: "The certificate with which the company signs its documents: make one, and show it.",
        discussion: """
              converge certificate make --data ./hub --organisation "Harbor Lift & Plumbing" --country US --email office@harborlift.example
              converge certificate show --data ./hub

            One that the company makes itself proves that nothing was changed, and that all documents come from the same key; \
            who holds the key, recipients have to be told by its fingerprint. To use one of a trust service provider, put it \
            into the data folder as certificate.pem and certificate-key.pem. What that is worth in law: \
            docs/guides/signatures-and-law.md.
            """,
        subcommands: [MakeCertificate.self, ShowCertificate.self])
}

struct MakeCertificate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make", abstract: "Make a key and a certificate by which the company vouches for itself. Never overwrites one.")

    @OptionGroup var data: DataOption

    @Option(help: ArgumentHelp("The company, as in the register of companies.", valueName: "name"))
    var organisation: String

    @Option(help: ArgumentHelp("Its country, in two letters.", valueName: "code"))
    var country: String

    @Option(help: ArgumentHelp("Where recipients ask whether the certificate is the company's.", valueName: "address"))
    var email: String

    @Option(help: ArgumentHelp("For how long it signs, 1 to 20.", valueName: "years"))
    var years = 5

    func run() throws {
        try reporting {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: data.folder.path, isDirectory: &isFolder), isFolder.boolValue else {
                throw CommandFailure("There is no folder \(data.folder.path). Start the hub once, which makes it: converge serve --data \(data.folder.path)")
            }
            let certificate = try CompanyCertificate.makeSelfSigned(
                organisation: organisation, country: country, email: email, validYears: years, at: Date())
            try certificate.write(certificateFile: data.folder.certificate, keyFile: data.folder.certificateKey)
            print("Made: \(data.folder.certificate), and its key beside it. Keep a copy of both in a safe place; whoever has the key signs in your name.")
            try ShowCertificate.show(certificate)
        }
    }
}

struct ShowCertificate: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Say whose it is, for how long, and its fingerprint.")

    @OptionGroup var data: DataOption

    func run() throws {
        try reporting { try Self.show(data.folder.loadCertificate()) }
    }

    static func show(_ certificate: CompanyCertificate) throws {
        let fingerprint = Hexadecimal.text(try certificate.fingerprint)
        print("  subject      \(certificate.subject)\(certificate.isSelfSigned ? " (made by the company itself)" : "")")
        print("  valid        \(certificate.validFrom.formatted(.iso8601)) to \(certificate.validUntil.formatted(.iso8601))")
        print("  fingerprint  SHA-256 \(fingerprint)")
        do { try certificate.checkValidity(at: Date()) } catch { print("  It does not sign now: \(error)") }
    }
}

extension DataFolder {
    var certificate: String { path + "/certificate.pem" }
    var certificateKey: String { path + "/certificate-key.pem" }

    func loadCertificate() throws -> CompanyCertificate {
        guard FileManager.default.fileExists(atPath: certificate) else {
            throw CommandFailure("There is no certificate in \(path). Make one: converge certificate make --help")
        }
        return try CompanyCertificate(certificateFile: certificate, keyFile: certificateKey)
    }
}
