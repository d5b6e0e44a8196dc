/// What a mail server says of a mailbox or a message, more exactly than by its reply code (RFC 3463): `5.1.1` is a mailbox that does not exist.
public struct EnhancedStatus: Sendable, Hashable, CustomStringConvertible {
    /// 2 done, 4 not now, 5 never.
    public let level: Int
    public let subject: Int
    public let detail: Int

    /// Reads `class.subject.detail` at the beginning of a text; nil if there is none.
    public init?(beginning text: some StringProtocol) {
        let word = text.prefix { $0 != " " && $0 != "\t" && $0 != "(" && $0 != ";" }
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy(HostName.isDigit) }),
            let level = Int(parts[0]), [2, 4, 5].contains(level), let subject = Int(parts[1]), let detail = Int(parts[2])
        else { return nil }
        self.level = level
        self.subject = subject
        self.detail = detail
    }

    public var description: String { "\(level).\(subject).\(detail)" }
}
