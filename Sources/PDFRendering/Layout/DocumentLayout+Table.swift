import Documents

extension DocumentLayout {
    mutating func addTable(_ table: DocumentForm.Table) {
        guard !table.columns.isEmpty else {
            if !table.empty.isEmpty { addParagraphs(table.empty, style.label) }
            return
        }
        let path = structure.root + [structure.element(.table)]
        let heads = table.columns.map { typesetter.text($0.label, $0.isNumber ? style.trailing(style.tableHead) : style.tableHead) }
        let rows = table.rows.map { cells($0, table, style.body) }
        let total = table.total.map { cells($0, table, style.strong) }
        let lanes = lanes(table, [heads] + rows + (total.map { [$0] } ?? []))
        let body = path + [structure.element(.tableBody)]

        var head = strip(heads, lanes, path + [structure.element(.tableHead), structure.element(.row)], .headCell)
        head.spaceBefore = spaceBefore
        head.paddingTop = 2
        head.paddingBottom = 4
        head.ruleBelow = style.rule
        head.keepsWithNext = true
        append(head)
        if rows.isEmpty { addEmpty(table.empty, lanes: table.columns.count, body, isBeforeTotal: total != nil) }
        for (index, row) in rows.enumerated() {
            var strip = strip(row, lanes, body + [structure.element(.row)], .cell)
            strip.repeated = [head]
            strip.ruleBelow = index == rows.count - 1 && total != nil ? nil : style.hairline
            // Neither the first row nor, with the total, the last one stands alone.
            strip.keepsWithNext = index == 0 && rows.count > 1 || index == rows.count - 1 && total != nil
            append(strip)
        }
        if let total {
            var strip = strip(total, lanes, path + [structure.element(.tableFoot), structure.element(.row)], .cell)
            strip.ruleAbove = style.rule
            strip.repeated = [head]
            append(strip)
        }
    }

    private struct Lane {
        var x: Double
        var width: Double
    }

    private func cells(_ texts: [String], _ table: DocumentForm.Table, _ textStyle: TextStyle) -> [TextBlock] {
        zip(texts, table.columns).map { typesetter.text($0, $1.isNumber ? style.figures(textStyle) : textStyle) }
    }

    private func lanes(_ table: DocumentForm.Table, _ rows: [[TextBlock]]) -> [Lane] {
        let gap = table.columns.count > 12 ? 4.0 : 12.0
        let available = style.width - gap * Double(table.columns.count - 1)
        let naturals = table.columns.indices.map { column in rows.reduce(1) { max($0, $1[column].naturalWidth) } }
        let isTight = naturals.reduce(0, +) > available
        let needs = table.columns.indices.map { column in
            // Words are measured where it matters, and in so many rows as tell.
            let word = isTight ? rows.prefix(200).reduce(1) { max($0, $1[column].wordWidth) } : 0
            return TableColumns.Need(natural: naturals[column] + 0.5, word: word + 0.5, isNumber: table.columns[column].isNumber)
        }
        var x = 0.0
        return TableColumns.widths(needs, available: available).map { width in
            defer { x += width + gap }
            return Lane(x: x, width: width)
        }
    }

    private func strip(
        _ cells: [TextBlock], _ lanes: [Lane], _ path: StructurePath, _ kind: StructureElement.Kind
    ) -> Strip {
        var strip = Strip(stacks: zip(cells, lanes).map { cell, lane in
            cell.wrap(to: lane.width)
            return Strip.Stack(x: lane.x, width: lane.width, parts: [Part(cell, path + [structure.element(kind)])])
        })
        strip.paddingTop = 3.5
        strip.paddingBottom = 4
        return strip
    }

    private mutating func addEmpty(_ text: String, lanes: Int, _ body: StructurePath, isBeforeTotal: Bool) {
        let block = typesetter.text(text, style.label, width: style.width)
        var strip = Strip(stacks: [full([Part(block, body + [structure.element(.row), structure.element(.cell)])])])
        strip.paddingTop = 4
        strip.paddingBottom = 5
        strip.ruleBelow = isBeforeTotal ? nil : style.hairline
        strip.keepsWithNext = isBeforeTotal
        append(strip)
    }
}
