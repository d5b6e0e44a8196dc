import Foundation
import Scenarios
import Testing
@testable import fieldsim

/// The mail server of scenarios, and what is read of mails.
@Suite struct ScenarioMailTests {
    private func talk(_ lines: [String]) -> (answers: [String], messages: [SMTPSession.Message]) {
        var session = SMTPSession(mailboxes: ["w@example.com"]), answers: [String] = [], messages: [SMTPSession.Message] = []
        for line in lines {
            switch session.take(Array(line.utf8)[...]) {
            case .answer(let text), .end(let text): answers.append(String(text.prefix(3)))
            case .take(let message): messages.append(message)
            case .goOn: break
            }
        }
        return (answers, messages)
    }

    @Test func aMessageIsTakenForWhoIsThere() {
        let (answers, messages) = talk([
            "EHLO hub", "MAIL FROM:<office@example.com> SIZE=10", "RCPT TO:<nobody@example.com>", "RCPT TO:<W@Example.com>", "DATA", "Subject: a", "", "..b", ".", "QUIT",
        ])
        #expect(answers == ["250", "250", "550", "250", "354", "221"])
        #expect(messages == [.init(recipients: ["w@example.com"], bytes: Array("Subject: a\r\n\r\n.b\r\n".utf8))])
    }

    @Test func nothingIsTakenOutOfTurn() {
        let (answers, messages) = talk(["RCPT TO:<w@example.com>", "MAIL FROM:<a@example.com>", "DATA", "RCPT TO:w@example.com", "RSET", "RCPT TO:<w@example.com>", "VRFY w", "NOOP"])
        #expect(answers == ["503", "250", "503", "501", "250", "503", "502", "250"] && messages.isEmpty)
    }

    @Test func partsWithinPartsAreRead() {
        let message = """
            Subject: s\nContent-Type: multipart/mixed; boundary="o"\n
            --o\nContent-Type: multipart/alternative; boundary=i\n
            --i\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n
            Se=C3=B1al=\n: here\n--i\nContent-Type: text/html\n\n<p>here\n--i--\n
            --o\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf\n\nx\n--o--
            """
        #expect(CustomerMail(message: Array(message.utf8)) == CustomerMail(text: "Señal: here\n", attached: ["application/pdf"]))
    }

    @Test func whatIsToBeTickedIsFound() {
        let page = #"<input type="checkbox" name="agree" id="agree-0" value="ab:1" x><input name="agree" id="agree-1" value="cd:2">"#
        #expect(CustomerVisit.agreements(in: page) == ["ab:1", "cd:2"])
    }
}
