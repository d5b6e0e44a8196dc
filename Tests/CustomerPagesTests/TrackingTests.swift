import CustomerPages
import PagesTrial
import Testing
import TestTraits

/// Watching a visit.
@Suite(.realTime)
struct TrackingTests {
    @Test func changesComeAsEventsUntilTheVisitEnds() async throws {
        try await Site.run { site in
            let token = site.links.add(.tracking(TrialLinks.visit(.planned, language: "es")))
            let page = await site.browser.get("/t/\(token.text)")
            #expect(page.text.contains("Su visita está planificada") && page.text.contains("<noscript><meta http-equiv=\"refresh\" content=\"60\"></noscript>"))
            // Where somebody is, is told on the way only.
            #expect(!page.text.contains("openstreetmap"))
            let line = await site.browser.open("/t/\(token.text)/events")
            var read = await line.read(until: "event: visit")
            let head = RawBrowser.parse(Array(read.utf8)).headers
            #expect(head["content-type"] == "text/event-stream; charset=utf-8" && head["x-accel-buffering"] == "no" && head["cache-control"]?.contains("no-cache") == true)
            site.links.tell(token, TrialLinks.visit(.enRoute, language: "es"))
            read = await line.read(until: "openstreetmap", after: read)
            #expect(read.contains("En camino hacia usted") && read.contains("retry: 10000"))
            site.links.tell(token, nil)
            read = await line.read(until: "event: end", after: read)
            #expect(read.contains("event: end"))
        }
    }

    @Test func heartbeatsKeepTheLine() async throws {
        try await Site.run({ $0.limits.heartbeatSeconds = 1 }) { site in
            let token = site.links.add(.tracking(TrialLinks.visit()))
            let line = await site.browser.open("/t/\(token.text)/events")
            #expect(await line.read(until: "\n:\n").contains("\n:\n"))
        }
    }

    @Test func streamsAreBoundedAndGivenBack() async throws {
        try await Site.run({ options in
            (options.limits.streams, options.limits.streamsOfLink) = (3, 2)
        }) { site in
            let (first, second) = (site.links.add(.tracking(TrialLinks.visit())).text, site.links.add(.tracking(TrialLinks.visit())).text)
            func watch(_ token: String) async -> (Line, Int) {
                let line = await site.browser.open("/t/\(token)/events")
                let read = await line.read(until: "\r\n\r\n")
                return (line, RawBrowser.parse(Array(read.utf8)).status)
            }
            let lines = [await watch(first), await watch(first), await watch(first), await watch(second), await watch(second)]
            #expect(lines.map(\.1) == [200, 200, 503, 200, 503])
            lines[0].0.hangUp()
            // Noticed soon, but not at once.
            for _ in 0..<4_000 where site.server.openStreams > 2 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(site.server.openStreams == 2)
            #expect(await watch(first).1 == 200)
        }
    }

    @Test func openStreamsDoNotKeepAServerFromStopping() async throws {
        try await Site.run { site in
            let token = site.links.add(.tracking(TrialLinks.visit()))
            let line = await site.browser.open("/t/\(token.text)/events")
            _ = await line.read(until: "event: visit")
            await onThread { site.server.stop() }
            #expect(await !line.read(until: "event: end").contains("event: end"))
            #expect(await site.browser.get("/healthz").status == 0)
        }
    }
}
