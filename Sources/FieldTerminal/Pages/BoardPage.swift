import ReplicationCore
import TerminalScreen

/// The dispatcher's day: technicians as rows, hours as columns, and below it what nobody goes to yet.
extension TerminalModel {
    /// The tab of the board's two parts that keys go to: 0 the day, 1 what is unassigned.
    private var isInList: Bool { state.tab == 1 }

    func boardPage(_ data: BoardData) -> Page {
        let name = "\(Moments.weekday(data.day, language)) \(Moments.date(data.day))\(data.day == today ? " · \(language(.today))" : "")"
        var view = BoardView(rows: boardRows(data))
        view.nothing = language(.nothing)
        let blocks = view.rows.flatMap(\.blocks)
        view.from = min(blocks.map(\.from).min() ?? view.from, view.from) / 60 * 60
        view.to = min(max(blocks.map(\.to).max() ?? view.to, view.to) + 59, 24 * 60) / 60 * 60
        if data.day == today { view.now = moments.minutes(of: now) }
        if !isInList {
            view.selectedRow = boardRow(view)
            view.selectedBlock = boardBlock(view)
        }
        var live = ""
        if let selected = selectedBlock(view) { live = " · \(Moments.clock(selected.from)) \(selected.item.text("title")) · \(language.choice(selected.status))" }
        let columns = [
            Column(language.label("Number"), 9), Column(language.label("Priority"), 8), Column(language.label("Title"), 18, growth: 3), Column(language.label("Site"), 12, growth: 2, from: 70),
            Column(language.label("Required skills"), 14, growth: 1, from: 90), Column(language.label("Due at"), 11, from: 100),
        ]
        let list = Table(columns, count: data.unassigned.count, selected: isInList ? state.selected : nil, nothing: language(.nothing)) { index in
            let item = data.unassigned[index]
            return Entry(
                cells: [
                    Span(item.text("number"), .dim), status(item.text("priority")), Span(item.text("title")), Span(item.text("site_name")),
                    Span(FieldText.elements(item.text("required_skills"))?.joined(separator: ", ") ?? "", .dim), Span(when(item.integer("due_at")), .dim),
                ], item: item, mark: item.mark)
        }
        let hints = isInList
            ? [Hint("a", language(.assign)), Hint(language(.enter), language(.open))]
            : [Hint("m", language(.move)), Hint("< >", language(.push)), Hint("t", language(.eta)), Hint(language(.enter), language(.open))]
        var panes = [
            Pane(title: "\(language(.board)) · \(name)\(live)", body: .board(view), isFocused: !isInList, share: 60, lines: view.rows.count * 2 + 1),
            Pane(title: "\(language(.unassigned)) · \(data.unassigned.count)", body: .table(list), isFocused: isInList, share: 40),
        ]
        if size.columns >= 140, let item = isInList ? list.current?.item : selectedBlock(view)?.item {
            panes.append(Pane(title: language(.preview), body: .text(glance(item)), isFocused: false, share: 34, isBeside: true))
        }
        return Page(title: name, panes: panes, hints: hints + [Hint("tab", language(.unassigned)), Hint("[ ]", language(.day), language(.dayHelp)), Hint("n", language(.network))])
    }

    private func boardRows(_ data: BoardData) -> [BoardView.Row] {
        data.technicians.map { technician in
            let own = data.appointments.filter { $0.row("assignee") == technician.id }
            let live = [data.presences[technician.id].map { language.choice($0) }, data.positions[technician.id]].compactMap { $0 }.joined(separator: " ")
            return BoardView.Row(name: technician.text("name"), live: live, blocks: own.compactMap { block($0, data) })
        }
    }

    private func block(_ item: Item, _ data: BoardData) -> BoardView.Block? {
        guard let start = item.integer("planned_start") else { return nil }
        let from = moments.minutes(of: start), length = item.integer("planned_end").map { Int(clamping: ($0 - start) / 60_000) } ?? 60
        let arrival = data.arrivals[item.id] ?? item.integer("eta_at")
        return BoardView.Block(
            item: item, from: from, to: min(from + max(length, 5), 24 * 60), title: item.text("title"), status: item.text("status").isEmpty ? "scheduled" : item.text("status"),
            eta: arrival.flatMap { moments.day(of: $0) == data.day ? moments.minutes(of: $0) : nil })
    }

