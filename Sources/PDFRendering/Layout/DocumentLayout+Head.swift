import Documents

extension DocumentLayout {
    /// The logo at the left and who sends it at the right; without a logo, the name at the left.
    mutating func addLetterhead(_ letterhead: DocumentForm.Letterhead) {
        let path = structure.root + [structure.element(.section)]
        let column = (style.width - style.gutter) / 2
        let right = style.width - column
        func text(_ text: String, _ textStyle: TextStyle) -> Part {
            Part(typesetter.text(text, textStyle, width: column), path + [structure.element(.paragraph)])
        }
        let lines = letterhead.lines.map { text($0, style.trailing(style.small)) }
        var stacks: [Strip.Stack]
        if let logo = letterhead.logo {
            let place = Part(.picture(logo, height: 46, frame: .logo), path + [structure.element(.figure)])
            stacks = [
                Strip.Stack(x: 0, width: min(column, 190), parts: [place]),
                Strip.Stack(x: right, width: column, parts: [text(letterhead.name, style.trailing(style.company)), .space(1)] + lines),
            ]
        } else {
            var name = style.company
            name.size = 15
            stacks = [
                Strip.Stack(x: 0, width: column, parts: [text(letterhead.name, name)]),
                Strip.Stack(x: right, width: column, parts: lines),
            ]
        }
        stacks.removeAll { $0.parts.isEmpty }
        var strip = Strip(stacks: stacks)
        strip.paddingBottom = 12
        strip.ruleBelow = style.hairline
        append(strip)
    }

    mutating func addTitle(_ form: DocumentForm) {
        let title = typesetter.text(form.title, style.title, width: style.width)
        var parts = [Part(title, structure.root + [structure.element(.title)])]
        let below = [form.number, form.date].filter { !$0.isEmpty }.joined(separator: "  ·  ")
        if !below.isEmpty {
            parts += [
                .space(1), Part(typesetter.text(below, style.subtitle, width: style.width), structure.root + [structure.element(.paragraph)]),
            ]
        }
        var strip = Strip(stacks: [full(parts)])
        strip.spaceBefore = 20
        strip.paddingBottom = 2
        append(strip)
    }

    mutating func addBanner(_ marks: DocumentMarks) {
        let path = structure.root + [structure.element(.section)]
        let inset = 10.0
        let width = style.width - 2 * inset
        func text(_ text: String, _ textStyle: TextStyle) -> Part {
            Part(typesetter.text(text, textStyle, width: width), path + [structure.element(.paragraph)])
        }
        var parts = [text(wording.earlierVersion, TextStyle(size: 9.5, isBold: true, ink: .warning))]
        if !marks.changed.isEmpty { parts += [.space(2), text(wording.changed + " " + marks.changed.joined(separator: ", "), style.label)] }
        var strip = Strip(stacks: [Strip.Stack(x: inset, width: width, parts: parts)])
        strip.paddingTop = 7
        strip.paddingBottom = 8
        strip.ground = Colour(0.995, 0.955, 0.91)
        strip.spaceBefore = style.beforeBlock
        append(strip)
    }
}
