/// A document as a person reads it in a terminal, before they sign it.
public struct FormText {
    private let form: DocumentForm

    public init(form: DocumentForm) { self.form = form }

    /// Lines of words; nothing that only a screen of some kind shows.
    public var text: String {
        var lines = ["\(form.title) \(form.number)", "\(form.letterhead.name) · \(form.date)", ""]
        for block in form.blocks { lines += words(block) + [""] }
        return lines.dropLast().joined(separator: "\n")
    }

    private func words(_ block: DocumentForm.Block) -> [String] {
        switch block {
        case .heading(let text): return [text.uppercased()]
        case .text(let text), .terms(let text): return text.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
        case .facts(let facts):
            let width = facts.map(\.label.count).max() ?? 0
            return facts.map { "  " + Self.padded($0.label, width) + "  \($0.value)" }
        case .table(let table): return words(table)
        case .photos(let photos): return photos.map { "  [photo \($0.picture.hash.prefix(12))] \($0.caption)" }
        case .signature(let place): return ["  \(place.label) (\(place.name))", "  By signing: \(place.consent)"]
        }
    }

    private func words(_ table: DocumentForm.Table) -> [String] {
        guard !table.rows.isEmpty else { return ["  " + table.empty] }
        let rows = [table.columns.map(\.label)] + table.rows + (table.total.map { [$0] } ?? [])
        let widths = table.columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            "  " + table.columns.indices.map { column in
                Self.padded(row[column], widths[column], toTheRight: table.columns[column].isNumber)
            }.joined(separator: "  ").trimmingCharacters(in: .newlines)
        }
    }

    private static func padded(_ text: String, _ width: Int, toTheRight: Bool = false) -> String {
        let space = String(repeating: " ", count: max(width - text.count, 0))
        return toTheRight ? space + text : text + space
    }
}
