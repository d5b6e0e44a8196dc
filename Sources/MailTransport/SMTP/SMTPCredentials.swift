/// How the hub proves to a mail server that it may send.
public struct SMTPCredentials: Sendable, Hashable, PersonalData {
    public let user: String
    public let password: String

    /// - Throws: `invalidServer` if one is empty, longer than `MailLimits.credentialBytes`, or has a control character.
    public init(user: String, password: String) throws(MailError) {
        for (text, what) in [(user, "user"), (password, "password")] {
            guard (1...MailLimits.credentialBytes).contains(text.utf8.count), !text.unicodeScalars.contains(where: HeaderText.isControl) else {
                throw MailError(
                    .invalidServer,
                    "The \(what) for the mail server is empty, too long, or has a control character. A line break at the end of a file is not part of a password.")
            }
        }
        self.user = user
        self.password = password
    }

    public var description: String { "credentials" }

    /// Whether a text repeats the password, plain or in the forms in which it travels.
    func appear(in text: String) -> Bool {
        let plain = Array("\0\(user)\0\(password)".utf8)
        return [password, Base64.text(Array(password.utf8)), Base64.text(plain)].contains { text.contains($0) }
    }
}
