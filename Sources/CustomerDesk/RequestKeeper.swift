import CustomerPages
import Documents
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// Decides what becomes of requests for signatures: which link and which message is due, and which request is over.
///
/// It goes by what stands in the store, not by what has just happened, so that it can be asked again at any time: where everything is
/// as it should be, it writes nothing.
struct RequestKeeper {
    let records: HubRecords
    let rules: CustomerRules
    /// Unix time in milliseconds.
    let now: UInt64
    /// For a link, if one is made; without it none is.
    let token: LinkToken?
    let box: SecretBox
    /// The form of a document; nil while it has not come.
    let form: (HubRow) throws -> CanonicalForm?

    private var reader: any HubReader { records.reader }

    /// A document of a request, with what is signed of it.
    struct Asked {
        var row: HubRow
        var form: CanonicalForm
        var isSigned: Bool
        var isDeclined: Bool { row.text("state") == "declined" }
    }

    func draft(for id: RowID) throws -> DeskDraft {
        var draft = DeskDraft()
        guard let request = try records.row("signature_request", id), let order = request.reference("work_order") else {
            try endSigning(id, "withdrawn", &draft)
            return draft
        }
        let state = request.text("state")
        if state == "signed" { return draft }
        if request.text("standing") == "withdrawn" {
            if state != "withdrawn" { try finish(request, order, as: "withdrawn", event: .withdrawn, &draft) }
            return draft
        }
        let isFirst = state == nil || state == "waiting" && request.integer("expires_at") == nil
        let isAgain = request.integer("again_at") != nil && request.integer("again_at") != request.integer("again_met")
        guard isFirst || isAgain || ["waiting", "sent", "opened"].contains(state) else {
            if let watch = try RequestWatch.read(id.bytes, reader) { draft.remove(watch) }
            return draft
        }
        let asked: [Asked]
        switch try documents(of: request) {
        case .here(let documents): asked = documents
        case .awaited:
            if state == nil { draft.write("signature_request", id, ["state": .text("waiting")]) }
            // A device that was lost never brings it: looked for ever more rarely.
            let looks = try RequestWatch.read(id.bytes, reader)?.looks ?? 0
            try draft.put(RequestWatch(request: id, at: now + DeskLimits.watch << UInt64(looks), looks: min(looks + 1, DeskLimits.doublings)))
            return draft
        case .impossible(let why):
            try fail(request, why, &draft)
            return draft
        }
        if asked.allSatisfy(\.isSigned) {
            try finish(request, order, as: "signed", event: nil, &draft)
        } else if asked.allSatisfy({ $0.isSigned || $0.isDeclined }) {
            try finish(request, order, as: "declined", event: nil, &draft)
        } else if isFirst || isAgain {
            try send(request, order, asked, &draft)
        } else {
            try keepTime(request, order, asked, &draft)
        }
        return draft
    }

    // MARK: Documents

    private enum Documents {
        case here([Asked])
        case awaited
        case impossible(String)
    }

    private func documents(of request: HubRow) throws -> Documents {
        let ids = request.elements("documents")
        guard !ids.isEmpty else { return .impossible("It names no document. Ask again, with the documents that are to be signed.") }
        guard ids.count <= DocumentLimits.documentsPerSession else {
            return .impossible("It names \(ids.count) documents; \(DocumentLimits.documentsPerSession) are the most. Ask for them in several requests.")
        }
        guard let place = request.text("place") else { return .impossible("It names no place in the documents.") }
        var asked: [Asked] = []
        for id in ids {
            guard let row = try RowID(id).flatMap({ try records.row("document", $0) }), row.reference("work_order") == request.reference("work_order") else {
                return .impossible("There is no document \(id) of this order. Ask again, with one that is there.")
            }
            guard row.text("form") != nil else { return .impossible("The document '\(row.text("title") ?? id)' is a file and was not made from a template, so there is no place in it to sign.") }
            let found: CanonicalForm?
            do {
                found = try form(row)
            } catch let error as DocumentError {
                return .impossible("The document '\(row.text("title") ?? id)' cannot be read: \(error)")
            }
            guard let form = found else { return .awaited }
            guard form.form.places.contains(where: { $0.name == place }) else {
                return .impossible("The document '\(row.text("title") ?? id)' has no place '\(place)' to sign. It has: \(form.form.places.map(\.name).joined(separator: ", ")).")
            }
            let isSigned = try signature(of: row.id, form, at: place) != nil
            if !isSigned, row.text("copy") != nil {
                return .impossible("The document '\(row.text("title") ?? id)' is complete, and its signed copy is made. Another signature needs another document.")
            }
            asked.append(Asked(row: row, form: form, isSigned: isSigned))
        }
        return .here(asked)
    }

    /// A signature in a place, of exactly what the document says.
    func signature(of document: RowID, _ form: CanonicalForm, at place: String) throws -> HubRow? {
        try records.rows("signature", where: "document", names: document).first { $0.text("place") == place && $0.bytes("document_hash") == form.hash }
    }

    // MARK: Sending

