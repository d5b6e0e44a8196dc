/// What bounds the pages; bytes unless said otherwise. A program takes the standing values; a measurement may widen the rates.
public struct PageLimits: Sendable, Equatable {
    // MARK: Requests

    /// All headers of a request together.
    public var headerBytes = 16 << 10
    public var headers = 100
    /// What is looked at of an address; a longer one leads nowhere.
    public var pathBytes = 600
    /// Of a form that is handed in.
    public var bodyBytes = 64 << 10
    /// What is read of a body that is too large, so that its sender reads the answer; then the connection is closed.
    public var surplusBytes = 1 << 20
    /// Fields of a form.
    public var fields = 60

    // MARK: Texts, in characters

    public var name = 200
    public var role = 200
    /// A reason, a comment.
    public var text = 2_000
    public var code = 12
    public var agent = 300
    /// Names a document in an address or a form.
    public var documentID = 200
    /// Documents of one link.
    public var documents = 20

    // MARK: Connections

    public var connections = 4_000
    public var idleSeconds = 60
    /// For all of a form to arrive.
    public var bodySeconds = 30
    /// What is under way when the server stops has so long to end.
    public var stopSeconds = 5

    // MARK: Rates, for each address (IPv6: each network of 64 bits), in `windowSeconds`

    public var windowSeconds = 60
    public var pages = 60
    public var submits = 10
    /// Pictures and copies: what a page of the largest document asks for, several times.
    public var files = 300
    /// Addresses that are remembered in a window. Beyond, those of the window before are forgotten early.
    public var addresses = 20_000

    // MARK: Event streams

    public var streams = 2_000
    public var streamsOfLink = 10
    public var heartbeatSeconds = 15
    /// An event; a larger one is not sent, and its reader's page reloads.
    public var eventBytes = 64 << 10

    // MARK: Answers

    /// A picture and a copy; the store's own bounds are smaller or the same.
    public var fileBytes = 40 << 20
    /// At once to a connection.
    public var pieceBytes = 64 << 10

    public init() {}

    /// The relations that must hold between the limits.
    public var areConsistent: Bool {
        streams < connections && streamsOfLink <= streams && submits <= pages && pathBytes < headerBytes && bodyBytes <= surplusBytes
            && (name + role + text) * 12 < bodyBytes && heartbeatSeconds < idleSeconds && pieceBytes <= fileBytes && documents < fields
    }
}
