@testable import CustomerPages
import Foundation
import PagesTrial
import Synchronization
import Testing
import TestTraits

/// Routes, headers, bounds and the server's life.
@Suite(.realTime)
struct ServerTests {
    @Test(arguments: [
        (LinkEnd.Reason.unknown, 404), (.expired, 410), (.used, 410), (.declined, 410), (.withdrawn, 410), (.replaced, 410), (.over, 410), (.unavailable, 503),
    ])
    func anEndedLinkSaysSoInThePersonsLanguage(_ reason: LinkEnd.Reason, _ status: Int) async throws {
        try await Site.run { site in
            let token = site.links.add(.ended(LinkEnd(reason, sender: TrialLinks.austral, language: "es")))
            for kind in ["s", "c", "t", "r"] {
                let page = await site.browser.get("/\(kind)/\(token.text)", ["Accept-Language": "en"])
                #expect(page.status == status)
                #expect(page.text.contains(#"<html lang="es""#) && page.text.contains("Frío Austral"))
                #expect((page.headers["retry-after"] != nil) == (status == 503))
            }
        }
    }

    @Test func aLinkOfAnotherKindIsUnknown() async throws {
        try await Site.run { site in
            let links: [(String, MemoryLinks.Link)] = [
                ("s", .signing(try TrialLinks.english())), ("c", .copies(TrialLinks.copies())), ("t", .tracking(TrialLinks.visit())), ("r", .survey(TrialLinks.survey())),
            ]
            for (own, link) in links {
                let token = site.links.add(link).text
                for kind in ["s", "c", "t", "r"] { #expect(await site.browser.get("/\(kind)/\(token)").status == (kind == own ? 200 : 404)) }
                if own != "s" {
                    for path in ["", "/decline", "/code", "/opened"] { #expect(await site.browser.post("/s/\(token)\(path)", [("name", "x")]).status == (path == "/decline" ? 404 : 404)) }
                }
                if own != "r" { #expect(await site.browser.post("/r/\(token)", [("score", "5")]).status == 404) }
                if own != "t" { #expect(await site.browser.get("/t/\(token)/events").status == 404) }
                if own != "c" { #expect(await site.browser.get("/c/\(token)/d-1.pdf").status == 404) }
            }
            #expect(site.links.changes.count == 0)
        }
    }

    @Test func everyAnswerKeepsThePagesSecrets() async throws {
        try await Site.run({ $0.publicAddress = try PageAddress(publicURL: "https://Pages.Example.com:443/") }) { site in
            let token = site.links.add(.signing(try TrialLinks.english())).text
            for path in ["/s/\(token)", "/s/\(token)/picture/\(String(repeating: "0", count: 64))", "/nothing", "/s/\(token)/opened", "/", "//", "/s/\(token)/", "/%2e%2e/etc", "/S/\(token)", "/healthz"] {
                let headers = await site.browser.get(path).headers
                #expect(headers["content-security-policy"]?.hasPrefix("default-src 'none';") == true, "\(path)")
                #expect(headers["content-security-policy"]?.contains("unsafe") == false && headers["content-security-policy"]?.contains("frame-ancestors 'none'") == true)
                #expect(headers["referrer-policy"] == "no-referrer" && headers["x-content-type-options"] == "nosniff" && headers["cache-control"] == "no-store")
                #expect(headers["x-robots-tag"]?.hasPrefix("noindex") == true && headers["strict-transport-security"] != nil)
                #expect(headers["cross-origin-opener-policy"] == "same-origin" && headers["cross-origin-resource-policy"] == "same-origin")
                #expect(headers["server"] == nil)
            }
            let page = await site.browser.get("/s/\(token)").text
            #expect(page.firstMatch(of: /<script(?![^>]* src=)/) == nil && !page.contains("style=\"") && page.firstMatch(of: /\son[a-z]+=/) == nil)
            for match in page.matches(of: /(?:href|src)="(\/assets\/[^"]+)"/) {
                let asset = await site.browser.get(String(match.1))
                #expect(asset.status == 200 && asset.headers["cache-control"]?.contains("immutable") == true && !asset.bytes.isEmpty)
            }
            #expect(await site.browser.get("/assets/pages.css").status == 404)
            #expect(await site.browser.get("/healthz").text == "ok\n")
        }
    }

    @Test func strangersFormsAreNotTaken() async throws {
        try await Site.run({ $0.publicAddress = try PageAddress(publicURL: "https://pages.example.com") }) { site in
            let path = "/r/\(site.links.add(.survey(TrialLinks.survey())).text)"
            let none = [("score", "")]
            for bad in [["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"], ["Origin": "https://evil.example"], ["Origin": "http://pages.example.com"], ["Origin": "https://pages.example.com", "Sec-Fetch-Site": "cross-site"]] {
                #expect(await site.browser.post(path, none, bad).status == 403, "\(bad)")
            }
            for good in [[:], ["Sec-Fetch-Site": "same-origin"], ["Sec-Fetch-Site": "none"], ["Origin": "https://pages.example.com"], ["Origin": "null", "Sec-Fetch-Site": "same-origin"]] {
                #expect(await site.browser.post(path, none, good).status == 422, "\(good)")
            }
        }
    }

    @Test func formsAreReadStrictly() async throws {
        try await Site.run { site in
            let path = "/r/\(site.links.add(.survey(TrialLinks.survey())).text)"
            for bad in ["score=1&score=2", "other=1", "score", "score=%", "score=%4", "score=%zz", "score=%00", "score=%ff", "&", "score=1&", "score=1&comment=%1b"] {
                #expect(await site.browser.post(path, body: bad).status == 400, "\(bad)")
            }
            #expect(await site.browser.post(path, body: "score=5", ["Content-Type": "text/plain"]).status == 415)
            #expect(await site.browser.post(path, body: "score=5", ["Content-Type": "application/json"]).status == 415)
            for score in ["", "0", "6", "-1", "05", "5.0", "x"] { #expect(await site.browser.post(path, [("score", score)]).status == 422) }
            let long = await site.browser.post(path, [("score", "4"), ("comment", String(repeating: "é", count: 2_001))])
            #expect(long.status == 422 && long.text.contains("at most") && long.text.contains(#"value="4" id="score-4" checked"#))
            #expect(await site.browser.post(path, body: "comment=" + String(repeating: "a", count: 70_000)).status == 413)
            #expect(site.links.changes.count == 0)
            let done = await site.browser.post(path, body: "score=5&comment=a%0D%0Ab+c", ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"])
            #expect(done.status == 303 && done.location == "\(path)/thanks")
            guard case .answered(let answer, _)? = site.links.changes.first else { Issue.record("nothing was answered"); return }
            #expect(answer == SurveyAnswer(score: 5, comment: "a\nb c"))
            #expect(await site.browser.get("\(path)/thanks").status == 200)
            let again = await site.browser.post(path, [("score", "1")])
            #expect(again.status == 410 && again.text.contains("answered already") && site.links.changes.count == 1)
        }
    }

    @Test func methodsAndHostileRequestsAreRefused() async throws {
        try await Site.run { site in
            let token = site.links.add(.signing(try TrialLinks.english())).text
            let put = await site.browser.get("/s/\(token)", method: "PUT")
            #expect(put.status == 405 && put.headers["allow"] == "GET, HEAD, POST")
            #expect(await site.browser.get("/s/\(token)/decline").headers["allow"] == "POST")
            #expect(await site.browser.get("/s/\(token.uppercased())").status == (token == token.uppercased() ? 200 : 404))
            #expect(await site.browser.get("/s/\(token)?utm=1").status == 200)
            #expect(await site.browser.get("/" + String(repeating: "a", count: 2_000)).status == 404)
            #expect(await site.browser.answer("GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: 100_000))\r\n\r\n").status == 400)
            #expect(await site.browser.answer("nonsense\r\n\r\n").status == 400)
            #expect(await site.browser.get("/healthz").status == 200)
            #expect(!site.log.contains { $0.contains(token) || $0.contains("PUT") || $0.contains("aaaa") })
        }
    }

    @Test func copiesAreDownloadedWhole() async throws {
        try await Site.run { site in
            let token = site.links.add(.copies(TrialLinks.copies())).text
            let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            site.links.add(.pdf(bytes, fileName: "Röntgen \"1\"/..\r\nX: y.pdf"), document: "d-1")
            site.links.add(.notReady, document: "d 3/ü")
            let file = await site.browser.get("/c/\(token)/d-1.pdf")
            #expect(file.status == 200 && file.bytes == bytes && file.headers["content-type"] == "application/pdf" && file.headers["x"] == nil)
            #expect(file.headers["content-disposition"] == "attachment; filename=\"R_ntgen-_1_-..--X--y.pdf\"; filename*=UTF-8''R%C3%B6ntgen-%221%22-..--X--y.pdf")
            let head = await site.browser.get("/c/\(token)/d-1.pdf", method: "HEAD")
            #expect(head.status == 200 && head.bytes.isEmpty && head.headers["content-length"] == "300000")
            let later = await site.browser.get("/c/\(token)/d%203%2F%C3%BC.pdf")
            #expect(later.status == 503 && later.headers["retry-after"] != nil)
            #expect(await site.browser.get("/c/\(token)/other.pdf").status == 404)
        }
    }

    @Test func picturesAreShownOrAnnounced() async throws {
        try await Site.run { site in
            let token = site.links.add(.signing(try TrialLinks.english())).text
            let (good, html, missing) = (String(repeating: "a", count: 64), String(repeating: "b", count: 64), String(repeating: "c", count: 64))
            site.links.add(PagePicture(bytes: [1, 2, 3], mediaType: "image/png"), hash: good)
            site.links.add(PagePicture(bytes: Array("<script>".utf8), mediaType: "text/html"), hash: html)
            let picture = await site.browser.get("/s/\(token)/picture/\(good)")
            #expect(picture.status == 200 && picture.bytes == [1, 2, 3] && picture.headers["content-type"] == "image/png")
            for hash in [html, missing] {
                let later = await site.browser.get("/s/\(token)/picture/\(hash)", ["Accept-Language": "es"])
                #expect(later.status == 404 && later.headers["content-type"] == "image/svg+xml" && later.text.contains("aún no llega"))
            }
            #expect(await site.browser.get("/s/\(token)/picture/..").status == 404)
        }
    }

    @Test func ratesAreLimitedForEachAddress() async throws {
        try await Site.run({ options in
            (options.limits.pages, options.limits.submits, options.limits.windowSeconds, options.isBehindProxy) = (60, 10, 3_600, true)
        }) { site in
            let path = "/r/\(site.links.add(.survey(TrialLinks.survey())).text)"
            for index in 1...61 {
                let page = await site.browser.get(path, ["X-Forwarded-For": "9.9.9.9, 2001:db8:0:1::\(index)"])
                #expect(page.status == (index <= 60 ? 200 : 429))
                if index == 61 { #expect(Int(page.headers["retry-after"] ?? "").map { (1...3_600).contains($0) } == true && page.text.contains("Too fast")) }
            }
            #expect(await site.browser.get(path, ["X-Forwarded-For": "2001:db8:0:2::1"]).status == 200)
            for index in 1...11 { #expect(await site.browser.post(path, [("score", "")], ["X-Forwarded-For": "192.0.2.1"]).status == (index <= 10 ? 422 : 429)) }
            #expect(await site.browser.get("/healthz", ["X-Forwarded-For": "2001:db8:0:1::1"]).status == 200)
        }
    }

    @Test func forwardedAddressesCountOnlyBehindAProxy() async throws {
        try await Site.run { site in
            let token = site.links.add(.signing(try TrialLinks.english())).text
            _ = await site.browser.post("/s/\(token)/opened", body: "", ["X-Forwarded-For": "192.0.2.7"])
            guard case .opened(let visitor)? = site.links.changes.first else { Issue.record("not noted"); return }
            #expect(visitor.address == "127.0.0.1")
        }
    }

    /// Cancelling the server with such connections would end the whole program, the hub with it.
    @Test func whoHasComeAndIsNotAnsweredYetDoesNotKeepItFromEnding() async throws {
        for _ in 0..<10 {
            let port = Mutex(0)
            let lines = Mutex<[Line]>([])
            try await Site.run { site in
                port.withLock { $0 = site.browser.port }
                // Closed behind the site, so that all of them are there when it ends.
                await onThread { lines.withLock { lines in lines = (0..<200).map { _ in Line(port: site.browser.port) } } }
            }
            let now = await RawBrowser(port: port.withLock { $0 }).get("/")
            #expect(now.status == 0, "nobody listens any more")
        }
    }

    @Test func aTakenPortIsAnError() async throws {
        try await Site.run { site in
            let other = try PageServer(service: site.links, options: PageServerOptions(port: site.browser.port, sender: TrialLinks.harbor))
            let started = await onThread { Result { try other.start() } }
            #expect(throws: PageServerError.self) { try started.get() }
            await onThread { other.stop() }
            #expect(await site.browser.get("/healthz").status == 200)
        }
    }

    @Test(arguments: ["", "pages.example.com", "ftp://a", "https://a/b", "https://a b", "https://a?x", "https://-a", "https://a:123456"])
    func aPublicURLIsSchemeAndHost(_ url: String) { #expect(throws: PageServerError.self) { try PageAddress(publicURL: url) } }

    @Test func addressesOfLinksAreMadeOfThePublicURL() throws {
        let token = try #require(LinkToken(text: String(repeating: "0f", count: 32)))
        let address = try PageAddress(publicURL: "https://Pages.Example.com/")
        #expect(address.signing(token) == "https://pages.example.com/s/\(token.text)" && address.survey(token).contains("/r/"))
        #expect(try PageAddress(publicURL: "http://[::1]:8080").origin == "http://[::1]:8080")
    }

    @Test func limitsFitTogether() {
        #expect(PageLimits().areConsistent)
        var limiter = RateLimiter(PageLimits())
        for index in 0..<200_000 {
            _ = VisitorAddress("10.\(index >> 16).\(index >> 8 & 255).\(index & 255)").map { limiter.refuse($0, .page, now: Int64(index / 100)) }
        }
        #expect(limiter.remembered <= 2 * PageLimits().addresses)
    }

    @Test func aWindowEndsAndBeginsAnew() throws {
        var limiter = RateLimiter(PageLimits())
        let address = try #require(VisitorAddress("::ffff:192.0.2.1"))
        #expect(address == VisitorAddress("192.0.2.1") && VisitorAddress("2001:db8::1") == VisitorAddress("2001:db8::ffff") && VisitorAddress("x") == nil)
        for _ in 0..<10 { #expect(limiter.refuse(address, .submit, now: 500) == nil) }
        #expect(limiter.refuse(address, .submit, now: 30_500) == 30)
        #expect(limiter.refuse(address, .page, now: 60_499) == nil)
        #expect(limiter.refuse(address, .submit, now: 60_499) == 1)
        #expect(limiter.refuse(address, .submit, now: 60_500) == nil)
    }
}
