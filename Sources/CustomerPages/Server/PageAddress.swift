/// Where customers reach the pages: what mails lead to is made of it.
public struct PageAddress: Sendable, Hashable, CustomStringConvertible {
    /// Scheme, host and port, as a browser's `Origin` header names it (RFC 6454, section 6.2).
    public let origin: String

    /// - Parameter publicURL: such as `https://pages.example.com`: scheme and host, a port if need be, and no path. `http` is for networks of one's own.
    /// - Throws: `PageServerError`.
    public init(publicURL: String) throws {
        var text = publicURL.lowercased()
        if text.hasSuffix("/") { text.removeLast() }
        let host = /(https?):\/\/(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:[0-9]{1,5})?/
        guard text.utf8.count <= 300, let parts = text.wholeMatch(of: host) else {
            throw PageServerError(.publicURL, "The public URL of the pages has to be a scheme and a host, such as https://pages.example.com, with a port if need be, and no path.")
        }
        // Browsers leave the usual port out.
        let isUsual = parts.4.map { $0 == (parts.1 == "https" ? ":443" : ":80") } ?? false
        origin = isUsual ? "\(parts.1)://\(parts.2)" : text
    }

    public var isSecure: Bool { origin.hasPrefix("https:") }
    public var description: String { origin }

    public func signing(_ token: LinkToken) -> String { "\(origin)/s/\(token.text)" }
    public func copies(_ token: LinkToken) -> String { "\(origin)/c/\(token.text)" }
    public func tracking(_ token: LinkToken) -> String { "\(origin)/t/\(token.text)" }
    public func survey(_ token: LinkToken) -> String { "\(origin)/r/\(token.text)" }
}
