import Documents

/// The page on which somebody reads and signs.
struct SigningPage {
    /// What was handed in, to be shown again when it was not taken.
    struct Typed {
        var agreed: Set<String> = []
        var name = ""
        var role = ""
        var code = ""
        var strokes = ""
        var isDrawn = false
    }

    let token: LinkToken
    let view: SigningView
    let words: PageWords
    var typed = Typed()
    var decline: (name: String, reason: String)?
    var problems: [PageProblem] = []
    var notice: String?

    func render(_ renderer: PageRenderer) -> String {
        let documents = DocumentValues(token: token, words: words)
        let open = view.documents.filter { $0.state == .open }
        let heading = open.count > 1 ? words("heading_many", ["count": String(open.count)]) : words("heading_one")
        let (summary, errors) = PageProblem.values(problems, words)
        let all = view.documents.enumerated().map { documents.values($0.element, index: $0.offset) }
        let values: PageValues = [
            "address": "/s/\(token.text)", "heading": heading, "intro": words("intro", ["signer": view.signerName, "sender": view.sender.name]),
            "message": view.message.isEmpty ? false : ["lines": PageRenderer.lines(view.message)] as Any, "until": words("until", ["when": view.expires]),
            "documents": all, "contents": all.count > 1 ? ["documents": all] : false as Any, "isOpen": !open.isEmpty,
            "agreements": agreements(), "nameHint": words("name_hint", ["name": view.signerName]), "code": code(), "decline": declining(),
            "typed": ["name": typed.name, "role": typed.role, "code": typed.code, "strokes": typed.strokes, "isDrawn": typed.isDrawn] as PageValues,
            "bounds": Self.bounds(renderer.limits), "problems": summary, "errors": errors, "notice": PageRenderer.shown(notice),
        ]
        return renderer.page("signing", values, kind: "signing", title: title(heading), sender: view.sender, words: words, skip: open.isEmpty ? nil : "sign")
    }

    private func title(_ heading: String) -> String {
        problems.isEmpty ? "\(heading) · \(PageEscaping.isolated(view.sender.name))" : "\(words("problems")) \(heading)"
    }

    /// Names the document and what was read of it: `hash:id`.
    static func agreement(_ document: SigningDocument) -> String { "\(document.hash):\(document.id)" }

    private func agreements() -> [PageValues] {
        let open = view.documents.enumerated().filter { $0.element.state == .open }
        return open.enumerated().map { number, entry in
            let document = entry.element
            let value = Self.agreement(document)
            return [
                "id": "agree-\(number)", "index": entry.offset, "value": value, "consent": document.place.consent, "title": title(of: document.form),
                "isChecked": typed.agreed.contains(value), "language": PageWords.tag(document.form.language),
                "direction": PageWords.direction(document.form.language),
            ]
        }
    }

    private func title(of form: DocumentForm) -> String { form.number.isEmpty ? form.title : "\(form.title) \(form.number)" }

    private func code() -> Any {
        guard let demand = view.code else { return false }
        let hint = words("code_\(demand.isSent ? "sent" : "ask")_\(demand.channel.rawValue)", ["address": demand.address])
        return ["hint": hint, "button": words(demand.isSent ? "code_resend" : "code_send")]
    }

    private func declining() -> PageValues {
        ["isOpen": decline != nil, "text": words("decline_text", ["sender": view.sender.name]), "name": decline?.name ?? "", "reason": decline?.reason ?? ""]
    }

    static func bounds(_ limits: PageLimits) -> PageValues {
        // Of what `SignatureStrokes` takes, as much as the largest form holds for certain.
        ["name": limits.name, "role": limits.role, "text": limits.text, "code": limits.code, "points": min(SignatureStrokes.points, 2_000), "lines": min(SignatureStrokes.lines, 200)]
    }
}
