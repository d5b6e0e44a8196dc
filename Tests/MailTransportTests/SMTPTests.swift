import Foundation
import MailTransport
import Testing
import TestTraits

/// The parent of all suites that open sockets. They run one after the other: some wait for limits of time, and the machine may have two cores.
@Suite(.serialized, .realTime) enum TransferTests {}

extension TransferTests {
    /// Against aiosmtpd, a mail server of others.
    @Suite struct SMTPTests {
        private func send(
            _ message: MailMessage? = nil, options: [String: Any] = [:], scheme: String = "smtp", host: String = "127.0.0.1", credentials: SMTPCredentials? = nil,
            trusting: String? = nil, then: (TestServer) throws -> Void = { _ in }
        ) throws -> HandoverOutcome {
            let server = try TestServer("smtp_server.py", options)
            let address = try SMTPServer(
                "\(scheme)://\(host):\(server.port)", credentials: credentials, trustedCertificates: trusting, clientName: "hub.test",
                times: TransferTimes(connect: 5_000, total: 60_000))
            let outcome = try SMTPClient.send(message ?? Sample.message(), to: address)
            try then(server)
            return outcome
        }

        @Test func aMessageArrivesAsItWas() throws {
            let text = ".\n..\n.leading dots\n" + String(repeating: "línea 🛗 larga ", count: 300) + "\n.\n"
            let report = try Attachment(fileName: "Informe nº 7.pdf", mediaType: "application/pdf", bytes: Sample.file(5 << 20))
            let message = try Sample.message(
                to: [Mailbox(name: "Ana Muñoz", "ana@example.com"), Mailbox("good@example.com")], subject: "🛗 Firma pendiente: señor Núñez",
                text: text, html: "<p>Año</p>", attachments: [report], language: "es")
            let outcome = try send(message) { server in
                let mail = try server.next(ReadMail.self)
                #expect(mail.mailFrom == "service@harborlift.example" && mail.rcptTo == ["ana@example.com", "good@example.com"] && mail.hello == "hub.test")
                #expect(mail.defects == [] && mail.subject == message.subject && mail.to.map(\.name) == ["Ana Muñoz", ""])
                #expect(mail.isEncrypted == false && mail.isAuthenticated == false)
                let parts = mail.parts.filter { $0.text != nil || $0.path != nil }
                #expect(parts[0].text == text && parts[1].text == "<p>Año</p>")
                #expect(try Data(contentsOf: URL(fileURLWithPath: #require(parts[2].path))) == Data(report.bytes))
            }
            guard case .accepted(let reply) = outcome else { throw TestFailure(description: "\(outcome)") }
            #expect(reply.code == 250 && reply.status?.description == "2.0.0" && reply.text.revealed == "2.0.0 taken")
        }

        @Test func bouncesGoToTheReturnPath() throws {
            let server = try TestServer("smtp_server.py")
            let outcome = try SMTPClient.send(
                Sample.message(), to: SMTPServer("smtp://localhost:\(server.port)/"), returnPath: EmailAddress("bounces+4711@harborlift.example"))
            #expect(outcome.isAccepted, "\(outcome)")
            #expect(try server.next(ReadMail.self).mailFrom == "bounces+4711@harborlift.example")
        }

        @Test(arguments: [
            ("MAIL", "451 4.3.0 try later", false), ("MAIL", "550 5.7.1 <ana@example.com> no", true), ("RCPT", "450 4.2.1 <ana@example.com> greylisted", false),
            ("RCPT", "550 5.1.1 <ana@example.com> unknown", true), ("DATA", "452 4.3.1 full", false), ("DATA", "554 5.5.0 no", true), ("DOT",
            "451 4.7.1 later", false),
            ("DOT", "552 5.3.4 too large", true), ("DOT", "421 closing", false), ("MAIL", "530 5.7.0 credentials wanted", false), ("RCPT", "503 5.5.1 what", true),
        ])
        func refusalsAreToldApart(_ command: String, _ words: String, _ isForGood: Bool) throws {
            let outcome = try send(options: ["answers": [command: words]])
            guard let trouble = isForGood ? outcome.refusedForGood : outcome.refusedForNow else { throw TestFailure(description: "\(outcome)") }
            #expect(trouble.cause == (words.hasPrefix("530") ? .authentication : .refused))
            let parts = words.split(separator: " ", maxSplits: 1)
            #expect(trouble.reply?.code == Int(parts[0]) && trouble.reply?.text.revealed == String(parts[1]))
            #expect(trouble.reply?.status == EnhancedStatus(beginning: parts[1]))
            #expect(!"\(outcome) \(trouble)".contains("ana@"))
        }

