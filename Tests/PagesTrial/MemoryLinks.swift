import CustomerPages
import Documents
import Synchronization

/// Links that live in memory: what the pages show and take in trials and tests.
public final class MemoryLinks: LinkService {
    public enum Link: Sendable {
        case signing(SigningView)
        case copies(CopiesView)
        case tracking(TrackingView)
        case survey(SurveyView)
        case ended(LinkEnd)
    }

    /// What was changed, in order.
    public enum Change: Sendable {
        case opened(Visitor)
        case signed(SigningSubmission, Visitor)
        case declined(DecliningSubmission, Visitor)
        case code(Visitor)
        case answered(SurveyAnswer, Visitor)
    }

    private struct State {
        var links: [LinkToken: Link] = [:]
        var changes: [Change] = []
        var pictures: [String: PagePicture] = [:]
        var copies: [String: CopyOutcome] = [:]
        var watchers: [LinkToken: [AsyncStream<TrackingView>.Continuation]] = [:]
        var codeOutcome = CodeOutcome.sent
        var triesLeft = 3
    }

    private let state = Mutex(State())
    public static let code = "482913"

    public init() {}

    // MARK: What trials and tests arrange

    public func add(_ link: Link) -> LinkToken {
        var random = SystemRandomNumberGenerator()
        let token = LinkToken(using: &random)
        set(token, link)
        return token
    }

    public func set(_ token: LinkToken, _ link: Link) { state.withLock { $0.links[token] = link } }
    public func add(_ picture: PagePicture, hash: String) { state.withLock { $0.pictures[hash] = picture } }
    public func add(_ copy: CopyOutcome, document: String) { state.withLock { $0.copies[document] = copy } }
    public func answerCodes(with outcome: CodeOutcome) { state.withLock { $0.codeOutcome = outcome } }
    public var changes: [Change] { state.withLock(\.changes) }

    /// Tells all who watch a visit; nil ends it.
    public func tell(_ token: LinkToken, _ view: TrackingView?) {
        let watchers = state.withLock { state in
            state.links[token] = view.map { .tracking($0) } ?? state.links[token]
            return state.watchers[token] ?? []
        }
        for watcher in watchers {
            if let view { watcher.yield(view) } else { watcher.finish() }
        }
    }

    // MARK: LinkService

    public func look(_ token: LinkToken) async -> LinkView {
        switch state.withLock({ $0.links[token] }) {
        case .signing(let view): .signing(view)
        case .copies(let view): .copies(view)
        case .tracking(let view): .tracking(view)
        case .survey(let view): .survey(view)
        case .ended(let end): .ended(end)
        case nil: .ended(LinkEnd(.unknown, sender: Self.nobody))
        }
    }

    static let nobody = PageSender(name: "Harbor Lift Company, Inc.")

    public func noteOpened(_ token: LinkToken, by visitor: Visitor) async { state.withLock { $0.changes.append(.opened(visitor)) } }

    public func picture(_ token: LinkToken, hash: String) async -> PagePicture? { state.withLock { $0.links[token] == nil ? nil : $0.pictures[hash] } }

    public func sign(_ token: LinkToken, _ submission: SigningSubmission, by visitor: Visitor) async -> SigningOutcome {
        state.withLock { state in
            guard case .signing(var view) = state.links[token] else {
                if case .ended(let end) = state.links[token] { return .ended(end) }
                return .ended(LinkEnd(.unknown, sender: Self.nobody))
            }
            if let refusal = Self.refusal(submission, view, &state.triesLeft) { return .refused(refusal) }
            state.changes.append(.signed(submission, visitor))
            for index in view.documents.indices where submission.agreed.contains(where: { $0.document == view.documents[index].id }) {
                view.documents[index].state = .signed(by: submission.name, at: "November 22, 2026, 2:04 PM")
            }
            let remaining = view.documents.filter { $0.state == .open }.count
            let copies = CopiesView(sender: view.sender, language: view.language, documents: view.documents.filter { $0.state != .open }.map {
                CopiesView.Copy(id: $0.id, title: "\($0.form.title) \($0.form.number)", signedAt: "November 22, 2026, 2:04 PM", isReady: true, awaitsOthers: false)
            }, mailedTo: "r…@meridian.example")
            var random = SystemRandomNumberGenerator()
            let copy = LinkToken(using: &random)
            state.links[copy] = .copies(copies)
            state.links[token] = remaining == 0 ? .ended(LinkEnd(.used, sender: view.sender, language: view.language)) : .signing(view)
            return .signed(copies: copy, remaining: remaining)
        }
    }

    private static func refusal(_ submission: SigningSubmission, _ view: SigningView, _ triesLeft: inout Int) -> SigningRefusal? {
        if submission.agreed.isEmpty { return .noConsent }
        if submission.name.isEmpty { return .noName }
        for agreed in submission.agreed {
            guard let document = view.documents.first(where: { $0.id == agreed.document }), document.hash == agreed.hash, document.state == .open else { return .changed }
        }
        guard view.code != nil else { return nil }
        guard let code = submission.code else { return .noCode }
        guard triesLeft > 0 else { return .codeVoid }
        if code == Self.code { return nil }
        triesLeft -= 1
        return triesLeft == 0 ? .codeVoid : .wrongCode(triesLeft: triesLeft)
    }

    public func decline(_ token: LinkToken, _ submission: DecliningSubmission, by visitor: Visitor) async -> DecliningOutcome {
        state.withLock { state in
            guard case .signing(let view) = state.links[token] else { return .ended(LinkEnd(.unknown, sender: Self.nobody)) }
            if submission.name.isEmpty { return .noName }
            if submission.reason.isEmpty { return .noReason }
            state.changes.append(.declined(submission, visitor))
            state.links[token] = .ended(LinkEnd(.declined, sender: view.sender, language: view.language))
            return .declined
        }
    }

    public func sendCode(_ token: LinkToken, to visitor: Visitor) async -> CodeOutcome {
        state.withLock { state in
            guard case .signing(var view) = state.links[token], view.code != nil else { return .notDemanded }
            guard case .sent = state.codeOutcome else { return state.codeOutcome }
            state.changes.append(.code(visitor))
            view.code?.isSent = true
            state.links[token] = .signing(view)
            return .sent
        }
    }

    public func copy(_ token: LinkToken, document: String) async -> CopyOutcome { state.withLock { $0.copies[document] ?? .unknown } }

    public func tracking(_ token: LinkToken) async -> AsyncStream<TrackingView> {
        let (stream, continuation) = AsyncStream.makeStream(of: TrackingView.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { state in
            guard case .tracking(let view) = state.links[token] else { return continuation.finish() }
            continuation.yield(view)
            state.watchers[token, default: []].append(continuation)
        }
        return stream
    }

    public func answer(_ token: LinkToken, _ answer: SurveyAnswer, by visitor: Visitor) async -> SurveyOutcome {
        state.withLock { state in
            guard case .survey(let view) = state.links[token] else {
                if case .ended(let end) = state.links[token] { return .ended(end) }
                return .ended(LinkEnd(.unknown, sender: Self.nobody))
            }
            state.changes.append(.answered(answer, visitor))
            state.links[token] = .ended(LinkEnd(.used, sender: view.sender, language: view.language))
            return .thanks
        }
    }
}