    private func send(_ request: HubRow, _ order: RowID, _ asked: [Asked], _ draft: inout DeskDraft) throws {
        guard let address = try records.address(.email, of: request) else {
            return try fail(request, "There is no e-mail address: none is given, and the contact has none. Ask again with one.", &draft)
        }
        let links = (request.integer("links") ?? 0) + 1
        try endSigning(request.id, "replaced", &draft)
        try cancelMessages(of: request, &draft)
        let expires = now + UInt64(rules.signature.expires) * 1_000
        try message("signature_request", Self.purpose(of: request.id, links: links), request, order, asked, to: address, expires: expires, &draft)
        draft.write("signature_request", request.id, [
            "state": .text("waiting"), "expires_at": .integer(Int64(expires)), "again_met": request.integer("again_at").map { .integer($0) } ?? .null,
            "links": .integer(links), "trouble": .null, "sent_at": .null, "reminders": .integer(0), "ended_at": .null,
        ])
        try draft.put(RequestWatch(request: request.id, at: expires))
    }

    /// Of the message that brings a request's link.
    /// - Parameter links: how many were sent with this one.
    static func purpose(of request: RowID, links: Int64) -> String { "signature_request \(request) \(links)" }

    /// A link, and the message that brings it.
    private func message(
        _ kind: String, _ purpose: String, _ request: HubRow, _ order: RowID, _ asked: [Asked], to address: String, expires: UInt64,
        _ draft: inout DeskDraft
    ) throws {
        guard let token else { return }
        let language = try records.language(of: request) ?? asked[0].form.form.language
        try draft.put(LinkRecord(
            hash: token.hash, purpose: .sign, subject: request.id, documents: asked.map { .init(id: $0.row.id, formHash: $0.form.hash) }, made: now,
            expires: expires, language: language))
        try DeskMessage(
            order: order, kind: kind, purpose: purpose, request: request.id, channel: "email", language: language, address: address, token: token.text
        ).write(at: now, box, &draft)
    }

    // MARK: Time

    private func keepTime(_ request: HubRow, _ order: RowID, _ asked: [Asked], _ draft: inout DeskDraft) throws {
        let expires = UInt64(clamping: request.integer("expires_at") ?? 0)
        guard expires > now else {
            return try finish(request, order, as: "expired", event: .expired, &draft)
        }
        var watch = RequestWatch(request: request.id, at: expires)
        if let sent = request.integer("sent_at"), let address = try records.address(.email, of: request) {
            let count = Int(request.integer("reminders") ?? 0)
            let reminded = try records.rows("message", where: "request", names: request.id)
                .filter { $0.text("kind") == "signature_reminder" && ($0.integer("made_at") ?? 0) >= sent }.compactMap { $0.integer("made_at") }
            let plan = try schedule(of: order).reminders
            let next = plan.next(sentAt: sent, expiresAt: Int64(expires), reminded: reminded, now: Int64(now))
            if let next, next.at <= Int64(now) {
                // A reminder brings a link of its own, as the first one is known to nobody but the reader; both hold.
                let open = asked.filter { !$0.isSigned && !$0.isDeclined }
                try message(
                    "signature_reminder", "signature_reminder \(request.id) \(request.integer("links") ?? 0) \(count + 1)", request, order, open,
                    to: address, expires: expires, &draft)
                draft.write("signature_request", request.id, ["reminders": .integer(Int64(count + 1))])
                watch.at = now + DeskLimits.pause
            } else if let next {
                watch.at = UInt64(next.at)
            }
        }
        if try RequestWatch.read(watch.keyBytes, reader) != watch { try draft.put(watch) }
    }

    private func schedule(of order: RowID) throws -> CustomerSchedule {
        try CustomerSchedule(rules, zone: records.row("work_order", order).flatMap { try records.timeZone(of: $0) })
    }

    // MARK: Ends

    func finish(_ request: HubRow, _ order: RowID, as state: String, event: SignatureEvent.Kind?, _ draft: inout DeskDraft) throws {
        let links = try LinkRecord.read(owner: request.id, reader)
        try endSigning(request.id, state == "signed" ? "used" : state, &draft)
        try cancelMessages(of: request, &draft)
        // What was wished for meanwhile is met by the end as well; otherwise it would be looked at for ever.
        draft.write("signature_request", request.id, [
            "state": .text(state), "ended_at": .integer(Int64(now)), "trouble": .null, "again_met": request.integer("again_at").map { .integer($0) } ?? .null,
        ])
        if let event {
            for document in Set(links.flatMap(\.documents)).sorted(by: { $0.id < $1.id }) {
                DeskEvent(request: request, order: order, document: document.id, formHash: document.formHash, at: now).write(event, part: "\(request.integer("links") ?? 0)", &draft)
            }
        }
        draft.remove(RequestWatch(request: request.id, at: 0))
    }

    /// Nothing of it can be signed until it is asked for again.
    private func fail(_ request: HubRow, _ why: String, _ draft: inout DeskDraft) throws {
        try endSigning(request.id, "withdrawn", &draft)
        try cancelMessages(of: request, &draft)
        draft.write("signature_request", request.id, [
            "state": .text("failed"), "trouble": .text(String(why.prefix(500))), "again_met": request.integer("again_at").map { .integer($0) } ?? .null,
        ])
        draft.remove(RequestWatch(request: request.id, at: 0))
    }

    /// Links to copies of what was signed before hold on.
    private func endSigning(_ request: RowID, _ reason: String, _ draft: inout DeskDraft) throws {
        for var link in try LinkRecord.read(owner: request, reader) where link.purpose == .sign && link.ended == nil {
            link.ended = .init(reason: reason, at: now)
            try draft.put(link)
        }
    }

    /// What has not been handed over is not sent any more.
    private func cancelMessages(of request: HubRow, _ draft: inout DeskDraft) throws {
        for message in try records.rows("message", where: "request", names: request.id) where message.text("kind")?.hasPrefix("signature_re") == true {
            DeskMessage.cancel(message, &draft)
        }
    }
}
