import Documents
import Foundation
import ReplicationCore
import ReplicationEngine

/// Documents that are read and signed on the device, with or without a connection.
///
/// They stand in the collections `document`, `signature` and `signature_event` of the schema.
extension Replica {
    /// Fills a template in from what this device holds and its user may read.
    ///
    /// - Parameters:
    ///   - milliseconds: the moment of making, Unix time; now, without one.
    ///   - zone: in which times are told; nil for that of the order's territory.
    /// - Throws: `DocumentError`.
    public func makeForm(_ template: DocumentTemplate, about row: RowID, at milliseconds: Int64? = nil, zone: String? = nil) throws -> DocumentForm {
        let zone = try zone ?? timeZone(of: template.subject, row)
        return try DocumentMaker(ReplicaRecords(self)).make(template, about: row, at: milliseconds ?? wallTime, zone: zone)
    }

    private var wallTime: Int64 { Int64(clamping: core.withLock { $0.adjusted(clock()).wall }) }

    /// The time zone of the territory that a row names, as in the IANA database; nil where the row names none.
    public func timeZone(of collection: String, _ row: RowID) throws -> String? {
        guard let path = schema.timeZone, let field = schema.collection(named: collection)?.field(named: path.reference),
            case .reference(let number) = field.type, let other = schema.collection(number)
        else { return nil }
        return try query(
            "SELECT other.\"\(path.field)\" AS zone FROM \"\(collection)\" AS one JOIN \"\(other.name)\" AS other ON other.id = one.\"\(path.reference)\" WHERE one.id = ?",
            [.reference(row)]
        ).first?.text("zone")
    }

    /// Keeps a form as a document of an order: its bytes as a blob, and the row that names them.
    ///
    /// - Throws: `DocumentError`, `DeviceError`, `BlobStoreError`.
    public func addDocument(_ form: DocumentForm, to order: RowID) throws -> RowID {
        let bytes = try CanonicalForm(form).bytes
        let reference = try addBlob(bytes, mediaType: CanonicalForm.mediaType)
        var document: RowID?
        try write {
            document = try $0.create("document", [
                "work_order": .reference(order), "title": .text("\(form.title) \(form.number)".trimmingSpace), "form": .text(reference.description),
                "kind": .text(form.kind.rawValue), "template": .text(form.template.name), "template_version": .integer(Int64(form.template.version)),
                "language": .text(form.language), "state": .text("draft"),
            ])
        }
        guard let document else { throw ReplicaError(.noSuchValue, "The document was not written.") }
        return document
    }

