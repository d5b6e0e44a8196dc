import Documents
import Foundation
import ReplicationClient
import ReplicationCore

/// Documents, signatures, requests for them, and photos.
extension DeviceRunner {
    func runDocument(_ effect: Effect) throws {
        let replica = device.replica
        switch effect {
        case .makeDocument(let order, let name):
            guard let text = DocumentTemplate.shipped[name] else { return }
            let form = try replica.makeForm(DocumentTemplate.read(text), about: order)
            _ = try replica.addDocument(form, to: order)
        case .readDocument(let document):
            let form = try replica.form(of: document).form
            noteRead(document)
            return post(.text(TextDialog(title: form.title, lines: FormText(form: form).text.components(separatedBy: "\n"))))
        case .sign(let documents, let place, let name, let role, let drawing):
            // Whoever was shown nothing has not read it here.
            let read = documents.filter(documentsRead.contains)
            if !read.isEmpty { try replica.notePresented(read, place: place, to: name) }
            let mark = drawing.strokes.isEmpty ? Signing.Mark.typed : .drawn(SignatureStrokes(drawing))
            try replica.sign(documents, Signing(place: place, name: name, role: role, mark: mark))
        case .ask(let document, let contact, let values):
            let address = values["signer_email"]?.text ?? ""
            try replica.requestSignature(of: [document], SignatureAsking(
                place: values["place"]?.text ?? "", name: values["signer_name"]?.text ?? "", email: address.isEmpty ? nil : address,
                contact: address.isEmpty ? contact : nil, message: values["message"]?.text))
        case .askAgain(let request): try replica.sendAgain(request)
        case .withdraw(let request): try replica.withdrawRequest(request)
        case .addPhoto(let order, let item, let file):
            let path = NSString(string: file.trimmingCharacters(in: .whitespaces)).expandingTildeInPath
            guard FileManager.default.isReadableFile(atPath: path) else { throw ReplicaError(.noSuchValue, "The file \(path) cannot be read.") }
            let reference = try replica.addBlob(file: path, mediaType: Self.mediaType(of: path))
            if let item {
                try replica.write { try $0.add("checklist_item", item, "photos", reference.description) }
                break
            }
            let title = Value.text(URL(fileURLWithPath: path).lastPathComponent)
            try replica.write { _ = try $0.create("document", ["work_order": .reference(order), "title": title, "content": .text(reference.description), "state": .text("draft")]) }
        default: return
        }
        finishWriting()
    }

    private static func mediaType(of path: String) -> String {
        switch URL(fileURLWithPath: path).pathExtension.lowercased() {
        case "jpg", "jpeg": "image/jpeg"
        case "png": "image/png"
        case "pdf": "application/pdf"
        default: "application/octet-stream"
        }
    }
}

extension SignatureStrokes {
    /// Cells are about twice as high as wide; the longer side of the area takes the whole range.
    init(_ drawing: Drawing) {
        let scale = 65_535 / Double(max(drawing.size.columns, drawing.size.rows * 2, 1))
        let start = drawing.strokes.first?.first?.milliseconds ?? 0
        self.init(drawing.strokes.map { stroke in
            stroke.map { dot in
                Point(
                    x: UInt16(clamping: Int(Double(dot.column) * scale)), y: UInt16(clamping: Int(Double(dot.row) * 2 * scale)),
                    milliseconds: UInt16(clamping: dot.milliseconds - start), pressure: 128)
            }
        })
    }
}
