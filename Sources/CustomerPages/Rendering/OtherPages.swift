/// The pages besides signing.
enum OtherPages {
    /// A page that says one thing.
    struct Card {
        enum Tone: String {
            case calm
            case good
            case bad
        }

        var heading: String
        var paragraphs: [String]
        var tone: Tone
        var again: String?
        var hasContact = true

        func render(_ renderer: PageRenderer, sender: PageSender, words: PageWords) -> String {
            let values: PageValues = [
                "heading": heading, "paragraphs": paragraphs, "tone": tone.rawValue, "again": again ?? false, "contact": hasContact && !sender.name.isEmpty,
            ]
            return renderer.page("ended", values, kind: "ended", title: heading, sender: sender, words: words)
        }
    }

    static func ended(_ end: LinkEnd, _ words: PageWords) -> Card {
        let key = end.reason.rawValue
        let tone: Card.Tone = switch end.reason {
        case .used, .over: .good
        case .declined, .withdrawn, .replaced: .calm
        case .unknown, .expired, .unavailable: .bad
        }
        return Card(heading: words("\(key)_title"), paragraphs: [words("\(key)_text", ["sender": end.sender.name])], tone: tone)
    }

    static func copies(_ view: CopiesView, _ token: LinkToken, _ words: PageWords, _ renderer: PageRenderer) -> String {
        let documents: [PageValues] = view.documents.map { copy in
            let address = copy.isReady ? "/c/\(token.text)/\(PercentCoding.encode(copy.id)).pdf" : nil
            return [
                "title": copy.title, "signed": words("copies_signed", ["when": copy.signedAt]), "address": address ?? false,
                "download": words("download_of", ["title": copy.title]), "state": words(copy.awaitsOthers ? "copies_others" : "copies_preparing"),
            ]
        }
        let heading = words("copies_heading")
        let values: PageValues = [
            "heading": heading, "documents": documents, "mailed": view.mailedTo.map { words("copies_mailed", ["address": $0]) } ?? false,
            "isWaiting": view.documents.contains { !$0.isReady && !$0.awaitsOthers },
        ]
        return renderer.page("copies", values, kind: "copies", title: heading, sender: view.sender, words: words)
    }

    static func survey(
        _ view: SurveyView, _ token: LinkToken, score: Int?, comment: String, problems: [PageProblem], _ words: PageWords, _ renderer: PageRenderer
    ) -> String {
        let (summary, errors) = PageProblem.values(problems, words)
        let values: PageValues = [
            "address": "/r/\(token.text)", "subject": view.title, "problems": summary, "errors": errors, "notice": false, "bounds": SigningPage.bounds(renderer.limits),
            "scores": (1...5).map { (number: Int) in ["value": number, "text": words("score_\(number)"), "isChosen": number == score] as PageValues }, "typed": ["comment": comment],
        ]
        return renderer.page("survey", values, kind: "survey", title: words("survey_heading"), sender: view.sender, words: words)
    }

    static func tracking(_ view: TrackingView, _ token: LinkToken, _ words: PageWords, _ renderer: PageRenderer) -> String {
        var values = visit(view, words)
        values["address"] = "/t/\(token.text)"
        return renderer.page("tracking", values, kind: "tracking", title: words("track_title"), sender: view.sender, words: words, refresh: 60)
    }

    /// The part of the tracking page that changes, on one line as events carry it.
    static func visitFragment(_ view: TrackingView, _ words: PageWords, _ renderer: PageRenderer) -> String {
        var values = visit(view, words)
        values["w"] = words.texts
        return renderer.fragment("visit", values).split(separator: "\n").joined(separator: " ")
    }

    private static func visit(_ view: TrackingView, _ words: PageWords) -> PageValues {
        let tone = switch view.status {
        case .done: "good"
        case .notDone, .canceled: "bad"
        case .requested, .planned, .enRoute, .onSite: "calm"
        }
        return [
            "title": view.title, "status": words("status_\(view.status.rawValue)"), "tone": tone, "arrival": PageRenderer.shown(view.arrival),
            "window": PageRenderer.shown(view.window), "technician": PageRenderer.shown(view.technician), "updated": view.updated,
            "position": view.status == .enRoute ? view.position.map(map) ?? false : false, "steps": steps(view.status, words),
        ]
    }

    /// How far a visit is; none for one that will not be.
    private static func steps(_ status: TrackingView.Status, _ words: PageWords) -> Any {
        let order: [TrackingView.Status] = [.planned, .enRoute, .onSite, .done]
        guard status != .canceled, status != .notDone else { return false }
        let now = order.firstIndex(of: status) ?? -1
        let list: [PageValues] = order.enumerated().map { index, step in
            ["text": words("step_\(step.rawValue)"), "state": index < now ? "past" : index == now ? "now" : "next", "isNow": index == now]
        }
        return ["list": list]
    }

    /// A map of others, which is opened only by whoever wants it: nothing of this page is told to it.
    private static func map(_ position: TrackingView.Position) -> String {
        let place = (latitude: coordinate(position.latitude), longitude: coordinate(position.longitude))
        return "https://www.openstreetmap.org/?mlat=\(place.latitude)&mlon=\(place.longitude)#map=15/\(place.latitude)/\(place.longitude)"
    }

    /// Four digits: about ten meters.
    private static func coordinate(_ degrees: Double) -> String {
        let parts = Int((abs(degrees).clamped(to: 0...180) * 10_000).rounded())
        let fraction = String(parts % 10_000)
        return "\(degrees < 0 ? "-" : "")\(parts / 10_000).\(String(repeating: "0", count: 4 - fraction.count))\(fraction)"
    }
}

extension Double {
    /// NaN becomes the lower bound.
    fileprivate func clamped(to range: ClosedRange<Double>) -> Double { self >= range.lowerBound ? Swift.min(self, range.upperBound) : range.lowerBound }
}
