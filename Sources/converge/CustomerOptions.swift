import ArgumentParser
import CustomerDesk
import CustomerMessages
import CustomerPages
import Foundation
import HubControl
import MailTransport
import PDFSigning
import ReplicationEngine
import WebSocketTransport

/// How customers are reached. All of it is optional: a hub without pages sends nobody anything.
struct CustomerOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Address and port of the pages that customers are sent links to; port 0 takes a free one. Without it there are none.", valueName: "address:port"))
    var pages: String?

    @Option(help: ArgumentHelp("Where customers reach the pages, such as https://pages.example.com. Needed unless they listen on this machine only.", valueName: "url"))
    var publicUrl: String?

    @Flag(help: "A proxy stands before the pages and says in X-Forwarded-For who asks.")
    var behindProxy = false

    @Option(help: ArgumentHelp("Mail server, as smtps://host, or smtp://host with STARTTLS. Without it messages wait.", valueName: "url"))
    var mail: String?

    @Option(help: ArgumentHelp("Who writes to customers, as in \"Harbor Lift <office@harborlift.example>\".", valueName: "sender"))
    var mailFrom: String?

    @Option(help: ArgumentHelp("File with the mail server's user in its first line and the password in its second.", valueName: "file"))
    var mailLogin: String?

    @Option(help: ArgumentHelp("JSON file that says how short messages are sent (docs/guides/customers.md).", valueName: "file"))
    var sms: String?

    @Option(help: ArgumentHelp("How customers reach the company, such as its telephone; may be given several times, a line each.", valueName: "line"))
    var contact: [String] = []

    @Option(help: ArgumentHelp("Folder with message templates of your own, and of territories in folders of their names (Protocol/messages).", valueName: "folder"))
    var messages: String?

    @Flag(help: "Write a line for each request of a page to the standard error: method, route, status, milliseconds.")
    var logPages = false

    @OptionGroup var timestamps: TimestampOptions

    mutating func validate() throws {
        if pages == nil, mail != nil { throw ValidationError("--mail needs --pages: what customers are sent leads there.") }
        if (mail == nil) != (mailFrom == nil) { throw ValidationError("--mail and --mail-from go together.") }
        if mailLogin != nil, mail == nil { throw ValidationError("--mail-login needs --mail.") }
    }

    func deskOptions(_ folder: DataFolder, organisation: String, log: @escaping @Sendable (String) -> Void) throws -> Desk.Options {
        var options = Desk.Options(templates: try ownTemplates(), box: SecretBox(key: try folder.linkKey()))
        options.post = try post()
        options.contact = contact
        options.log = log
        options.signer = PDFSigner(try certificate(folder, organisation, log), timestamps: try timestamps.authority())
        return options
    }

    /// - Throws: `CommandFailure` for addresses that are none.
    func serverOptions(_ tls: TLSIdentity?, organisation: String, log: @escaping @Sendable (String) -> Void) throws -> PageServerOptions? {
        guard let pages else { return nil }
        let address = try ListenAddress(option: pages)
        let isLocal = ["127.0.0.1", "::1", "localhost"].contains(address.host)
        guard isLocal || publicUrl != nil else {
            throw CommandFailure("Customers cannot be sent a link without an address that leads to the pages. Give it: --public-url https://pages.example.com", code: 64)
        }
        return PageServerOptions(
            host: address.host, port: Int(address.port), tls: isLocal ? nil : tls.map { .init(certificates: $0.certificateFile, key: $0.keyFile) },
            publicAddress: try publicUrl.map { try PageAddress(publicURL: $0) }, isBehindProxy: behindProxy,
            sender: PageSender(name: organisation, lines: contact), log: log)
    }

    private func post() throws -> Post? {
        guard let mail, let mailFrom else { return nil }
        var credentials: SMTPCredentials?
        if let mailLogin {
            let lines = String(decoding: try SignCommand.bytes(of: mailLogin), as: UTF8.self).split(separator: "\n").map { String($0).trimmingCharacters(in: .whitespaces) }
            guard lines.count == 2 else { throw CommandFailure("The file \(mailLogin) has to have two lines: the user and the password of the mail server.") }
            credentials = try SMTPCredentials(user: lines[0], password: lines[1])
        }
        return Post(server: try SMTPServer(mail, credentials: credentials), sender: try Self.mailbox(mailFrom), gateway: try sms.map(GatewayFile.load))
    }

    private static func mailbox(_ text: String) throws -> Mailbox {
        guard let open = text.lastIndex(of: "<"), text.hasSuffix(">") else { return try Mailbox(text.trimmingCharacters(in: .whitespaces)) }
        let name = text[..<open].trimmingCharacters(in: .whitespaces)
        return try Mailbox(name: name.isEmpty ? nil : name, String(text[text.index(after: open)...].dropLast()))
    }

    private func ownTemplates() throws -> MessageTemplates {
        guard let messages else { return try MessageTemplates() }
        let regions = try Self.names(in: messages).filter { name in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(messages)/\(name)", isDirectory: &isFolder) && isFolder.boolValue
        }
        return try MessageTemplates(
            own: try Self.texts(in: messages), regions: Dictionary(uniqueKeysWithValues: regions.map { ($0, try Self.texts(in: "\(messages)/\($0)")) }))
    }

    private static func names(in folder: String) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw CommandFailure("The folder \(folder) cannot be read: \(error.localizedDescription)")
        }
    }

    private static func texts(in folder: String) throws -> [String: String] {
        try Dictionary(uniqueKeysWithValues: names(in: folder).filter { $0.hasSuffix(".yaml") }.map {
            ($0, String(decoding: try SignCommand.bytes(of: "\(folder)/\($0)"), as: UTF8.self))
        })
    }

    /// The company's; one that vouches for itself is made where there is none, so that what is signed today is protected today.
    private func certificate(_ folder: DataFolder, _ organisation: String, _ log: (String) -> Void) throws -> CompanyCertificate {
        if FileManager.default.fileExists(atPath: folder.certificate) { return try folder.loadCertificate() }
        let address = try mailFrom.map { try Self.mailbox($0).address.text } ?? "postmaster@localhost"
        let made = try CompanyCertificate.makeSelfSigned(organisation: organisation, country: "ZZ", email: address, validYears: 5, at: Date())
        try made.write(certificateFile: folder.certificate, keyFile: folder.certificateKey)
        log("made a certificate for \(organisation), of no country, with which documents are signed. For one that says more: converge certificate --help")
        return made
    }
}

