/// What came of a request.
public enum HTTPOutcome: Sendable, Hashable {
    case answered(HTTPAnswer)
    /// Nothing of the request has left this machine.
    case notSent(HandoverTrouble)
    /// It, or a part of it, was sent, and no whole answer came: the server may have acted on it.
    case unknown(HandoverTrouble)
}
