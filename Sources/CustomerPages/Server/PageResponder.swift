import Documents
import Hummingbird
import Synchronization

/// Answers requests: what is asked for, whether it may be asked, and what all answers have in common.
final class PageResponder: HTTPResponder, Sendable {
    typealias Context = PageRequestContext

    let service: any LinkService
    let options: PageServerOptions
    let renderer: PageRenderer
    let streams: EventStreams
    let gate = RequestGate()
    private let rates: Mutex<RateLimiter>
    private let isSecure: Bool

    var limits: PageLimits { options.limits }

    /// - Throws: `PageServerError`.
    init(service: any LinkService, options: PageServerOptions) throws {
        self.service = service
        self.options = options
        renderer = try PageRenderer(limits: options.limits)
        streams = EventStreams(options.limits)
        rates = Mutex(RateLimiter(options.limits))
        isSecure = options.publicAddress?.isSecure ?? (options.tls != nil)
    }

    func respond(to request: Request, context: PageRequestContext) async throws -> Response {
        let began = ContinuousClock.now
        let result = PageRoute.parse(method: request.method.rawValue, path: request.head.path ?? "", limits: limits)
        let visit = Visit(request, context, options)
        var response: Response
        let passage = gate.enter()
        if passage != nil {
            response = await answer(result, request, visit)
        } else {
            response = notice(.init(.unavailable, sender: options.sender), visit)
        }
        PageHeaders.add(to: &response.headers, isSecure: isSecure)
        let endsConnection = response.headers[.connection] == "close"
        if request.method == .head {
            response = response.createHeadResponse()
        } else {
            response.body = written(response.body, passage, endsConnection)
        }
        let name = if case .route(let route) = result { route.name } else { "none" }
        let took = (ContinuousClock.now - began).components
        options.log("\(Self.known(request.method)) \(name) \(response.status.code) \(took.seconds * 1_000 + took.attoseconds / 1_000_000_000_000_000) ms")
        return response
    }

    private func answer(_ result: PageRoute.Result?, _ request: Request, _ visit: Visit) async -> Response {
        let route: PageRoute? = if case .route(let route) = result { route } else { nil }
        if let kind = route.map(\.rate) ?? .page, let address = VisitorAddress(visit.visitor.address) {
            let now = ContinuousClock.now - Self.start
            let milliseconds = now.components.seconds * 1_000 + now.components.attoseconds / 1_000_000_000_000_000
            if let seconds = rates.withLock({ $0.refuse(address, kind, now: milliseconds) }) {
                return card("busy", visit, .tooManyRequests, ["count": String(seconds)], retryAfter: seconds)
            }
        }
        guard let route else {
            guard case .wrongMethod(let allowed) = result else { return card("not_found", visit, .notFound) }
            var response = card("refused", visit, .methodNotAllowed)
            response.headers[.allow] = allowed
            return response
        }
        guard request.method == .post else { return await show(route, request, visit) }
        guard RequestOrigin.isOwn(site: request.headers[PageHeaders.name("Sec-Fetch-Site")], origin: request.headers[.origin], expected: visit.origin) else {
            return ending(card("refused", visit, .forbidden))
        }
        return await take(route, request, visit)
    }

    private static let start = ContinuousClock.now

    /// GET and HEAD: nothing is changed.
    private func show(_ route: PageRoute, _ request: Request, _ visit: Visit) async -> Response {
        switch route {
        case .signing(let token): await signing(token, visit)
        case .declined(let token): await declined(token, visit)
        case .picture(let token, let hash): await picture(token, hash, visit)
        case .copies(let token): await copies(token, visit)
        case .copy(let token, let document): await copy(token, document, visit)
        case .tracking(let token): await tracking(token, visit)
        case .events(let token): await events(token, request, visit)
        case .survey(let token): await survey(token, visit)
        case .thanks(let token): await thanks(token, visit)
        case .asset(let name): asset(name, visit)
        case .health: PageReply.file(Array("ok\n".utf8), mediaType: "text/plain; charset=utf-8")
        case .sign, .decline, .code, .opened, .answer: card("refused", visit, .methodNotAllowed)
        }
    }

    /// POST: a person hands something in.
    private func take(_ route: PageRoute, _ request: Request, _ visit: Visit) async -> Response {
        let body: [UInt8]
        switch await PageBody.read(request, limits) {
        case .bytes(let bytes): body = bytes
        case .tooLarge: return ending(card("too_large", visit, .contentTooLarge))
        case .broken: return ending(card("refused", visit, .badRequest))
        }
        if case .opened(let token) = route { return await opened(token, visit) }
        let mediaType = (request.headers[.contentType] ?? "").prefix { $0 != ";" }.lowercased()
        guard mediaType == "application/x-www-form-urlencoded" else { return card("refused", visit, .unsupportedMediaType) }
        switch route {
        case .sign(let token): return await sign(token, body, visit)
        case .decline(let token): return await decline(token, body, visit)
        case .code(let token): return await code(token, body, visit)
        case .answer(let token): return await answer(token, body, visit)
        default: return card("refused", visit, .methodNotAllowed)
        }
    }

    private func asset(_ name: String, _ visit: Visit) -> Response {
        guard let asset = PageAssets.all[name] else { return card("not_found", visit, .notFound) }
        return PageReply.file(asset.bytes, mediaType: asset.mediaType, cache: "public, max-age=31536000, immutable")
    }

    // MARK: What handlers share

    /// A page that says one thing, in words of its own.
    func card(_ key: String, _ visit: Visit, _ status: HTTPResponse.Status, _ values: [String: String] = [:], retryAfter: Int? = nil) -> Response {
        let words = visit.words()
        let card = OtherPages.Card(heading: words("\(key)_title"), paragraphs: [words("\(key)_text", values)], tone: .bad)
        return PageReply.page(card.render(renderer, sender: options.sender, words: words), status: status, retryAfter: retryAfter)
    }

    /// The page of a link that leads nowhere.
    func notice(_ end: LinkEnd, _ visit: Visit) -> Response {
        let words = visit.words(end.language)
        let html = OtherPages.ended(end, words).render(renderer, sender: end.sender, words: words)
        switch end.reason {
        case .unknown: return PageReply.page(html, status: .notFound)
        case .unavailable: return PageReply.page(html, status: .serviceUnavailable, retryAfter: 60)
        case .expired, .used, .declined, .withdrawn, .replaced, .over: return PageReply.page(html, status: .gone)
        }
    }

    /// For a link of another kind: nobody learns that it exists.
    func unknown(_ visit: Visit) -> Response { notice(LinkEnd(.unknown, sender: options.sender), visit) }

    /// The request was not read to its end.
    private func ending(_ response: Response) -> Response {
        var response = response
        response.headers[.connection] = "close"
        return response
    }

    /// Keeps the gate open until an answer is written.
    private func written(_ body: ResponseBody, _ passage: RequestGate.Passage?, _ endsConnection: Bool) -> ResponseBody {
        ResponseBody(contentLength: body.contentLength) { writer in
            defer { withExtendedLifetime(passage) {} }
            try await body.write(writer)
            if endsConnection { throw PageReply.ConnectionEnds() }
        }
    }

    /// A method as logs name it: whatever else a stranger sends stays out of them.
    private static func known(_ method: HTTPRequest.Method) -> String {
        switch method {
        case .get, .head, .post: method.rawValue
        default: "OTHER"
        }
    }
}
