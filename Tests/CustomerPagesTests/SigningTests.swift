import CustomerPages
import Documents
import PagesTrial
import Testing
import TestTraits

/// Reading, signing and declining over HTTP.
@Suite(.realTime)
struct SigningTests {
    private static let agreed = "3f2a9c0d1b7e46a58d90e1c2f3b4a5968778695a4b3c2d1e0f9e8d7c6b5a4938"

    @Test func theWholeDocumentIsShownAndLooksChangeNothing() async throws {
        try await Site.run { site in
            let view = try TrialLinks.english()
            let path = "/s/\(site.links.add(.signing(view)).text)"
            let page = await site.browser.get(path)
            #expect(page.status == 200)
            for block in view.documents[0].form.blocks {
                switch block {
                case .heading(let text): #expect(page.text.contains(">\(text)<"))
                case .facts(let facts): #expect(facts.allSatisfy { page.text.contains($0.label) && page.text.contains($0.value) })
                case .table(let table): #expect(table.rows.joined().allSatisfy { $0.isEmpty || page.text.contains($0) })
                case .signature(let place): #expect(page.text.contains(place.label) && page.text.contains(place.consent))
                case .photos(let photos): #expect(photos.allSatisfy { page.text.contains("/picture/\($0.picture.hash)") && page.text.contains($0.caption) })
                case .text, .terms: break
                }
            }
            for index in 0..<1_000 {
                let answer = await site.browser.get(path, method: index.isMultiple(of: 5) ? "HEAD" : "GET")
                #expect(answer.status == 200)
                #expect(answer.bytes.isEmpty == index.isMultiple(of: 5))
            }
            #expect(site.links.changes.count == 0)
            #expect(site.log.count == 1_001 && site.log.allSatisfy { $0.contains(" signing 200 ") && !$0.contains(path) && !$0.contains("127.0.0.1") })
        }
    }

    @Test func aTypedSignatureLeadsToTheCopies() async throws {
        try await Site.run { site in
            let token = site.links.add(.signing(try TrialLinks.english()))
            let answer = await site.browser.post("/s/\(token.text)", [("agree", "\(Self.agreed):d-1"), ("name", " Rosa  Whitfield "), ("role", "Manager"), ("method", "typed"), ("strokes", "")], ["User-Agent": "Test"])
            #expect(answer.status == 303)
            let location = try #require(answer.location)
            #expect(location.hasPrefix("/c/"))
            guard case .signed(let submission, let visitor)? = site.links.changes.first else { Issue.record("nothing was signed"); return }
            #expect(submission.name == "Rosa Whitfield" && submission.role == "Manager" && submission.strokes == nil && submission.code == nil)
            #expect(submission.agreed.count == 1 && submission.agreed[0] == ("d-1", Self.agreed))
            #expect(visitor == Visitor(address: "127.0.0.1", agent: "Test"))
            let copies = await site.browser.get(location)
            #expect(copies.status == 200 && copies.text.contains("\(location)/d-1.pdf"))
            #expect(await site.browser.get("/s/\(token.text)").status == 410)
            #expect(await site.browser.post("/s/\(token.text)", [("name", "x")]).status == 410)
            #expect(site.links.changes.count == 1)
        }
    }

