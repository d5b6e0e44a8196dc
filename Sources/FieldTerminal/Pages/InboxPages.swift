import ReplicationClient
import ReplicationCore
import TerminalScreen

/// What waits for a person: conflicts, and what the hub refused.
extension TerminalModel {
    func conflictsPage(_ items: [Item]) -> Page {
        let columns = [
            Column(language(.what), 18, growth: 3), Column("", 14, growth: 1), Column(language(.who), 22, growth: 1, from: 60), Column(language(.when), 11, from: 80),
        ]
        let table = Table(columns, items.map { item in
            Entry(
                cells: [
                    Span(item.text("title"), .strong), Span(item.text("part_label"), .accent), Span("\(item.text("theirs_name")) ↔ \(item.text("yours_name"))"),
                    Span(when(item.integer("yours_at")), .dim),
                ], item: item, mark: .contested)
        }, selected: state.selected, nothing: language(.nothing))
        var panes = [Pane(title: "\(language(.conflicts)) · \(items.count)", body: .table(table), share: 40)]
        if let item = table.current?.item {
            panes.append(Pane(title: item.text("title"), body: .text(sides(item)), isFocused: false, share: 60))
        }
        return Page(title: language(.conflicts), panes: panes, hints: [
            Hint(language(.enter), language(.settle)), Hint("t", language(.keepTheirs)), Hint("y", language(.keepYours)), Hint("w", language(.other)), Hint("x", language(.explain)),
        ])
    }

    private func sides(_ item: Item) -> [Span] {
        func side(_ word: Word, _ column: String, _ who: String, _ at: Int64?) -> [Span] {
            let isShown = item.text("shown") == column
            let heading = "\(language(word))\(who.isEmpty ? "" : " · \(who), \(when(at))")\(isShown ? " · \(language(.shown))" : "")"
            return [Span(heading, isShown ? .good : .accent), Span("  \(item.text("\(column)_text"))"), Span("")]
        }
        return side(.base, "base", "", nil) + side(.theirs, "theirs", item.text("theirs_name"), item.integer("theirs_at"))
            + side(.yours, "yours", item.text("yours_name"), item.integer("yours_at"))
            + (item.text("note").isEmpty ? [] : [Span("\(language.label("Note")): \(item.text("note"))", .dim)])
            + (item.text("assignee_name").isEmpty ? [] : [Span("\(language.label("Assignee")): \(item.text("assignee_name"))", .dim)])
    }

    mutating func conflictKey(_ press: KeyPress) -> [Effect]? {
        guard let item = current?.item else { return nil }
        switch press.key {
        case .enter:
            dialog = .menu(Menu(title: language.heading(.settle), items: [
                .init(key: "t", label: language(.keepTheirs), effects: keep(item, "theirs")), .init(key: "y", label: language(.keepYours), effects: keep(item, "yours")),
                .init(key: "w", label: language(.other), effects: [.prepare(.resolve(conflict: item.id))]),
            ]))
            return []
        case .character("t"): return keep(item, "theirs")
        case .character("y"): return keep(item, "yours")
        case .character("w"): return [.prepare(.resolve(conflict: item.id))]
        case .character("x"):
            guard let key = subject(item), let field = item.values["field"]?.text else { return [] }
            return [.explain(FieldTarget(collection: key.collection, row: key.row, field: field))]
        default: return nil
        }
    }

    private func subject(_ item: Item) -> (collection: String, row: RowID)? {
        guard let key = schema.rowKey(fromReference: item.text("subject")), let collection = schema.collection(key.collection) else { return nil }
        return (collection.name, key.row)
    }

    /// Writes a side anew, marked as what settles the conflict.
    private func keep(_ item: Item, _ side: String) -> [Effect] {
        guard let key = subject(item), let collection = schema.collection(named: key.collection),
            let values = Conflict.values(of: item.text(side), in: collection), !values.isEmpty
        else { return [] }
        return [.write([.resolve(item.id, key.collection, key.row, values)])]
    }

    func refusedPage(_ items: [RefusedItem]) -> Page {
        let columns = [Column(language(.what), 20, growth: 2), Column(language(.rule), 16, growth: 1), Column("", 12, growth: 3, from: 70)]
        let table = Table(columns, items.map { item in
            Entry(cells: [Span(item.title, .strong), Span(item.rule, .accent), Span(item.detail, .dim)], mark: .refused)
        }, selected: state.selected, nothing: language(.nothing))
        var panes = [Pane(title: "\(language(.refused)) · \(items.count)", body: .table(table), share: 50)]
        if items.indices.contains(state.selected) {
            let item = items[state.selected]
            let text = [Span(item.detail, .bad), Span(""), Span(language(.remedy), .accent), Span("  \(item.remedy)"), Span(""), Span("changeset \(item.changeset)", .dim)]
            panes.append(Pane(title: item.title, body: .text(text), isFocused: false, share: 50))
        }
        return Page(title: language(.refused), panes: panes, hints: [Hint("m", language(.mend)), Hint("d", language(.discard)), Hint("r", language(.reload))])
    }

    mutating func refusedKey(_ press: KeyPress, _ items: [RefusedItem]) -> [Effect]? {
        guard items.indices.contains(state.selected) else { return nil }
        let item = items[state.selected]
        switch press.key {
        case .character("m"), .enter: return [.prepare(.mend(changeset: item.changeset, item.key))]
        case .character("d"):
            dialog = .menu(Menu(title: item.title, items: [
                .init(key: "d", label: language(.discard), effects: [.write([.discard(item.changeset)])]), .init(key: "c", label: language(.cancel), effects: []),
            ], selected: 1))
            return []
        default: return nil
        }
    }
}
