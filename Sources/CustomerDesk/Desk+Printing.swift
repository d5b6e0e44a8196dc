import Crypto
import CustomerPages
import Documents
import Foundation
import PDFRendering
import PDFSigning
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// Making signed copies: documents on paper, with their signatures and what led to them, under the company's certificate.
extension Desk {
    func makeDueCopies() throws {
        while isRunning {
            let now = now
            let due = try store.read { try CopyOrder.read(dueBy: now, limit: DeskLimits.dueAtOnce, $0) }
            for order in due where isRunning { try carryOut(order) }
            if due.count < DeskLimits.dueAtOnce { return }
        }
    }

    private func carryOut(_ order: CopyOrder) throws {
        do {
            // Of a document that was signed before its form had come, nothing more was noted then.
            try settleSignatures(of: order.document)
            guard try store.read({ try CopyOrder.read(order.keyBytes, $0) }) != nil else { return }
            guard let made = try store.read({ try CopyMaker(desk: self, records: HubRecords($0, schema), now: now).make(order.document) }) else {
                // What it waits for has not come.
                return try putOff(order, "")
            }
            guard let hash = BlobHash(bytes: made.hashAfter), let reference = BlobReference(blob: BlobName(hash: hash, size: UInt64(made.bytes.count)), mediaType: "application/pdf")
            else { throw DeskError(.message, "The copy has no size that a blob may have.") }
            try blobs.put(made.bytes, named: reference.blob)
            var random = SystemRandomNumberGenerator()
            let tokens = (0..<DeskLimits.signersPerDocument).map { _ in LinkToken(using: &random) }
            let box = options.box
            try settle { records, now in
                var draft = DeskDraft()
                guard let document = try records.row("document", order.document), document.text("copy") == nil else {
                    draft.remove(order)
                    return draft
                }
                draft.write("document", document.id, [
                    "copy": .text(reference.description), "copy_level": .text(made.level), "copy_made": .integer(Int64(now)),
                ])
                draft.remove(order)
                try CompletedDocument(records: records, now: now, document: document, made: made, box: box).tell(tokens, &draft)
                return draft
            }
            wakePost()
        } catch {
            options.log("the signed copy of a document could not be made: \(error)")
            try putOff(order, "\(error)")
        }
    }

    private func putOff(_ order: CopyOrder, _ why: String) throws {
        // What may still come is waited for; what went wrong is tried for a while, and then each day.
        let tries = order.tries + (why.isEmpty ? 0 : 1), isGivenUp = tries >= DeskLimits.copyTries
        if isGivenUp, !why.isEmpty { options.log("a signed copy could not be made in \(tries) tries. It is tried again each day.") }
        try settle { records, now in
            var draft = DeskDraft()
            guard var kept = try CopyOrder.read(order.keyBytes, records.reader), kept.tries == order.tries else { return draft }
            kept.tries = tries
            if why.isEmpty { kept.looks = min(kept.looks + 1, DeskLimits.doublings) }
            kept.at = isGivenUp ? now + 86_400_000 : now + DeskLimits.copyPause << UInt64(why.isEmpty ? kept.looks : min(tries, 10))
            try draft.put(kept)
            return draft
        }
    }
}

/// A signed copy.
struct MadeCopy {
    var bytes: [UInt8]
    /// `unsigned`, `B-B` or `B-T`: what was reached.
    var level: String
    /// SHA-256 of the PDF before the company's signature, and after it.
    var hashBefore: [UInt8]
    var hashAfter: [UInt8]
    var formHash: [UInt8]
}

/// Makes the copy of one document.
struct CopyMaker {
    let desk: Desk
    let records: HubRecords
    let now: UInt64

    /// - Returns: nil while something has not come that belongs in it.
    func make(_ id: RowID) throws -> MadeCopy? {
        guard let document = try records.row("document", id), document.text("state") == "signed", let form = try desk.form(of: document) else { return nil }
        let order = try document.reference("work_order").flatMap { try records.row("work_order", $0) }
        let wording = Wording(language: form.form.language, zone: try order.flatMap { try records.timeZone(of: $0) })
        let signatures = try records.rows("signature", where: "document", names: id).filter { $0.bytes("document_hash") == form.hash }
        var pictures: [String: [UInt8]] = [:]
        for picture in form.form.pictures {
            guard let hash = BlobHash(hex: picture.hash) else { continue }
            guard let bytes = try desk.bytes(of: BlobName(hash: hash, size: picture.size)) else { return nil }
            pictures[picture.hash] = bytes
        }
        let made = try PDFRenderer().render(
            form.form, hash: Hexadecimal.text(form.hash), created: Int64(now / 1_000), signatures: rendered(signatures, wording),
            audit: try trail(of: id, wording)
        ) { pictures[$0.hash] }
        let before = Array(SHA256.hash(data: made.bytes))
        guard let signer = desk.options.signer else {
            return MadeCopy(bytes: made.bytes, level: "unsigned", hashBefore: before, hashAfter: before, formHash: form.hash)
        }
        let signed = try signer.sign(
            made.bytes, as: SignatureDetails(time: Date(timeIntervalSince1970: Double(now) / 1_000), reason: document.text("title")),
            attaching: [PDFAttachment(name: "form.json", mediaType: "application/json", bytes: form.bytes)])
        if let failure = signed.timestampFailure { desk.options.log("a signed copy has no timestamp: \(failure)") }
        return MadeCopy(
            bytes: signed.bytes, level: signed.level.rawValue, hashBefore: before, hashAfter: Array(SHA256.hash(data: signed.bytes)), formHash: form.hash)
    }

