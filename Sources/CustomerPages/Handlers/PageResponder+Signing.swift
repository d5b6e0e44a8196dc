import Documents
import Hummingbird

extension PageResponder {
    func signing(_ token: LinkToken, _ visit: Visit) async -> Response {
        await reading(token, visit) { view in self.page(SigningPage(token: token, view: view, words: visit.words(view.language))) }
    }

    /// After declining. Who has not declined is led to what is to be signed.
    func declined(_ token: LinkToken, _ visit: Visit) async -> Response {
        switch await service.look(token) {
        case .ended(let end) where end.reason == .declined:
            let words = visit.words(end.language)
            let card = OtherPages.Card(
                heading: words("thanks_declined_title"), paragraphs: [words("thanks_declined_text", ["sender": end.sender.name])], tone: .good)
            return PageReply.page(card.render(renderer, sender: end.sender, words: words))
        case .ended(let end): return notice(end, visit)
        case .signing: return PageReply.seeOther("/s/\(token.text)")
        case .copies, .tracking, .survey: return unknown(visit)
        }
    }

    func picture(_ token: LinkToken, _ hash: String, _ visit: Visit) async -> Response {
        guard let picture = await service.picture(token, hash: hash), ["image/jpeg", "image/png"].contains(picture.mediaType), picture.bytes.count <= limits.fileBytes else {
            // A picture itself, so that the page shows that another is to come.
            let words = visit.words()
            let svg = renderer.fragment("missing", ["w": words.texts, "page": ["language": words.language]])
            return PageReply.file(Array(svg.utf8), mediaType: "image/svg+xml", status: .notFound)
        }
        return PageReply.file(picture.bytes, mediaType: picture.mediaType)
    }

    func opened(_ token: LinkToken, _ visit: Visit) async -> Response {
        await reading(token, visit) { _ in
            await self.service.noteOpened(token, by: visit.visitor)
            return Response(status: .noContent)
        }
    }

    func sign(_ token: LinkToken, _ body: [UInt8], _ visit: Visit) async -> Response {
        guard let form = SigningForm(body, limits) else { return card("refused", visit, .badRequest) }
        return await reading(token, visit) { view in
            guard form.problems.isEmpty else { return self.again(token, view, form, form.problems, visit) }
            switch await self.service.sign(token, form.submission, by: visit.visitor) {
            case .signed(let copies, 0): return PageReply.seeOther("/c/\(copies.text)")
            // What is left to be signed stands on the same page, beside what is signed by now.
            case .signed: return PageReply.seeOther("/s/\(token.text)")
            case .ended(let end): return self.notice(end, visit)
            case .refused(.changed): return await self.reading(token, visit) { self.again(token, $0, form, [.refused(.changed)], visit) }
            case .refused(let refusal): return self.again(token, view, form, [.refused(refusal)], visit)
            }
        }
    }

    /// Has a code sent, and shows the page as it was filled in so far: a redirect would lose what was typed and drawn.
    func code(_ token: LinkToken, _ body: [UInt8], _ visit: Visit) async -> Response {
        guard let form = SigningForm(body, limits) else { return card("refused", visit, .badRequest) }
        return await reading(token, visit) { _ in
            let outcome = await self.service.sendCode(token, to: visit.visitor)
            if case .ended(let end) = outcome { return self.notice(end, visit) }
            return await self.reading(token, visit) { view in
                let words = visit.words(view.language)
                var page = SigningPage(token: token, view: view, words: words, typed: form.typed)
                switch outcome {
                case .sent: page.notice = words("notice_code", ["address": view.code?.address ?? ""])
                case .tooMany: page.problems = [.codeTooMany]
                case .failed: page.problems = [.codeFailed]
                case .notDemanded, .ended: break
                }
                return self.page(page, status: page.problems.isEmpty ? .ok : .unprocessableContent)
            }
        }
    }

    func decline(_ token: LinkToken, _ body: [UInt8], _ visit: Visit) async -> Response {
        guard let fields = FormFields(body, known: ["name", "reason"], limits: limits) else { return card("refused", visit, .badRequest) }
        let typed = (name: fields.line("name"), reason: fields.text("reason"))
        return await reading(token, visit) { view in
            var problems: [PageProblem] = []
            if typed.name.count > self.limits.name { problems.append(.tooLong(field: "decline-name", most: self.limits.name)) }
            if typed.reason.count > self.limits.text { problems.append(.tooLong(field: "decline-reason", most: self.limits.text)) }
            if problems.isEmpty {
                switch await self.service.decline(token, DecliningSubmission(name: typed.name, reason: typed.reason), by: visit.visitor) {
                case .declined: return PageReply.seeOther("/s/\(token.text)/declined")
                case .noName: problems.append(.noDecliningName)
                case .noReason: problems.append(.noReason)
                case .ended(let end): return self.notice(end, visit)
                }
            }
            let words = visit.words(view.language)
            return self.page(SigningPage(token: token, view: view, words: words, decline: typed, problems: problems), status: .unprocessableContent)
        }
    }

    /// Goes on with a link that leads to documents.
    private func reading(_ token: LinkToken, _ visit: Visit, _ body: (SigningView) async -> Response) async -> Response {
        switch await service.look(token) {
        case .signing(let view): await body(view)
        case .ended(let end): notice(end, visit)
        case .copies, .tracking, .survey: unknown(visit)
        }
    }

    private func again(_ token: LinkToken, _ view: SigningView, _ form: SigningForm, _ problems: [PageProblem], _ visit: Visit) -> Response {
        let words = visit.words(view.language)
        return page(SigningPage(token: token, view: view, words: words, typed: form.typed, problems: problems), status: .unprocessableContent)
    }

    private func page(_ page: SigningPage, status: HTTPResponse.Status = .ok) -> Response { PageReply.page(page.render(renderer), status: status) }
}
