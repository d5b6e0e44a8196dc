import Foundation
import MailTransport
import Testing

/// What is written is read by Python's email package, with no defect.
@Suite struct MessageTests {
    private func check(_ mail: ReadMail, _ names: [String] = []) {
        #expect(mail.defects == [])
        #expect(mail.looseEnds == 0 && mail.endsProperly && mail.isASCII && mail.longestLine <= 76)
        #expect(mail.value("auto-submitted") == "auto-generated")
        #expect(mail.value("mime-version") == "1.0")
        #expect(mail.value("message-id") == "<order-4711.sign@harborlift.example>")
        #expect(mail.seconds == 1_795_343_999)
        let usual: Set = ["Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
        #expect(Set(mail.names).subtracting(usual).sorted() == names.sorted())
        #expect(mail.names.count == Set(mail.names).count)
    }

    @Test func aPlainMessage() throws {
        let mail = try ReadMail.of(Sample.message())
        check(mail)
        #expect(mail.subject == "Your work order")
        #expect(mail.from == [.init(name: "Harbor Lift", address: "service@harborlift.example")])
        #expect(mail.to == [.init(name: "Ana Muñoz", address: "ana@example.com")])
        #expect(mail.parts.map(\.type) == ["text/plain"])
        #expect(mail.parts[0].text == "Hello.\n")
    }

    @Test(arguments: [
        "Firma pendiente: orden de trabajo nº 4711 — montaje del ascensor en el Paseo Marítimo, señor Núñez",
        "🛗👩🏽‍🔧 fertig ✅", "修理のご報告：第四倉庫のエレベーター点検および部品交換作業の完了について（署名のお願い）", "تقرير الصيانة جاهز للتوقيع", "Ελλάδα",
        String(repeating: "W", count: 70), String(repeating: "long words ", count: 20) + String(repeating: "x", count: 70),
        "two  spaces", " begins and ends ", "=?UTF-8?Q?looks_encoded?=", "=?", "a: b; c=\"d\" <e@f>", "x\u{301}\u{302}\u{303}", "100 %_=?", "Zürich_Süd = ?",
        String(repeating: "🚀", count: 200), "From nobody", ".",
    ])
    func subjectsOfAnyScript(_ subject: String) throws {
        let mail = try ReadMail.of(Sample.message(subject: subject))
        check(mail)
        #expect(mail.subject == subject)
    }

    @Test(arguments: [
        "José Ángel Núñez-Íñiguez y Gómez de la Peña", "O'Brien, \"Bob\" \\ Sons (Ltd.)", "Müller; Söhne & Co. KG <info>", "J. Smith", "名前", "🏢 Lift",
        String(repeating: "n", count: 70), "ana@example.com", "=?UTF-8?B?eA==?=",
    ])
    func namesOfAnyScript(_ name: String) throws {
        let person = try Mailbox(name: name, "ana.munoz+lift@sub.example.com")
        let mail = try ReadMail.of(Sample.message(to: [person, person], replyTo: person, sender: person))
        check(mail, ["Reply-To"])
        let expected = ReadMail.Person(name: name, address: "ana.munoz+lift@sub.example.com")
        #expect(mail.from == [expected] && mail.to == [expected, expected] && mail.replyTo == [expected], "\(mail)")
    }

    @Test func everyKindOfPart() throws {
        let html = "<p>Guten Tag, größte 🛗 <img src=\"cid:logo@harborlift.example\"></p>\n" + String(repeating: "<b>ein langes Wort</b>", count: 50)
        let text = ".\n..\nFrom here\n=3D trailing \t\n\nEnd ohne Zeilenende " + String(repeating: "ñ", count: 100)
        let logo = try InlinePicture(contentID: MessageID("logo@harborlift.example"), format: .png, bytes: Sample.file(1_000, seed: 3))
        let report = try Attachment(fileName: "Servicebericht Größe №7 (Unterschrift) — Aufzug 3.pdf", mediaType: "application/pdf", bytes: Sample.file(70_000))
        let plain = try Attachment(fileName: "terms (v2); a=b.pdf", mediaType: "application/pdf", bytes: [])
        let message = try Sample.message(
            text: text, html: html, pictures: [logo], attachments: [report, plain], language: "de-AT",
            unsubscribe: UnsubscribeLink("https://harborlift.example/u?token=abc", isOneClick: true))
        let mail = try ReadMail.of(message)
        check(mail, ["Content-Language", "List-Unsubscribe", "List-Unsubscribe-Post"])
        #expect(mail.parts.map(\.type) == [
            "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png", "application/pdf", "application/pdf",
        ])
        #expect(mail.parts[2].text == text)
        #expect(mail.parts[4].text == html)
        #expect(mail.parts[5].contentID == "<logo@harborlift.example>" && mail.parts[5].disposition == "inline")
        for (part, attachment) in zip(mail.parts[6...], message.attachments) {
            #expect(part.disposition == "attachment" && part.fileName == attachment.fileName)
            #expect(try Data(contentsOf: URL(fileURLWithPath: #require(part.path))) == Data(attachment.bytes))
        }
        #expect(mail.value("content-language") == "de-AT")
        #expect(mail.value("list-unsubscribe") == "<https://harborlift.example/u?token=abc>")
        #expect(mail.value("list-unsubscribe-post") == "List-Unsubscribe=One-Click")
    }

    @Test func theLongestAddressesAndLinksStayBelowTheLimitOfALine() throws {
        let local = String(repeating: "l", count: 64), domain = String(repeating: "d", count: 60) + "."
        let person = try Mailbox(name: String(repeating: "é", count: 128), "\(local)@\(String(repeating: domain, count: 3))exampl")
        let link = try UnsubscribeLink("https://" + String(repeating: "u", count: MailLimits.unsubscribeBytes - 8))
        let mail = try ReadMail.of(Sample.message(to: Array(repeating: person, count: MailLimits.recipients), unsubscribe: link))
        #expect(mail.defects == [] && mail.to.count == MailLimits.recipients && mail.longestLine < 998)
        #expect(mail.to.allSatisfy { $0.name == person.name && $0.address == person.address.text })
        #expect(MailLimits.areConsistent)
    }

    @Test func theSameMessageHasTheSameBytes() throws {
        func make() throws -> [UInt8] {
            try Sample.message(html: "<p>", attachments: [Attachment(fileName: "a.pdf", mediaType: "application/pdf", bytes: Sample.file(99))]).bytes()
        }
        #expect(try make() == make())
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 +0000"), (951_827_696, "Tue, 29 Feb 2000 12:34:56 +0000"), (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 +0000"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 +0000"), (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 +0000"),
    ])
    func dates(_ seconds: Int64, _ text: String) throws {
        #expect(try MailDate(secondsSince1970: seconds).description == text)
    }

    /// Whatever is printed by mistake, with what holds it, shows nobody's address, name, text or password.
    @Test func nothingPersonalIsPrinted() throws {
        let message = try Sample.message(attachments: [Attachment(fileName: "munoz.pdf", mediaType: "application/pdf", bytes: [1])])
        let server = try SMTPServer("smtps://mail.example", credentials: SMTPCredentials(user: "munoz", password: "hunter2"))
        let reply = ServerReply(code: 550, text: PersonalText("<ana@example.com> unknown"))
        let request = try HTTPRequest(.get, "https://sms.example/?to=munoz", headers: [HTTPHeader("Authorization", "hunter2")])
        let outcome = HandoverOutcome.refusedForGood(HandoverTrouble(.refused, reply: reply, "No."))
        var dumped = ""
        for value in [message, message.recipients, server, reply, outcome, request, request.headers, try PhoneNumber("+34600111222")] as [Any] {
            dumped += "\(value) \(String(reflecting: value))\n"
            dump(value, to: &dumped)
        }
        for word in ["munoz", "Muñoz", "hunter2", "ana@", "Hello", "0011122"] { #expect(!dumped.contains(word), "\(word) in \(dumped)") }
        #expect(dumped.contains("@example.com"))
    }
}