    private func rendered(_ signatures: [HubRow], _ wording: Wording) -> [RenderedSignature] {
        var places: Set<String> = []
        return signatures.sorted { ($0.integer("signed_at") ?? 0, $0.id) < ($1.integer("signed_at") ?? 0, $1.id) }.compactMap { row in
            guard let place = row.text("place"), places.insert(place).inserted, let name = row.text("signer_name") else { return nil }
            let drawing = row.bytes("strokes").flatMap { SignatureStrokes(bytes: $0) }.flatMap { SignatureDrawing($0) }
            return RenderedSignature(
                place: place, signer: name, role: row.text("signer_role") ?? "",
                signedAt: row.integer("signed_at").map { wording.evidence(milliseconds: $0) } ?? "", content: drawing.map { .drawn($0) } ?? .typed(name))
        }
    }

    private func trail(of document: RowID, _ wording: Wording) throws -> AuditTrail {
        let order = SignatureEvent.Kind.allCases.map(\.rawValue)
        let events = try records.rows("signature_event", where: "document", names: document).sorted { a, b in
            func place(_ row: HubRow) -> (Int64, Int) { (row.integer("happened_at") ?? 0, order.firstIndex(of: row.text("event") ?? "") ?? 0) }
            return place(a) < place(b)
        }
        return try AuditTrail(entries: events.map { event in
            try AuditTrail.Entry(
                time: event.integer("happened_at").map { wording.evidence(milliseconds: $0) } ?? "", what: EventWords.text(event.text("event") ?? "", wording.language),
                who: event.text("person") ?? "", origin: origin(of: event, wording.language),
                hash: Hexadecimal.text(event.bytes("hash_after") ?? event.bytes("form_hash") ?? []))
        })
    }
}

extension CopyMaker {
    /// Where an event came from: address and browser, or which device, and which session on it.
    private func origin(of event: HubRow, _ language: String) throws -> String {
        let session = event.text("session").map { EventWords.session($0, language) }
        switch try records.writer(of: "signature_event", event.id) {
        case .hub: return [event.text("address"), event.text("agent"), session].compactMap(\.self).joined(separator: ", ")
        // By its key the hub knows which device wrote. An address is the hub's to tell.
        case .device(let name): return [event.text("agent"), name.map { EventWords.device($0, language) }, session].compactMap(\.self).joined(separator: ", ")
        }
    }
}

/// What follows when everybody has signed.
struct CompletedDocument {
    let records: HubRecords
    let now: UInt64
    let document: HubRow
    let made: MadeCopy
    let box: SecretBox

    /// The event, an entry in the account's history, and the copy by mail to those who signed through a link.
    func tell(_ tokens: [LinkToken], _ draft: inout DeskDraft) throws {
        guard let order = document.reference("work_order") else { return }
        let event = SignatureEvent(order: order, document: document.id, place: "", person: "", formHash: made.formHash, milliseconds: Int64(now))
        var fields = event.fields(.completed, note: made.level)
        fields["place"] = .null
        fields["person"] = .null
        fields["hash_before"] = .bytes(made.hashBefore)
        fields["hash_after"] = .bytes(made.hashAfter)
        draft.write("signature_event", DerivedIdentifier.make("completed", [document.id.bytes, made.formHash]), fields)
        let account = try records.row("work_order", order)?.reference("account")
        draft.write("interaction", DerivedIdentifier.make("completed interaction", [document.id.bytes, made.formHash]), [
            "work_order": .reference(order), "account": account.map { .reference($0) } ?? .null, "channel": .text("note"),
            "summary": .text(String("\(document.text("title") ?? "")".prefix(160)) + " ✓"), "happened_at": .integer(Int64(now)),
        ])
        let requests = try records.rows("signature_request", where: "work_order", names: order).filter { $0.elements("documents").contains(document.id.description) }
        for (request, token) in zip(requests, tokens) {
            let address = try records.address(.email, of: request)
            guard request.text("state") == "signed" || request.text("ended_at") == nil, let address else { continue }
            let language = try records.language(of: request) ?? document.text("language") ?? "en"
            try draft.put(LinkRecord(
                hash: token.hash, purpose: .copies, subject: request.id, documents: [.init(id: document.id, formHash: made.formHash)], made: now,
                expires: now + DeskLimits.copies, language: language))
            try DeskMessage(
                order: order, kind: "signed_copy", purpose: "signed_copy \(request.id) \(document.id)", request: request.id, channel: "email", language: language,
                address: address, token: token.text
            ).write(at: now, box, &draft)
        }
    }
}
