import ReplicationCore

/// Looks fields up for a document, and notes each as a source.
///
/// The renderer of templates knows no errors: the first one is kept, everything is empty from there on, and `finish()` throws it.
final class Looking {
    let records: any DocumentRecords
    let wording: Wording
    /// The row that the document is about.
    var subject: RowView?
    private(set) var sources: [DocumentForm.Source] = []
    private(set) var lists: [DocumentForm.List] = []
    private var noted: Set<String> = []
    private var rows: [RowKey: [String: [Value]]?] = [:]
    private var count = 0
    private var failure: (any Error)?

    init(_ records: any DocumentRecords, _ wording: Wording) {
        self.records = records
        self.wording = wording
    }

    func finish() throws {
        if let failure { throw failure }
    }

    func fail(_ error: any Error) {
        if failure == nil { failure = error }
    }

    func isKnownToSubject(_ name: String) -> Bool { subject?.isKnown(name) ?? false }

    /// The values of a row; nil if it is not there for the maker.
    func values(_ key: RowKey) -> [String: [Value]]? {
        if let known = rows[key] { return known }
        guard isWithinBounds() else { return nil }
        do {
            let values = try records.row(key)
            rows[key] = .some(values)
            return values
        } catch {
            fail(error)
            return nil
        }
    }

    func rows(of collection: Collection, where field: String, names row: RowID) -> [RowView] {
        guard isWithinBounds() else { return [] }
        do {
            let found = try records.rows(of: collection.number, where: field, names: row)
            note(found, of: collection, where: field, names: row)
            return found.compactMap { id in
                let key = RowKey(collection: collection.number, row: id)
                return values(key) == nil ? nil : RowView(collection, key, self)
            }
        } catch {
            fail(error)
            return []
        }
    }

    private func note(_ found: [RowID], of collection: Collection, where field: String, names row: RowID) {
        // Only where whoever has the row has all of these: of what a maker held in part, nobody can tell what was added.
        let isWhole = collection.scopes.contains { if case .parent(field, on: nil) = $0 { true } else { false } }
        guard isWhole, records.mayRead(field, of: collection) else { return }
        // Looked through twice, a replica may have taken rows in meanwhile: the first look counts.
        let isNoted = lists.contains { $0.collection == collection.name && $0.field == field && $0.row == row.description }
        if !isNoted { lists.append(.init(collection: collection.name, field: field, row: row.description, rows: found.map(\.description))) }
    }

    /// The value of a field, noted as a source; null where there is none.
    func values(of field: Field, in collection: Collection, _ key: RowKey) -> [Value] {
        guard isWithinBounds(), let all = values(key) else { return [] }
        let found = all[field.name] ?? []
        guard noted.insert("\(key.collection)/\(key.row)/\(field.name)").inserted else { return found }
        sources.append(.init(
            collection: collection.name, row: key.row.description, field: field.name,
            value: DocumentForm.Source.text(found, isSet: collection.group(holding: field.name)?.isSet == true)))
        return found
    }

    private func isWithinBounds() -> Bool {
        count += 1
        if count > DocumentLimits.lookups {
            fail(DocumentError(.tooLarge, "The document's template looks at more than \(DocumentLimits.lookups) fields. Let it show less."))
        }
        return failure == nil
    }
}
