import Hummingbird

extension PageResponder {
    func survey(_ token: LinkToken, _ visit: Visit) async -> Response {
        await asking(token, visit) { view in
            PageReply.page(OtherPages.survey(view, token, score: nil, comment: "", problems: [], visit.words(view.language), self.renderer))
        }
    }

    /// After answering. Who has not answered is led to the questions.
    func thanks(_ token: LinkToken, _ visit: Visit) async -> Response {
        switch await service.look(token) {
        case .ended(let end) where end.reason == .used:
            let words = visit.words(end.language)
            let card = OtherPages.Card(
                heading: words("thanks_survey_title"), paragraphs: [words("thanks_survey_text", ["sender": end.sender.name])], tone: .good, hasContact: false)
            return PageReply.page(card.render(renderer, sender: end.sender, words: words))
        case .ended(let end): return notice(end, visit)
        case .survey: return PageReply.seeOther("/r/\(token.text)")
        case .signing, .copies, .tracking: return unknown(visit)
        }
    }

    func answer(_ token: LinkToken, _ body: [UInt8], _ visit: Visit) async -> Response {
        guard let fields = FormFields(body, known: ["score", "comment"], limits: limits) else { return card("refused", visit, .badRequest) }
        let given = fields.text("score"), comment = fields.text("comment")
        let score = given.utf8.count == 1 ? Int(given).flatMap { (1...5).contains($0) ? $0 : nil } : nil
        return await asking(token, visit) { view in
            var problems: [PageProblem] = []
            if comment.count > self.limits.text { problems.append(.tooLong(field: "comment", most: self.limits.text)) }
            if score == nil { problems.append(.noScore) }
            if problems.isEmpty, let score {
                switch await self.service.answer(token, SurveyAnswer(score: score, comment: comment), by: visit.visitor) {
                case .thanks: return PageReply.seeOther("/r/\(token.text)/thanks")
                case .noScore: problems.append(.noScore)
                case .ended(let end): return self.answered(end, visit)
                }
            }
            let html = OtherPages.survey(view, token, score: score, comment: comment, problems: problems, visit.words(view.language), self.renderer)
            return PageReply.page(html, status: .unprocessableContent)
        }
    }

    private func asking(_ token: LinkToken, _ visit: Visit, _ body: (SurveyView) async -> Response) async -> Response {
        switch await service.look(token) {
        case .survey(let view): await body(view)
        case .ended(let end): answered(end, visit)
        case .signing, .copies, .tracking: unknown(visit)
        }
    }

    /// A used link is one that was answered here, not one that was signed.
    private func answered(_ end: LinkEnd, _ visit: Visit) -> Response {
        guard end.reason == .used else { return notice(end, visit) }
        let words = visit.words(end.language)
        let card = OtherPages.Card(heading: words("answered_title"), paragraphs: [words("answered_text", ["sender": end.sender.name])], tone: .good, hasContact: false)
        return PageReply.page(card.render(renderer, sender: end.sender, words: words), status: .gone)
    }
}
