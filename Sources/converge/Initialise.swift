import ArgumentParser
import Domain
import Foundation
import HubControl
import PDFSigning
import SQLiteStore

struct Initialise: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make the data folder of a hub, with the certificate by which the company signs its documents.",
        discussion: """
              converge init --data ./hub --name "Harbor Lift & Plumbing" --country US --email office@harborlift.example
              converge serve --data ./hub

            `serve` makes a folder by itself where there is none; here you say who the company is.
            """)

    @OptionGroup var data: DataOption

    @Option(help: ArgumentHelp("The company, as in the register of companies. Devices and customers are shown it.", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("Its country, in two letters.", valueName: "code"))
    var country: String

    @Option(help: ArgumentHelp("Where recipients ask whether the certificate is the company's.", valueName: "address"))
    var email: String

    @Option(help: ArgumentHelp("For how long the certificate signs, 1 to 20.", valueName: "years"))
    var years = 5

    @Option(help: ArgumentHelp("Schema file; the built-in field-service schema if none is given.", valueName: "file"))
    var schema: String?

    func run() throws {
        try reporting {
            // Whatever is wrong shows before anything is made.
            let certificate = try CompanyCertificate.makeSelfSigned(organisation: name, country: country, email: email, validYears: years, at: Date())
            let (schema, schemaText) = try SchemaOption.load(schema)
            try data.folder.make()
            guard !FileManager.default.fileExists(atPath: data.folder.store) else {
                throw CommandFailure("There is a hub in \(data.folder.path) already. Start it: converge serve --data \(data.folder.path)")
            }
            let store = try data.folder.createStore(schema, schemaText, name: name)
            try store.close()
            try certificate.write(certificateFile: data.folder.certificate, keyFile: data.folder.certificateKey)
            print("Made: \(data.folder.path), for \(name). Keep a copy of certificate.pem and certificate-key.pem in a safe place; whoever has the key signs in your name.")
            try ShowCertificate.show(certificate)
            print("Start it: converge serve --data \(data.folder.path)")
            print("What documents are made from: converge template --help")
        }
    }
}
