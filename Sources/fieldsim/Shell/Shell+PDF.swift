import Documents
import Foundation
import PDFRendering
import ReplicationClient
import ReplicationCore
import ReplicationEngine

/// Documents on paper.
extension Shell {
    /// `pdf DOCUMENT FILE [letter]`
    func printDocument(_ words: [String]) throws {
        guard 2...3 ~= words.count, let document = RowID(words[0]), words.count == 2 || words[2] == "letter" else {
            throw ShellError("pdf takes: DOCUMENT FILE, and behind that, if you like: letter")
        }
        let file = words[1], formFile = file + ".json"
        for path in [file, formFile] where FileManager.default.fileExists(atPath: path) {
            throw ShellError("There is a file \(path) already. Choose another name.")
        }
        let replica = try replica()
        let canonical = try replica.form(of: document), form = canonical.form
        let order = try replica.query("SELECT work_order FROM document WHERE id = ?", [.reference(document)]).first?.reference("work_order")
        let wording = Wording(language: form.language, zone: try order.flatMap { try replica.timeZone(of: "work_order", $0) })
        let signatures = try signatures(of: document, canonical.hash, wording)
        let changes = try replica.changes(since: form)
        var marks = DocumentMarks(isDraft: signatures.isEmpty)
        marks.coversEarlierVersion = !signatures.isEmpty && !changes.isEmpty
        marks.changed = Set(changes.compactMap { change in
            let collection = replica.schema.collection(named: change.source.collection)
            return change.now == .added ? collection?.label : collection?.field(named: change.source.field)?.label
        }).sorted()
        let made = try PDFRenderer(page: words.count == 3 ? .letter : .a4).render(
            form, hash: Hexadecimal.text(canonical.hash), created: Int64(Date().timeIntervalSince1970), signatures: signatures, marks: marks
        ) { picture in
            guard let name = BlobHash(hex: picture.hash).map({ BlobName(hash: $0, size: picture.size) }),
                case .here(let path) = try replica.state(of: name)
            else { return nil }
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        }
        try Data(made.bytes).write(to: URL(fileURLWithPath: file), options: .withoutOverwriting)
        do {
            try Data(canonical.bytes).write(to: URL(fileURLWithPath: formFile), options: .withoutOverwriting)
        } catch {
            // One without the other is of no use to `converge sign`.
            try FileManager.default.removeItem(atPath: file)
            throw error
        }
        let unshown = made.unshown.isEmpty ? "" : " \(made.unshown.count) pictures cannot be shown, and it says so in their places."
        printer.reply(
            "\(made.pages) pages in \(file), its form in \(formFile).\(unshown)\nSign it with the company's certificate: converge sign \(file) OUT.pdf --attach \(formFile)",
            ["file": .text(file), "form": .text(formFile), "pages": .integer(Int64(made.pages))])
    }

    /// Only signatures of exactly what the document says.
    private func signatures(of document: RowID, _ hash: [UInt8], _ wording: Wording) throws -> [RenderedSignature] {
        let rows = try replica().query(
            "SELECT place, signer_name, signer_role, signed_at, method, strokes FROM signature WHERE _alive AND document = ? AND document_hash = ? ORDER BY signed_at, id",
            [.reference(document), .bytes(hash)])
        var places: Set<String> = []
        return rows.compactMap { row in
            guard let place = row.text("place"), places.insert(place).inserted, let name = row.text("signer_name") else { return nil }
            let strokes = row.bytes("strokes").flatMap { SignatureStrokes(bytes: $0) }
            let drawing = strokes.flatMap { SignatureDrawing($0) }
            return RenderedSignature(
                place: place, signer: name, role: row.text("signer_role") ?? "",
                signedAt: row.integer("signed_at").map { wording.evidence(milliseconds: $0) } ?? "",
                content: drawing.map { .drawn($0) } ?? .typed(name))
        }
    }
}
