import ReplicationCore
import TerminalScreen

/// What the hub accepted and somebody should look at: nothing is lost and nothing has to be undone.
extension TerminalModel {
    func reviewsPage(_ items: [Item]) -> Page {
        let columns = [
            Column(language(.what), 18, growth: 3), Column(language(.rule), 14, growth: 1), Column(language(.who), 16, growth: 1, from: 60), Column(language(.when), 11, from: 76),
        ]
        let table = Table(columns, items.map { item in
            Entry(
                cells: [
                    Span(item.text("title"), .strong), Span(item.text("rule").replacing("_", with: " "), .accent), Span(item.text("author_name")),
                    Span(when(item.integer("raised_at")), .dim),
                ], item: item, mark: item.mark)
        }, selected: state.selected, nothing: language(.nothing))
        var panes = [Pane(title: "\(language(.reviews)) · \(items.count)", body: .table(table), share: 50)]
        if let item = table.current?.item {
            panes.append(Pane(title: "\(item.text("kind")) · \(item.text("title"))", body: .text(account(of: item)), isFocused: false, share: 50))
        }
        return Page(title: language(.reviews), panes: panes, hints: [
            Hint("d", language(.lookedAt)), Hint("w", language.label("Note")), Hint(language(.enter), language(.open)), Hint("r", language(.reload)),
        ])
    }

    private func account(of item: Item) -> [Span] {
        let note = item.text("note")
        return [Span(item.text("detail")), Span(""), Span("\(item.text("author_name")), \(when(item.integer("raised_at")))", .dim)]
            + (note.isEmpty ? [] : [Span(""), Span("\(language.label("Note")): \(note)", .accent)])
    }

    mutating func reviewKey(_ press: KeyPress) -> [Effect]? {
        guard let item = current?.item else { return nil }
        switch press.key {
        case .character("d"): return [.write([.set("review", item.id, ["state": .text("closed")])])]
        case .character("w"): return [.prepare(.field(FieldTarget(collection: "review", row: item.id, field: "note")))]
        case .enter:
            if let order = item.row("work_order") { return open(.order(order)) }
            guard let key = schema.rowKey(fromReference: item.text("subject")) else { return [] }
            switch schema.collection(key.collection)?.name {
            case "work_order": return open(.order(key.row))
            case "account": return open(.account(key.row))
            default: return []
            }
        default: return nil
        }
    }
}
