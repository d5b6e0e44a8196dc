/// A mail server that takes messages from the hub, and how to speak with it.
public struct SMTPServer: Sendable, Hashable, CustomStringConvertible {
    public enum Security: Sendable, Hashable {
        /// TLS from the first byte (RFC 8314): `smtps://`.
        case tls
        /// TLS by STARTTLS (RFC 3207), or nothing is sent: what `smtp://` to other machines means.
        case startTLS
        /// Everything can be read on the way: what `smtp://` to this machine means.
        case plain
    }

    public let security: Security
    public let credentials: SMTPCredentials?
    /// PEM file with the certificates that are trusted, in place of the system's.
    public let trustedCertificates: String?
    /// How the hub names itself (EHLO); nil for the machine's name.
    public let clientName: String?
    public let times: TransferTimes
    let address: ServerAddress

    /// - Parameters:
    ///   - url: `smtp://host:port` or `smtps://host:port`; without a port 25 and 465.
    ///   - security: with `smtp://` another than the usual one. Plain beyond this machine never goes with credentials.
    /// - Throws: `invalidServer`, `insecure`.
    public init(
        _ url: String, credentials: SMTPCredentials? = nil, security: Security? = nil, trustedCertificates: String? = nil, clientName: String? = nil,
        times: TransferTimes = .mail
    ) throws(MailError) {
        let address = ServerAddress(url.hasSuffix("/") ? String(url.dropLast()) : url, ports: ["smtp": 25, "smtps": 465])
        guard let address, address.rest.isEmpty else {
            throw MailError(.invalidServer, "A mail server is given as smtp://host:port or smtps://host:port, without user, password and path.")
        }
        let usual: Security = address.scheme == "smtps" ? .tls : address.isLoopback ? .plain : .startTLS
        guard security == nil || (security == .tls) == (usual == .tls) else {
            throw MailError(.invalidServer, "TLS from the first byte goes with smtps://, anything else with smtp://.")
        }
        self.security = security ?? usual
        guard credentials == nil || self.security != .plain || address.isLoopback else {
            throw MailError(.insecure, "A password is never sent to \(address.authority) in the clear. Leave plain transport away, or the credentials.")
        }
        guard clientName.map({ HostName.isValid($0) }) != false else {
            throw MailError(.invalidServer, "The name by which the hub greets a mail server is no host name.")
        }
        self.address = address
        self.credentials = credentials
        self.trustedCertificates = trustedCertificates
        self.clientName = clientName
        self.times = times
    }

    /// Without credentials.
    public var description: String { "\(address.scheme)://\(address.authority)" }
}
