import CCurl

/// Hands messages to a mail server.
public enum SMTPClient {
    /// Sends a message on a connection of its own, to all its recipients or to none. Blocks until the server has answered or a limit is
    /// reached, so it belongs on a worker's thread; any number of threads may send at once.
    ///
    /// - Parameter returnPath: where bounces go; nil for the sender's address.
    public static func send(
        _ message: MailMessage, to server: SMTPServer, returnPath: EmailAddress? = nil, cancellation: CancellationFlag? = nil
    ) -> HandoverOutcome {
        let dialogue = SMTPDialogue(credentials: server.credentials, cancellation: cancellation)
        let bytes = message.bytes()
        // libcurl greets by what stands for a path.
        let url = "\(server)/\(server.clientName ?? "")"
        let transfer = Transfer(
            sending: bytes, to: url, protocols: "smtp,smtps", times: server.times, trusting: server.trustedCertificates, listener: dialogue)
        guard let transfer else { return .refusedForNow(HandoverTrouble(.local, "libcurl could not be started; no memory may be left.")) }
        if server.security == .startTLS { transfer.set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        if let credentials = server.credentials {
            transfer.set(CURLOPT_USERNAME, credentials.user)
            transfer.set(CURLOPT_PASSWORD, credentials.password)
            // The others that libcurl knows need accounts of a kind that the hub has not, and come first where a server offers them.
            transfer.set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN")
        }
        transfer.set(CURLOPT_MAIL_FROM, "<\((returnPath ?? message.sender.address).text)>")
        transfer.set(CURLOPT_MAIL_RCPT, list: message.recipients.map { "<\($0.address.text)>" })
        transfer.set(CURLOPT_UPLOAD, 1)
        transfer.set(CURLOPT_INFILESIZE_LARGE, size: bytes.count)
        let end = transfer.perform()
        return dialogue.outcome(of: end, isHandedOver: transfer.isHandedOver, at: server)
    }
}
