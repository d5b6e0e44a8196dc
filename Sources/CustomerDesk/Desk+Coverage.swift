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
            for row in Set(form.form.sources.compactMap { RowID($0.row) }) { try cover(CoveredRow(row: row, document: document), records, &draft) }
            for list in form.form.listed {
                guard let row = RowID(list.row) else { continue }
                try cover(CoveredRow(row: row, list: "\(list.collection).\(list.field)", document: document), records, &draft)
            }
            try mark(signatures, of: document, form, records, now, &draft)
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

    private func cover(_ covered: CoveredRow, _ records: HubRecords, _ draft: inout DeskDraft) throws {
        if try CoveredRow.read(covered.keyBytes, records.reader) == nil { try draft.put(covered) }
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
            let owners = try keys.reduce(into: Set(keys.map { CoveredRow.owner(of: $0.row) })) { owners, key in
                for (list, row) in try records.references(of: key) { owners.insert(CoveredRow.owner(of: row, in: list)) }
            }
            return try owners.flatMap { try CoveredRow.read(owner: $0, limit: DeskLimits.documentsPerRow, reader) }
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
            try mark(try records.rows("signature", where: "document", names: document), of: document, form, records, now, &draft)
            return draft
        }
    }

    private func mark(_ signatures: [HubRow], of document: RowID, _ form: CanonicalForm, _ records: HubRecords, _ now: UInt64, _ draft: inout DeskDraft) throws {
        let changes = try SourceComparison(records).changes(since: form.form)
        let covers = changes.isEmpty ? "present" : "earlier"
        // As much as the row holds: what is compared with it must be what was written.
        let changed = String(Set(changes.map(\.name)).sorted().joined(separator: "\n").prefix(DeskLimits.changedCharacters))
        for change in changes where change.now == .added {
            // Nothing else would tell when it is erased, of which no reference is left.
            if let row = RowID(change.source.row) { try cover(CoveredRow(row: row, document: document), records, &draft) }
        }
        for signature in signatures where signature.text("covers") != covers || (signature.text("changed") ?? "") != changed {
            draft.write("signature", signature.id, [
                "covers": .text(covers), "changed": changed.isEmpty ? .null : .text(changed),
                "changed_at": changes.isEmpty ? .null : .integer(Int64(now)),
            ])
        }
    }
}
