import CustomerPages
import Documents
import ReplicationCore
import ReplicationEngine

/// A link that leads somewhere, with the request that it is about.
struct OpenLink {
    let record: LinkRecord
    let request: HubRow
    let order: RowID
    let documents: [RequestKeeper.Asked]
    let zone: String?

    var place: String { request.text("place") ?? "" }
    var open: [RequestKeeper.Asked] { documents.filter { !$0.isSigned && !$0.isDeclined } }
    var wording: Wording { Wording(language: record.language, zone: zone) }

    /// The code that the documents ask for; nil if none does.
    var demandedCode: CodeDemand.Channel? {
        let demands = open.compactMap { document in document.form.form.places.first { $0.name == place }?.code }
        return demands.contains("sms") ? .sms : demands.contains("email") ? .email : nil
    }
}

/// Reads what links lead to.
struct LinkReading {
    let desk: Desk
    let records: HubRecords
    let now: UInt64

    func keeper(_ token: LinkToken? = nil) -> RequestKeeper {
        RequestKeeper(records: records, rules: desk.rules, now: now, token: token, box: desk.options.box, form: { try desk.form(of: $0) })
    }

    func end(_ reason: LinkEnd.Reason, language: String? = nil) -> LinkEnd { LinkEnd(reason, sender: sender(), language: language) }

    func sender(_ letterhead: DocumentForm.Letterhead? = nil) -> PageSender {
        PageSender(name: letterhead?.name ?? desk.organisation, lines: desk.options.contact.isEmpty ? letterhead?.lines ?? [] : desk.options.contact)
    }

    enum Found {
        case link(LinkRecord)
        case ended(LinkEnd)
    }

    func link(_ token: LinkToken) throws -> Found {
        guard let link = try LinkRecord.read(token.hash, records.reader) else { return .ended(end(.unknown)) }
        if let ended = link.ended { return .ended(end(LinkEnd.Reason(rawValue: ended.reason) ?? .withdrawn, language: link.language)) }
        guard link.expires > now else { return .ended(end(.expired, language: link.language)) }
        return .link(link)
    }

    /// - Returns: the end of the link, if it leads nowhere.
    func open(_ link: LinkRecord) throws -> Result<OpenLink, LinkEndError> {
        guard let request = try records.row("signature_request", link.subject), let order = request.reference("work_order") else {
            return .failure(.init(end: end(.withdrawn, language: link.language)))
        }
        let keeper = keeper()
        var documents: [RequestKeeper.Asked] = []
        for document in link.documents {
            // A document is what it was when the link was sent, or none.
            guard let row = try records.row("document", document.id), let form = try desk.form(of: row), form.hash == document.formHash else {
                return .failure(.init(end: end(.withdrawn, language: link.language)))
            }
            let signed = try keeper.signature(of: row.id, form, at: request.text("place") ?? "")
            documents.append(.init(row: row, form: form, isSigned: signed != nil))
        }
        let zone = try records.row("work_order", order).flatMap { try records.timeZone(of: $0) }
        return .success(OpenLink(record: link, request: request, order: order, documents: documents, zone: zone))
    }

    struct LinkEndError: Error { let end: LinkEnd }

    /// What there is to sign behind a token; or the end of the link, if there is nothing.
    func open(_ token: LinkToken) throws -> Result<OpenLink, LinkEndError> {
        switch try link(token) {
        case .ended(let end): return .failure(.init(end: end))
        case .link(let record): return record.purpose == .sign ? try open(record) : .failure(.init(end: end(.unknown)))
        }
    }

    // MARK: Views

    func view(_ token: LinkToken) throws -> LinkView {
        switch try link(token) {
        case .ended(let end): return .ended(end)
        case .link(let link):
            switch link.purpose {
            case .sign: return try signing(link)
            case .copies: return .copies(try copies(link))
            case .tracking: return try VisitReading(desk: desk, records: records, now: now).tracking(link)
            case .survey: return try VisitReading(desk: desk, records: records, now: now).survey(link)
            }
        }
    }

    private func signing(_ record: LinkRecord) throws -> LinkView {
        let link: OpenLink
        switch try open(record) {
        case .failure(let error): return .ended(error.end)
        case .success(let found): link = found
        }
        guard !link.open.isEmpty else { return .ended(end(.used, language: record.language)) }
        var documents: [SigningDocument] = []
        for document in link.documents {
            guard let place = document.form.form.places.first(where: { $0.name == link.place }) else { continue }
            var state = SigningDocument.State.open
            if document.isSigned, let signature = try keeper().signature(of: document.row.id, document.form, at: link.place) {
                state = .signed(by: signature.text("signer_name") ?? "", at: link.wording.moment(milliseconds: signature.integer("signed_at") ?? 0))
            } else if document.isDeclined {
                state = .declined
            }
            documents.append(SigningDocument(
                id: document.row.id.description, form: document.form.form, hash: Hexadecimal.text(document.form.hash), place: place, state: state))
        }
        return .signing(SigningView(
            sender: sender(link.documents.first?.form.form.letterhead), language: record.language, signerName: link.request.text("signer_name") ?? "",
            message: link.request.text("message") ?? "", documents: documents, expires: link.wording.moment(milliseconds: Int64(record.expires)),
            code: try code(link)))
    }

    private func code(_ link: OpenLink) throws -> CodeDemand? {
        guard let channel = link.demandedCode else { return nil }
        let sent = try CodeRecord.read(link.record.hash, records.reader)
        return CodeDemand(
            channel: channel, address: MaskedAddress.of(try records.address(channel, of: link.request) ?? ""),
            isSent: sent.map { $0.expires > now && $0.tries < desk.rules.codes.tries } ?? false)
    }

    func copies(_ link: LinkRecord) throws -> CopiesView {
        let request = try records.row("signature_request", link.subject)
        let order = try request?.reference("work_order").flatMap { try records.row("work_order", $0) }
        let wording = Wording(language: link.language, zone: try order.flatMap { try records.timeZone(of: $0) })
        var copies: [CopiesView.Copy] = []
        for document in link.documents {
            guard let row = try records.row("document", document.id) else { continue }
            let signature = try records.rows("signature", where: "document", names: row.id).first { $0.text("place") == request?.text("place") }
            copies.append(.init(
                id: row.id.description, title: row.text("title") ?? "", signedAt: signature?.integer("signed_at").map { wording.moment(milliseconds: $0) } ?? "",
                isReady: row.text("copy") != nil, awaitsOthers: row.text("state") != "signed"))
        }
        let address = try request.flatMap { try records.address(.email, of: $0) }
        return CopiesView(sender: sender(), language: link.language, documents: copies, mailedTo: address.map(MaskedAddress.of))
    }
}

/// An address of which a person recognises their own, and nobody learns another's.
enum MaskedAddress {
    static func of(_ address: String) -> String {
        if let at = address.lastIndex(of: "@"), at > address.startIndex {
            return "\(address[address.startIndex])…\(address[at...])"
        }
        return address.count > 3 ? "…\(address.suffix(3))" : "…"
    }
}
