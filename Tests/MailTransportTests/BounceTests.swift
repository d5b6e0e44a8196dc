import Foundation
import MailTransport
import TestSupport
import Testing

/// Notifications as mail servers of several kinds write them, and whatever else may come.
@Suite struct BounceTests {
    private static let header = "From: MAILER-DAEMON@mail.example\nSubject: Undelivered\nMIME-Version: 1.0\n"
    private static let status = """
        Reporting-MTA: dns; mail.example
        Arrival-Date: Sun, 22 Nov 2026 10:20:00 +0000

        Final-Recipient: rfc822; ana@example.com
        Original-Recipient: rfc822;Ana@example.com
        Action: failed
        Status: 5.1.1
        Remote-MTA: dns; mx.example.com
        Diagnostic-Code: smtp; 550 5.1.1 <ana@example.com>: Recipient
            address rejected: no such
         mailbox

        """
    private static let returned = "From: hub@harborlift.example\nMessage-ID: <order-4711.sign@harborlift.example>\nSubject: x\n\nText: no header\n"

    private static func report(
        type: String = "multipart/report; report-type=delivery-status;\n boundary=\"b/1\"", status: String = status, encoding: String = "7bit", statusType: String = "message/delivery-status",
        returnedType: String = "message/rfc822", returned: String = returned, closing: String = "--b/1--\n"
    ) -> String {
        header + "Content-Type: \(type)\n\nPreamble\n--b/1\n\nIt failed.\n\n--b/1\nContent-Type: \(statusType)\nContent-Transfer-Encoding: \(encoding)\n\n\(status)\n--b/1\n"
            + "Content-Type: \(returnedType)\n\n\(returned)\n" + closing
    }

    private func check(_ text: String, messageID: String? = "order-4711.sign@harborlift.example") throws {
        for text in [text, text.replacingOccurrences(of: "\n", with: "\r\n")] {
            let found = try DeliveryNotification(Array(text.utf8))
            #expect(found.originalMessageID?.text == messageID)
            #expect(found.reporter == "mail.example")
            try #require(found.recipients.count == 1)
            let recipient = found.recipients[0]
            #expect(recipient.address.revealed == "ana@example.com" && recipient.originalAddress?.revealed == "Ana@example.com")
            #expect(recipient.action == .failed && recipient.status?.description == "5.1.1" && recipient.isForGood)
            #expect(recipient.diagnostic?.revealed == "550 5.1.1 <ana@example.com>: Recipient    address rejected: no such mailbox")
            #expect(try recipient.isAbout(EmailAddress("ANA@example.com")) && !recipient.isAbout(EmailAddress("eve@example.com")))
            #expect(!"\(recipient)".contains("ana@"))
        }
    }

    @Test func whatServersWrite() throws {
        try check(Self.report())
        try check(Self.report(returnedType: "text/rfc822-headers", returned: "Message-Id:\n <order-4711.sign@harborlift.example>\n"))
        try check(Self.report(statusType: "Message/Delivery-Status; charset=us-ascii"))
        try check(Self.report(statusType: "message/global-delivery-status", returnedType: "message/global-headers"))
        try check(Self.report(type: "MULTIPART/REPORT;boundary=b/1; report-type=delivery-status"))
        try check(Self.report(type: "multipart/report; x=\"a;boundary=no\\\"\"; Boundary = \"b/1\""))
        try check(Self.report(closing: ""))
        try check(Self.report(status: Data(Self.status.utf8).base64EncodedString(), encoding: "base64"))
        try check(Self.report(status: Self.status.replacingOccurrences(of: "=", with: "=3D").replacingOccurrences(of: "such\n", with: "su=\nch\n"), encoding: "quoted-printable"))
        // A line that begins like the boundary, and a header that looks like a field's second half, change nothing.
        try check(Self.report().replacingOccurrences(of: "It failed.", with: "It failed.\n--b/12\n --b/1"))
    }

    @Test func whatCameBackMayTellNoMessage() throws {
        for returned in ["", "Message-ID: none\n", "Message-ID: <a b@c>\n", "Subject: x\n\nMessage-ID: <in.the.body@example.com>\n", "Message-ID: <\u{0}@x>\n"] {
            try check(Self.report(returned: returned), messageID: nil)
        }
        try check(Self.report(returnedType: "text/plain"), messageID: nil)
    }

