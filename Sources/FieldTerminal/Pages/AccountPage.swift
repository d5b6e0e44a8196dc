import ReplicationCore
import TerminalScreen

/// One client whole.
extension TerminalModel {
    private static let tabs: [(Word, String)] = [
        (.details, ""), (.contracts, "contract"), (.invoices, "invoice"), (.tickets, "ticket"), (.tasks, "task"), (.contacts, "contact"),
        (.interactions, "interaction"), (.orders, "work_order"), (.sites, "site"),
    ]

    func accountPage(_ data: AccountData) -> Page {
        let tab = min(state.tab, Self.tabs.count - 1), kind = Self.tabs[tab].1
        let items = data.items(kind)
        let table = kind.isEmpty ? fieldTable(data.fields) : list(items, kind)
        let names = Self.tabs.map { word, kind in
            let count = data.items(kind).count
            return language(word) + (count > 0 ? " \(count)" : "")
        }
        let title = "\(data.account.text("name")) · \(language.choice(data.account.text("lifecycle")))"
        var panes = [Pane(title: title, body: .table(table))]
        if size.columns >= 140, kind.isEmpty {
            panes.append(Pane(title: language(.preview), body: .text(summary(data)), isFocused: false, share: 40, isBeside: true))
        }
        return Page(title: title, tabs: names, tab: tab, panes: panes, hints: [
            Hint(language(.enter), language(kind == "work_order" ? .open : .edit)), Hint("x", language(.explain)), Hint("a", language(.add)), Hint("←→", "tab"), Hint("n", language(.network)),
        ])
    }

    private func list(_ items: [Item], _ kind: String) -> Table {
        let columns = [
            Column(language(.when), 10), Column(language.label("State"), 11), Column(language.label("Title"), 20, growth: 3), Column("", 18, isNumber: true, from: 56),
            Column("", 14, growth: 2, from: 90),
        ]
        return Table(columns, items.map { item in
            let amount = item.integer("amount").map { "\(FieldText.money($0)) \(item.text("currency"))" } ?? ""
            let state = kind == "invoice" ? invoiceState(item) : status(item.text("state"))
            return Entry(
                cells: [Span(date(item, kind), .dim), state, Span(item.text("title")), Span(amount), Span(item.text("detail"), .dim)],
                item: item, target: Self.edited(kind).map { FieldTarget(collection: kind, row: item.id, field: $0) }, mark: item.mark)
        }, selected: state.selected, nothing: language(.nothing))
    }

    /// The field that one wants to change first.
    private static func edited(_ kind: String) -> String? {
        switch kind {
        case "contract", "task": "state"
        case "contact": "job_title"
        case "site": "access_notes"
        default: nil
        }
    }

    private func invoiceState(_ item: Item) -> Span {
        if item.integer("paid") != nil { return Span(language.heading(.paid), .dim) }
        let isOverdue = item.integer("at").map { $0 < today } ?? false
        return isOverdue ? Span(language.heading(.overdue), .bad) : status("open")
    }

    /// Contracts, invoices and tasks have dates; the rest has times.
    private func date(_ item: Item, _ kind: String) -> String {
        guard let at = item.integer("at") else { return "" }
        return ["contract", "invoice", "task"].contains(kind) ? Moments.date(Int(clamping: at)) : Moments.date(moments.day(of: at))
    }

    /// What stands behind the tabs, at a glance.
    private func summary(_ data: AccountData) -> [Span] {
        var spans: [Span] = []
        for (word, kind) in Self.tabs where !kind.isEmpty {
            let items = data.items(kind)
            guard !items.isEmpty else { continue }
            if !spans.isEmpty { spans.append(Span("")) }
            spans.append(Span("\(language(word)) \(items.count)", .accent))
            spans += items.prefix(3).map { item in
                let amount = item.integer("amount").map { "  \(FieldText.money($0)) \(item.text("currency"))" } ?? ""
                return Span("  \(ShownText.cut(item.text("title"), to: 44))\(amount)")
            }
        }
        return spans
    }

    mutating func accountKey(_ press: KeyPress, _ data: AccountData) -> [Effect]? {
        guard press.key == .character("a") else { return nil }
        return Self.tabs[min(state.tab, Self.tabs.count - 1)].1 == "task"
            ? [.prepare(.task(account: data.account.id))] : [.prepare(.interaction(account: data.account.id))]
    }
}
