extension Endpoint {
    /// Reads `wss://host:port/path`, `ws://…`, and IPv6 hosts in brackets.
    ///
    /// The port may be left out (443 for `wss`, 80 for `ws`), and so may the path (`/`). User names,
    /// passwords and fragments are refused: a hub's address carries no secrets.
    public init(parsing text: String) throws(EndpointError) {
        let (isSecure, rest) = try Self.splitScheme(text)
        let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        let path = authorityEnd == rest.endIndex ? "/" : String(rest[authorityEnd...])
        let (host, port) = try Self.splitPort(rest[..<authorityEnd], in: text)
        self.init(host: host, port: port ?? (isSecure ? 443 : 80), path: path, isSecure: isSecure)
        try validate()
    }

    /// Throws unless host, port and path can be written into a request as they are.
    ///
    /// Everything else is refused rather than escaped: a line break in a path would end the request line
    /// and let the text write headers of its own.
    public func validate() throws(EndpointError) {
        let allowedInHost: (UInt8) -> Bool = { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"): true
            default: false
            }
        }
        guard !host.isEmpty, host.utf8.count <= 253, host.utf8.allSatisfy(allowedInHost) else {
            throw EndpointError(.host, "'\(host)' is not a host name or an IP address; write it as in wss://hub.example:8443/")
        }
        guard port != 0 else {
            throw EndpointError(.port, "Port 0 cannot be connected to; give the port that the hub listens on, 1 to 65535.")
        }
        guard path.hasPrefix("/"), path.utf8.count <= 1_024,
            path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") })
        else {
            throw EndpointError(
                .path, "The path of an endpoint begins with '/' and has printable ASCII characters only, without spaces and '#'.")
        }
    }

    private static func splitScheme(_ text: String) throws(EndpointError) -> (isSecure: Bool, rest: Substring) {
        for (scheme, isSecure) in [("wss://", true), ("ws://", false)]
        where text.prefix(scheme.count).lowercased() == scheme {
            return (isSecure, text.dropFirst(scheme.count))
        }
        throw EndpointError(.scheme, "'\(text)' is not an endpoint; it must begin with wss:// (or ws:// for this machine).")
    }

    private static func splitPort(
        _ authority: Substring, in text: String
    ) throws(EndpointError) -> (host: String, port: UInt16?) {
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else {
                throw EndpointError(.host, "'\(text)' opens a bracket around an IPv6 address and does not close it.")
            }
            let host = String(authority[authority.index(after: authority.startIndex)..<end])
            let after = authority[authority.index(after: end)...]
            guard after.isEmpty || after.first == ":" else {
                throw EndpointError(.host, "'\(text)' has '\(after)' where ':port' or '/path' should follow the bracket.")
            }
            return (host, try after.isEmpty ? nil : port(after.dropFirst(), in: text))
        }
        guard let colon = authority.firstIndex(of: ":") else { return (String(authority), nil) }
        return (String(authority[..<colon]), try port(authority[authority.index(after: colon)...], in: text))
    }

    private static func port(_ digits: Substring, in text: String) throws(EndpointError) -> UInt16 {
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits), port > 0 else {
            throw EndpointError(.port, "'\(digits)' in '\(text)' is not a port; give a number from 1 to 65535.")
        }
        return port
    }
}