/// Where timestamps come from.
struct TimestampOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A timestamp authority (RFC 3161).", valueName: "url"))
    var timestamps: String?

    @Option(help: ArgumentHelp("PEM file with the certificate of its root.", valueName: "file"))
    var timestampsRoot: String?

    func authority() throws -> TimestampAuthority? {
        guard let timestamps else { return nil }
        return try TimestampAuthority(trustedPEM: try timestampsRoot.map { try SignCommand.bytes(of: $0) }) { query in
            let request = try HTTPRequest(
                .post, timestamps, headers: [try HTTPHeader("Content-Type", "application/timestamp-query")], body: query, plainAllowed: true,
                answerLimit: PDFSigningLimits.timestampBytes)
            switch HTTPClient.send(request) {
            case .answered(let answer) where answer.status == 200: return answer.body
            case .answered(let answer): throw CommandFailure("The timestamp authority answered with status \(answer.status).")
            case .notSent(let trouble), .unknown(let trouble): throw CommandFailure("\(trouble)")
            }
        }
    }
}

/// How a gateway for short messages is spoken to, as a file.
private struct GatewayFile: Decodable {
    var method: String?
    var url: String
    var headers: [String: String]?
    /// What is sent: one of the two, with `{to}` or `{digits}`, and `{text}`.
    var form: String?
    var json: String?
    /// What the answer has to contain, beside a status of 200 to 299.
    var answer: String?

    static func load(_ file: String) throws -> SMSGateway {
        let given: GatewayFile
        do {
            given = try JSONDecoder().decode(GatewayFile.self, from: Data(try SignCommand.bytes(of: file)))
        } catch let error as DecodingError {
            throw CommandFailure("The file \(file) does not say how short messages are sent: \(error). See docs/guides/customers.md.")
        }
        guard (given.form == nil) != (given.json == nil) else { throw CommandFailure("The file \(file) needs either `form` or `json`: what is sent to the gateway.") }
        guard let method = HTTPRequest.Method(rawValue: given.method ?? "POST") else { throw CommandFailure("`method` in \(file) is POST or GET.") }
        return try SMSGateway(
            method, given.url, headers: try (given.headers ?? [:]).sorted { $0.key < $1.key }.map { try HTTPHeader($0.key, $0.value) },
            template: given.form.map { try SMSTemplate(.form, $0) } ?? SMSTemplate(.json, given.json ?? ""), successText: given.answer)
    }
}
