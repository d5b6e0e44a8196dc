import ReplicationCore

/// What an address leads to. Parsed once and strictly: whatever is not written exactly so leads nowhere.
enum PageRoute: Equatable {
    case signing(LinkToken)
    case sign(LinkToken)
    case decline(LinkToken)
    case code(LinkToken)
    case opened(LinkToken)
    case declined(LinkToken)
    case picture(LinkToken, hash: String)
    case copies(LinkToken)
    case copy(LinkToken, document: String)
    case tracking(LinkToken)
    case events(LinkToken)
    case survey(LinkToken)
    case answer(LinkToken)
    case thanks(LinkToken)
    case asset(String)
    case health

    /// - Returns: nil for an address that leads nowhere; `.wrongMethod` for one that takes other methods.
    static func parse(method: String, path: String, limits: PageLimits) -> Result? {
        guard path.utf8.count <= limits.pathBytes else { return nil }
        // A query means nothing here; programs that watch links add some.
        let plain = path.prefix { $0 != "?" }
        let parts = plain.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard let routes = matches(Array(parts), limits) else { return nil }
        switch method {
        case "GET", "HEAD": return routes.read.map { .route($0) } ?? .wrongMethod(allowed: "POST")
        case "POST": return routes.write.map { .route($0) } ?? .wrongMethod(allowed: "GET, HEAD")
        default: return .wrongMethod(allowed: [routes.read == nil ? nil : "GET, HEAD", routes.write == nil ? nil : "POST"].compactMap(\.self).joined(separator: ", "))
        }
    }

    enum Result: Equatable {
        case route(PageRoute)
        case wrongMethod(allowed: String)
    }

    private static func matches(_ parts: [Substring], _ limits: PageLimits) -> (read: PageRoute?, write: PageRoute?)? {
        if parts == ["healthz"] { return (.health, nil) }
        if parts.count == 2, parts[0] == "assets" { return (.asset(String(parts[1])), nil) }
        guard parts.count >= 2, let token = LinkToken(text: parts[1]) else { return nil }
        switch (parts[0], parts.dropFirst(2).first, parts.count) {
        case ("s", nil, 2): return (.signing(token), .sign(token))
        case ("s", "decline", 3): return (nil, .decline(token))
        case ("s", "code", 3): return (nil, .code(token))
        case ("s", "opened", 3): return (nil, .opened(token))
        case ("s", "declined", 3): return (.declined(token), nil)
        case ("s", "picture", 4):
            guard parts[3].utf8.count == 64, Hexadecimal.bytes(parts[3]) != nil else { return nil }
            return (.picture(token, hash: String(parts[3])), nil)
        case ("c", nil, 2): return (.copies(token), nil)
        case ("c", let file?, 3):
            guard file.hasSuffix(".pdf"), let document = PercentCoding.decode(file.dropLast(4)), !document.isEmpty, document.count <= limits.documentID else { return nil }
            return (.copy(token, document: document), nil)
        case ("t", nil, 2): return (.tracking(token), nil)
        case ("t", "events", 3): return (.events(token), nil)
        case ("r", nil, 2): return (.survey(token), .answer(token))
        case ("r", "thanks", 3): return (.thanks(token), nil)
        default: return nil
        }
    }

    /// As logs name it.
    var name: String {
        switch self {
        case .signing: "signing"
        case .sign: "sign"
        case .decline: "decline"
        case .code: "code"
        case .opened: "opened"
        case .declined: "declined"
        case .picture: "picture"
        case .copies: "copies"
        case .copy: "copy"
        case .tracking: "tracking"
        case .events: "events"
        case .survey: "survey"
        case .answer: "answer"
        case .thanks: "thanks"
        case .asset: "asset"
        case .health: "health"
        }
    }

    /// Of which rate it takes; nil for what costs nothing.
    var rate: RateLimiter.Kind? {
        switch self {
        case .asset, .health: nil
        case .picture, .copy: .file
        case .sign, .decline, .code, .answer: .submit
        case .signing, .opened, .declined, .copies, .tracking, .events, .survey, .thanks: .page
        }
    }
}
