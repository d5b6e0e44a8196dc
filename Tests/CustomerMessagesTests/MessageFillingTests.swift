import CustomerMessages
import Testing
import TestSupport

/// What comes of templates and facts.
@Suite struct MessageFillingTests {
    /// Two messages as they were when they were last looked at.
    @Test(arguments: [(MessageKind.signatureRequest, "en"), (.visitArrivalChanged, "es")])
    func theMessageIsThatOfTheFixture(_ kind: MessageKind, _ language: String) throws {
        let message = try Sample.template(kind, language).fill(Sample.facts(language))
        let name = "Fixtures/messages/\(kind.rawValue).\(language)"
        #expect(try Fixture.isCurrent("\(name).txt", text: "Subject: \(message.subject)\nSMS: \(message.sms)\n\n\(message.text)"))
        #expect(try Fixture.isCurrent("\(name).html", text: message.html))
    }

    /// Whatever is missing, no space, bracket or point shows where it would have stood.
    @Test(arguments: MessageKind.allCases, Sample.languages)
    func missingFactsLeaveNoTrace(_ kind: MessageKind, _ language: String) throws {
        let template = try Sample.template(kind, language)
        let optional = kind.known.subtracting(kind.needed).sorted { $0.rawValue < $1.rawValue }
        for choice in 0..<(1 << optional.count) {
            var facts = Sample.facts(language)
            for (index, fact) in optional.enumerated() where choice & (1 << index) != 0 { fact.put(choice % 2 == 0 ? nil : " \n", into: &facts) }
            if kind == .signedCopy, facts.link?.hasPrefix("https") != true, facts.attachment?.hasPrefix(language == "es" ? "inf" : "rep") != true { continue }
            if facts.link == " \n" { facts.link = nil }
            let message = try template.fill(facts)
            for text in [message.subject, message.sms, message.text, message.html] {
                #expect(!text.contains(/\{\{|\}\}|[^ \n] {2,}[^ ]|[ (][.,;:)]|\(\)|,[.:,]|[^.]\.\.[^.]|nil|: *\.|[^-] \n/), "\(kind) \(language) \(choice):\n\(text)")
            }
            #expect(!message.html.contains(/<(p|li|span|ul|blockquote|a|strong)[^>]*>\s*<\/\1>/), "\(message.html)")
            #expect(!message.text.contains("\n\n\n"))
            #expect(message.html.contains("<a class=\"button\"") == (facts.link != nil && kind.known.contains(.link)))
        }
    }

    @Test(arguments: MessageKind.allCases, Sample.languages)
    func allThatAKindTellsIsInTheMail(_ kind: MessageKind, _ language: String) throws {
        let template = try Sample.template(kind, language)
        for fact in template.names {
            var facts = Sample.facts(language)
            if fact == .expires { facts.attachment = kind == .signedCopy ? nil : facts.attachment }
            fact.put(fact == .link ? "https://a.example/MARK" : "MARK", into: &facts)
            let message = try template.fill(facts)
            #expect(message.text.contains("MARK"), "\(fact)")
            #expect(message.html.contains("MARK"), "\(fact)")
        }
    }

    @Test(arguments: MessageKind.allCases) func withoutWhatItNeedsThereIsNoMessage(_ kind: MessageKind) throws {
        let template = try Sample.template(kind, "es")
        for fact in kind.needed {
            for nothing in fact == .link ? [nil] : [nil, "", " \u{2028}\u{202E}\n"] {
                var facts = Sample.facts("es")
                fact.put(nothing, into: &facts)
                let error = #expect(throws: MessageError.self) { try template.fill(facts) }
                #expect(error?.code == .missingFact && error?.message.contains(fact.rawValue) == true)
            }
        }
    }

    @Test func aSignedCopyIsAttachedOrBehindALink() throws {
        let template = try Sample.template(.signedCopy, "en")
        var facts = Sample.facts("en")
        facts.link = nil
        #expect(try template.fill(facts).text.contains("attached to this message: report-2041.pdf"))
        facts.attachment = nil
        #expect(throws: MessageError.self) { try template.fill(facts) }
        facts.link = Sample.link
        let message = try template.fill(facts)
        #expect(message.text.contains("too large") && message.text.contains(Sample.link) && !message.text.contains("attached"))
    }

    @Test(arguments: Sample.languages) func aCodeNeverComesWithALink(_ language: String) throws {
        let message = try Sample.template(.oneTimeCode, language).fill(Sample.facts(language))
        for text in [message.subject, message.text, message.html, message.sms] {
            #expect(!text.contains("://") && !text.contains("href"))
            #expect(text.contains("402913"))
        }
    }

    /// Nothing is fetched when a mail is opened.
    @Test(arguments: MessageKind.allCases, Sample.languages)
    func theMailFetchesNothing(_ kind: MessageKind, _ language: String) throws {
        let html = try Sample.template(kind, language).fill(Sample.facts(language)).html
        for word in ["<img", "src=", "url(", "<link", "@import", "<script", "<iframe", "background=", "<form"] { #expect(!html.contains(word), "\(word)") }
        #expect(html.contains("<html lang=\"\(language)\" dir=\"ltr\">"))
    }

    @Test func languagesThatAreReadFromTheRightAreLaidOutSo() throws {
        let english = try #require(MessageTemplate.shipped["visit_booked.en"])
        let arabic = try MessageTemplate.read(english.replacing("language: en", with: "language: ar"))
        #expect(try arabic.fill(Sample.facts("en")).html.contains("<html lang=\"ar\" dir=\"rtl\">"))
    }
}
