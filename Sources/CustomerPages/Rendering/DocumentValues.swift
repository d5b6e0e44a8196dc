import Documents

/// A document as its template takes it.
struct DocumentValues {
    let token: LinkToken
    let words: PageWords

    func values(_ document: SigningDocument, index: Int) -> PageValues {
        let form = document.form
        var photo = 0
        let logo = form.letterhead.logo.map { address($0) }
        let values: PageValues = [
            "index": index, "title": form.title, "number": PageRenderer.shown(form.number), "date": form.date, "language": PageWords.tag(form.language),
            "direction": PageWords.direction(form.language), "company": form.letterhead.name, "letterhead": form.letterhead.lines,
            "logo": logo ?? false, "hash": document.hash, "state": state(document.state), "stateName": stateName(document.state),
            "isFinished": document.state != .open, "blocks": form.blocks.map { block($0, document, &photo) },
        ]
        return values
    }

    func state(_ state: SigningDocument.State) -> String {
        switch state {
        case .open: words("state_open")
        case .signed(let by, let at): words("state_signed", ["name": by, "when": at])
        case .declined: words("state_declined")
        }
    }

    func stateName(_ state: SigningDocument.State) -> String {
        switch state {
        case .open: "open"
        case .signed: "signed"
        case .declined: "declined"
        }
    }

    private func block(_ block: DocumentForm.Block, _ document: SigningDocument, _ photo: inout Int) -> PageValues {
        switch block {
        case .heading(let text): return ["asHeading": ["text": text]]
        case .text(let text): return ["asText": ["paragraphs": PageRenderer.paragraphs(text)]]
        case .terms(let text): return ["asTerms": ["paragraphs": PageRenderer.paragraphs(text)]]
        case .facts(let facts): return ["asFacts": ["facts": facts.map { ["label": $0.label, "value": $0.value] }]]
        case .table(let table): return ["asTable": values(table)]
        case .photos(let photos): return ["asPhotos": ["photos": photos.map { values($0, &photo) }]]
        case .signature(let place): return ["asPlace": values(place, document)]
        }
    }

    private func values(_ table: DocumentForm.Table) -> PageValues {
        let cells = { (row: [String]) in
            zip(table.columns, row).map { column, text in
                ["label": column.label, "text": text, "kind": [column.isNumber ? "number" : nil, text.isEmpty ? "empty" : nil].compactMap(\.self).joined(separator: " ")]
            }
        }
        let empty: PageValues = ["count": table.columns.count, "text": table.empty]
        return [
            "columns": table.columns.map { ["label": $0.label, "isNumber": $0.isNumber] as PageValues },
            // On a phone, two columns stand beside each other and more do not; many are set smaller everywhere.
            "width": table.columns.count > 6 ? "broad dense" : table.columns.count > 2 ? "broad" : "narrow",
            "rows": table.rows.map { ["cells": cells($0)] }, "empty": table.rows.isEmpty ? empty : false as Any,
            "total": table.total.map { ["cells": cells($0)] } ?? false as Any,
        ]
    }

    private func values(_ photo: DocumentForm.Photo, _ number: inout Int) -> PageValues {
        number += 1
        let alternative = photo.caption.isEmpty ? words("photo", ["number": String(number)]) : photo.caption
        return ["address": address(photo.picture), "caption": photo.caption, "alternative": alternative]
    }

    private func values(_ place: DocumentForm.SignaturePlace, _ document: SigningDocument) -> PageValues {
        let isOwn = place.name == document.place.name
        var line = ""
        if isOwn {
            line = document.state == .open ? words("sign_here") : state(document.state)
        }
        return ["label": place.label, "consent": place.consent, "isOwn": isOwn, "line": PageRenderer.shown(line)]
    }

    private func address(_ picture: DocumentForm.Picture) -> String { "/s/\(token.text)/picture/\(PercentCoding.encode(picture.hash))" }
}
