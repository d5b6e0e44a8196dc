import Scenarios

/// The server's side of one SMTP connection, as far as the hub's mail needs it (RFC 5321): lines come in, and what is to be answered
/// goes out. It has no encryption and takes no logins, since both ends are on this machine.
struct SMTPSession {
    /// A line of a dialogue, and all lines of a message; RFC 5321, section 4.5.3.1, asks for 512 and 64 KiB at least.
    static let lineBytes = 4_096
    static let messageBytes = 64 << 20

    struct Message: Equatable {
        var recipients: [String]
        var bytes: [UInt8]
    }

    enum Step: Equatable {
        case answer(String)
        /// A line of a message.
        case goOn
        case take(Message)
        case end(String)
    }

    static let greeting = "220 scenario ESMTP"
    static let taken = "250 2.0.0 taken"
    /// Those who have a mailbox here, in lower case.
    private let mailboxes: Set<String>
    private var sender: String?
    private var recipients: [String] = []
    /// While a message comes.
    private var message: [UInt8]?

    init(mailboxes: Set<String>) { self.mailboxes = mailboxes }

    /// - Parameter line: without its end.
    mutating func take(_ line: ArraySlice<UInt8>) -> Step {
        if message != nil { return takeContent(line) }
        let text = String(decoding: line, as: UTF8.self), command = text.prefix { $0 != " " }.uppercased()
        switch command {
        case "EHLO":
            reset()
            return .answer("250-scenario\r\n250-8BITMIME\r\n250 SIZE \(Self.messageBytes)")
        case "HELO":
            reset()
            return .answer("250 scenario")
        case "MAIL":
            guard let path = Self.path(in: text, after: "MAIL FROM:") else { return .answer("501 5.5.4 MAIL FROM:<address>") }
            reset()
            sender = path
            return .answer("250 2.1.0 OK")
        case "RCPT": return addRecipient(text)
        case "DATA":
            guard !recipients.isEmpty else { return .answer("503 5.5.1 Nobody is to have it") }
            message = []
            return .answer("354 Go on")
        case "RSET":
            reset()
            return .answer("250 2.0.0 OK")
        case "NOOP": return .answer("250 2.0.0 OK")
        case "QUIT": return .end("221 2.0.0 Bye")
        default: return .answer("502 5.5.1 Not known here")
        }
    }

    private mutating func addRecipient(_ text: String) -> Step {
        guard sender != nil else { return .answer("503 5.5.1 MAIL comes first") }
        guard let path = Self.path(in: text, after: "RCPT TO:") else { return .answer("501 5.5.4 RCPT TO:<address>") }
        guard mailboxes.contains(path.lowercased()) else { return .answer("550 5.1.1 Nobody of that name is in the scenario") }
        recipients.append(path.lowercased())
        return .answer("250 2.1.5 OK")
    }

    private mutating func takeContent(_ line: ArraySlice<UInt8>) -> Step {
        guard line != [UInt8(ascii: ".")] else {
            defer { reset() }
            return .take(Message(recipients: recipients, bytes: message ?? []))
        }
        // Section 4.5.2: a line that begins with a dot has one more on the way.
        message? += line.first == UInt8(ascii: ".") ? line.dropFirst() : line
        message? += [0x0D, 0x0A]
        guard (message?.count ?? 0) <= Self.messageBytes else { return .end("552 5.3.4 Too large") }
        return .goOn
    }

    private mutating func reset() {
        sender = nil
        recipients = []
        message = nil
    }

    /// The address between `<` and `>`.
    private static func path(in text: String, after command: String) -> String? {
        guard text.uppercased().hasPrefix(command), let open = text.firstIndex(of: "<"), let close = text[open...].firstIndex(of: ">") else { return nil }
        return String(text[text.index(after: open)..<close])
    }
}
