/// Names of hosts and domains as they travel: ASCII, by the preferred syntax of RFC 1035, section 2.3.1, with the digits of RFC 1123.
enum HostName {
    /// Whether every label has 1 to 63 letters, digits and inner hyphens, and there are at most 253 bytes.
    static func isValid(_ text: some StringProtocol) -> Bool {
        guard (1...MailLimits.hostBytes).contains(text.utf8.count) else { return false }
        return text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                && label.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }

    /// Whether it is four numbers, which name a machine and no domain.
    static func isAddress(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { isDigit($0) || $0 == UInt8(ascii: ".") }
    }

    /// Whether a connection to it cannot leave this machine.
    static func isLoopback(_ host: String) -> Bool {
        if host.lowercased() == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil && $0.utf8.allSatisfy(isDigit) }
    }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
