import Documents
import ReplicationClient
import ReplicationCore

/// Forms for signatures: on the device, and of somebody who is not there.
extension FormMaker {
    func sign(_ document: RowID) throws -> Form {
        let (form, open, first) = try places(of: document)
        let others = try others(besides: document, at: open[first].name)
        var fields = [placeField(open, first)]
        if !others.isEmpty {
            let choices = [FormField.Choice(label: language(.onlyThisDocument), value: .null)]
                + [.init(label: language.together(([form.title] + others.map(\.title))), value: .text("all"))]
            fields.append(FormField(name: "documents", label: language.heading(.documents), input: .choice(ChoiceInput(choices, 0, isDeliberate: true))))
        }
        let focus = fields.count
        fields += [
            FormField(name: "name", label: language(.name), input: .text(TextInput()), isMandatory: true),
            FormField(name: "role", label: language(.role), input: .text(TextInput())),
        ]
        let consents = others.map(\.place.consent).reduce(into: [open[first].consent]) { if !$0.contains($1) { $0.append($1) } }
        return Form(
            title: form.title, fields: fields, purpose: .sign(documents: [document] + others.map(\.id)),
            note: "\(consents.joined(separator: " ")) \(language(.drawOrType))", focus: focus, drawing: Drawing())
    }

    /// The other documents of the order that the same person can sign in one session: those that are here, and still open at the place.
    private func others(besides document: RowID, at name: String) throws -> [(id: RowID, title: String, place: DocumentForm.SignaturePlace)] {
        let rows = try replica.query("""
            SELECT id FROM document WHERE _alive AND work_order = (SELECT work_order FROM document WHERE id = ?1) AND id <> ?1
            AND form IS NOT NULL AND copy IS NULL AND coalesce(state, '') <> 'declined' ORDER BY id LIMIT \(DocumentLimits.documentsPerSession - 1)
            """, [.reference(document)])
        return try rows.compactMap { row in
            do {
                let (form, open, _) = try places(of: row.id)
                return try open.first { $0.name == name }.map { (try row.id, form.title, $0) }
            } catch let error as ReplicaError where [.notHere, .signedAlready].contains(error.code) {
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

    private func placeField(_ open: [DocumentForm.SignaturePlace], _ first: Int) -> FormField {
        FormField(name: "place", label: language(.place), input: .choice(ChoiceInput(open.map { .init(label: $0.label, value: .text($0.name)) }, first, isDeliberate: true)))
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
                placeField(open, first), input("signer_name", .name, order?.text("name") ?? order?.text("customer_name") ?? "", isMandatory: true),
                input("signer_email", .mail, address, isMandatory: contact == nil), input("message", .personalLine, "", isMandatory: false),
            ], purpose: .ask(document: document, contact: contact), note: language(contact == nil ? .linkIsMailed : .linkIsMailedToContact), focus: 1)
    }
}