    @Test func aDrawnSignatureIsHandedInAsItWasDrawn() async throws {
        try await Site.run { site in
            let token = site.links.add(.signing(try TrialLinks.english()))
            let strokes = #"{"version":1,"strokes":[[100,200,0,10,5,-7,16,12],[65535,0,20,255]]}"#
            let fields = [("agree", "\(Self.agreed):d-1"), ("name", "Rosa"), ("method", "drawn")]
            for bad in ["{}", "[]", strokes + "x", strokes.replacing("-7", with: "-201"), strokes.replacing("255", with: "256")] {
                let refused = await site.browser.post("/s/\(token.text)", fields + [("strokes", bad)])
                #expect(refused.status == 422 && refused.text.contains("The drawing could not be read"))
            }
            #expect(site.links.changes.count == 0)
            #expect(await site.browser.post("/s/\(token.text)", fields + [("strokes", strokes)]).status == 303)
            guard case .signed(let submission, _)? = site.links.changes.first else { Issue.record("nothing was signed"); return }
            #expect(submission.strokes == SignatureStrokes([
                [.init(x: 100, y: 200, milliseconds: 0, pressure: 10), .init(x: 105, y: 193, milliseconds: 16, pressure: 12)],
                [.init(x: 65_535, y: 0, milliseconds: 20, pressure: 255)],
            ]))
            let empty = site.links.add(.signing(try TrialLinks.english()))
            #expect(await site.browser.post("/s/\(empty.text)", fields + [("strokes", #"{"version":1,"strokes":[]}"#)]).status == 303)
            guard case .signed(let typed, _)? = site.links.changes.last else { Issue.record("nothing was signed"); return }
            #expect(typed.strokes == nil)
        }
    }

    @Test func whatIsRefusedIsShownAgainWithWhatToDo() async throws {
        try await Site.run { site in
            let token = site.links.add(.signing(try TrialLinks.english(code: CodeDemand(channel: .sms, address: "+1 ••• 0187", isSent: false))))
            let path = "/s/\(token.text)"
            let agree = ("agree", "\(Self.agreed):d-1")
            func refused(_ fields: [(String, String)], _ text: String, _ field: String?) async {
                let answer = await site.browser.post(path, fields)
                #expect(answer.status == 422 && answer.text.contains(text), "\(fields)")
                #expect(answer.text.contains(#"role="alert""#))
                if let field { #expect(answer.text.contains("href=\"#\(field)\"") && answer.text.contains("id=\"\(field)\"")) }
            }
            await refused([("name", "Rosa")], "Tick what you agree to.", "agree-0")
            await refused([agree], "Enter your full name.", "name")
            await refused([agree, ("name", "Rosa")], "Enter the one-time code.", "code")
            await refused([agree, ("name", "Rosa"), ("code", "111 111")], "2\u{2069} more times", "code")
            await refused([agree, ("name", "Rosa"), ("code", "111111")], "once more", "code")
            await refused([agree, ("name", "Rosa"), ("code", "111111")], "no longer good", "code")
            await refused([("agree", "\(String(repeating: "0", count: 64)):d-1"), ("name", "Rosa")], "has changed", nil)
            await refused([agree, ("name", String(repeating: "x", count: 201))], "at most \u{2068}200\u{2069} characters", "name")
            let again = await site.browser.post(path, [agree, ("name", "Rosa \"W\""), ("role", "Chief"), ("strokes", "")])
            #expect(again.text.contains(#"value="Rosa &quot;W&quot;""#) && again.text.contains(#"value="Chief""#) && again.text.contains("d-1\" checked"))
            #expect(site.links.changes.count == 0)
        }
    }

    @Test func aCodeIsSentWithoutLosingWhatWasTyped() async throws {
        try await Site.run { site in
            let token = site.links.add(.signing(try TrialLinks.english(code: CodeDemand(channel: .email, address: "r…@example.com", isSent: false))))
            let strokes = #"{"version":1,"strokes":[[1,2,0,3]]}"#
            let fields = [("agree", "\(Self.agreed):d-1"), ("name", "Rosa"), ("method", "drawn"), ("strokes", strokes)]
            let sent = await site.browser.post("/s/\(token.text)/code", fields)
            #expect(sent.status == 200 && sent.text.contains("The code is on its way") && sent.text.contains(#"value="Rosa""#))
            #expect(sent.text.contains(strokes.replacing("\"", with: "&quot;")) && sent.text.contains("Send another code"))
            for (outcome, text) in [(CodeOutcome.tooMany, "Too many codes"), (.failed, "could not be sent")] {
                site.links.answerCodes(with: outcome)
                let answer = await site.browser.post("/s/\(token.text)/code", fields)
                #expect(answer.status == 422 && answer.text.contains(text))
            }
            #expect(await site.browser.post("/s/\(token.text)", fields + [("code", "482 913")]).status == 303)
        }
    }

    @Test func oneOfSeveralDocumentsCanBeSigned() async throws {
        try await Site.run { site in
            let token = site.links.add(.signing(try TrialLinks.several()))
            let page = await site.browser.get("/s/\(token.text)")
            #expect(page.text.contains(":d-3\"") && page.text.contains(":d-4\"") && !page.text.contains(":d-1\""))
            let answer = await site.browser.post("/s/\(token.text)", [("agree", "\(Self.agreed):d-3"), ("name", "Rosa")])
            #expect(answer.status == 303 && answer.location == "/s/\(token.text)")
            #expect(await site.browser.get("/s/\(token.text)").text.contains(":d-4\""))
            let rest = await site.browser.post("/s/\(token.text)", [("agree", "\(Self.agreed):d-4"), ("name", "Rosa")])
            #expect(rest.location?.hasPrefix("/c/") == true)
        }
    }

    @Test func decliningTakesANameAndAReason() async throws {
        try await Site.run { site in
            let token = site.links.add(.signing(try TrialLinks.spanish()))
            let path = "/s/\(token.text)"
            #expect(await site.browser.get("\(path)/declined").location == path)
            let empty = await site.browser.post("\(path)/decline", [("name", ""), ("reason", "No")])
            #expect(empty.status == 422 && empty.text.contains("Escriba su nombre completo") && empty.text.contains("<details class=\"decline\" id=\"decline\" open>"))
            #expect(await site.browser.post("\(path)/decline", [("name", "Íñigo"), ("reason", "")]).text.contains("Díganos por qué"))
            let done = await site.browser.post("\(path)/decline", [("name", "Íñigo"), ("reason", "Falta\r\nuna pieza")])
            #expect(done.status == 303 && done.location == "\(path)/declined")
            guard case .declined(let submission, _)? = site.links.changes.first else { Issue.record("nothing was declined"); return }
            #expect(submission.name == "Íñigo" && submission.reason == "Falta\nuna pieza")
            let thanks = await site.browser.get("\(path)/declined")
            #expect(thanks.status == 200 && thanks.text.contains("Gracias por avisarnos"))
            #expect(await site.browser.get(path).status == 410)
        }
    }

    @Test func openingIsNotedOnlyByPost() async throws {
        try await Site.run { site in
            let token = site.links.add(.signing(try TrialLinks.english()))
            #expect(await site.browser.get("/s/\(token.text)/opened").status == 405)
            #expect(site.links.changes.count == 0)
            let answer = await site.browser.post("/s/\(token.text)/opened", body: "", ["Content-Type": "text/plain"])
            #expect(answer.status == 204 && answer.bytes.isEmpty && site.links.changes.count == 1)
        }
    }
}
