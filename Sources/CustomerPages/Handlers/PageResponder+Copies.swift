import Hummingbird

extension PageResponder {
    func copies(_ token: LinkToken, _ visit: Visit) async -> Response {
        switch await service.look(token) {
        case .copies(let view): PageReply.page(OtherPages.copies(view, token, visit.words(view.language), renderer))
        case .ended(let end): notice(end, visit)
        case .signing, .tracking, .survey: unknown(visit)
        }
    }

    func copy(_ token: LinkToken, _ document: String, _ visit: Visit) async -> Response {
        let view: CopiesView
        switch await service.look(token) {
        case .copies(let copies): view = copies
        case .ended(let end): return notice(end, visit)
        case .signing, .tracking, .survey: return unknown(visit)
        }
        switch await service.copy(token, document: document) {
        case .pdf(let bytes, let fileName) where bytes.count <= limits.fileBytes:
            return download(bytes, fileName: fileName)
        case .notReady:
            let words = visit.words(view.language)
            let card = OtherPages.Card(
                heading: words("not_ready_title"), paragraphs: [words("not_ready_text")], tone: .calm, again: "/c/\(token.text)", hasContact: false)
            return PageReply.page(card.render(renderer, sender: view.sender, words: words), status: .serviceUnavailable, retryAfter: 60)
        case .pdf, .unknown: return unknown(visit)
        case .ended(let end): return notice(end, visit)
        }
    }

    /// In pieces: whoever reads slowly holds the file once, and not as packets besides.
    private func download(_ bytes: [UInt8], fileName: String) -> Response {
        let piece = limits.pieceBytes
        let body = ResponseBody(contentLength: bytes.count) { writer in
            var place = 0
            while place < bytes.count {
                let end = min(place + piece, bytes.count)
                try await writer.write(ByteBuffer(bytes: bytes[place..<end]))
                place = end
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "application/pdf", .contentDisposition: PageHeaders.attachment(fileName), .contentLength: String(bytes.count)], body: body)
    }
}
