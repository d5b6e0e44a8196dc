import TerminalScreen

extension Painter {
    mutating func draw(_ dialog: Dialog, in rect: Rect, _ language: Language) {
        // What lies behind steps back.
        canvas.shade(rect) { $0 = theme.level == .none ? Style(.standard, on: .standard, .dim) : theme[.dim] }
        switch dialog {
        case .text(let text): draw(text, in: rect)
        case .menu(let menu): draw(menu, in: rect)
        case .form(let form): draw(form, in: rect, language)
        }
    }

    private mutating func frame(_ title: String, _ rect: Rect) -> Rect {
        canvas.fill(rect, Style())
        canvas.box(rect, theme.focusedBorder, title: title, titleStyle: theme.title)
        return rect.inset(columns: 2)
    }

    /// The part of a text that is seen in a screen's room for it.
    static func lines(of text: TextDialog, in rect: Rect) -> (all: [String], rows: Int) {
        let columns = min(rect.columns - 4, 96)
        return (text.lines.flatMap { ShownText.wrapped($0, to: columns - 4) }, rect.rows - 4)
    }

    private mutating func draw(_ text: TextDialog, in rect: Rect) {
        let (lines, rows) = Self.lines(of: text, in: rect)
        let outer = rect.centered(columns: min(rect.columns - 4, 96), rows: min(lines.count, rows) + 2)
        let inner = frame(text.title, outer)
        let top = max(0, min(text.top, lines.count - inner.rows))
        for (index, line) in lines.dropFirst(top).prefix(inner.rows).enumerated() {
            let isHeading = !line.isEmpty && line.first != " " && line.last == ":"
            canvas.put(line, at: Point(inner.column, inner.row + index), isHeading ? theme.title : Style(), columns: inner.columns)
        }
        if lines.count > inner.rows {
            canvas.put(" ↑↓ \(min(top + inner.rows, lines.count))/\(lines.count) ", endingAt: Point(outer.endColumn - 2, outer.endRow - 1), theme[.dim], columns: 20)
        }
    }

    private mutating func draw(_ menu: Menu, in rect: Rect) {
        let width = max(menu.items.map { CharacterWidth.of($0.label) }.max() ?? 0, CharacterWidth.of(menu.title)) + 10
        let inner = frame(menu.title, rect.centered(columns: width, rows: menu.items.count + 2))
        for (index, item) in menu.items.enumerated() {
            let row = inner.row + index
            canvas.put(String(item.key), at: Point(inner.column + 1, row), theme.key)
            canvas.put(item.label, at: Point(inner.column + 4, row), Style(), columns: inner.columns - 4)
            if index == menu.selected { canvas.shade(Rect(inner.column, row, columns: inner.columns, rows: 1)) { theme.select(&$0) } }
        }
    }

    private mutating func draw(_ form: Form, in rect: Rect, _ language: Language) {
        let layout = FormLayout(of: form, in: rect), inner = frame(form.title, layout.outer)
        put(layout.note, at: inner.row, theme[.dim], in: inner)
        let labels = min(max(form.fields.map { CharacterWidth.of($0.label) }.max() ?? 0, 6), inner.columns / 2) + 2
        for (index, field) in form.fields.enumerated() {
            draw(field, isFocused: index == form.focus, at: layout.fields + index * 2, labels: labels, in: inner)
        }
        if let area = layout.area, let drawing = form.drawing {
            canvas.box(area.inset(columns: -1, rows: -1), theme[.accent], title: language(.signHere), titleStyle: theme[.accent])
            for point in drawing.cells where area.contains(Point(area.column + point.column, area.row + point.row)) {
                canvas.put("█", at: Point(area.column + point.column, area.row + point.row), theme[.strong])
            }
        }
        put(layout.error, at: layout.area.map { $0.endRow + 1 } ?? (layout.fields + form.fields.count * 2), theme[.bad], in: inner)
        let hint = "\(language(.enter)) \(language(.save)) · esc \(language(.cancel))\(form.drawing == nil ? "" : " · ctrl-l \(language(.clear))")"
        canvas.put(" \(hint) ", endingAt: Point(layout.outer.endColumn - 2, layout.outer.endRow - 1), theme[.dim], columns: layout.outer.columns - 4)
    }

    private mutating func put(_ lines: [String], at row: Int, _ style: Style, in rect: Rect) {
        for (index, line) in lines.enumerated() { canvas.put(line, at: Point(rect.column, row + index), style, columns: rect.columns) }
    }

    private mutating func draw(_ field: FormField, isFocused: Bool, at row: Int, labels: Int, in rect: Rect) {
        canvas.put(field.label + (field.isMandatory ? " *" : ""), at: Point(rect.column, row), isFocused ? theme.title : Style(), columns: labels)
        let start = rect.column + labels, columns = rect.endColumn - start
        var style = theme.level == .none ? Style(.standard, on: .standard, .underline) : Style(.standard, on: .rgb(30, 36, 46, sixteen: 0))
        if isFocused { theme.select(&style) }
        canvas.fill(Rect(start, row, columns: columns, rows: 1), style)
        switch field.input {
        case .text(let input):
            let window = input.window(columns - 1)
            var textStyle = style
            // Without colours the whole field is reversed where one is; then what is marked stands out of it.
            if isFocused, input.isMarked { textStyle.attributes.formSymmetricDifference(theme.level == .none ? [.reverse, .underline] : .reverse) }
            canvas.put(window.text, at: Point(start, row), textStyle, columns: columns)
            if isFocused { canvas.cursor = Point(start + window.cursor, row) }
        case .choice(let input):
            let label = input.chosen?.label ?? "–"
            let searched = canvas.put("← \(input.search)", at: Point(start, row), style, columns: columns - 2)
            canvas.put(input.search.isEmpty ? label : " : \(label)", at: Point(searched, row), style, columns: max(start + columns - 2 - searched, 0))
            if isFocused, !input.search.isEmpty { canvas.cursor = Point(searched, row) }
            canvas.put("→", endingAt: Point(start + columns, row), style, columns: 2)
        }
        if !field.problem.isEmpty { canvas.put(field.problem, at: Point(start, row + 1), theme[.bad], columns: columns) }
    }
}
