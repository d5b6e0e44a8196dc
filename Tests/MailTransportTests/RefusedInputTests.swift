import MailTransport
import Testing

/// What a caller gets wrong is told before anything is sent.
@Suite struct RefusedInputTests {
    private func code(_ body: () throws -> Void) -> MailError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? MailError)?.code
        }
    }

    @Test(arguments: [
        "ana@example.com", "a.b-c+d@x-y.example.museum", "!#$%&'*+-/=?^_`{|}~@example.com", "\"a b\"@example.com", "\"a@b\\\"c\\\\\"@example.com", "root@localhost",
        "ana@xn--bcher-kva.example",
    ])
    func addressesThatAre(_ text: String) throws {
        #expect(try EmailAddress(text).text == text)
        let mail = try ReadMail.of(Sample.message(to: [Mailbox(name: "Ana", text)]))
        #expect(mail.defects == [] && mail.to == [.init(name: "Ana", address: text)], "\(mail.to)")
    }

    @Test(arguments: [
        "", "ana", "@example.com", "ana@", "ana@@example.com", ".ana@example.com", "ana.@example.com", "a..b@example.com", "ana @example.com",
        "ana@example.com\r\nBcc: eve@example.com", "ana\n@example.com", "ana@exam\u{0}ple.com", "ana@-example.com", "ana@example-.com",
        "ana@example..com", "ana@example.com.",
        "ana@[192.0.2.1]", "ana@192.0.2.1", "<ana@example.com>", "Ana <ana@example.com>", "ana@example.com, eve@example.com", "ana@example.com>",
        "añа@example.com", "ana@bücher.example", "\"ana@example.com", "\"\"@example.com", "\"a\"b\"@example.com", "\"a\\\"@example.com", "ana@exa_mple.com",
        "\u{85}ana@example.com", "ana@example.com ", "ana@\u{2028}example.com",
        String(repeating: "a", count: 65) + "@example.com", "a@" + String(repeating: "b.", count: 130) + "com", "a@" + String(repeating: "b", count: 64) + ".com",
    ])
    func addressesThatAreNone(_ text: String) {
        #expect(code { _ = try EmailAddress(text) } == .invalidAddress)
    }

    @Test func errorsQuoteNoAddress() {
        for text in ["secret name@example.com", "sécret@example.com", "secret@bücher.example", "secret@example.com\r\nBcc: x"] {
            do {
                _ = try EmailAddress(text)
                Issue.record("taken")
            } catch {
                #expect(!error.message.contains("cret") && !error.message.contains("example.com"))
            }
        }
    }

    @Test(arguments: ["a\r\nBcc: eve@example.com", "a\nb", "a\rb", "a\u{0}", "a\u{85}b", "a\u{2028}b", "a\u{202E}b", "a\u{7F}", "a\tb", "\u{1B}[31m"])
    func controlCharactersInHeaders(_ text: String) throws {
        #expect(code { _ = try Sample.message(subject: text) } == .invalidHeader)
        #expect(code { _ = try Mailbox(name: text, "ana@example.com") } == .invalidHeader)
        #expect(code { _ = try Attachment(fileName: text, mediaType: "application/pdf", bytes: []) } == .invalidHeader)
        #expect(code { _ = try Sample.message(language: text) } == .invalidHeader)
        #expect(code { _ = try UnsubscribeLink("https://example.com/" + text) } == .invalidHeader)
        #expect(code { _ = try MessageID(text + "@example.com") } == .invalidAddress)
        #expect(code { _ = try Attachment(fileName: "a", mediaType: "application/" + text, bytes: []) } == .invalidPart)
        #expect(code { _ = try HTTPHeader("X", text) } == .invalidRequest)
        #expect(code { _ = try SMTPCredentials(user: text, password: "x") } == (text.contains("\u{202E}") ? nil : .invalidServer))
    }

    @Test func messagesThatContradictThemselves() throws {
        let picture = try InlinePicture(contentID: MessageID("logo@example.com"), format: .png, bytes: [1])
        #expect(code { _ = try Sample.message(pictures: [picture]) } == .invalidPart)
        #expect(code { _ = try Sample.message(html: "<p>", pictures: [picture]) } == .invalidPart)
        #expect(code { _ = try Sample.message(html: "cid:logo@example.com", pictures: [picture, picture]) } == .invalidPart)
        #expect(code { _ = try Sample.message(to: []) } == .tooLarge)
        #expect(code { _ = try Sample.message(subject: " ") } == .invalidHeader)
        #expect(code { _ = try Sample.message(text: "") } == .invalidPart)
        #expect(code { _ = try Sample.message(text: "a\u{0}") } == .invalidPart)
        #expect(code { _ = try Sample.message(text: String(repeating: "a", count: MailLimits.bodyBytes + 1)) } == .tooLarge)
        #expect(code { _ = try Sample.message(subject: String(repeating: "a", count: MailLimits.subjectBytes + 1)) } == .tooLarge)
        let large = try Attachment(fileName: "a.pdf", mediaType: "application/pdf", bytes: Array(repeating: 0, count: MailLimits.attachedBytes / 2 + 1))
        #expect(code { _ = try Sample.message(attachments: [large, large]) } == .tooLarge)
        for name in ["", "../etc", "a\\b"] { #expect(code { _ = try Attachment(fileName: name, mediaType: "a/b", bytes: []) } == .invalidPart) }
        for type in ["pdf", "multipart/mixed", "message/rfc822", "a/b; c", "a/"] {
            #expect(code { _ = try Attachment(fileName: "a", mediaType: type, bytes: []) } == .invalidPart, "\(type)")
        }
        for id in ["a", "a@b@c", "a b@c", "<a@b>", "@", "a@", String(repeating: "a", count: 200) + "@b"] {
            #expect(code { _ = try MessageID(id) } == .invalidAddress, "\(id)")
        }
        #expect(code { _ = try MailDate(secondsSince1970: -1) } == .invalidHeader)
        #expect(code { _ = try UnsubscribeLink("mailto:x@example.com", isOneClick: true) } == .invalidHeader)
        #expect(code { _ = try UnsubscribeLink("http://example.com") } == .invalidHeader)
    }

    @Test(arguments: [
        "mail.example", "http://mail.example", "smtp://", "smtp://user:secret@mail.example", "smtp://mail.example/path", "smtp://mail.example:0",
        "smtp://mail.example:99999",
        "smtp://mail.example:+25", "smtp://mail example", "smtp://[::1", "smtp://[mail]:25", "smtp://mail.example\r\nX", "smtp://büro.example",
        "smtp://mail.example:25:26", "smtp://mail.example?x",
    ])
    func serversThatAreNone(_ url: String) {
        #expect(code { _ = try SMTPServer(url) } == .invalidServer)
    }

    @Test func securityFollowsFromTheAddress() throws {
        let credentials = try SMTPCredentials(user: "hub", password: "secret")
        #expect(try SMTPServer("smtp://mail.example").security == .startTLS)
        #expect(try SMTPServer("smtp://mail.example:587", credentials: credentials).security == .startTLS)
        #expect(try SMTPServer("smtps://mail.example").security == .tls)
        #expect(code { _ = try SMTPServer("smtps://mail.example", security: .plain) } == .invalidServer)
        #expect(code { _ = try SMTPServer("smtp://mail.example", security: .tls) } == .invalidServer)
        #expect(try SMTPServer("smtp://mail.example", security: .plain).security == .plain)
        #expect(try SMTPServer("smtp://localhost", security: .startTLS).security == .startTLS)
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"] { #expect(try SMTPServer("smtp://\(host):25", credentials: credentials).security == .plain) }
        for host in ["localhost.example", "127.0.0.1.example", "128.0.0.1", "[::2]", "0x7f.0.0.1", "127.1"] { #expect(try SMTPServer("smtp://\(host)").security == .startTLS) }
        #expect(code { _ = try SMTPServer("smtp://mail.example", credentials: credentials, security: .plain) } == .insecure)
        #expect(code { _ = try SMTPServer("smtp://localhost", clientName: "a b") } == .invalidServer)
        #expect(code { _ = try HTTPRequest(.get, "http://tsa.example/") } == .insecure)
        #expect(code { _ = try HTTPRequest(.get, "http://tsa.example/", plainAllowed: true) } == nil)
        #expect(code { _ = try TransferTimes(connect: 500, total: 400) } == .invalidServer)
        #expect(code { _ = try TransferTimes(connect: 1, total: 1_000) } == .invalidServer)
    }
}
