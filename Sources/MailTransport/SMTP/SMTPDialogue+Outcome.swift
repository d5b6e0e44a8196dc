extension SMTPDialogue {
    /// What came of it.
    /// - Parameter isHandedOver: all of the message was given to the connection.
    func outcome(of end: TransferEnd, isHandedOver: Bool, at server: SMTPServer) -> HandoverOutcome {
        if stage == .content, let reply, isHandedOver || reply.code >= 400 { return outcome(ofLast: reply, at: server) }
        if let reply, (400..<600).contains(reply.code) { return refusal(reply, at: server) }
        let trouble = HandoverTrouble(end.cause, Self.sentence(end, at: server))
        return stage == .content && isHandedOver ? .unknown(trouble) : .refusedForNow(trouble)
    }

    /// The reply to the message itself.
    private func outcome(ofLast reply: ServerReply, at server: SMTPServer) -> HandoverOutcome {
        switch reply.code {
        case 200..<300: .accepted(reply)
        case 400..<600: refusal(reply, at: server)
        default:
            .unknown(HandoverTrouble(.protocolBroken, reply: reply, "\(server) answered \(reply) to a message, which means neither yes nor no."))
        }
    }

    private func refusal(_ reply: ServerReply, at server: SMTPServer) -> HandoverOutcome {
        let trouble = HandoverTrouble(cause(of: reply), reply: reply, "\(server) answered \(reply) to \(subject).")
        let isAboutTheMessage = [.sender, .recipient, .data, .content].contains(stage)
        return isAboutTheMessage && trouble.cause == .refused && reply.code >= 500 ? .refusedForGood(trouble) : .refusedForNow(trouble)
    }

    private func cause(of reply: ServerReply) -> HandoverTrouble.Cause {
        switch stage {
        case .encryption: return .encryption
        case .authentication: return .authentication
        case .greeting, .hello: return .refused
        case .sender, .recipient, .data, .content:
            // RFC 4954, section 6, RFC 3207, section 4, RFC 5248: credentials or encryption are wanted, or these will not do.
            let isAboutCredentials = [530, 534, 535, 538].contains(reply.code)
                || reply.status.map { $0.level == 5 && $0.subject == 7 && [8, 9, 11].contains($0.detail) } == true
            return isAboutCredentials ? .authentication : .refused
        }
    }

    private var subject: String {
        switch stage {
        case .greeting: "the connection"
        case .hello: "the greeting"
        case .encryption: "STARTTLS"
        case .authentication: "the credentials"
        case .sender: "the sender"
        case .recipient: "a recipient"
        case .data: "the announcement of a message"
        case .content: "the message"
        }
    }

    private static func sentence(_ end: TransferEnd, at server: SMTPServer) -> String {
        switch end.cause {
        case .encryption: "\(server) could not be spoken to with TLS: \(end.detail). Check its certificate, and which ones are trusted."
        case .cancelled: "The transfer to \(server) was ended before its answer came."
        default: "The transfer to \(server) failed: \(end.detail)."
        }
    }
}
