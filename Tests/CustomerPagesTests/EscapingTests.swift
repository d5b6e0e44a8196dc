@testable import CustomerPages
import Documents
import PagesTrial
import Testing
import TestTraits

/// Values that would like to be markup, in every place where a value is shown.
@Suite(.realTime)
struct EscapingTests {
    /// Ends a tag, an attribute and a script. Quotation marks have a mark behind them that makes another character of them, to whoever looks at characters.
    private static let hostile = "<script>alert(1)</script>\"\u{301} onfocus=x '\u{301}<\u{301}b>&lt;\u{202e}{{w.sign}}\u{0}"

    private func check(_ page: RawBrowser.Answer, _ count: Int) {
        #expect(page.status != 500 && page.bytes.count > 100)
        #expect(!page.text.contains("<script>") && !page.text.unicodeScalars.contains("\u{0}"))
        // What was escaped is there, as often as it should be at least.
        #expect(page.text.components(separatedBy: "&lt;script&gt;").count > count)
        // No scalar of the value has come through as markup.
        let bytes = page.bytes
        #expect(bytes.firstRange(of: Array("\"\u{301}".utf8)) == nil && bytes.firstRange(of: Array("'\u{301}".utf8)) == nil && bytes.firstRange(of: Array("<\u{301}".utf8)) == nil)
    }

    @Test func everyValueOfADocumentIsText() async throws {
        let text = Self.hostile
        let picture = DocumentForm.Picture(hash: text, size: 1, mediaType: text)
        let form = DocumentForm(
            kind: .quote, template: .init(name: text, version: 1), language: text, title: text, number: text, date: text,
            letterhead: .init(name: text, lines: [text], logo: picture), blocks: [
                .heading(text), .text(text), .terms(text), .facts([.init(label: text, value: text)]), .photos([.init(picture: picture, caption: text)]),
                .table(.init(columns: [.init(label: text), .init(label: text, isNumber: true), .init(label: text)], rows: [[text, text, text]], empty: text, total: [text, text, text])),
                .table(.init(columns: [.init(label: text)], rows: [], empty: text)), .signature(.init(name: text, label: text, consent: text)),
            ], sources: [])
        let place = DocumentForm.SignaturePlace(name: text, label: text, consent: text)
        let sender = PageSender(name: text, lines: [text])
        func document(_ id: String, _ state: SigningDocument.State) -> SigningDocument { .init(id: id, form: form, hash: text, place: place, state: state) }
        let view = SigningView(
            sender: sender, language: text, signerName: text, message: text, documents: [document(text, .open), document("2", .signed(by: text, at: text))],
            expires: text, code: CodeDemand(channel: .sms, address: text, isSent: true))
        try await Site.run { site in
            let token = site.links.add(.signing(view)).text
            check(await site.browser.get("/s/\(token)"), 60)
            let typed = Self.hostile.replacing("\u{0}", with: "")
            check(await site.browser.post("/s/\(token)", [("name", typed), ("role", typed), ("code", typed), ("strokes", typed)]), 63)
            check(await site.browser.post("/s/\(token)/decline", [("name", ""), ("reason", typed)]), 60)
        }
    }

    @Test func everyValueOfTheOtherPagesIsText() async throws {
        let text = Self.hostile
        let sender = PageSender(name: text, lines: [text])
        try await Site.run { site in
            let visit = TrackingView(sender: sender, language: "en", title: text, status: .enRoute, window: text, arrival: text, technician: text, position: .init(latitude: .nan, longitude: -.infinity), updated: text)
            let track = site.links.add(.tracking(visit)).text
            check(await site.browser.get("/t/\(track)"), 6)
            let line = await site.browser.open("/t/\(track)/events")
            let event = await line.read(until: "</dl>")
            #expect(event.contains("&lt;script&gt;") && !event.contains("<script>"))
            check(await site.browser.get("/r/\(site.links.add(.survey(SurveyView(sender: sender, language: "en", title: text))).text)"), 3)
            let copies = CopiesView(sender: sender, language: "en", documents: [.init(id: text, title: text, signedAt: text, isReady: true, awaitsOthers: false)], mailedTo: text)
            check(await site.browser.get("/c/\(site.links.add(.copies(copies)).text)"), 6)
            for reason in LinkEnd.Reason.allCases { check(await site.browser.get("/s/\(site.links.add(.ended(LinkEnd(reason, sender: sender, language: text))).text)"), 2) }
        }
    }

    @Test func scalarsThatHTMLHasNotAreReplaced() {
        for value in [0x1, 0x7f, 0x9f, 0xfdd0, 0xffff, 0x1fffe] as [UInt32] {
            let scalar = Unicode.Scalar(value).map(String.init)
            #expect(scalar.map { PageEscaping.escape("a\($0)b") } == "a\u{fffd}b")
        }
        #expect(PageEscaping.escape("\tc\n") == "\tc&#10;")
    }
}