        @Test func oneRefusedRecipientKeepsTheMessageFromAll() throws {
            let people = [try Mailbox("good@example.com"), try Mailbox("bad@example.com")]
            let outcome = try send(Sample.message(to: people), options: ["answers": ["RCPT": "550 5.1.1 unknown"]])
            #expect(outcome.refusedForGood?.reply?.status?.description == "5.1.1")
        }

        @Test func aMessageThatIsTooLargeIsRefusedBeforeItIsSent() throws {
            let message = try Sample.message(attachments: [Attachment(fileName: "a.pdf", mediaType: "application/pdf", bytes: Sample.file(100_000))])
            let outcome = try send(message, options: ["size": 50_000])
            #expect(outcome.refusedForGood?.reply?.code == 552 && outcome.refusedForGood?.explanation.contains("the sender") == true, "\(outcome)")
        }

        // MARK: Without an answer

        @Test(arguments: ["MAIL", "RCPT", "DATA"])
        func aLostConnectionBeforeTheMessageIsForNow(_ command: String) throws {
            let outcome = try send(options: ["answers": [command: "drop"]])
            #expect(outcome.refusedForNow?.cause == .connectionLost && outcome.refusedForNow?.reply == nil, "\(outcome)")
        }

        @Test func aLostConnectionAfterTheMessageIsUnknown() throws {
            let outcome = try send(options: ["answers": ["DOT": "drop"]]) { server in
                let mail = try server.next(ReadMail.self)
                #expect(mail.value("message-id") == "<order-4711.sign@harborlift.example>")
            }
            #expect(outcome.unknown?.cause == .connectionLost, "\(outcome)")
        }

        @Test(arguments: ["MAIL", "DOT"])
        func silenceEndsWithTheLimitOfTime(_ command: String) throws {
            let server = try TestServer("smtp_server.py", ["answers": [command: "silence"]])
            let times = try TransferTimes(connect: 2_000, total: 4_000)
            let outcome = try SMTPClient.send(Sample.message(), to: SMTPServer("smtp://127.0.0.1:\(server.port)", times: times))
            #expect((command == "DOT" ? outcome.unknown : outcome.refusedForNow)?.cause == .timedOut, "\(outcome)")
        }

        @Test(arguments: ["MAIL", "DOT"])
        func aTransferCanBeCancelled(_ command: String) throws {
            let server = try TestServer("smtp_server.py", ["answers": [command: "silence"]])
            let flag = CancellationFlag()
            Thread.detachNewThread {
                // Time enough to reach the command on a busy machine; what is told apart by it is told apart with silence too.
                Thread.sleep(forTimeInterval: 2)
                flag.cancel()
            }
            let times = try TransferTimes(connect: 2_000, total: 30_000)
            let address = try SMTPServer("smtp://127.0.0.1:\(server.port)", times: times)
            let outcome = try SMTPClient.send(Sample.message(), to: address, cancellation: flag)
            #expect((command == "DOT" ? outcome.unknown : outcome.refusedForNow)?.cause == .cancelled, "\(outcome)")
        }

        @Test func nobodyListens() throws {
            let port = try TestServer("smtp_server.py").port
            for host in ["127.0.0.1:\(port)", "no-such-host.invalid"] {
                let outcome = try SMTPClient.send(Sample.message(), to: SMTPServer("smtp://\(host)", security: .plain))
                #expect(outcome.refusedForNow?.cause == .unreachable, "\(outcome)")
            }
        }

        // MARK: TLS and credentials

