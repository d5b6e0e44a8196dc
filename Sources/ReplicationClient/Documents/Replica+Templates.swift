import Documents
import ReplicationCore
import ReplicationEngine

/// The company's templates, which every device holds: rows of `document_template`.
extension Replica {
    /// The template that a document of an order is made from: of the order's territory or the nearest one above it, and in the reader's language, as
    /// `TemplateChoice` says. Retired ones are not taken.
    ///
    /// - Parameters:
    ///   - kind: such as a quote or a service report.
    ///   - order: the work order.
    ///   - language: as in BCP 47; nil for that of the order's contact.
    /// - Returns: nil if the company has none of that kind for here.
    /// - Throws: `DocumentError`: `noSubject` if the order is not here; `template` if the chosen one cannot be read.
    public func template(kind: DocumentKind, about order: RowID, language: String? = nil) throws -> DocumentTemplate? {
        guard hasTemplates else { return nil }
        guard let row = try query("SELECT territory, contact FROM work_order WHERE id = ? AND _alive", [.reference(order)]).first else {
            throw DocumentError(.noSubject, "There is no work order \(order) here: it is not known, not held, or was deleted.")
        }
        let choice = TemplateChoice(
            territories: try territories(upFrom: row.reference("territory")), language: try language ?? row.reference("contact").flatMap { try self.language(of: $0) })
        let candidates = try query(
            "SELECT name, template_version, language, region FROM document_template WHERE _alive AND kind = ? AND state IS NOT 'retired'", [.text(kind.rawValue)]
        ).compactMap { row -> TemplateChoice.Candidate? in
            guard let name = row.text("name"), let version = row.integer("template_version") else { return nil }
            return .init(TemplateIdentity(name: name, version: Int(version)), language: row.text("language") ?? "", region: row.reference("region"))
        }
        guard let chosen = choice.choose(candidates)?.identity else { return nil }
        return try template(named: chosen.name, version: chosen.version)
    }

    /// The template of exactly that name.
    ///
    /// - Parameters:
    ///   - name: as templates are named, with the language: `quote.en`.
    ///   - version: nil for the newest that is not retired; one that is named may be retired.
    /// - Returns: nil if there is none.
    /// - Throws: `DocumentError.Code.template` if it cannot be read.
    public func template(named name: String, version: Int? = nil) throws -> DocumentTemplate? {
        guard hasTemplates else { return nil }
        let rows = try version.map {
            try query("SELECT content FROM document_template WHERE _alive AND name = ? AND template_version = ? ORDER BY id", [.text(name), .integer(Int64($0))])
        } ?? query(
            "SELECT content FROM document_template WHERE _alive AND name = ? AND state IS NOT 'retired' ORDER BY template_version DESC, id LIMIT 1", [.text(name)])
        return try rows.first?.text("content").map { try DocumentTemplate.read($0) }
    }

    /// A device that goes on with an earlier schema has no rows of templates.
    private var hasTemplates: Bool { schema.collection(named: "document_template") != nil }

    private func language(of contact: RowID) throws -> String? {
        try query("SELECT language FROM contact WHERE id = ? AND _alive", [.reference(contact)]).first?.text("language")
    }

    /// A territory and those that it lies in. The hub lets nobody close a circle of them, but a device has only heard of it.
    private func territories(upFrom start: RowID?) throws -> [RowID] {
        var path: [RowID] = [], next = start
        while let territory = next, !path.contains(territory) {
            path.append(territory)
            next = try query("SELECT parent FROM territory WHERE id = ? AND _alive", [.reference(territory)]).first?.reference("parent")
        }
        return path
    }
}
