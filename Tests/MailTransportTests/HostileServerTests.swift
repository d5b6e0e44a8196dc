import Foundation
import MailTransport
import Testing

extension TransferTests {
    /// Against a server that says whatever it likes.
    @Suite struct HostileServerTests {
        private static let password = "hunter2 is secret"

        private func send(_ script: [String: Any], secure: Bool = false, bytes: Int = 0, milliseconds: Int = 20_000) throws -> HandoverOutcome {
            let here = try TestFolder.shared.here
            let server = try TestServer("scripted_server.py", secure ? script.merging(TestServer.tls(here)) { $1 } : script)
            let address = try SMTPServer(
                "\(secure ? "smtps" : "smtp")://localhost:\(server.port)", credentials: SMTPCredentials(user: "hub", password: Self.password),
                trustedCertificates: here.certificate, times: TransferTimes(connect: min(5_000, milliseconds), total: milliseconds))
            let files = bytes == 0 ? [] : [try Attachment(fileName: "a.pdf", mediaType: "application/pdf", bytes: Sample.file(bytes))]
            return try SMTPClient.send(Sample.message(attachments: files), to: address)
        }

        @Test func theScriptByItselfTakesMessages() throws {
            #expect(try send([:]).isAccepted)
            #expect(try send([:], secure: true, bytes: 1 << 20).isAccepted)
        }

        @Test(arguments: ["GREETING", "EHLO", "AUTH", "PASSWORD"])
        func refusalsBeforeTheMessageAreForNow(_ command: String) throws {
            // Who does not know EHLO is asked with HELO.
            let words = "554 5.7.1 go away\r\n"
            let outcome = try send(command == "EHLO" ? [command: words, "HELO": words] : [command: words])
            #expect(outcome.refusedForNow != nil, "\(outcome)")
            #expect(outcome.refusedForNow?.cause == (["AUTH", "PASSWORD"].contains(command) ? .authentication : .refused), "\(outcome)")
            #expect(outcome.refusedForNow?.reply?.code == 554)
        }

        @Test(arguments: ["GREETING", "EHLO", "AUTH", "PASSWORD", "MAIL", "RCPT", "DATA"], ["garbage\r\n", "999 what\r\n", "\r\n\r\n\u{0}\u{1}\r\n", "250", "flood", "drop", "100 1\r\n"])
        func nonsenseIsNeverTakenForAnAnswer(_ command: String, _ words: String) throws {
            // 250 without a line's end is no answer yet, and the limit of time ends it.
            let outcome = try send(command == "EHLO" ? [command: words, "HELO": words] : [command: words], milliseconds: 700)
            #expect(outcome.refusedForNow != nil, "\(outcome)")
        }

        @Test(arguments: ["garbage\r\n", "999 what\r\n", "354 more\r\n", "100 1\r\n", "250", "flood", "drop"])
        func nonsenseAfterTheMessageIsUnknown(_ words: String) throws {
            let outcome = try send(["DOT": words], milliseconds: 3_000)
            #expect(outcome.unknown != nil, "\(outcome)")
            if words == "flood" { #expect(outcome.unknown?.cause == .protocolBroken, "\(outcome)") }
        }

        @Test(arguments: ["flood", "drop"])
        func encryptedConnectionsAreLostInTheSameWay(_ words: String) throws {
            let outcome = try send(["DOT": words], secure: true)
            #expect(outcome.unknown != nil, "\(outcome)")
        }

        /// Many megabytes stand in no buffer of the system, so not all of it can have left.
        @Test(arguments: [false, true])
        func aConnectionLostDuringTheMessageIsForNow(_ secure: Bool) throws {
            let outcome = try send(["DURING": "drop"], secure: secure, bytes: 16 << 20)
            #expect(outcome.refusedForNow?.cause == .connectionLost, "\(outcome)")
        }

        @Test func aRefusalDuringTheMessageIsHeard() throws {
            let outcome = try send(["DURING": "552 5.3.4 enough\r\n"], bytes: 100_000)
            #expect(outcome.refusedForGood?.reply?.code == 552, "\(outcome)")
        }

        /// libcurl's own limit is two minutes.
        @Test(.timeLimit(.minutes(1)), arguments: ["silence", "drop", "flood", "garbage\r\n"])
        func theFarewellChangesNothing(_ words: String) throws {
            #expect(try send(["QUIT": words]).isAccepted)
            #expect(try send(["QUIT": words, "RCPT": "550 5.1.1 no\r\n"]).refusedForGood?.reply?.code == 550)
            #expect(try send(["QUIT": words, "PASSWORD": "535 5.7.8 no\r\n"]).refusedForNow?.cause == .authentication)
        }

        @Test func repliesOfManyLinesAreJoined() throws {
            let outcome = try send(["RCPT": "550-5.1.1 The mailbox\r\n550-5.1.1 does not\r\n550 5.1.1 exist\u{1B}[31m\u{7}.\r\n"])
            #expect(outcome.refusedForGood?.reply?.text.revealed == "5.1.1 The mailbox 5.1.1 does not 5.1.1 exist [31m .")
            let long = String(repeating: "x", count: 900)
            let bounded = try send(["RCPT": String(repeating: "550-\(long)\r\n", count: 20) + "550 \(long)\r\n"])
            #expect(bounded.refusedForGood?.reply?.text.revealed.utf8.count == MailLimits.replyTextBytes, "\(bounded)")
        }

        /// A server that repeats what it was told makes no credential known.
        @Test(arguments: [password, Data(password.utf8).base64EncodedString(), Data("\0hub\0\(password)".utf8).base64EncodedString()])
        func noCredentialIsInAnyText(_ secret: String) throws {
            for command in ["AUTH", "PASSWORD", "RCPT", "DOT"] {
                let outcome = try send([command: "550 5.7.8 you said \(secret)\r\n"])
                let trouble = try #require(outcome.refusedForNow ?? outcome.refusedForGood)
                let reply = try #require(trouble.reply)
                #expect(reply.code == 550 && !reply.text.revealed.contains(secret) && !"\(outcome)".contains(secret) && !trouble.explanation.contains(secret))
            }
        }
    }
}
