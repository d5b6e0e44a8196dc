import CustomerPages
import Documents
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// Takes what somebody signs through a link, within the commit that writes it: of a thousand who try at once, one signs.
struct SignatureTaking {
    let reading: LinkReading
    let link: OpenLink
    let visitor: Visitor

    private var now: UInt64 { reading.now }

    func take(_ submission: SigningSubmission, copies: LinkToken, _ draft: inout DeskDraft) throws -> SigningOutcome {
        guard !submission.agreed.isEmpty else { return .refused(.noConsent) }
        let name = submission.name.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !name.isEmpty, name.count <= 120 else { return .refused(.noName) }
        guard submission.strokes.map({ $0.bytes != nil }) ?? true else { return .refused(.badDrawing) }
        var agreed: [RequestKeeper.Asked] = []
        for (id, hash) in submission.agreed {
            guard let document = link.open.first(where: { $0.row.id.description == id }), Hexadecimal.text(document.form.hash) == hash else {
                return .refused(.changed)
            }
            agreed.append(document)
        }
        guard Set(agreed.map(\.row.id)).count == agreed.count else { return .refused(.changed) }
        var isVerified = false
        if link.demandedCode != nil {
            if let refusal = try OneTimeCodes(reading: reading, link: link).check(submission.code, &draft) { return .refused(refusal) }
            isVerified = true
        }
        Desk.noteOpened(link, now, visitor, &draft)
        let signing = Signing(place: link.place, name: name, role: String(submission.role.prefix(120)), mark: submission.strokes.map { .drawn($0) } ?? .typed)
        for document in agreed { try write(signing, of: document, isVerified: isVerified, &draft) }
        let remaining = link.open.count - agreed.count
        if remaining == 0 { try reading.keeper().finish(link.request, link.order, as: "signed", event: nil, &draft) }
        try draft.put(LinkRecord(
            hash: copies.hash, purpose: .copies, subject: link.request.id, documents: agreed.map { .init(id: $0.row.id, formHash: $0.form.hash) }, made: now,
            expires: now + DeskLimits.copies, language: link.record.language))
        return .signed(copies: copies, remaining: remaining)
    }

    private func write(_ signing: Signing, of document: RequestKeeper.Asked, isVerified: Bool, _ draft: inout DeskDraft) throws {
        guard let place = document.form.form.places.first(where: { $0.name == signing.place }) else { return }
        let event = SignatureEvent(
            order: link.order, document: document.row.id, place: place.name, person: signing.name, formHash: document.form.hash, milliseconds: Int64(now))
        var told = DeskEvent(request: link.request, order: link.order, document: document.row.id, formHash: document.form.hash, at: now, visitor: visitor, person: signing.name)
        if isVerified { told.write(.codeVerified, &draft) }
        told.write(.consented, note: String(place.consent.prefix(500)), &draft)
        let fields = try signing.fields(of: event, consent: place.consent)
        // One for each place of a document: who comes second meets it.
        let id: RowID = DerivedIdentifier.make("signature", [document.row.id.bytes, Array(place.name.utf8), document.form.hash])
        draft.write("signature", id, fields)
        told.hashBefore = document.form.hash
        told.hashAfter = Signing.hash(of: fields, after: document.form.hash)
        told.write(.signed, &draft)
        let others = try reading.records.rows("signature", where: "document", names: document.row.id)
            .filter { $0.bytes("document_hash") == document.form.hash }.compactMap { $0.text("place") }
        draft.write("document", document.row.id, ["state": .text(document.form.form.state(signedAt: Set(others + [place.name])))])
    }
}
