/// What a mail server tells, later, of a message that it could not deliver, or has delivered or delayed (RFC 3464; RFC 6522 for what carries it).
///
/// Anybody can write one: what it says counts only for a message that was sent, with a Message-ID that nobody could guess, to that very
/// recipient.
public struct DeliveryNotification: Sendable, Hashable {
    public enum Action: String, Sendable, Hashable, CaseIterable {
        case failed, delayed, delivered, relayed, expanded
    }

    /// What is told of one recipient.
    public struct Recipient: Sendable, Hashable, CustomStringConvertible {
        /// As the server that gave up knew it; often the same as the original one.
        public let address: PersonalText
        /// As it was sent to, if the notification says so.
        public let originalAddress: PersonalText?
        public let action: Action
        public let status: EnhancedStatus?
        /// The words of the server that refused; they may name the recipient.
        public let diagnostic: PersonalText?

        /// Without address and words.
        public var description: String { "\(action.rawValue) \(status?.description ?? "without a status")" }

        /// Whether another try will not do.
        public var isForGood: Bool { action == .failed && status?.level != 4 }

        /// Whether it is about this address; domains do not differ by case, and what a server makes of a local part it may.
        public func isAbout(_ recipient: EmailAddress) -> Bool {
            [address, originalAddress].contains { $0?.revealed.lowercased() == recipient.text.lowercased() }
        }
    }

    /// Of the message that it is about; nil if nothing of that was sent back.
    public let originalMessageID: MessageID?
    /// The server that tells it.
    public let reporter: String?
    /// 1 to `MailLimits.bounceRecipients`.
    public let recipients: [Recipient]

    /// Reads a message as a mail server hands it over: with LF or CRLF, whole or cut. Only the first `MailLimits.bounceBytes` are looked at.
    /// - Throws: `notANotification`.
    public init(_ message: [UInt8]) throws(MailError) {
        let bytes = message.prefix(MailLimits.bounceBytes)
        let top = MIMEReader(bytes)
        guard top.mediaType == "multipart/report", let boundary = top.parameter("boundary", of: "content-type") else {
            throw MailError(.notANotification, "The message is no report (multipart/report with a boundary), as notifications of delivery are.")
        }
        let parts = top.parts(boundary: boundary)
        let types: Set = ["message/delivery-status", "message/global-delivery-status"]
        guard let status = parts.first(where: { types.contains($0.mediaType) }) else {
            throw MailError(.notANotification, "The report has no part message/delivery-status, so it tells nothing of delivery.")
        }
        let groups = Self.groups(in: status.content)
        recipients = groups.dropFirst().prefix(MailLimits.bounceRecipients).compactMap(Self.recipient)
        guard !recipients.isEmpty else { throw MailError(.notANotification, "The report tells of no recipient.") }
        reporter = groups.first?.first("reporting-mta").map { Self.afterType($0) }
        originalMessageID = Self.messageID(of: parts)
    }

    /// Fields of the whole message first, then those of each recipient, with empty lines between.
    private static func groups(in content: ArraySlice<UInt8>) -> [HeaderFields] {
        var groups: [HeaderFields] = []
        var rest = content
        while !rest.isEmpty, groups.count <= MailLimits.bounceRecipients {
            let (fields, next) = HeaderFields.read(rest)
            if !fields.isEmpty { groups.append(fields) }
            rest = next
        }
        return groups
    }

    private static func recipient(_ fields: HeaderFields) -> Recipient? {
        guard let address = fields.first("final-recipient"), let action = fields.first("action").flatMap({ Action(rawValue: $0.trimmed.lowercased()) }) else {
            return nil
        }
        return Recipient(
            address: PersonalText(afterType(address)), originalAddress: fields.first("original-recipient").map { PersonalText(afterType($0)) },
            action: action, status: fields.first("status").flatMap { EnhancedStatus(beginning: $0.trimmed) },
            diagnostic: fields.first("diagnostic-code").map { PersonalText(afterType($0)) })
    }

    /// `rfc822; ana@example.com` without its type.
    private static func afterType(_ value: String) -> String {
        guard let semicolon = value.firstIndex(of: ";") else { return value.trimmed }
        return String(value[value.index(after: semicolon)...]).trimmed
    }

    /// From the message that came back, whole or only its header.
    private static func messageID(of parts: [MIMEReader]) -> MessageID? {
        let types: Set = ["message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"]
        guard let returned = parts.last(where: { types.contains($0.mediaType) }) else { return nil }
        let value = HeaderFields.read(returned.content).fields.first("message-id")?.trimmed
        guard let value, value.first == "<", value.last == ">" else { return nil }
        // One that we would not have sent is none of ours.
        return try? MessageID(String(value.dropFirst().dropLast()))
    }
}
