import Foundation

/// What a timestamp token says (RFC 3161, section 2.4.2).
public struct Timestamp: Sendable, Equatable {
    /// By the authority's clock.
    public let time: Date
    /// The subject of the authority's certificate (RFC 4514).
    public let authority: String
    /// Whether the certificate leads to one that the caller trusts. Without such a certificate the token's signature
    /// and purpose are checked all the same, but anybody could have made it.
    public let isTrusted: Bool
}
