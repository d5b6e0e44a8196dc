import Documents

/// What is behind the links that customers are sent: the pages show what it tells and hand in what people do.
///
/// All methods may be called at the same time and wait as long as the store takes. None of them throws: what cannot be done is
/// an answer for a person.
public protocol LinkService: Sendable {
    /// What a link leads to. Changes nothing, however often and by whomever it is opened.
    func look(_ token: LinkToken) async -> LinkView

    /// A person, and no scanner of mail, has the documents before them: noted once.
    func noteOpened(_ token: LinkToken, by visitor: Visitor) async

    /// A picture that a document of the link shows; nil if it shows none of this hash, or it has not come yet.
    func picture(_ token: LinkToken, hash: String) async -> PagePicture?

    /// Signs documents, all or none of those that are handed in.
    func sign(_ token: LinkToken, _ submission: SigningSubmission, by visitor: Visitor) async -> SigningOutcome

    /// Declines the documents that are not signed yet.
    func decline(_ token: LinkToken, _ submission: DecliningSubmission, by visitor: Visitor) async -> DecliningOutcome

    /// Sends a one-time code to the signer's address or phone.
    func sendCode(_ token: LinkToken, to visitor: Visitor) async -> CodeOutcome

    /// The signed copy of a document, for a link that leads to copies.
    func copy(_ token: LinkToken, document: String) async -> CopyOutcome

    /// What a tracking link shows, whenever it changes, beginning with how it is now; ends with the visit.
    /// Whoever reads slowly is given the newest only.
    func tracking(_ token: LinkToken) async -> AsyncStream<TrackingView>

    /// Takes the answer to a survey, once.
    func answer(_ token: LinkToken, _ answer: SurveyAnswer, by visitor: Visitor) async -> SurveyOutcome
}

/// Who asks, as far as the request tells.
public struct Visitor: Sendable, Hashable {
    /// IP address.
    public var address: String
    /// As the browser names itself, at most 300 characters; may be empty.
    public var agent: String

    public init(address: String, agent: String) {
        self.address = address
        self.agent = agent
    }
}

/// What a link leads to.
public enum LinkView: Sendable {
    case signing(SigningView)
    case copies(CopiesView)
    case tracking(TrackingView)
    case survey(SurveyView)
    case ended(LinkEnd)
}

/// Whom the pages speak for.
public struct PageSender: Sendable, Equatable {
    public var name: String
    /// How to reach them, a line each: telephone, address.
    public var lines: [String]

    public init(name: String, lines: [String] = []) {
        self.name = name
        self.lines = lines
    }
}

/// A link that leads nowhere any more, or never did.
public struct LinkEnd: Sendable, Equatable {
    public var reason: Reason
    public var sender: PageSender
    /// Of the person to whom the link was sent (BCP 47); nil if it is not known.
    public var language: String?

    public enum Reason: String, Sendable, CaseIterable {
        /// No link has this token.
        case unknown
        case expired
        /// Everything behind it is signed.
        case used
        case declined
        case withdrawn
        /// Another link was sent in its place.
        case replaced
        /// The visit, or what else it was about, is over.
        case over
        /// The hub cannot answer now; the link may be good.
        case unavailable
    }

    public init(_ reason: Reason, sender: PageSender, language: String? = nil) {
        self.reason = reason
        self.sender = sender
        self.language = language
    }
}
