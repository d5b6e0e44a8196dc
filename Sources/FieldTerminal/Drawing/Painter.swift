import TerminalScreen

/// Draws pages on a canvas.
struct Painter {
    let theme: Theme
    var canvas: Canvas
    /// What can be clicked.
    var hits: [Hit] = []

    init(theme: Theme, size: Size) {
        self.theme = theme
        canvas = Canvas(size)
    }

    /// From which width on panes stand beside each other.
    static let wide = 100

    mutating func draw(_ page: Page, in rect: Rect) {
        var rest = rect
        let isWide = rect.columns >= Self.wide
        var index = 0
        while index < page.panes.count {
            let pane = page.panes[index]
            let beside = index + 1 < page.panes.count && page.panes[index + 1].isBeside ? page.panes[index + 1] : nil
            let isLast = index + (beside == nil ? 1 : 2) >= page.panes.count
            let (band, below) = rest.split(top: isLast ? rest.rows : max(min(rect.rows * pane.share / 100, pane.lines.map { $0 + 2 } ?? .max), 3))
            rest = below
            if let beside, isWide {
                let (left, right) = band.split(left: band.columns * (100 - beside.share) / 100)
                draw(pane, page, in: left, isFirst: index == 0)
                draw(beside, page, in: right, isFirst: false)
            } else {
                draw(pane, page, in: band, isFirst: index == 0)
            }
            index += beside == nil ? 1 : 2
        }
    }

    private mutating func draw(_ pane: Pane, _ page: Page, in rect: Rect, isFirst: Bool) {
        canvas.box(rect, pane.isFocused ? theme.focusedBorder : theme.border, title: pane.title, titleStyle: pane.isFocused ? theme.title : theme[.dim])
        var inner = rect.inset()
        if isFirst, !page.tabs.isEmpty {
            draw(tabs: page.tabs, page.tab, in: inner)
            inner = inner.split(top: 1).bottom
        }
        switch pane.body {
        case .table(let table): draw(table, in: inner, frame: rect, isMain: isFirst)
        case .text(let spans): draw(spans, in: inner)
        case .board(let board): draw(board, in: inner)
        }
    }

    /// The tabs, or, where they do not fit, as many as do around the chosen one, and how many more there are on either side.
    private mutating func draw(tabs: [String], _ chosen: Int, in rect: Rect) {
        func width(_ range: ClosedRange<Int>) -> Int { tabs[range].reduce(0) { $0 + CharacterWidth.of($1) + 2 } }
        // "← +2" and a space.
        let marker = 5
        var first = 0
        if width(0...tabs.count - 1) > rect.columns {
            while first < chosen, width(first...chosen) > rect.columns - marker * 2 { first += 1 }
        }
        var column = rect.column
        if first > 0 { column = canvas.put("← +\(first)", at: Point(column, rect.row), theme[.dim]) + 1 }
        for (index, tab) in tabs.enumerated().dropFirst(first) {
            let isRest = width(index...tabs.count - 1) <= rect.endColumn - column
            guard isRest || column + CharacterWidth.of(tab) + 2 + marker <= rect.endColumn else {
                canvas.put("+\(tabs.count - index) →", endingAt: Point(rect.endColumn, rect.row), theme[.dim], columns: marker)
                break
            }
            var style = index == chosen ? theme.title : theme[.dim]
            if index == chosen { style.attributes.insert(.underline) }
            hits.append(Hit(rect: Rect(column, rect.row, columns: CharacterWidth.of(tab) + 2, rows: 1), target: .tab(index)))
            column = canvas.put(tab, at: Point(column + 1, rect.row), style, columns: rect.endColumn - column - 1) + 1
        }
    }

    private mutating func draw(_ spans: [Span], in rect: Rect) {
        var row = rect.row
        for span in spans {
            for line in ShownText.wrapped(span.text, to: rect.columns - 1) {
                guard row < rect.endRow else { return }
                canvas.put(line, at: Point(rect.column + 1, row), theme[span.tone], columns: rect.columns - 1)
                row += 1
            }
        }
    }

    private mutating func draw(_ table: Table, in rect: Rect, frame: Rect, isMain: Bool) {
        guard rect.rows > 0, rect.columns > 2 else { return }
        guard table.count > 0 else {
            return draw([Span(""), Span(table.nothing, .dim)], in: rect)
        }
        let layout = table.layout(rect.columns - 2), hasTitles = table.columns.contains { !$0.title.isEmpty }
        if hasTitles { drawCells(table, layout, table.columns.map { Span($0.title, .dim) }, in: rect, row: rect.row) }
        let body = hasTitles ? rect.split(top: 1).bottom : rect
        let top = table.top(body.rows)
        for line in 0..<min(body.rows, table.count - top) {
            let entry = table.entry(top + line), row = body.row + line
            drawCells(table, layout, entry.cells, in: body, row: row)
            if entry.mark != .none { canvas.put(entry.mark.sign, at: Point(body.column, row), theme[entry.mark.tone]) }
            if isMain { hits.append(Hit(rect: Rect(body.column, row, columns: body.columns, rows: 1), target: .line(top + line))) }
            if top + line == table.selected {
                canvas.shade(Rect(body.column, row, columns: body.columns, rows: 1)) { theme.select(&$0) }
            }
        }
        if table.count > body.rows, let selected = table.selected {
            canvas.put(" \(selected + 1)/\(table.count) ", endingAt: Point(frame.endColumn - 2, frame.endRow - 1), theme[.dim], columns: 20)
        }
    }

    private mutating func drawCells(_ table: Table, _ layout: [(index: Int, width: Int)], _ cells: [Span], in rect: Rect, row: Int) {
        var column = rect.column + 1
        for (index, width) in layout where index < cells.count {
            let span = cells[index]
            if table.columns[index].isNumber {
                canvas.put(span.text, endingAt: Point(column + width, row), theme[span.tone], columns: width)
            } else {
                canvas.put(span.text, at: Point(column, row), theme[span.tone], columns: width)
            }
            column += width + 1
        }
    }
}

extension Mark {
    var tone: Tone {
        switch self {
        case .none: .normal
        case .pending: .warning
        case .contested, .refused: .bad
        }
    }
}
