import Hummingbird

extension PageResponder {
    func tracking(_ token: LinkToken, _ visit: Visit) async -> Response {
        switch await service.look(token) {
        case .tracking(let view): PageReply.page(OtherPages.tracking(view, token, visit.words(view.language), renderer))
        case .ended(let end): notice(end, visit)
        case .signing, .copies, .survey: unknown(visit)
        }
    }

    /// Server-sent events (WHATWG HTML, section 9.2): `visit` with the part of the page that changes, and `end`.
    func events(_ token: LinkToken, _ request: Request, _ visit: Visit) async -> Response {
        switch await service.look(token) {
        case .tracking: break
        case .ended(let end): return notice(end, visit)
        case .signing, .copies, .survey: return unknown(visit)
        }
        let headers: HTTPFields = [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store, no-cache", PageHeaders.name("X-Accel-Buffering"): "no"]
        if request.method == .head { return Response(status: .ok, headers: headers) }
        guard let stream = streams.open(token) else {
            // The page reloads itself instead.
            return card("unavailable", visit, .serviceUnavailable, retryAfter: 60)
        }
        // Closed with the answer, written or not.
        let place = EventPlace(stream: stream, token: token, streams: streams)
        let body = ResponseBody { writer in
            try await request.body.consumeWithInboundCloseHandler { _ in
                try await self.run(place, visit, &writer)
            } onInboundClosed: {
                place.stream.cut()
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    private func run(_ place: EventPlace, _ visit: Visit, _ writer: inout any ResponseBodyWriter) async throws {
        let stream = place.stream, service = service, seconds = limits.heartbeatSeconds
        let watching = Task {
            for await view in await service.tracking(place.token) { stream.put(view) }
            if !Task.isCancelled { stream.finish() }
        }
        let beating = Task {
            while !Task.isCancelled {
                // Ends with the task.
                guard (try? await Task.sleep(for: .seconds(seconds))) != nil else { return }
                stream.beat()
            }
        }
        defer {
            watching.cancel()
            beating.cancel()
        }
        // A browser that lost the line tries again after ten seconds.
        try await writer.write(ByteBuffer(string: "retry: 10000\n\n"))
        try await stream.run { event in
            let text = self.text(event, visit)
            try await writer.write(ByteBuffer(string: text))
        }
    }

    private func text(_ event: EventStream.Event, _ visit: Visit) -> String {
        switch event {
        case .view(let view):
            let fragment = OtherPages.visitFragment(view, visit.words(view.language), renderer)
            return fragment.utf8.count <= limits.eventBytes ? "event: visit\ndata: \(fragment)\n\n" : ":\n\n"
        case .heartbeat: return ":\n\n"
        case .end: return "event: end\ndata:\n\n"
        }
    }
}

/// A stream among the open ones, for as long as its answer is there.
private final class EventPlace: Sendable {
    let stream: EventStream
    let token: LinkToken
    private let streams: EventStreams

    init(stream: EventStream, token: LinkToken, streams: EventStreams) {
        self.stream = stream
        self.token = token
        self.streams = streams
    }

    deinit { streams.close(stream, of: token) }
}
