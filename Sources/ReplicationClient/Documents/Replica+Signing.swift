import Documents
import Foundation
import ReplicationCore
import ReplicationEngine

/// Somebody reads, signs or declines before this device, with or without a connection.
///
/// Several documents may be signed in one session: who signs says who they are once, and gives their consent and their signature once. Each
/// document has its own signature, bound to its own hash, and events that name the session.
extension Replica {
    /// Notes that somebody was shown documents on this device, to read them.
    ///
    /// - Throws: as `sign(_:_:)`.
    public func notePresented(_ documents: [RowID], place: String, to person: String) throws {
        let opened = try open(documents, at: place)
        let now = wallTime
        try write { transaction in
            for document in opened {
                _ = try transaction.create("signature_event", document.event(of: person, at: now).fields(.presented))
            }
        }
    }

    /// Signs documents for somebody who stands before this device and has agreed to what each of them says.
    ///
    /// Signatures, what led to them and the states of the documents are one changeset: all are signed, or none.
    ///
    /// - Parameters:
    ///   - documents: at least one, and at most `DocumentLimits.documentsPerSession`.
    ///   - signing: who signs where, and how.
    /// - Returns: the signatures, in the order of the documents.
    /// - Throws: `ReplicaError`: `noSuchDocument`, also for none, too many, or one that is named twice; `noSuchPlace`, `notHere`, `signedAlready`.
    ///   `DocumentError`; `DeviceError`.
    @discardableResult
    public func sign(_ documents: [RowID], _ signing: Signing) throws -> [RowID] {
        let opened = try open(documents, at: signing.place)
        var states: [String] = []
        for document in opened {
            let signed = try query("SELECT place, signer_name FROM signature WHERE _alive AND document = ?", [.reference(document.id)])
            if let name = signed.first(where: { $0.text("place") == signing.place })?.text("signer_name") {
                throw ReplicaError(.signedAlready, "\(name) has signed there already: '\(document.form.form.title)'. Another signature needs another document.")
            }
            // What is signed afterwards would stand in no copy.
            guard try query("SELECT copy FROM document WHERE id = ?", [.reference(document.id)]).first?.text("copy") == nil else {
                throw ReplicaError(.signedAlready, "'\(document.form.form.title)' is complete, and its signed copy is made. Another signature needs another document.")
            }
            states.append(document.form.form.state(signedAt: Set(signed.compactMap { $0.text("place") } + [signing.place])))
        }
        let now = wallTime
        var signatures: [RowID] = []
        try write { transaction in
            signatures = []
            let session = opened.count > 1 ? transaction.makeID() : nil
            for (document, state) in zip(opened, states) {
                let event = document.event(of: signing.name, at: now, in: session)
                _ = try transaction.create("signature_event", event.fields(.consented))
                let fields = try signing.fields(of: event, consent: document.place.consent)
                signatures.append(try transaction.create("signature", fields))
                let hashes: [String: Value] = [
                    "hash_before": .bytes(event.formHash), "hash_after": .bytes(Signing.hash(of: fields, after: event.formHash)),
                ]
                _ = try transaction.create("signature_event", event.fields(.signed).merging(hashes) { $1 })
                try transaction.set("document", document.id, ["state": .text(state)])
            }
        }
        return signatures
    }

    /// Notes that somebody has read a document and will not sign it.
    ///
    /// - Throws: as `sign(_:_:)`.
    public func declineDocument(_ document: RowID, place: String, by person: String, reason: String) throws {
        let opened = try open(document, at: place)
        let event = opened.event(of: person, at: wallTime)
        try write {
            _ = try $0.create("signature_event", event.fields(.declined, note: reason))
            if !opened.place.isOptional { try $0.set("document", document, ["state": .text("declined")]) }
        }
    }

    /// Documents that each have a place of that name.
    func open(_ documents: [RowID], at place: String) throws -> [OpenedDocument] {
        guard 1...DocumentLimits.documentsPerSession ~= documents.count, Set(documents).count == documents.count else {
            throw ReplicaError(.noSuchDocument, "Name 1 to \(DocumentLimits.documentsPerSession) documents, each of them once.")
        }
        return try documents.map { try open($0, at: place) }
    }

    private func open(_ document: RowID, at name: String) throws -> OpenedDocument {
        let form = try form(of: document)
        guard let place = form.form.places.first(where: { $0.name == name }) else {
            let places = form.form.places.map(\.name).joined(separator: ", ")
            throw ReplicaError(.noSuchPlace, "The document '\(form.form.title)' has no place '\(name)' to sign.\(places.isEmpty ? "" : " It has: \(places).")")
        }
        guard let order = try query("SELECT work_order FROM document WHERE id = ?", [.reference(document)]).first?.reference("work_order") else {
            throw ReplicaError(.noSuchDocument, "The document \(document) belongs to no order.")
        }
        return OpenedDocument(id: document, form: form, place: place, order: order, agent: "Converge, device \(identity.replica)")
    }
}

/// A document whose form is here, at a place in it.
struct OpenedDocument {
    let id: RowID
    let form: CanonicalForm
    let place: DocumentForm.SignaturePlace
    let order: RowID
    let agent: String

    func event(of person: String, at milliseconds: Int64, in session: RowID? = nil) -> SignatureEvent {
        var event = SignatureEvent(
            order: order, document: id, place: place.name, person: person, formHash: form.hash, milliseconds: milliseconds, session: session)
        event.agent = agent
        return event
    }
}
