import Documents

extension DocumentLayout {
    /// Places to sign in, beside each other, each whole on a page with its label.
    ///
    /// - Returns: false, with nothing done, if they would be too high so.
    @discardableResult
    mutating func addSignatures(
        _ places: [DocumentForm.SignaturePlace], _ signatures: [RenderedSignature], atAnyHeight: Bool = false
    ) -> Bool {
        let width = (style.width - 2 * style.gutter) / 2
        // Alone, what is agreed to is as wide as the text.
        let textWidth = places.count == 1 ? style.width : width
        let stacks = places.enumerated().map { index, place in
            let signature = signatures.first { $0.place == place.name }
            return Strip.Stack(
                x: Double(index) * (width + 2 * style.gutter), width: width, parts: parts(place, signature, textWidth, lineWidth: width))
        }
        guard atAnyHeight || stacks.allSatisfy({ $0.height < style.bodyHeight / 2.5 }) else { return false }
        var strip = Strip(stacks: stacks)
        strip.spaceBefore = spaceBefore + 6
        keepLastParagraph()
        append(strip)
        return true
    }

    private func parts(
        _ place: DocumentForm.SignaturePlace, _ signature: RenderedSignature?, _ width: Double, lineWidth: Double
    ) -> [Part] {
        let path = structure.root + [structure.element(.section)]
        func text(_ text: String, _ textStyle: TextStyle, _ width: Double) -> Part {
            Part(typesetter.text(text, textStyle, width: width), path + [structure.element(.paragraph)])
        }
        var parts = [text(place.label, style.strong, width)]
        if !place.consent.isEmpty { parts += [.space(2), text(place.consent, style.small, width)] }
        parts += [.space(6), Part(.signature(area(signature, lineWidth), height: 58), path + [structure.element(.figure)]), .space(4)]
        guard let signature else { return parts + [text(wording.toSign, style.small, lineWidth)] }
        let who = [signature.signer, signature.role].filter { !$0.isEmpty }.joined(separator: ", ")
        var isDeclined = false
        if case .declined(let reason) = signature.content {
            isDeclined = true
            if !reason.isEmpty { parts += [text("\(wording.reason) \(reason)", style.body, width), .space(2)] }
        }
        parts.append(text("\(isDeclined ? wording.declinedBy : wording.signedBy) \(who)", style.label, lineWidth))
        if !signature.signedAt.isEmpty { parts.append(text(signature.signedAt, style.small, lineWidth)) }
        return parts
    }

    private func area(_ signature: RenderedSignature?, _ width: Double) -> SignatureArea {
        switch signature?.content {
        case nil: return .empty
        case .drawn(let drawing): return .drawn(drawing)
        case .picture(let picture): return .picture(picture)
        case .declined:
            return .declined(typesetter.line(wording.declined, TextStyle(size: 14, isBold: true, ink: .warning), width: width - 8))
        case .typed(let name):
            // Smaller, down to what can be read, for a long name; it stands below in full in any case.
            var script = TextStyle(size: 21, face: .script)
            let natural = typesetter.text(name, script).naturalWidth
            if natural > width - 12 { script.size = max(9, 21 * (width - 12) / natural) }
            return .typed(typesetter.line(name, script, width: width - 8))
        }
    }
}