        private func requiringTLS(_ server: TestServer, trusting: String?, credentials: SMTPCredentials? = nil) throws -> SMTPServer {
            try SMTPServer("smtp://localhost:\(server.port)", credentials: credentials, security: .startTLS, trustedCertificates: trusting)
        }

        @Test func startTLSWithCredentials() throws {
            let folder = try TestFolder.shared
            let options: [String: Any] = TestServer.tls(folder.here).merging(["tls": "starttls", "user": "hub", "password": "pässwörd"]) { $1 }
            let server = try TestServer("smtp_server.py", options)
            let right = try SMTPCredentials(user: "hub", password: "pässwörd"), wrong = try SMTPCredentials(user: "hub", password: "hunter2")
            let outcome = try SMTPClient.send(Sample.message(), to: requiringTLS(server, trusting: folder.here.certificate, credentials: right))
            #expect(outcome.isAccepted, "\(outcome)")
            let mail = try server.next(ReadMail.self)
            #expect(mail.isEncrypted == true && mail.isAuthenticated == true)

            let refused = try SMTPClient.send(Sample.message(), to: requiringTLS(server, trusting: folder.here.certificate, credentials: wrong))
            #expect(refused.refusedForNow?.cause == .authentication && refused.refusedForNow?.reply?.code == 535, "\(refused)")
            #expect(refused.refusedForNow?.reply?.status?.description == "5.7.8" && refused.refusedForNow?.isAdministrators == true)
            let none = try SMTPClient.send(Sample.message(), to: requiringTLS(server, trusting: folder.here.certificate))
            #expect(none.refusedForNow?.cause == .authentication && none.refusedForNow?.reply?.code == 530, "\(none)")
        }

        @Test func onlyTrustedCertificatesOfTheRightNameWillDo() throws {
            let folder = try TestFolder.shared
            for (identity, trusted) in [(folder.here, nil), (folder.here, folder.elsewhere.certificate), (folder.elsewhere, folder.elsewhere.certificate), (folder.here, "/nonexistent.pem")] {
                for kind in ["starttls", "implicit"] {
                    let server = try TestServer("smtp_server.py", TestServer.tls(identity).merging(["tls": kind]) { $1 })
                    let address = kind == "implicit"
                        ? try SMTPServer("smtps://localhost:\(server.port)", trustedCertificates: trusted) : try requiringTLS(server, trusting: trusted)
                    let outcome = try SMTPClient.send(Sample.message(), to: address)
                    #expect(outcome.refusedForNow?.cause == .encryption && outcome.refusedForNow?.isAdministrators == true, "\(outcome)")
                }
            }
        }

        @Test func tlsFromTheFirstByte() throws {
            let here = try TestFolder.shared.here
            let options: [String: Any] = TestServer.tls(here).merging(["tls": "implicit", "user": "hub", "password": "secret"]) { $1 }
            let outcome = try send(options: options, scheme: "smtps", host: "localhost", credentials: SMTPCredentials(user: "hub", password: "secret"), trusting: here.certificate) {
                let mail = try $0.next(ReadMail.self)
                #expect(mail.isEncrypted == true && mail.isAuthenticated == true)
            }
            #expect(outcome.isAccepted, "\(outcome)")
        }

        @Test func aServerWithoutStartTLSIsToldNothing() throws {
            let server = try TestServer("smtp_server.py")
            let outcome = try SMTPClient.send(Sample.message(), to: requiringTLS(server, trusting: nil))
            #expect(outcome.refusedForNow?.cause == .encryption, "\(outcome)")
        }

        @Test func manyThreadsSendAtOnce() async throws {
            let server = try TestServer("smtp_server.py")
            let address = try SMTPServer("smtp://127.0.0.1:\(server.port)")
            let message = try Sample.message()
            let outcomes = await withTaskGroup(of: HandoverOutcome.self) { group in
                for _ in 0..<8 { group.addTask { SMTPClient.send(message, to: address) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count == 8 && outcomes.allSatisfy(\.isAccepted), "\(outcomes)")
        }
    }
}
