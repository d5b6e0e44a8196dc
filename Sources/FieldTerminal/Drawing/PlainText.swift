import TerminalScreen

/// What is to be seen, as lines to be read out: no frames, no columns, no signs that have no name.
enum PlainText {
    static func lines(_ model: TerminalModel) -> [String] {
        if let dialog = model.dialog { return lines(dialog, model) + notice(model) }
        let page = model.page
        var lines = ["\(status(model))", page.title]
        if !page.tabs.isEmpty { lines.append("\(page.tabs[page.tab]) (\(page.tab + 1)/\(page.tabs.count))") }
        for pane in page.panes {
            switch pane.body {
            case .table(let table):
                if pane.title != page.title { lines.append(pane.title) }
                lines += self.lines(table, model, isNumbered: pane.isFocused)
            case .text(let spans): lines += spans.map(\.text).filter { !$0.isEmpty }
            case .board(let board): lines += self.lines(board, model)
            }
        }
        if model.state.isFiltering { lines.append(model.language(page.filtered ? .typeToFilter : .nothingToFilter)) }
        lines.append(page.hints.map { "\($0.key) \($0.word)" }.joined(separator: ", "))
        return lines + notice(model)
    }

    private static func notice(_ model: TerminalModel) -> [String] { model.notice.map { ["* \($0.text)"] } ?? [] }

    private static func status(_ model: TerminalModel) -> String {
        let status = model.status, language = model.language
        let word: Word =
            switch status.connection {
            case .offline: .offline
            case .connecting: .connecting
            case .catchingUp: .catchingUp
            case .online: .online
            case .blocked: .blocked
            }
        return "\(model.person.name), \(language.label(model.person.roleLabel)). \(language(word)), \(status.pending) \(language(.pending)), \(status.conflicts) \(language(.conflicts)), \(status.refused) \(language(.refused)), \(language(.checkpoint)) \(status.checkpoint)."
    }

    private static func lines(_ table: Table, _ model: TerminalModel, isNumbered: Bool) -> [String] {
        guard table.count > 0 else { return [table.nothing] }
        return (0..<table.count).map { index in
            let entry = table.entry(index)
            let cells = entry.cells.enumerated().compactMap { number, cell -> String? in
                let title = table.columns.indices.contains(number) ? table.columns[number].title : ""
                guard cell.text.contains(where: { $0.isLetter || $0.isNumber }) else { return nil }
                return table.columns[number].isNumber && !title.isEmpty ? "\(cell.text) \(title)" : cell.text
            }
            let mark = entry.mark == .none ? "" : " (\(entry.mark.words(model.language)))"
            return "\(isNumbered ? "\(index + 1). " : "- ")\(cells.joined(separator: ", "))\(mark)"
        }
    }

    private static func lines(_ board: BoardView, _ model: TerminalModel) -> [String] {
        board.rows.flatMap { row in
            ["\(row.name)\(row.live.isEmpty ? "" : ", \(row.live)")"] + row.blocks.map { block in
                "- \(Moments.clock(block.from)) \(model.language(.to)) \(Moments.clock(block.to)) \(block.title), \(model.language.choice(block.status))"
            }
        }
    }

    private static func lines(_ dialog: Dialog, _ model: TerminalModel) -> [String] {
        switch dialog {
        case .text(let text): return [text.title] + text.lines
        case .menu(let menu): return [menu.title] + menu.items.map { "\($0.key) \($0.label)" }
        case .form(let form):
            let field = form.fields[form.focus]
            var lines = form.focus == form.began ? [form.title] : []
            // What is agreed to follows from what was chosen before.
            if !form.note.isEmpty, form.focus == form.began || form.signingPlace != nil { lines.append(form.note) }
            switch field.input {
            case .text(let input): lines.append("\(field.label) [\(input.text)]\(input.isMarked ? " (\(model.language(.typingReplaces)))" : "")")
            case .choice(let input):
                lines.append("\(field.label) [\(input.chosen?.label ?? "")]")
                lines += input.choices.enumerated().map { "  \($0.offset + 1). \($0.element.label)" }
            }
            return lines + [field.problem, form.error].filter { !$0.isEmpty }
        }
    }
}
