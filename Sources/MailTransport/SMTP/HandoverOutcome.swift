/// What came of handing a message to a server.
public enum HandoverOutcome: Sendable, Hashable {
    /// The server answers for it now. Whether it arrives is told by a bounce, or not at all.
    case accepted(ServerReply)
    /// Surely not taken; another try may do.
    case refusedForNow(HandoverTrouble)
    /// Surely not taken; another try will not do.
    case refusedForGood(HandoverTrouble)
    /// It was sent, and no answer came: the server may have taken it. Sent again it has to have the same identity.
    case unknown(HandoverTrouble)
}
