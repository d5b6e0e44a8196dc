import TerminalScreen

/// Where the parts of a form stand on a screen.
///
/// Where rows are scarce, first the room for drawing shrinks to its least, then the note is cut, then what the rules say: fields stay whole.
struct FormLayout {
    let outer: Rect
    /// Within the frame.
    let inner: Rect
    let note: [String]
    let error: [String]
    /// The row of the first field.
    let fields: Int
    /// Where lines may be drawn; nil for a form without.
    let area: Rect?

    /// Rows for drawing: wished for, and kept however long the note is.
    static let areaRows = (wished: 7, least: 4)

    init(of form: Form, in rect: Rect) {
        let columns = min(rect.columns - 4, form.drawing == nil ? 72 : 90), rows = rect.rows - 2
        // The area has a border.
        let least = form.fields.count * 2 + (form.drawing == nil ? 0 : Self.areaRows.least + 2)
        error = Self.cut(ShownText.wrapped(form.error, to: columns - 4), to: max(rows - least, 1), columns - 4)
        // An error has room below from the beginning, so that one line of it moves nothing.
        let errorRows = max(error.count, 1)
        note = form.note.isEmpty ? [] : Self.cut(ShownText.wrapped(form.note, to: columns - 4), to: rows - least - errorRows - 1, columns - 4)
        let above = note.isEmpty ? 0 : note.count + 1
        let wished = above + form.fields.count * 2 + (form.drawing == nil ? 0 : Self.areaRows.wished + 2) + errorRows
        outer = rect.centered(columns: columns, rows: min(wished, rows) + 2)
        inner = outer.inset(columns: 2)
        fields = inner.row + above
        let below = inner.split(top: above + form.fields.count * 2).bottom
        area = form.drawing.map { _ in below.split(top: max(below.rows - errorRows, 0)).top.inset() }
    }

    private static func cut(_ lines: [String], to rows: Int, _ columns: Int) -> [String] {
        guard lines.count > rows else { return lines }
        let kept = lines.prefix(max(rows, 0))
        // With the mark a full line is too long, and is cut with one.
        return kept.dropLast() + kept.suffix(1).map { ShownText.cut($0 + "…", to: columns) }
    }
}
