import MailTransport

/// How messages leave.
public struct Post: Sendable {
    public var server: SMTPServer
    public var sender: Mailbox
    /// Nil: to the sender.
    public var replyTo: Mailbox?
    /// Nil: short messages are not sent.
    public var gateway: SMSGateway?

    public init(server: SMTPServer, sender: Mailbox, replyTo: Mailbox? = nil, gateway: SMSGateway? = nil) {
        self.server = server
        self.sender = sender
        self.replyTo = replyTo
        self.gateway = gateway
    }
}
