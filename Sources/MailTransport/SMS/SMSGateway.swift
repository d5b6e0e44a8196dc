/// A gateway that sends short messages, spoken to by HTTP in whatever way it wants: everything about it is configuration.
public struct SMSGateway: Sendable, PersonalData {
    private let method: HTTPRequest.Method
    private let url: String
    private let headers: [HTTPHeader]
    private let template: SMSTemplate
    private let success: ClosedRange<Int>
    private let successText: String?
    private let trustedCertificates: String?
    private let times: TransferTimes

    /// - Parameters:
    ///   - method: with GET the template, a form, is the query of the URL.
    ///   - success: the statuses that mean that the gateway has taken the message.
    ///   - successText: what its answer has to contain besides; for gateways that answer 200 to everything.
    /// - Throws: `invalidRequest`, `insecure`.
    public init(
        _ method: HTTPRequest.Method, _ url: String, headers: [HTTPHeader] = [], template: SMSTemplate, success: ClosedRange<Int> = 200...299,
        successText: String? = nil, trustedCertificates: String? = nil, times: TransferTimes = .request
    ) throws(MailError) {
        guard method == .post || (template.kind == .form && !url.contains("?")) else {
            throw MailError(.invalidRequest, "A gateway that is asked with GET takes its template as the query: a form, and a URL without one.")
        }
        self.method = method
        self.url = url
        self.headers = headers.filter { $0.name.lowercased() != "content-type" }
        self.template = template
        self.success = success
        self.successText = successText
        self.trustedCertificates = trustedCertificates
        self.times = times
        // What is wrong with URL or headers shows now, not with the first message.
        _ = try request("")
    }

    public var description: String { "an SMS gateway" }

    /// Asks the gateway to send a text. Blocks, like `HTTPClient.send`.
    ///
    /// Nothing in such a message folds it with another one: after `unknown` the person may get it twice if it is sent again.
    /// - Throws: `tooLarge`, `invalidHeader` for a text that no short message can hold.
    public func send(_ text: String, to number: PhoneNumber, cancellation: CancellationFlag? = nil) throws(MailError) -> HandoverOutcome {
        guard (1...MailLimits.smsCharacters).contains(text.unicodeScalars.count) else {
            throw MailError(.tooLarge, "A short message has 1 to \(MailLimits.smsCharacters) characters, not \(text.unicodeScalars.count).")
        }
        guard text.unicodeScalars.allSatisfy({ $0 == "\n" || !HeaderText.isControl($0) }) else {
            throw MailError(.invalidHeader, "A short message has a control character other than a line break. Remove it.")
        }
        let request = try request(template.filled(to: number, text))
        return switch HTTPClient.send(request, cancellation: cancellation) {
        case .answered(let answer): outcome(of: answer, to: request)
        case .notSent(let trouble): .refusedForNow(trouble)
        case .unknown(let trouble): .unknown(trouble)
        }
    }

    private func request(_ filled: String) throws(MailError) -> HTTPRequest {
        let type = try HTTPHeader("Content-Type", template.kind.rawValue)
        return try HTTPRequest(
            method, method == .get && !filled.isEmpty ? "\(url)?\(filled)" : url, headers: headers + (method == .post ? [type] : []),
            body: method == .post ? Array(filled.utf8) : [], trustedCertificates: trustedCertificates, times: times, answerLimit: 64 << 10)
    }

    private func outcome(of answer: HTTPAnswer, to request: HTTPRequest) -> HandoverOutcome {
        let text = PersonalText(untrusted: answer.body, limit: MailLimits.replyTextBytes)
        let reply = ServerReply(code: answer.status, text: text)
        func trouble(_ cause: HandoverTrouble.Cause, _ what: String) -> HandoverTrouble {
            HandoverTrouble(cause, reply: reply, "The gateway \(request.server) answered \(answer.status)\(what).")
        }
        if success.contains(answer.status) {
            guard let successText, !String(decoding: answer.body, as: UTF8.self).contains(successText) else { return .accepted(reply) }
            // Not for now: if the words that are looked for are wrong, each further try would be one more message on the person's telephone.
            return .refusedForGood(trouble(.refused, ", without the words that mean success"))
        }
        return switch answer.status {
        case 401, 403, 407: .refusedForNow(trouble(.authentication, ": it wants other credentials"))
        case 300..<400, 404, 405, 415: .refusedForNow(trouble(.configuration, ": it is not asked in the right way"))
        case 408, 425, 429, 503: .refusedForNow(trouble(.refused, ": not now"))
        case 400..<500: .refusedForGood(trouble(.refused, ": it does not take the message"))
        // It, or a server behind it, failed with the message in its hands.
        default: .unknown(trouble(.protocolBroken, ": it may have taken the message"))
        }
    }
}
