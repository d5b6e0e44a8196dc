/// A field of a request's head (RFC 9110, section 5).
public struct HTTPHeader: Sendable, Hashable, PersonalData {
    public let name: String
    /// May be a credential.
    public let value: String

    /// These say how the body travels and to whom; the transfer writes them itself.
    private static let reserved: Set = ["host", "content-length", "transfer-encoding", "connection", "expect", "te", "trailer", "upgrade"]

    /// - Parameter value: printable ASCII.
    /// - Throws: `invalidRequest`.
    public init(_ name: String, _ value: String) throws(MailError) {
        guard !name.isEmpty, name.utf8.allSatisfy({ HostName.isAlphanumeric($0) || "!#$%&'*+-.^_`|~".utf8.contains($0) }) else {
            throw MailError(.invalidRequest, "The name of a request's header is empty or has a character that no such name has.")
        }
        guard !Self.reserved.contains(name.lowercased()) else {
            throw MailError(.invalidRequest, "The header \(name) is written by the transfer itself. Leave it away.")
        }
        guard name.utf8.count + value.utf8.count <= MailLimits.requestHeaderBytes, value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }),
            value.first != " ", value.last != " "
        else {
            throw MailError(
                .invalidRequest,
                "The value of the header \(name) is too long, begins or ends with a space, or is not all printable ASCII: a line break, for instance.")
        }
        self.name = name
        self.value = value
    }

    public var description: String { "\(name): …" }

    /// For libcurl, which takes a colon without a value as the wish to leave a header away.
    var line: String { value.isEmpty ? "\(name);" : "\(name): \(value)" }
}
