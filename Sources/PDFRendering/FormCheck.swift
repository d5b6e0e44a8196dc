import Documents

/// Refuses what exceeds a bound or contradicts itself, before any work is done for it.
struct FormCheck {
    let limits: PDFRenderingLimits

    func form(_ form: DocumentForm, hash: String) throws(PDFRenderingError) {
        guard hash.utf8.count == 64, hash.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else {
            throw PDFRenderingError(.malformedForm, "The form's hash is not 64 hexadecimal digits; give SHA-256 of its canonical bytes.")
        }
        try bound(form.blocks.count, limits.blocks, "blocks")
        var rows = 0, photos = 0
        var places: Set<String> = []
        for (index, block) in form.blocks.enumerated() {
            switch block {
            case .table(let table):
                try self.table(table, at: index)
                rows += table.rows.count
            case .photos(let some): photos += some.count
            case .signature(let place):
                guard places.insert(place.name).inserted else {
                    throw PDFRenderingError(
                        .malformedForm, "Block \(index + 1) is a second place for the signature '\(place.name)'; give it a name of its own.")
                }
            case .heading, .text, .facts, .terms: break
            }
        }
        try bound(rows, limits.tableRows, "rows of tables")
        try bound(photos, limits.photos, "photos")
        try bound(form.shownBytes, limits.textBytes, "bytes of text")
    }

    private func table(_ table: DocumentForm.Table, at index: Int) throws(PDFRenderingError) {
        try bound(table.columns.count, limits.tableColumns, "columns in the table of block \(index + 1)")
        let rows = table.rows + (table.total.map { [$0] } ?? [])
        guard let odd = rows.firstIndex(where: { $0.count != table.columns.count }) else { return }
        throw PDFRenderingError(
            .malformedForm,
            "Row \(odd + 1) of the table of block \(index + 1) has \(rows[odd].count) cells for \(table.columns.count) columns; "
                + "give each row as many cells as there are columns.")
    }

    func signatures(_ signatures: [RenderedSignature], of form: DocumentForm) throws(PDFRenderingError) {
        var open: Set<String> = []
        for case .signature(let place) in form.blocks { open.insert(place.name) }
        var bytes = 0
        for signature in signatures {
            guard open.remove(signature.place) != nil else {
                throw PDFRenderingError(
                    .unknownPlace,
                    "The form has no place '\(signature.place)' to sign in, or two signatures are for it; give one for each place.")
            }
            bytes += signature.signer.utf8.count + signature.role.utf8.count + signature.signedAt.utf8.count
            switch signature.content {
            case .typed(let name): bytes += name.utf8.count
            case .declined(let reason): bytes += reason.utf8.count
            case .drawn(let drawing):
                try bound(drawing.strokes.reduce(0) { $0 + $1.count }, limits.strokePoints, "points in the signature '\(signature.place)'")
                try bound(drawing.strokes.count, limits.strokePoints, "strokes in the signature '\(signature.place)'")
            case .picture: break
            }
        }
        try bound(bytes, limits.textBytes, "bytes of text of signatures")
    }

    func marks(_ marks: DocumentMarks) throws(PDFRenderingError) {
        try bound(marks.changed.reduce(0) { $0 + $1.utf8.count }, limits.textBytes, "bytes of names of what has changed")
    }

    func audit(_ audit: AuditTrail) throws(PDFRenderingError) {
        try bound(audit.entries.count, limits.auditEntries, "entries of the audit trail")
        let bytes = audit.entries.reduce(audit.title.utf8.count + audit.summary.utf8.count) { sum, entry in
            [entry.time, entry.what, entry.who, entry.origin, entry.hash].reduce(sum) { $0 + $1.utf8.count }
        }
        try bound(bytes, limits.textBytes, "bytes of text of the audit trail")
    }

    private func bound(_ count: Int, _ limit: Int, _ what: String) throws(PDFRenderingError) {
        guard count > limit else { return }
        throw PDFRenderingError(.tooLarge, "The document has \(count) \(what), and \(limit) are the most; make several documents of it.")
    }
}

extension DocumentForm {
    /// Of all texts that are shown, in UTF-8.
    var shownBytes: Int {
        let head = [title, number, date, language, letterhead.name] + letterhead.lines
        return blocks.reduce(head.reduce(0) { $0 + $1.utf8.count }) { $0 + $1.shownBytes }
    }
}

extension DocumentForm.Block {
    fileprivate var shownBytes: Int {
        switch self {
        case .heading(let text), .text(let text), .terms(let text): text.utf8.count
        case .facts(let facts): facts.reduce(0) { $0 + $1.label.utf8.count + $1.value.utf8.count }
        case .table(let table):
            ([table.columns.map(\.label), [table.empty], table.total ?? []] + table.rows).joined().reduce(0) { $0 + $1.utf8.count }
        case .photos(let photos): photos.reduce(0) { $0 + $1.caption.utf8.count }
        case .signature(let place): place.label.utf8.count + place.consent.utf8.count
        }
    }
}
