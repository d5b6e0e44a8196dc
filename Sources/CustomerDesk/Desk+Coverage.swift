import Documents
import ReplicationCore
import ReplicationEngine

/// What was signed, beside what stands now.
extension Desk {
    /// Takes note of what a signed document shows, and orders its copy once everybody has signed.
    func settleSignatures(of document: RowID) throws {
        let written = try settle { [self] records, now in
            var draft = DeskDraft()
            guard let row = try records.row("document", document), row.text("form") != nil else { return draft }
            let signatures = try records.rows("signature", where: "document", names: document)
            guard !signatures.isEmpty else { return draft }
            guard let form = try form(of: row) else {
                // It comes later, with nothing written then: the copy's order looks again.
                if try CopyOrder.read(document.bytes, records.reader) == nil { try draft.put(CopyOrder(document: document, at: now + DeskLimits.copyPause)) }
                return draft
            }
            for row in Set((form.form.sources.map(\.row) + form.form.listed.map(\.row)).compactMap { RowID($0) }) {
                let covered = CoveredRow(row: row, document: document)
                if try CoveredRow.read(covered.keyBytes, records.reader) == nil { try draft.put(covered) }
            }
            try mark(signatures, of: form, records, now, &draft)
            let names = Set(signatures.filter { $0.bytes("document_hash") == form.hash }.compactMap { $0.text("place") })
            let order = try CopyOrder.read(document.bytes, records.reader)
            let isSigned = form.form.state(signedAt: names) == "signed"
            if isSigned, try isAnybodyAsked(to: document, row, besides: names, records) {
                if let order { draft.remove(order) }
            } else if isSigned {
                // Of two who signed without knowing of each other, neither saw that the document was complete.
                if row.text("state") != "signed" { draft.write("document", document, ["state": .text("signed")]) }
                if row.text("copy") == nil, order == nil { try draft.put(CopyOrder(document: document, at: now)) }
            } else if let order {
                draft.remove(order)
            }
            return draft
        }
        if written { wakePrint() }
    }

    /// Whether somebody still has a link to sign a place that may stay empty: the copy waits for what becomes of it.
    private func isAnybodyAsked(to document: RowID, _ row: HubRow, besides signed: Set<String>, _ records: HubRecords) throws -> Bool {
        guard let order = row.reference("work_order") else { return false }
        return try records.rows("signature_request", where: "work_order", names: order).contains { request in
            ["waiting", "sent", "opened"].contains(request.text("state")) && request.elements("documents").contains(document.description)
                && request.text("place").map { !signed.contains($0) } == true
        }
    }

    /// Rows have changed: do documents that show or list them still show what stands? Each is looked at once, however many of its rows have.
    func compareDocuments(showing keys: Set<RowKey>) throws {
        let covered = try store.read { reader in
            let records = HubRecords(reader, schema)
            let rows = try keys.reduce(into: Set(keys.map(\.row))) { rows, key in rows.formUnion(try records.references(of: key)) }
            return try rows.flatMap { try CoveredRow.read(owner: CoveredRow.owner(of: $0), reader) }
        }
        for (document, rows) in Dictionary(grouping: covered, by: \.document).sorted(by: { $0.key < $1.key }) where isRunning {
            do { try compare(document, with: rows) } catch { options.log("a signed document could not be compared with what stands: \(error)") }
        }
    }

    private func compare(_ document: RowID, with rows: [CoveredRow]) throws {
        try settle { [self] records, now in
            var draft = DeskDraft()
            guard let row = try records.row("document", document) else {
                for row in rows where try CoveredRow.read(row.keyBytes, records.reader) != nil { draft.remove(row) }
                return draft
            }
            guard let form = try form(of: row) else { return draft }
            try mark(try records.rows("signature", where: "document", names: document), of: form, records, now, &draft)
            return draft
        }
    }

    private func mark(_ signatures: [HubRow], of form: CanonicalForm, _ records: HubRecords, _ now: UInt64, _ draft: inout DeskDraft) throws {
        let changes = try SourceComparison(records).changes(since: form.form)
        let covers = changes.isEmpty ? "present" : "earlier"
        let changed = Set(changes.map(\.name)).sorted().joined(separator: "\n")
        for signature in signatures where signature.text("covers") != covers || (signature.text("changed") ?? "") != changed {
            draft.write("signature", signature.id, [
                "covers": .text(covers), "changed": changed.isEmpty ? .null : .text(String(changed.prefix(4_000))),
                "changed_at": changes.isEmpty ? .null : .integer(Int64(now)),
            ])
        }
    }
}
