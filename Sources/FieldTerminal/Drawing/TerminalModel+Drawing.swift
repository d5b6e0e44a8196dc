import TerminalScreen

/// A drawn screen, and what a click on it means.
struct DrawnScreen {
    var canvas: Canvas
    var hits: [Hit]
}

/// A part of the screen that can be clicked.
struct Hit {
    var rect: Rect
    var target: Target

    enum Target {
        /// The outermost page of this number, from 0 on.
        case main(Int)
        case tab(Int)
        case line(Int)
    }
}

extension TerminalModel {
    /// The least terminal in which anything can be read.
    static let least = Size(columns: 40, rows: 10)

    func draw(colors: ColorLevel = .trueColor) -> DrawnScreen {
        var painter = Painter(theme: Theme(level: colors), size: size)
        guard size.columns >= Self.least.columns, size.rows >= Self.least.rows else {
            painter.canvas.put(language(.tooSmall), at: Point(0, 0), Style())
            return DrawnScreen(canvas: painter.canvas, hits: [])
        }
        let page = page
        painter.drawHead(self)
        let body = Rect(0, 2, columns: size.columns, rows: size.rows - 3)
        painter.draw(page, in: body)
        painter.drawFoot(self, page)
        if let dialog { painter.draw(dialog, in: Rect(size), language) }
        return DrawnScreen(canvas: painter.canvas, hits: painter.hits)
    }
}

extension Painter {
    mutating func drawHead(_ model: TerminalModel) {
        let columns = model.size.columns
        canvas.fill(Rect(0, 0, columns: columns, rows: 2), theme.header)
        let who = "\(model.person.name) · \(model.language.label(model.person.roleLabel))"
        var column = 1
        for (index, key) in model.mainPages.enumerated() {
            let isShown = key.isSameKind(as: model.stack[0].key), name = model.name(of: key)
            let start = column
            column = canvas.put("\(index + 1)", at: Point(column, 0), isShown ? theme.headerStrong : theme.headerDim) + 1
            column = canvas.put(name, at: Point(column, 0), isShown ? theme.headerStrong : theme.header, columns: columns - column) + 2
            hits.append(Hit(rect: Rect(start, 0, columns: column - start - 1, rows: 1), target: .main(index)))
        }
        canvas.put(who, endingAt: Point(columns - 1, 0), theme.header, columns: max(columns - column - 1, 0))
        drawStatus(model)
    }

    private mutating func drawStatus(_ model: TerminalModel) {
        let status = model.status, language = model.language
        let (sign, word, tone): (String, String, Tone) =
            switch status.connection {
            case .offline: ("○", language(.offline), .warning)
            case .connecting: ("◐", language(.connecting), .warning)
            case .catchingUp: ("◐", language(.catchingUp), .accent)
            case .online: ("●", language(.online), .good)
            case .blocked: ("✗", language(.blocked), .bad)
            }
        var parts: [(String, Tone)] = [("\(sign) \(word)", tone)]
        parts.append(("\(language(.lag)) \(status.lag.map { Self.duration($0) } ?? "–")", .normal))
        let isUnusual = status.weather != "clear" || status.clockOffset != 0
        let pendingWord = isUnusual && model.size.columns < 100 ? "" : " \(language(.pending))"
        parts.append(("↑ \(status.pending)\(pendingWord)", status.pending > 0 ? .warning : .dim))
        parts.append(("⚠ \(status.conflicts)", status.conflicts > 0 ? .bad : .dim))
        parts.append(("✗ \(status.refused)", status.refused > 0 ? .bad : .dim))
        parts.append(("\(language(.checkpoint)) \(status.checkpoint)", .normal))
        if status.weather != "clear" { parts.append(("\(language(.weather)): \(status.weather)", .warning)) }
        if status.clockOffset != 0 {
            parts.append(("\(language(.clockOff)) \(status.clockOffset < 0 ? "−" : "+")\(Self.duration(abs(status.clockOffset)))", .warning))
        }
        parts.append(("↓\(Self.size(status.received)) ↑\(Self.size(status.sent))", .dim))
        if !status.detail.isEmpty { parts.append((status.detail, .dim)) }
        var column = 1
        for (text, tone) in parts {
            guard column < model.size.columns - 4 else { break }
            var style = theme[tone]
            if theme.level == .none { style.attributes.formUnion(theme.header.attributes) } else { style.background = theme.header.background }
            if style.foreground == .standard { style.foreground = theme.header.foreground }
            column = canvas.put(text, at: Point(column, 1), style, columns: model.size.columns - column - 1) + 2
        }
    }

    mutating func drawFoot(_ model: TerminalModel, _ page: Page) {
        let row = model.size.rows - 1
        if model.state.isFiltering || !model.state.filter.text.isEmpty {
            let label = " \(model.language(page.filtered ? .typeToFilter : .nothingToFilter))\(page.filtered ? ":" : "") "
            let start = canvas.put(label, at: Point(1, row), theme.key)
            let window = model.state.filter.window(model.size.columns - start - 2)
            canvas.put(window.text, at: Point(start, row), theme[.strong])
            if model.state.isFiltering, model.dialog == nil { canvas.cursor = Point(start + window.cursor, row) }
        } else {
            var column = 1
            let always = [Hint("?", model.language(.help)), Hint("q", model.stack.count > 1 ? model.language(.back) : model.language(.quit))]
            let kept = always.reduce(0) { $0 + CharacterWidth.of($1.key) + CharacterWidth.of($1.word) + 3 }
            for hint in page.hints {
                guard column + CharacterWidth.of(hint.key) + CharacterWidth.of(hint.word) + 3 + kept <= model.size.columns else { break }
                drawHint(hint, &column, row)
            }
            for hint in always { drawHint(hint, &column, row) }
        }
        guard let notice = model.notice else { return }
        // Over the lower edge of the page, so that nothing moves for it.
        canvas.put(" \(notice.text) ", at: Point(2, row - 1), theme[notice.isBad ? .bad : .good], columns: model.size.columns - 4)
    }

    private mutating func drawHint(_ hint: Hint, _ column: inout Int, _ row: Int) {
        column = canvas.put(hint.key, at: Point(column, row), theme.key) + 1
        column = canvas.put(hint.word, at: Point(column, row), theme[.dim]) + 2
    }

    /// `3 s`, `12 min`, `5 h`, `2 d`
    static func duration(_ milliseconds: Int64) -> String {
        let seconds = milliseconds / 1_000
        return seconds < 120 ? "\(seconds) s" : seconds < 7_200 ? "\(seconds / 60) min" : seconds < 172_800 ? "\(seconds / 3_600) h" : "\(seconds / 86_400) d"
    }

    /// `812`, `12K`, `3.4M`: bytes.
    static func size(_ bytes: UInt64) -> String {
        bytes < 1_024 ? "\(bytes)" : bytes < 1 << 20 ? "\(bytes >> 10)K" : "\(bytes >> 20).\(((bytes & 0xFFFFF) * 10) >> 20)M"
    }
}

extension PageKey {
    func isSameKind(as other: PageKey) -> Bool {
        switch (self, other) {
        case (.day, .day), (.board, .board), (.order, .order), (.account, .account): true
        default: self == other
        }
    }
}
