/// Follows a dialogue of SMTP, to know what the server said to what. libcurl's own code of the last reply can be that of an
/// earlier command, when the connection is lost in between.
final class SMTPDialogue: TransferListener {
    enum Stage {
        case greeting, hello, encryption, authentication, sender, recipient, data
        /// The server has asked for the message.
        case content
    }

    private(set) var stage = Stage.greeting
    /// The answer to the latest command; nil as long as there is none, or only a part.
    private(set) var reply: ServerReply?
    private let credentials: SMTPCredentials?
    private let cancellation: CancellationFlag?
    private var lines: [UInt8] = []
    private var bytesReceived = 0
    private var farewellEnds: ContinuousClock.Instant?

    init(credentials: SMTPCredentials?, cancellation: CancellationFlag?) {
        self.credentials = credentials
        self.cancellation = cancellation
    }

    func sent(_ command: UnsafeRawBufferPointer) {
        // What follows 334 is a credential in base 64, whatever it looks like.
        guard reply?.code != 334 else { return }
        let verb = String(decoding: command.prefix(while: { $0 != 0x20 && $0 != 0x0D && $0 != 0x0A }), as: UTF8.self)
        if verb == "QUIT" { farewellEnds = .now + .milliseconds(MailLimits.farewellMilliseconds) }
        // The last answer stands: with the farewell nothing is asked any more.
        guard farewellEnds == nil, stage != .content, let next = Self.stage(of: verb) else { return }
        stage = next
        reply = nil
    }

    private static func stage(of verb: String) -> Stage? {
        switch verb {
        case "EHLO", "HELO": .hello
        case "STARTTLS": .encryption
        case "AUTH": .authentication
        case "MAIL": .sender
        case "RCPT": .recipient
        case "DATA": .data
        default: nil
        }
    }

    func received(line: UnsafeRawBufferPointer) -> Bool {
        bytesReceived += line.count
        guard bytesReceived <= MailLimits.dialogueBytes else { return false }
        // The farewell's answer is of no interest.
        guard farewellEnds == nil, line.count >= 3, line.prefix(3).allSatisfy(HostName.isDigit) else { return true }
        let code = line.prefix(3).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        if lines.count < MailLimits.replyTextBytes {
            if !lines.isEmpty { lines.append(UInt8(ascii: " ")) }
            lines += line.dropFirst(4).prefix { $0 != 0x0D && $0 != 0x0A }
        }
        guard line.count == 3 || line[3] != UInt8(ascii: "-") else { return true }
        reply = Self.reply(code, lines, hiding: credentials)
        lines = []
        if stage == .data, code == 354 {
            stage = .content
            reply = nil
        }
        return true
    }

    private static func reply(_ code: Int, _ bytes: [UInt8], hiding credentials: SMTPCredentials?) -> ServerReply {
        let text = PersonalText(untrusted: bytes, limit: MailLimits.replyTextBytes)
        let status = EnhancedStatus(beginning: text.revealed)
        if credentials?.appear(in: text.revealed) == true {
            return ServerReply(code: code, status: status, text: PersonalText("The server's text repeats the password and is not kept."))
        }
        return ServerReply(code: code, status: status, text: text)
    }

    func received(body: UnsafeRawBufferPointer) -> Bool { true }

    func mayGoOn() -> Bool {
        if let farewellEnds { return .now < farewellEnds }
        return cancellation?.isCancelled != true
    }
}