    @Test func severalRecipientsOfSeveralFates() throws {
        let status = """
            Reporting-MTA: dns; mail.example

            Final-Recipient: rfc822; a@example.com
            Action: DELAYED
            Status: 4.4.1 (no answer)
            Will-Retry-Until: tomorrow

            Final-Recipient: rfc822; b@example.com
            Action: delivered

            Action: failed
            Status: 5.0.0

            Final-Recipient: rfc822; c@example.com
            Action: exploded

            Final-Recipient: d@example.com
            Action: failed
            Status: 4.4.7
            Status: 5.0.0

            """
        let found = try DeliveryNotification(Array(Self.report(status: status).utf8))
        #expect(found.recipients.map(\.address.revealed) == ["a@example.com", "b@example.com", "d@example.com"])
        #expect(found.recipients.map(\.action) == [.delayed, .delivered, .failed])
        #expect(found.recipients.map { $0.status?.description } == ["4.4.1", nil, "4.4.7"])
        #expect(found.recipients.map(\.isForGood) == [false, false, false])
    }

    @Test(arguments: [
        "", "\n\n",
        "Subject: Hello\n\nAna", header + "Content-Type: multipart/mixed; boundary=\"b/1\"\n\n--b/1\n\n--b/1--\n", header + "Content-Type: multipart/report\n\n--b/1\n",
        report(type: "multipart/report; boundary=\"\""), report(type: "multipart/report; boundary=\"other\""), report(status: ""), report(status: "Reporting-MTA: dns; x\n"),
        report(statusType: "text/plain"), report(status: "!", encoding: "base64"), report(type: "multipart/report; boundary=\"" + String(repeating: "b", count: 71) + "\""),
    ])
    func whatIsNoNotification(_ text: String) {
        #expect(throws: MailError.self) { try DeliveryNotification(Array(text.utf8)) }
    }

    /// In the form of Postfix, with its header only.
    @Test func whatPostfixWrites() throws {
        let raw = try Fixture.text("Fixtures/bounces/refused-mailbox.eml")
        let found = try DeliveryNotification(Array(raw.utf8))
        #expect(found.originalMessageID?.text == "order-4711.sign@harborlift.example")
        #expect(found.recipients.map(\.action) == [.failed] && found.recipients[0].status?.description == "5.1.1")
    }

    @Test func everythingIsBounded() throws {
        let group = "Final-Recipient: rfc822; a@example.com\nAction: failed\n\n"
        let many = try DeliveryNotification(Array(Self.report(status: "Reporting-MTA: dns; x\n\n" + String(repeating: group, count: 500)).utf8))
        #expect(many.recipients.count <= MailLimits.bounceRecipients && many.recipients.count > 50)
        let long = String(repeating: "x", count: 100_000)
        let status = Self.status.replacingOccurrences(of: "no such", with: long + "\n " + long)
        let found = try DeliveryNotification(Array(Self.report(status: status).utf8))
        #expect(try #require(found.recipients[0].diagnostic).revealed.utf8.count <= 2_000)
        // What follows the first mebibyte is not read, however long it is.
        let huge = Self.report(closing: "") + String(repeating: "attachment\n", count: 1_000_000)
        #expect(try DeliveryNotification(Array(huge.utf8)).originalMessageID != nil)
        let hidden = Self.report().replacingOccurrences(of: "Preamble", with: String(repeating: "y\n", count: MailLimits.bounceBytes / 2))
        #expect(throws: MailError.self) { try DeliveryNotification(Array(hidden.utf8)) }
        // Many boundaries, many fields, and lines without an end.
        for hostile in [
            Self.header + "Content-Type: multipart/report; boundary=b\n\n" + String(repeating: "--b\n", count: 200_000),
            String(repeating: "a: b\n", count: 200_000), String(repeating: "\n ", count: 400_000), "Content-Type: " + String(repeating: ";\"", count: 400_000),
            Self.header + "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n" + String(repeating: "\n", count: 900_000),
        ] {
            #expect(throws: MailError.self) { try DeliveryNotification(Array(hostile.utf8)) }
        }
    }

    /// Cut anywhere, or with any byte changed, it is read or refused.
    @Test func brokenReportsDoNoHarm() throws {
        let bytes = Array(Self.report().utf8)
        var random = SplitMix64(seed: 7)
        var read = 0
        for count in 0..<bytes.count {
            // Refused is as good as read: neither may trap.
            if (try? DeliveryNotification(Array(bytes.prefix(count)))) != nil { read += 1 }
        }
        #expect(read > 10 && read < bytes.count)
        for _ in 0..<5_000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<changed.count, using: &random)
                if random.oneIn(3) { changed.remove(at: place) } else { changed[place] = UInt8(truncatingIfNeeded: random.next()) }
            }
            // As above.
            if let found = try? DeliveryNotification(changed) { #expect(!found.recipients.isEmpty) }
        }
    }
}
