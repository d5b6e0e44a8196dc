import ReplicationCore
import TerminalScreen

/// Orders and accounts: long lists.
extension TerminalModel {
    func ordersPage(_ all: [Item]) -> Page {
        let items = filtered(all)
        let columns = [
            Column(language.label("Number"), 9), Column(language.label("Status"), 12), Column(language.label("Priority"), 8, from: 70), Column(language.label("Title"), 18, growth: 3),
            Column(language.label("Site"), 12, growth: 2, from: 60), Column(language.label("Customer name"), 16, from: 110), Column(language.label("Due at"), 11, from: 90),
        ]
        let table = Table(columns, count: items.count, selected: state.selected, nothing: language(.nothing)) { index in
            let item = items[index]
            return Entry(
                cells: [
                    Span(item.text("number"), .dim), status(item.text("status").isEmpty ? "unscheduled" : item.text("status")), status(item.text("priority")),
                    Span(item.text("title")), Span(item.text("site_name")), Span(item.text("customer_name")), Span(when(item.integer("due_at"))),
                ], item: item, mark: item.mark)
        }
        return Page(
            title: language(.orders), panes: [Pane(title: "\(language(.orders)) · \(items.count)", body: .table(table))],
            hints: [Hint(language(.enter), language(.open)), Hint("/", language(.filter)), Hint("r", language(.reload)), Hint("n", language(.network))], filtered: true)
    }

    func accountsPage(_ all: [Item]) -> Page {
        let items = filtered(all)
        let columns = [
            Column(language.label("Name"), 20, growth: 2), Column(language.label("Lifecycle"), 10), Column(language.label("Segment"), 8, from: 70),
            Column(language.label("Next step"), 16, growth: 3), Column(language.label("City"), 14, from: 110), Column(language.label("Owner"), 16, from: 100),
        ]
        let table = Table(columns, count: items.count, selected: state.selected, nothing: language(.nothing)) { index in
            let item = items[index]
            return Entry(
                cells: [
                    Span(item.text("name"), .strong), status(item.text("lifecycle")), Span(language.choice(item.text("segment")), .dim), Span(item.text("next_step")),
                    Span(item.text("city"), .dim), Span(item.text("owner_name"), .dim),
                ], item: item, mark: item.mark)
        }
        return Page(
            title: language(.accounts), panes: [Pane(title: "\(language(.accounts)) · \(items.count)", body: .table(table))],
            hints: [Hint(language(.enter), language(.open)), Hint("/", language(.filter)), Hint("r", language(.reload)), Hint("n", language(.network))], filtered: true)
    }

    var framesPage: Page {
        let lines = frames
        let table = Table([Column("", 20, growth: 1)], count: lines.count, selected: state.selected, nothing: language(.nothing)) { index in
            Entry(cells: [Span(lines[lines.count - 1 - index])])
        }
        return Page(
            title: language(.frames), panes: [Pane(title: "\(language(.frames)) · \(lines.count)", body: .table(table))],
            hints: [Hint("r", language(.reload)), Hint("o", language(status.connection == .offline ? .online : .offline)), Hint("n", language(.network))])
    }
}
