/// A mailbox's address, `local@domain` (RFC 5321, section 4.1.2).
///
/// ASCII only: with other characters in its local part an address needs SMTPUTF8 (RFC 6531) at every server on the way, and whoever has such an address has another one
/// because of that. International domains are given in their ASCII form (`xn--…`), which is what DNS knows. Addresses of machines in brackets
/// (`user@[192.0.2.1]`) are refused: customers have none.
public struct EmailAddress: Sendable, Hashable, PersonalData {
    /// The whole address as it was given. Personal.
    public let text: String

    public init(_ text: String) throws(MailError) {
        guard !text.isEmpty else { throw Self.invalid("is empty") }
        guard text.utf8.count <= MailLimits.addressBytes else {
            throw Self.invalid("has \(text.utf8.count) bytes; \(MailLimits.addressBytes) are allowed")
        }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw Self.invalid("has a control character, such as a line break") }
        // A domain has no @, so the last one ends the local part, also if that is quoted.
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { throw Self.invalid("has no @") }
        let local = text[..<at], domain = text[text.utf8.index(after: at)...]
        guard local.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw Self.invalid("has characters beyond ASCII before the @, which not all mail servers take. Ask for another address")
        }
        guard domain.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw Self.invalid("has a domain with characters beyond ASCII. Give its ASCII form, which begins with xn--")
        }
        guard (1...MailLimits.localPartBytes).contains(local.utf8.count) else {
            throw Self.invalid("has \(local.utf8.count) bytes before the @; 1 to \(MailLimits.localPartBytes) are allowed")
        }
        guard Self.isDotString(local.utf8) || Self.isQuotedString(Array(local.utf8)) else {
            throw Self.invalid("has before the @ what no address has there")
        }
        guard HostName.isValid(domain), !HostName.isAddress(domain) else { throw Self.invalid("has no domain name after the @") }
        self.text = text
    }

    /// Tells the domain only.
    public var description: String { "…\(text.utf8.lastIndex(of: UInt8(ascii: "@")).map { text[$0...] } ?? "")" }

    /// What RFC 5322, section 3.2.3, allows in an atom.
    static func isAtomText(_ byte: UInt8) -> Bool { HostName.isAlphanumeric(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte) }

    static func isDotString(_ text: some Collection<UInt8>) -> Bool {
        text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty && $0.allSatisfy(isAtomText) }
    }

    private static func isQuotedString(_ text: [UInt8]) -> Bool {
        let quote = UInt8(ascii: "\""), backslash = UInt8(ascii: "\\")
        guard text.count >= 3, text.first == quote, text.last == quote else { return false }
        var isEscaped = false
        for byte in text[1..<(text.count - 1)] {
            guard (0x20...0x7E).contains(byte), isEscaped || byte != quote else { return false }
            isEscaped = !isEscaped && byte == backslash
        }
        return !isEscaped
    }

    private static func invalid(_ what: String) -> MailError { MailError(.invalidAddress, "The e-mail address \(what).") }
}