    /// The form of a document, from the blob that its row names.
    ///
    /// - Throws: `ReplicaError.Code.noSuchValue` if there is no such document or its form has not come; `DocumentError` if what came is no form.
    public func form(of document: RowID) throws -> DocumentForm {
        guard let row = try query("SELECT form FROM document WHERE id = ? AND _alive", [.reference(document)]).first else {
            throw ReplicaError(.noSuchValue, "There is no document \(document) here.")
        }
        guard let reference = row.text("form").flatMap({ BlobReference(text: $0) }) else {
            throw ReplicaError(.noSuchValue, "The document \(document) was not made from a template: it is a file, and has no form.")
        }
        guard case .here(let path) = try blob(reference) else {
            throw ReplicaError(.noSuchValue, "What the document says has not come to this device yet. Go online, and let it come.")
        }
        return try CanonicalForm.read([UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
    }

    /// What a form was made from that is otherwise now: a signature under it covers an earlier version of these.
    ///
    /// Rows that are not held and fields that may not be read are not compared: nothing is known of them here.
    public func changes(since form: DocumentForm) throws -> [ChangedSource] {
        try SourceComparison(ReplicaRecords(self)).changes(since: form)
    }

    private func opened(_ document: RowID, at name: String) throws -> (DocumentForm, DocumentForm.SignaturePlace, hash: [UInt8], order: RowID) {
        let form = try form(of: document)
        guard let place = form.places.first(where: { $0.name == name }) else {
            let places = form.places.map(\.name).joined(separator: ", ")
            throw ReplicaError(.noSuchValue, "The document has no place '\(name)' to sign.\(places.isEmpty ? "" : " It has: \(places).")")
        }
        guard let order = try query("SELECT work_order FROM document WHERE id = ?", [.reference(document)]).first?.reference("work_order") else {
            throw ReplicaError(.noSuchValue, "The document \(document) belongs to no order.")
        }
        return (form, place, try CanonicalForm(form).hash, order)
    }

    /// Signs a document for somebody who stands before this device and has read it.
    ///
    /// Document, signature and what led to it are one changeset.
    /// - Throws: `ReplicaError` for a document or a place that is not there, or that is signed already; `DocumentError`; `DeviceError`.
    @discardableResult
    public func sign(_ document: RowID, _ signing: Signing) throws -> RowID {
        let (form, place, hash, order) = try opened(document, at: signing.place)
        let signed = try query("SELECT place, signer_name FROM signature WHERE _alive AND document = ?", [.reference(document)])
        if let name = signed.first(where: { $0.text("place") == place.name })?.text("signer_name") {
            throw ReplicaError(.noSuchValue, "\(name) has signed there already. Another signature needs another document.")
        }
        let signedPlaces = Set(signed.compactMap { $0.text("place") } + [place.name])
        // Where more than one has to sign, the first signature is not the end of it.
        let state = form.places.allSatisfy { signedPlaces.contains($0.name) } ? "signed" : "viewed"
        guard let strokes = signing.mark.bytes else {
            throw DocumentError(.tooLarge, "A drawn signature has at most \(SignatureStrokes.points) points and \(SignatureStrokes.lines) lines. Let them draw it anew.")
        }
        let now = wallTime
        var signature: RowID?
        try write { transaction in
            func tell(_ event: String) throws {
                _ = try transaction.create("signature_event", [
                    "work_order": .reference(order), "document": .reference(document), "event": .text(event), "happened_at": .integer(now),
                    "place": .text(place.name), "person": .text(signing.name), "form_hash": .bytes(hash),
                ])
            }
            try tell("presented")
            try tell("consented")
            signature = try transaction.create("signature", [
                "work_order": .reference(order), "document": .reference(document), "document_hash": .bytes(hash), "signer_name": .text(signing.name),
                "strokes": .bytes(strokes), "signed_at": .integer(now), "place": .text(place.name), "method": .text(signing.mark.method),
                "signer_role": signing.role.isEmpty ? .null : .text(signing.role), "consent": .text(place.consent),
            ])
            try tell("signed")
            try transaction.set("document", document, ["state": .text(state)])
        }
        guard let signature else { throw ReplicaError(.noSuchValue, "The signature was not written.") }
        return signature
    }

    /// Notes that somebody has read a document and will not sign it.
    ///
    /// - Throws: as `sign(_:_:)`.
    public func declineDocument(_ document: RowID, place: String, by person: String, reason: String) throws {
        let (_, place, hash, order) = try opened(document, at: place)
        let now = wallTime
        try write {
            _ = try $0.create("signature_event", [
                "work_order": .reference(order), "document": .reference(document), "event": .text("declined"), "happened_at": .integer(now),
                "place": .text(place.name), "person": .text(person), "form_hash": .bytes(hash), "note": .text(reason),
            ])
            try $0.set("document", document, ["state": .text("declined")])
        }
    }
}

/// Who signs a document, and how.
public struct Signing: Sendable {
    /// The place in the document, as its form names it.
    public var place: String
    public var name: String
    /// Such as "Head of operations"; may be empty.
    public var role: String
    public var mark: Mark

    public enum Mark: Sendable {
        case drawn(SignatureStrokes)
        /// The name that was typed stands for the signature.
        case typed

        var bytes: [UInt8]? {
            switch self {
            case .drawn(let strokes): strokes.bytes
            case .typed: SignatureStrokes([]).bytes
            }
        }

        var method: String { if case .drawn = self { "drawn" } else { "typed" } }
    }

    public init(place: String, name: String, role: String = "", mark: Mark) {
        self.place = place
        self.name = name
        self.role = role
        self.mark = mark
    }
}

extension String {
    fileprivate var trimmingSpace: String { split(separator: " ").joined(separator: " ") }
}
