import Documents
import ReplicationClient
import ReplicationCore

/// Forms for signatures: on the device, and of somebody who is not there.
extension FormMaker {
    func sign(_ document: RowID) throws -> Form {
        let (form, open, first) = try places(of: document)
        return Form(
            title: form.title, fields: [
                placeField(open, first),
                FormField(name: "name", label: language(.name), input: .text(TextInput()), isMandatory: true),
                FormField(name: "role", label: language(.role), input: .text(TextInput())),
            ], purpose: .sign(document: document), note: "\(open[first].consent) \(language(.drawOrType))", focus: 1, drawing: Drawing())
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
