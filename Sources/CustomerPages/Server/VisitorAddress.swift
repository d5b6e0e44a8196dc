import Glibc

/// An IP address as visitors are counted by: IPv4 addresses, and networks of 64 bits of IPv6, of which one household has all addresses.
struct VisitorAddress: Hashable, Sendable {
    private let bytes: [UInt8]

    /// Nil for what is no address.
    init?(_ text: some StringProtocol) {
        let text = String(text.prefix { $0 != "%" })
        var four = in_addr(), six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            let all = withUnsafeBytes(of: &six) { Array($0) }
            // An IPv4 address as a socket of both kinds tells it (RFC 4291, section 2.5.5.2).
            let isMapped = all.prefix(10).allSatisfy { $0 == 0 } && all[10] == 0xff && all[11] == 0xff
            bytes = Array(isMapped ? all.suffix(4) : all.prefix(8))
        } else {
            return nil
        }
    }

    /// The address of whoever asks.
    /// - Parameters:
    ///   - peer: of the connection.
    ///   - forwarded: the header `X-Forwarded-For`, if a trusted proxy adds to it; the last entry is what the proxy saw.
    static func text(peer: String?, forwarded: String?) -> String {
        let last = forwarded?.split(separator: ",").last.map { $0.filter { !$0.isWhitespace } }
        if let last, last.utf8.count <= 50, VisitorAddress(last) != nil { return last }
        return peer ?? ""
    }
}
