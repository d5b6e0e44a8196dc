import ReplicationCore

/// Makes documents from templates and rows.
public struct DocumentMaker {
    private let records: any DocumentRecords

    public init(_ records: any DocumentRecords) { self.records = records }

    /// Fills a template in.
    ///
    /// - Parameters:
    ///   - template: what the document says, and where its values come from.
    ///   - row: what the document is about, of the template's collection.
    ///   - milliseconds: the moment of making, Unix time.
    ///   - zone: in which times are told, as in the IANA database; nil for UTC.
    /// - Throws: `DocumentError`, or what the records throw.
    public func make(_ template: DocumentTemplate, about row: RowID, at milliseconds: Int64, zone: String?) throws -> DocumentForm {
        guard let collection = records.schema.collection(named: template.subject) else {
            throw DocumentError(.template, "The template \(template.identity.name) is about `\(template.subject)`, and there is no such collection.")
        }
        let looking = Looking(records, Wording(language: template.language, zone: zone, words: template.words))
        let subject = RowView(collection, RowKey(collection: collection.number, row: row), looking)
        looking.subject = subject
        guard looking.values(subject.key) != nil else {
            try looking.finish()
            throw DocumentError(.noSubject, "There is no \(collection.label) \(row) here: it is not known, not held, or was deleted.")
        }
        var filling = Filling(template, subject)
        for block in template.blocks { try filling.add(block) }
        let form = DocumentForm(
            kind: template.kind, template: template.identity, language: template.language,
            title: try TemplateText.fill(template.title, with: subject), number: try TemplateText.fill(template.number, with: subject),
            date: looking.wording.date(milliseconds: milliseconds), letterhead: template.letterhead, blocks: filling.blocks, sources: looking.sources,
            listed: looking.lists)
        try looking.finish()
        return form
    }
}

/// The blocks of a document in the making.
private struct Filling {
    let template: DocumentTemplate
    let subject: RowView
    var blocks: [DocumentForm.Block] = []
    private var tableRows = 0
    private var photos = 0

    init(_ template: DocumentTemplate, _ subject: RowView) {
        self.template = template
        self.subject = subject
    }

    private var wording: Wording { subject.looking.wording }

    /// What is empty leaves no trace: no heading without its text, no name without its value.
    mutating func add(_ block: DocumentTemplate.Block) throws {
        switch block {
        case .heading(let text): try add(text) { .heading($0) }
        case .text(let text): try add(text) { .text($0) }
        case .terms(let text): try add(text) { .terms($0) }
        case .facts(let facts):
            let filled = try facts.map { DocumentForm.Fact(label: $0.label, value: try TemplateText.fill($0.value, with: subject)) }
            let told = filled.filter { !$0.value.isEmpty }
            if !told.isEmpty { blocks.append(.facts(told)) }
        case .table(let table): try add(table)
        case .photos(let rows, let field, let caption): try addPhotos(rows, field, caption)
        case .signature(let place): blocks.append(.signature(place))
        }
    }

    private mutating func add(_ text: String, _ block: (String) -> DocumentForm.Block) throws {
        let filled = try TemplateText.fill(text, with: subject)
        if !filled.isEmpty { blocks.append(block(filled)) }
    }

    private func rows(_ name: String, sort: String?) throws -> [RowView] {
        guard let below = subject.collection(naming: name) else {
            throw DocumentError(.template, "No field of a `\(name)` names a \(subject.collection.name), so there are no such rows to list.")
        }
        let rows = subject.looking.rows(of: below.collection, where: below.field, names: subject.key.row)
        try subject.looking.finish()
        guard let sort else { return rows }
        guard below.collection.field(named: sort) != nil else { throw DocumentError(.template, "`\(sort)` is no field of \(name).") }
        // Rows without it stand last, and equal ones by their keys.
        return rows.map { ($0, $0.field(sort)?.first) }.sorted { a, b in
            switch (a.1, b.1) {
            case (.integer(let x)?, .integer(let y)?) where x != y: x < y
            case (.text(let x)?, .text(let y)?) where x != y: x < y
            case (.some, nil): true
            case (nil, .some): false
            default: a.0.key < b.0.key
            }
        }.map(\.0)
    }

    // MARK: Tables

