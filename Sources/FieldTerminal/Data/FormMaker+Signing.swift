import Documents
import ReplicationClient
import ReplicationCore

/// Forms for signatures: on the device, and of somebody who is not there.
extension FormMaker {
    func sign(_ document: RowID) throws -> Form {
        let (form, open, first) = try places(of: document), others = try others(besides: document)
        let places = open.map { place in
            let together = others.compactMap { other in
                other.open.first { $0.name == place.name }.map { SigningPlace.Document(id: other.id, title: other.title, consent: $0.consent) }
            }
            return SigningPlace(
                name: place.name, label: place.label, document: .init(id: document, title: form.title, consent: place.consent),
                others: Array(together.prefix(DocumentLimits.documentsPerSession - 1)))
        }
        return Form.signing(form.title, places, chosen: first, language)
    }

    /// The other documents of the order that have been read here, and where each can still be signed. People agree to what they have read.
    private func others(besides document: RowID) throws -> [(id: RowID, title: String, open: [DocumentForm.SignaturePlace])] {
        let rows = try replica.query("""
            SELECT id FROM document WHERE _alive AND work_order = (SELECT work_order FROM document WHERE id = ?1) AND id <> ?1
            AND form IS NOT NULL AND copy IS NULL AND coalesce(state, '') <> 'declined' ORDER BY id
            """, [.reference(document)])
        return try rows.compactMap { $0.reference("id") }.filter(read.contains).compactMap { id in
            do {
                let (form, open, _) = try places(of: id)
                return (id, form.title, open)
            } catch is DocumentError {
                // It does not keep the rest from being signed that a newer program wrote one of them.
                return nil
            } catch let error as ReplicaError where [.notHere, .noSuchDocument, .signedAlready].contains(error.code) {
                return nil
            }
        }
    }

    /// Where a document can still be signed, and the place that is meant most often.
    private func places(of document: RowID) throws -> (form: DocumentForm, open: [DocumentForm.SignaturePlace], first: Int) {
        let form = try replica.form(of: document).form
        let signed = Set(try replica.query("SELECT place FROM signature WHERE _alive AND document = ?", [.reference(document)]).compactMap { $0.text("place") })
        let open = form.places.filter { !signed.contains($0.name) }
        guard let first = open.firstIndex(where: { $0.name == "customer" }) ?? open.indices.first else {
            throw ReplicaError(.signedAlready, language == .english ? "Everybody has signed it." : "Todos lo han firmado ya.")
        }
        return (form, open, first)
    }

    /// Whom the order names is asked, unless something else is typed.
    func ask(_ document: RowID) throws -> Form {
        let (form, open, first) = try places(of: document), collection = try collection("signature_request")
        let order = try replica.query(
            "SELECT w.contact, w.customer_name, c.name, c.emails FROM document AS d JOIN work_order AS w ON w.id = d.work_order LEFT JOIN contact AS c ON c.id = w.contact WHERE d.id = ?",
            [.reference(document)]).first
        let contact = order?.reference("contact"), address = FieldText.elements(order?.text("emails") ?? "")?.first ?? ""
        func input(_ name: String, _ label: Word, _ text: String, isMandatory: Bool) -> FormField {
            FormField(name: name, label: language(label), input: .text(TextInput(text)), field: collection.field(named: name), isMandatory: isMandatory)
        }
        return Form(
            title: "\(language.heading(.askByLink)) · \(form.title)", fields: [
                .place(open.map { .init(label: $0.label, value: .text($0.name)) }, first, language), input("signer_name", .name, order?.text("name") ?? order?.text("customer_name") ?? "", isMandatory: true),
                input("signer_email", .mail, address, isMandatory: contact == nil), input("message", .personalLine, "", isMandatory: false),
            ], purpose: .ask(document: document, contact: contact), note: language(contact == nil ? .linkIsMailed : .linkIsMailedToContact), focus: 1)
    }
}
