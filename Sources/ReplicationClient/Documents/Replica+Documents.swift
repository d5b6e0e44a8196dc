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
    ///   - template: what the document says, and where its values come from.
    ///   - row: what it is about, of the template's collection.
    ///   - milliseconds: the moment of making, Unix time; now, without one.
    ///   - zone: in which times are told; nil for that of the order's territory.
    /// - Throws: `DocumentError`.
    public func makeForm(_ template: DocumentTemplate, about row: RowID, at milliseconds: Int64? = nil, zone: String? = nil) throws -> CanonicalForm {
        let zone = try zone ?? timeZone(of: template.subject, row)
        return try CanonicalForm(DocumentMaker(ReplicaRecords(self)).make(template, about: row, at: milliseconds ?? wallTime, zone: zone))
    }

    var wallTime: Int64 { Int64(clamping: core.withLock { $0.adjusted(clock()).wall }) }

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
    /// - Parameters:
    ///   - canonical: the form.
    ///   - order: the work order.
    ///   - id: the document's row; a new one without it.
    /// - Throws: `DocumentError`, `DeviceError`, `BlobStoreError`.
    public func addDocument(_ canonical: CanonicalForm, to order: RowID, as id: RowID? = nil) throws -> RowID {
        let form = canonical.form
        let reference = try addBlob(canonical.bytes, mediaType: CanonicalForm.mediaType)
        var document: RowID?
        try write {
            document = try $0.create("document", id: id, [
                "work_order": .reference(order), "title": .text("\(form.title) \(form.number)".trimmingSpace), "form": .text(reference.description),
                "kind": .text(form.kind.rawValue), "template": .text(form.template.name), "template_version": .integer(Int64(form.template.version)),
                "language": .text(form.language), "state": .text("draft"),
            ])
        }
        guard let document else { throw ReplicaError(.stopped, "The document was not written.") }
        return document
    }

    /// The form of a document, from the blob that its row names.
    ///
    /// - Throws: `ReplicaError`: `noSuchDocument` if there is none, or it is none that was made from a template; `notHere` while its
    ///   form has not come. `DocumentError` if what came is no form.
    public func form(of document: RowID) throws -> CanonicalForm {
        guard let row = try query("SELECT form FROM document WHERE id = ? AND _alive", [.reference(document)]).first else {
            throw ReplicaError(.noSuchDocument, "There is no document \(document) here.")
        }
        guard let reference = row.text("form").flatMap({ BlobReference(text: $0) }) else {
            throw ReplicaError(.noSuchDocument, "The document \(document) was not made from a template: it is a file, and has no form.")
        }
        guard case .here(let path) = try blob(reference) else {
            throw ReplicaError(.notHere, "What the document says has not come to this device yet. Go online, and let it come.")
        }
        return try CanonicalForm(reading: [UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
    }

    /// What a form was made from that is otherwise now: a signature under it covers an earlier version of these.
    ///
    /// Rows that are not held and fields that may not be read are not compared: nothing is known of them here.
    public func changes(since form: DocumentForm) throws -> [ChangedSource] {
        try SourceComparison(ReplicaRecords(self)).changes(since: form)
    }
}

extension String {
    fileprivate var trimmingSpace: String { split(separator: " ").joined(separator: " ") }
}
