import CustomerMessages
import Testing

/// Facts come from rows that anybody may have written.
@Suite struct HostileFactsTests {
    static let hostile = [
        "<script>alert(1)</script>", "\"><img src=x onerror=y>", "\"\u{302} onmouseover=\"x", "<\u{301}b>", "'\u{301}", "&amp;&#60;", "{{sender}}{{#link}}",
        "{{{.}}}", "a\r\nBcc: all@example.com\r\n\r\nAnother paragraph", "a\nb\n\nc", "a\u{2028}b\u{2029}c\u{85}d\u{B}e\u{C}f", "\u{0}\u{1}\u{1B}[31m\u{7F}\u{9B}x",
        "a\u{FEFF}b",
        // Numbers that are no characters: U+FFFE, U+10FFFF and U+FDD0.
        String(decoding: [97, 0xEF, 0xBF, 0xBE, 98, 0xF4, 0x8F, 0xBF, 0xBF, 99, 0xEF, 0xB7, 0x90, 100] as [UInt8], as: UTF8.self),
        "\u{202E}gro.elpmaxe\u{202C} \u{2066}x\u{2069}", "e" + String(repeating: "\u{301}", count: 5_000), String(repeating: "long words ", count: 2_000),
        String(repeating: "漢字", count: 3_000), "👩‍👩‍👧‍👦🇨🇱", String(repeating: "👩‍👩‍👧‍👦", count: 200), "-- \nCompany", "> quoted",
    ]

    private func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF, 0xFDD0...0xFDEF: false
        case let value where value & 0xFFFE == 0xFFFE: false
        default: true
        }
    }

    /// The same paragraphs, tags and quotation marks, whatever the values are.
    @Test(arguments: MessageKind.allCases, Sample.languages)
    func noValueIsMoreThanText(_ kind: MessageKind, _ language: String) throws {
        let template = try Sample.template(kind, language)
        func shape(_ message: MessageText) -> [Int] {
            let scalars = message.html.unicodeScalars
            return "<>\"'".unicodeScalars.map { mark in scalars.count { $0 == mark } } + [message.text.split(separator: "\n", omittingEmptySubsequences: false).count]
        }
        func message(_ value: String) throws -> MessageText {
            var facts = Sample.facts(language)
            for fact in kind.known.subtracting([.link, .code]) { fact.put(value, into: &facts) }
            facts.senderLines = [value]
            return try template.fill(facts)
        }
        let expected = shape(try message("plain"))
        for value in Self.hostile {
            let message = try message(value)
            #expect(shape(message) == expected, "\(value.prefix(40))")
            #expect((message.subject + message.sms).unicodeScalars.allSatisfy(isPlain), "\(value.prefix(40))")
            #expect((message.text + message.html).unicodeScalars.allSatisfy { $0 == "\n" || isPlain($0) })
            #expect(message.subject.count <= MessageLimits.subjectCharacters && message.subject.utf8.count <= MessageLimits.subjectBytes)
            #expect(message.text.utf8.count < 200_000 && message.html.utf8.count < 400_000)
            #expect(smsSegments(message.sms) <= MessageLimits.segmentsAtMost, "\(message.sms)")
            if kind.needed.contains(.link) { #expect(message.sms.hasSuffix(" " + Sample.link)) }
        }
    }

    @Test(arguments: ["", "40 29 13", "402913\n", "４０２９１３", "4029131234567890123456", "<b>"]) func aCodeIsTypedAsItStands(_ code: String) throws {
        var facts = Sample.facts("en")
        facts.code = code
        let error = #expect(throws: MessageError.self) { try Sample.template(.oneTimeCode, "en").fill(facts) }
        #expect(error?.code == .missingFact)
    }

    @Test func valuesOfBraceAndNameStayAsTheyAre() throws {
        var facts = Sample.facts("en")
        facts.note = "{{sender}} {{{code}}} & <b>"
        let message = try Sample.template(.signatureRequest, "en").fill(facts)
        #expect(message.text.contains("> {{sender}} {{{code}}} & <b>\n"))
        #expect(message.html.contains(">{{sender}} {{{code}}} &amp; &lt;b&gt;</blockquote>"))
    }

    @Test(arguments: [
        "javascript:alert(1)", "data:text/html,x", "http://evil.example/s/1", "https://", "https://a.example/\" onclick=\"x", "https://a.example/<b>",
        "https://a.example/ b", "https://a.example/\nBcc: x", "https://a.example/\u{301}", "https://ä.example/", "https://user:word@a.example/", "//a.example",
        " https://a.example", "https://a.example/'x", "http://localhost.evil.example/", "http://127.0.0.1@evil.example/", "",
    ])
    func whatIsNoAddressOfAPageIsRefused(_ link: String) throws {
        var facts = Sample.facts("en")
        facts.link = link
        for kind in [MessageKind.signatureRequest, .visitBooked] {
            let error = #expect(throws: MessageError.self, "\(link)") { try Sample.template(kind, "en").fill(facts) }
            #expect(error?.code == .link && error?.message.contains("evil") == false)
        }
    }

    @Test(arguments: ["https://a.example", "https://a.example:8443/s/1?x=1&y=2#z", "http://127.0.0.1:8080/s/1", "http://localhost/s/1", "http://[::1]:80/"])
    func addressesOfPagesAreTaken(_ link: String) throws {
        var facts = Sample.facts("en")
        facts.link = link
        let message = try Sample.template(.signatureRequest, "en").fill(facts)
        #expect(message.text.contains("\n\(link)\n"))
        #expect(message.html.contains("href=\"\(link.replacing("&", with: "&amp;"))\""))
    }

    @Test func aLinkThatIsTooLongIsRefused() throws {
        var facts = Sample.facts("en")
        facts.link = "https://a.example/" + String(repeating: "a", count: 1_000)
        #expect(throws: MessageError.self) { try Sample.template(.signatureRequest, "en").fill(facts) }
        // Good for a mail, and no short message holds it.
        facts.link = "https://a.example/" + String(repeating: "a", count: 600)
        let error = #expect(throws: MessageError.self) { try Sample.template(.signatureRequest, "en").fill(facts) }
        #expect(error?.code == .tooLarge)
    }
}