    private func boardRow(_ view: BoardView) -> Int { max(0, min(state.selected, view.rows.count - 1)) }
    private func boardBlock(_ view: BoardView) -> Int? {
        guard view.rows.indices.contains(boardRow(view)), case let count = view.rows[boardRow(view)].blocks.count, count > 0 else { return nil }
        return max(0, min(state.block, count - 1))
    }

    private func selectedBlock(_ view: BoardView) -> BoardView.Block? {
        guard !isInList, let block = boardBlock(view) else { return nil }
        return view.rows[boardRow(view)].blocks[block]
    }

    mutating func boardKey(_ press: KeyPress, _ day: Int, _ data: BoardData) -> [Effect]? {
        let view = BoardView(rows: boardRows(data)), selected = selectedBlock(view)
        switch press.key {
        case .character("["): return turn(to: .board(day - 1))
        case .character("]"): return turn(to: .board(day + 1))
        case .character("0"): return turn(to: .board(today))
        case .tab: state.tab = isInList ? 0 : 1
        case .up where !isInList, .character("k") where !isInList: state.selected = boardRow(view) - 1
        case .down where !isInList, .character("j") where !isInList: state.selected = min(boardRow(view) + 1, view.rows.count - 1)
        case .left where !isInList: state.block = max((boardBlock(view) ?? 0) - 1, 0)
        case .right where !isInList: state.block = (boardBlock(view) ?? -1) + 1
        case .character("a"):
            guard isInList, let item = current?.item else { return [] }
            return [.prepare(.appoint(order: item.id, appointment: nil, day: day, technician: nil))]
        case .character("m"):
            guard let item = selected?.item, let order = item.row("work_order") else { return [] }
            return moving(item, [.prepare(.appoint(order: order, appointment: item.id, day: day, technician: item.row("assignee")))])
        case .character("<"), .character(">"):
            return selected.map { moving($0.item, push($0.item, by: press.key == .character("<") ? -15 : 15)) } ?? []
        case .character("t"): return selected.map { [.prepare(.eta(appointment: $0.item.id))] } ?? []
        case .enter where !isInList: return selected?.item.row("work_order").map { open(.order($0)) } ?? []
        default: return nil
        }
        return []
    }

    /// What is over is moved only by somebody who means it.
    private mutating func moving(_ item: Item, _ effects: [Effect]) -> [Effect] {
        guard ["completed", "posted", "canceled", "cannot_complete"].contains(item.text("status")) else { return effects }
        dialog = .menu(Menu(title: "\(item.text("title")) · \(language.choice(item.text("status")))", items: [
            .init(key: "m", label: language(.moveAnyway), effects: effects), .init(key: "c", label: language(.cancel), effects: []),
        ], selected: 1))
        return []
    }

    /// Whoever looks at a visit goes on looking at it, wherever it stands now.
    mutating func follow(_ data: BoardData, at index: Int) {
        let rows = boardRows(data)
        func select(_ isIt: (Item) -> Bool) -> Bool {
            for (row, blocks) in rows.map(\.blocks).enumerated() {
                guard let block = blocks.firstIndex(where: { isIt($0.item) }) else { continue }
                stack[index].selections[0] = row
                stack[index].block = block
                return true
            }
            return false
        }
        if let order = stack[index].placed {
            stack[index].placed = nil
            if select({ $0.row("work_order") == order }) {
                stack[index].tab = 0
                return
            }
        }
        guard case .board(let former)? = stack[index].data, case let before = boardRows(former).map(\.blocks), case let row = stack[index].selections[0] ?? 0,
            before.indices.contains(row), !before[row].isEmpty
        else { return }
        let selected = before[row][max(0, min(stack[index].block, before[row].count - 1))].item.id
        _ = select { $0.id == selected }
    }

    /// Start and end together: they merge as one.
    private func push(_ item: Item, by minutes: Int64) -> [Effect] {
        guard let start = item.integer("planned_start") else { return [] }
        var planned: [String: Value] = ["planned_start": .integer(start + minutes * 60_000)]
        if let end = item.integer("planned_end") { planned["planned_end"] = .integer(end + minutes * 60_000) }
        return [.write([.set("appointment", item.id, planned)])]
    }
}
