/// How pages are served.
public struct PageServerOptions: Sendable {
    /// To listen on, such as `127.0.0.1` or `::`.
    public var host: String
    /// 0 for one that is free.
    public var port: Int
    /// PEM files; nil to serve without TLS, behind a proxy that has it.
    public var tls: TLSFiles?
    /// Where customers reach the pages; nil for where the server listens, in tests and trials.
    public var publicAddress: PageAddress?
    /// A proxy stands in front, and what it adds to the end of `X-Forwarded-For` is the visitor's address. Without one, visitors could write there what they like.
    public var isBehindProxy: Bool
    /// Named on pages of links that are not known.
    public var sender: PageSender
    public var limits: PageLimits
    /// Takes a line for each request that is answered: method, name of the route, status, milliseconds. Lines hold no address, no token and no name.
    public var log: @Sendable (String) -> Void

    public struct TLSFiles: Sendable, Hashable {
        /// The server's certificate, then those that lead to the root.
        public var certificates: String
        public var key: String

        public init(certificates: String, key: String) {
            self.certificates = certificates
            self.key = key
        }
    }

    public init(
        host: String = "127.0.0.1", port: Int = 0, tls: TLSFiles? = nil, publicAddress: PageAddress? = nil, isBehindProxy: Bool = false,
        sender: PageSender, limits: PageLimits = PageLimits(), log: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.publicAddress = publicAddress
        self.isBehindProxy = isBehindProxy
        self.sender = sender
        self.limits = limits
        self.log = log
    }
}
