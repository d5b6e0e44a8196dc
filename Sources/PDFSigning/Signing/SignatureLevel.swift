/// How much a signature proves (ETSI EN 319 142-1, clause 6.1).
public enum SignatureLevel: String, Sendable, Equatable {
    /// B-B: who signed, and that nothing was changed since. When is the signer's own word.
    case basic = "B-B"
    /// B-T: a timestamp authority vouches that the signature was there at a time.
    case timestamped = "B-T"
}