    private mutating func add(_ table: DocumentTemplate.Table) throws {
        let rows = try rows(table.rows, sort: table.sort)
        tableRows += rows.count
        guard tableRows <= DocumentLimits.tableRows else {
            throw DocumentError(.tooLarge, "The document's tables would have more than \(DocumentLimits.tableRows) rows.")
        }
        let columns = table.columns.filter { isReadable($0.content, in: table.rows) }
        var sums = [Sum](repeating: Sum(), count: columns.count)
        var cells: [[String]] = []
        for row in rows {
            cells.append(try columns.enumerated().map { try cell($1.content, row, &sums[$0]) })
        }
        var total: [String]?
        if let label = table.total, columns.contains(where: \.isSummed), !rows.isEmpty {
            total = columns.enumerated().map { $1.isSummed ? sums[$0].text($1.content, wording) : "" }
            if total?[0].isEmpty == true { total?[0] = label }
        }
        blocks.append(.table(.init(
            columns: columns.map { .init(label: $0.label, isNumber: $0.content.isNumber) }, rows: cells, empty: table.empty, total: total)))
    }

    /// Whether the maker may read what stands in a column; a column of what may not be read is left out.
    private func isReadable(_ content: DocumentTemplate.Content, in rows: String) -> Bool {
        let paths: [String] = switch content {
        case .text: []
        case .number(let field), .duration(let field, _): [field]
        case .money(let field, let times): [field] + (times.map { [$0] } ?? [])
        }
        return paths.allSatisfy { isReadable(path: $0, in: rows) }
    }

    private func isReadable(path: String, in rows: String) -> Bool {
        guard var collection = subject.collection(naming: rows)?.collection else { return true }
        for name in path.split(separator: ".") {
            guard let field = collection.field(named: String(name)) else { return true }
            if !subject.looking.records.mayRead(field.name, of: collection) { return false }
            if case .reference(let number) = field.type, let next = subject.looking.records.schema.collection(number) { collection = next }
        }
        return true
    }

    private func cell(_ content: DocumentTemplate.Content, _ row: RowView, _ sum: inout Sum) throws -> String {
        func integer(_ path: String) throws -> Int64? {
            let view = row.field(path)
            try row.looking.finish()
            guard let view else { return nil }
            guard let value = view.first else { return nil }
            guard let integer = value.integer else { throw DocumentError(.template, "`\(path)` of \(row.collection.name) is not a whole number.") }
            return integer
        }
        switch content {
        case .text(let text): return try TemplateText.fill(text, with: row)
        case .number(let path):
            guard let value = try integer(path) else { return "" }
            sum.add(value)
            return wording.number(value)
        case .money(let path, let times):
            guard let single = try integer(path), let currency = row.field(path)?.currency, let count = try times.map(integer) ?? 1 else { return "" }
            let (value, overflow) = single.multipliedReportingOverflow(by: count)
            guard !overflow else { return "" }
            sum.add(value, currency)
            return wording.money(hundredths: value, currency: currency)
        case .duration(let from, let to):
            guard let start = try integer(from), let end = try integer(to) else { return "" }
            let (length, overflow) = end.subtractingReportingOverflow(start)
            guard !overflow, abs(length) < 1 << 53 else { return "" }
            sum.add(length)
            return wording.duration(milliseconds: length)
        }
    }

    /// Of a column: of amounts only where all are of one currency, and of nothing that does not fit.
    private struct Sum {
        private var value: Int64? = 0
        private var currency: String?

        mutating func add(_ other: Int64, _ currency: String? = nil) {
            if let known = self.currency, known != currency { value = nil }
            self.currency = currency
            guard let sum = value?.addingReportingOverflow(other) else { return }
            value = sum.overflow ? nil : sum.partialValue
        }

        func text(_ content: DocumentTemplate.Content, _ wording: Wording) -> String {
            guard let value else { return "" }
            return switch content {
            case .text: ""
            case .number: wording.number(value)
            case .money: currency.map { wording.money(hundredths: value, currency: $0) } ?? ""
            case .duration: wording.duration(milliseconds: value)
            }
        }
    }

    // MARK: Pictures

    private mutating func addPhotos(_ name: String?, _ field: String, _ caption: String) throws {
        var shown: [DocumentForm.Photo] = []
        for row in try name.map({ try rows($0, sort: nil) }) ?? [subject] {
            let view = row.field(field)
            try row.looking.finish()
            let text = try TemplateText.fill(caption, with: row)
            for value in view?.values ?? [] {
                guard let reference = value.text.flatMap({ BlobReference(text: $0) }), ["image/jpeg", "image/png"].contains(reference.mediaType) else { continue }
                let picture = DocumentForm.Picture(hash: reference.blob.hash.description, size: reference.blob.size, mediaType: reference.mediaType)
                shown.append(.init(picture: picture, caption: text))
            }
        }
        photos += shown.count
        guard photos <= DocumentLimits.photos else {
            throw DocumentError(.tooLarge, "The document would show more than \(DocumentLimits.photos) photos.")
        }
        if !shown.isEmpty { blocks.append(.photos(shown)) }
    }
}
