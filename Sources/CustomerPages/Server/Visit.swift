import Hummingbird

/// Who asks, and in which language they would like to be answered.
struct Visit: Sendable {
    let visitor: Visitor
    /// The pages' own origin, as this request reaches it.
    let origin: String
    private let languages: [String]

    init(_ request: Request, _ context: PageRequestContext, _ options: PageServerOptions) {
        let forwarded = options.isBehindProxy ? request.headers[PageHeaders.name("X-Forwarded-For")] : nil
        let agent = (request.headers[.userAgent] ?? "").unicodeScalars.filter { $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) }
        visitor = Visitor(
            address: VisitorAddress.text(peer: context.peer, forwarded: forwarded), agent: String(String(String.UnicodeScalarView(agent)).prefix(options.limits.agent)))
        origin = options.publicAddress?.origin ?? "\(options.tls == nil ? "http" : "https")://\((request.head.authority ?? "").lowercased())"
        languages = AcceptedLanguage.parse(request.headers[.acceptLanguage])
    }

    /// - Parameter language: of the person to whom the link was sent; without one, what the browser asks for.
    func words(_ language: String? = nil) -> PageWords { PageWords.best(for: language.map { [$0] } ?? languages) }
}
