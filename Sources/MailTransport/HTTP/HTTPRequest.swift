/// One request to a server that the configuration names.
public struct HTTPRequest: Sendable, Hashable, PersonalData {
    public enum Method: String, Sendable, Hashable {
        case get = "GET"
        case post = "POST"
    }

    public let method: Method
    public let url: String
    /// May hold credentials.
    public let headers: [HTTPHeader]
    public let body: [UInt8]
    /// PEM file with the certificates that are trusted, in place of the system's.
    public let trustedCertificates: String?
    public let times: TransferTimes
    /// What the answer may have at most, in bytes.
    public let answerLimit: Int
    let address: ServerAddress

    /// - Parameters:
    ///   - url: `https://…`, or `http://…` to this machine.
    ///   - body: what a POST sends; a GET has none. Its media type is among the headers.
    ///   - plainAllowed: `http://` to other machines too. For what is public and proves itself, such as timestamps (RFC 3161), whose
    ///     authorities are often reached so.
    /// - Throws: `invalidRequest`, `insecure`, `tooLarge`.
    public init(
        _ method: Method, _ url: String, headers: [HTTPHeader] = [], body: [UInt8] = [], plainAllowed: Bool = false, trustedCertificates: String? = nil,
        times: TransferTimes = .request, answerLimit: Int = 1 << 20
    ) throws(MailError) {
        guard let address = ServerAddress(url, ports: ["http": 80, "https": 443]) else {
            throw MailError(.invalidRequest, "A request goes to https://host/path, in the characters of a URL, without user, password and fragment.")
        }
        guard address.scheme == "https" || address.isLoopback || plainAllowed else {
            throw MailError(.insecure, "A request to \(address.authority) has to go by https.")
        }
        guard method == .post || body.isEmpty else { throw MailError(.invalidRequest, "A GET has no body.") }
        guard body.count <= MailLimits.requestBytes else {
            throw MailError(.tooLarge, "The request's body has \(body.count) bytes; \(MailLimits.requestBytes) are allowed.")
        }
        guard headers.count <= MailLimits.requestHeaders else {
            throw MailError(.tooLarge, "A request has at most \(MailLimits.requestHeaders) headers, not \(headers.count).")
        }
        guard method == .get || headers.contains(where: { $0.name.lowercased() == "content-type" }) else {
            throw MailError(.invalidRequest, "A POST says what its body is: add the header Content-Type.")
        }
        guard (0...MailLimits.answerBytes).contains(answerLimit) else {
            throw MailError(.invalidRequest, "An answer may have at most \(MailLimits.answerBytes) bytes.")
        }
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.trustedCertificates = trustedCertificates
        self.times = times
        self.answerLimit = answerLimit
        self.address = address
    }

    /// The server only: paths and queries may name persons.
    public var description: String { "\(method.rawValue) to \(server)" }
    var server: String { "\(address.scheme)://\(address.authority)" }
}
