/// Scheme, host and port of a URL, and what follows them.
struct ServerAddress: Hashable, Sendable {
    let scheme: String
    /// Without the brackets of an IPv6 address.
    let host: String
    let port: Int
    /// Path and query; empty if there are none.
    let rest: String

    var isLoopback: Bool { HostName.isLoopback(host) }
    /// As it stands in a URL.
    var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

    /// - Parameters:
    ///   - url: takes no user, password or fragment: credentials have a place of their own, which no log shows.
    ///   - ports: the schemes that are allowed, with their ports.
    /// - Returns: nil for anything else.
    init?(_ url: String, ports: [String: Int]) {
        let isWritable = url.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"<>\"\\^`{|}#".utf8.contains($0) }
        guard isWritable, url.utf8.count <= MailLimits.urlBytes, let colon = url.range(of: "://") else { return nil }
        scheme = url[..<colon.lowerBound].lowercased()
        guard let usual = ports[scheme] else { return nil }
        let rest = url[colon.upperBound...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        self.rest = String(rest[end...])
        guard let (host, port) = Self.split(rest[..<end]) else { return nil }
        guard port.isEmpty || (port.count <= 5 && port.utf8.allSatisfy(HostName.isDigit)) else { return nil }
        guard let number = port.isEmpty ? usual : Int(port), (1...65_535).contains(number) else { return nil }
        self.host = host
        self.port = number
    }

    private static func split(_ authority: Substring) -> (host: String, port: Substring)? {
        if authority.first == "[" {
            guard let close = authority.firstIndex(of: "]") else { return nil }
            let host = authority[authority.index(after: authority.startIndex)..<close], after = authority[authority.index(after: close)...]
            let isAddress = host.contains(":") && host.count <= 45 && host.utf8.allSatisfy { Escape.value($0) != nil || ":.".utf8.contains($0) }
            guard isAddress, after.isEmpty || after.first == ":" else { return nil }
            return (String(host), after.dropFirst())
        }
        let colon = authority.firstIndex(of: ":") ?? authority.endIndex
        guard HostName.isValid(authority[..<colon]) else { return nil }
        return (String(authority[..<colon]), authority[colon...].dropFirst())
    }
}
