import Documents
import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine

/// Documents that are read and signed on the device.
extension Shell {
    /// `document ORDER KIND` · `document ORDER TEMPLATE`
    func makeDocument(_ words: [String]) throws {
        guard words.count == 2, let order = RowID(words[0]) else {
            throw ShellError("document takes: ORDER KIND. A kind is one of: \(Self.kinds). In its place stand, if you like, a template's name, or a file.")
        }
        let template = try template(words[1], about: order)
        let form = try replica().makeForm(template, about: order)
        let document = try replica().addDocument(form, to: order)
        let hash = Hexadecimal.text(form.hash)
        printer.reply(
            "\(FormText(form: form.form).text)\n\nDocument \(document), as \(hash). Read it to the customer, then: sign \(document) \(form.form.places.first?.name ?? "PLACE") \"NAME\"",
            ["document": .text(document.description), "hash": .text(hash)])
    }

    private static let kinds = DocumentKind.allCases.map(\.rawValue).joined(separator: ", ")

    private func template(_ name: String, about order: RowID) throws -> DocumentTemplate {
        if let template = try replica().template(called: name, about: order) { return template }
        guard DocumentKind(rawValue: name) == nil else {
            throw ShellError("The company has no template of \(name) for this order. An administrator adds one: converge template add")
        }
        guard FileManager.default.isReadableFile(atPath: name) else {
            let names = DocumentTemplate.shipped.keys.sorted().joined(separator: ", ")
            throw ShellError("There is no template '\(name)', and no file of that name that can be read. There are: \(names), and those of the company.")
        }
        return try DocumentTemplate.read(String(contentsOfFile: name, encoding: .utf8))
    }

    /// `read DOCUMENT… [to PLACE NAME]`
    func readDocuments(_ words: [String]) throws {
        let documents = Self.documents(words), rest = words.dropFirst(documents.count)
        guard !documents.isEmpty, rest.isEmpty || rest.count == 3 && rest.first == "to" else {
            throw ShellError("read takes ids of documents (query SELECT id, title FROM document), and, if somebody is shown them: to PLACE \"NAME\"")
        }
        if rest.count == 3 { try replica().notePresented(documents, place: words[documents.count + 1], to: words[documents.count + 2]) }
        for document in documents { try readDocument(document) }
    }

    private static func documents(_ words: [String]) -> [RowID] { words.prefix { RowID($0) != nil }.compactMap { RowID($0) } }

    private func readDocument(_ document: RowID) throws {
        let replica = try replica()
        let canonical = try replica.form(of: document), form = canonical.form, hash = canonical.hash
        let signatures = try replica.query("SELECT place, signer_name, signer_role, signed_at, document_hash FROM signature WHERE _alive AND document = ? ORDER BY id", [.reference(document)])
        let changes = try replica.changes(since: form)
        var lines = [FormText(form: form).text, ""]
        for signature in signatures {
            let names = signature.bytes("document_hash") == hash ? "" : " NOT of what this document says"
            let when = signature.integer("signed_at").map { Date(timeIntervalSince1970: Double($0) / 1_000).formatted(.iso8601) } ?? "?"
            lines.append("Signed for \(signature.text("place") ?? "?") at \(when) by \(signature.text("signer_name") ?? "?")\(signature.text("signer_role").map { ", \($0)" } ?? "")\(names)")
        }
        for change in changes {
            let what = "\(change.source.collection) \(change.source.field)"
            let change = switch change.now {
            case .value(let value): "\(what) was \(change.source.value), and is \(value)"
            case .deleted: "\(what) was \(change.source.value), and its row was deleted"
            case .added: "a \(change.source.collection) was added, \(change.source.row)"
            }
            lines.append("Changed since: \(change).")
        }
        if !changes.isEmpty, !signatures.isEmpty { lines.append("The signature covers the earlier version. For another, make and sign a new document.") }
        lines.append("SHA-256 \(Hexadecimal.text(hash))")
        printer.reply(lines.joined(separator: "\n"), [
            "title": .text(form.title), "hash": .text(Hexadecimal.text(hash)), "signatures": .integer(Int64(signatures.count)),
            "covers": .text(changes.isEmpty ? "present" : "earlier"),
            "changed": .text(changes.map(\.name).joined(separator: " ")),
        ])
    }

    /// `sign DOCUMENT… PLACE NAME [role ROLE] [drawn FILE]`
    func sign(_ words: [String]) throws {
        let usage = "sign takes: DOCUMENT … PLACE \"NAME\", and behind that, if you like: role \"ROLE\" · drawn FILE (lines of: x y milliseconds pressure; an empty line lifts the pen)"
        let documents = Self.documents(words), rest = Array(words.dropFirst(documents.count))
        guard !documents.isEmpty, rest.count >= 2, rest.count % 2 == 0 else { throw ShellError(usage) }
        var signing = Signing(place: rest[0], name: rest[1], mark: .typed)
        for index in stride(from: 2, to: rest.count, by: 2) {
            switch rest[index] {
            case "role": signing.role = rest[index + 1]
            case "drawn": signing.mark = .drawn(try Self.strokes(in: rest[index + 1]))
            default: throw ShellError(usage)
            }
        }
        let signatures = try replica().sign(documents, signing)
        let what = signatures.count == 1 ? "" : " \(signatures.count) documents in one session."
        printer.reply(
            "Signed: \(signing.name), for \(signing.place).\(what) It is durable here, and goes to the hub with the next connection.",
            ["row": .text(signatures[0].description), "signatures": .integer(Int64(signatures.count))])
    }

    /// `decline DOCUMENT PLACE NAME REASON`
    func decline(_ words: [String]) throws {
        guard words.count == 4, let document = RowID(words[0]) else { throw ShellError("decline takes: DOCUMENT PLACE \"NAME\" \"REASON\"") }
        try replica().declineDocument(document, place: words[1], by: words[2], reason: words[3])
        printer.reply("Declined: \(words[2]) does not sign. The office is told with the next connection.", ["document": .text(document.description)])
    }

    private static func strokes(in file: String) throws -> SignatureStrokes {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        var strokes: [[SignatureStrokes.Point]] = [[]]
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let numbers = line.split(separator: " ").map { UInt16($0) }
            if numbers.isEmpty {
                if strokes.last?.isEmpty == false { strokes.append([]) }
                continue
            }
            guard numbers.count == 4, let x = numbers[0], let y = numbers[1], let time = numbers[2], let pressure = numbers[3].flatMap({ UInt8(exactly: $0) }) else {
                throw ShellError("\(file), line \(number + 1): a point is four numbers: x and y from 0 to 65535, milliseconds, pressure from 0 to 255.")
            }
            strokes[strokes.count - 1].append(.init(x: x, y: y, milliseconds: time, pressure: pressure))
        }
        return SignatureStrokes(strokes.filter { !$0.isEmpty })
    }
}
