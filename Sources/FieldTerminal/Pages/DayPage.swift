import ReplicationCore
import TerminalScreen

/// A technician's day.
extension TerminalModel {
    func dayPage(_ day: Int, _ items: [Item]) -> Page {
        let columns = [
            Column(language(.time), 11), Column(language.label("Status"), 12), Column(language.label("Title"), 18, growth: 3), Column(language.label("Site"), 12, growth: 2),
            Column(language.label("City"), 12, from: 90), Column(language(.wide), 6, isNumber: true),
        ]
        let table = Table(columns, count: items.count, selected: state.selected, nothing: language(day == today ? .nothing : .nothingThatDay)) { index in
            let item = items[index]
            let distance = index == 0 ? nil : items[index - 1].kilometres(to: item)
            return Entry(
                cells: [
                    Span(times(item)), status(item.text("status").isEmpty ? "scheduled" : item.text("status")),
                    Span(item.text("title"), item.text("priority") == "urgent" ? .strong : .normal), Span(item.text("site_name")), Span(item.text("city"), .dim),
                    Span(distance.map { Self.kilometres($0) } ?? "", .dim),
                ], item: item, mark: item.mark)
        }
        let name = "\(Moments.weekday(day, language)) \(Moments.date(day))\(day == today ? " · \(language(.today))" : "")"
        var panes = [Pane(title: "\(language(.day)) · \(name)", body: .table(table))]
        if size.columns >= Painter.wide, let item = table.current?.item {
            panes.append(Pane(title: language(.preview), body: .text(glance(item)), isFocused: false, share: 36, isBeside: true))
        }
        return Page(title: name, panes: panes, hints: [
            Hint(language(.enter), language(.open)), Hint("s", language(.nextStatus), language(.statusHelp)), Hint("t", language(.eta), language(.etaHelp)),
            Hint("p", language(.position), language(.positionHelp)), Hint("[ ]", language(.day), language(.dayHelp)),
            Hint("o", language(status.connection == .offline ? .online : .offline)), Hint("n", language(.network)), Hint("v", language(.presence), language(.presenceHelp)),
        ])
    }

    private func times(_ item: Item) -> String {
        guard let start = item.integer("planned_start") else { return language(.noTime) }
        return moments.time(start) + (item.integer("planned_end").map { "–\(moments.time($0))" } ?? "")
    }

    static func kilometres(_ distance: Double) -> String { "\(Int(distance)).\(Int(distance * 10) % 10)" }

    /// What one wants to know of an order without opening it.
    func glance(_ item: Item) -> [Span] {
        var spans = [Span("\(item.text("number"))  \(item.text("title"))", .strong), Span("")]
        func line(_ label: String, _ text: String, _ tone: Tone = .normal) { if !text.isEmpty { spans.append(Span("\(label): \(text)", tone)) } }
        line(language.label("Customer name"), item.text("customer_name"))
        line(language.label("Site"), item.text("site_name"))
        line(language.label("Address"), [item.text("address"), item.text("city")].filter { !$0.isEmpty }.joined(separator: ", "))
        line(language.label("Access notes"), item.text("access_notes"), .warning)
        line(language.label("Priority"), language.choice(item.text("priority")), Self.tone(of: item.text("priority")))
        line(language.label("Due at"), when(item.integer("due_at")))
        line(language(.eta), when(item.integer("eta_at")))
        if !item.text("description").isEmpty { spans += [Span(""), Span(item.text("description"))] }
        if item.mark != .none { spans += [Span(""), Span("\(item.mark.sign) \(item.mark.words(language))", item.mark.tone)] }
        return spans
    }

    mutating func dayKey(_ press: KeyPress, _ day: Int) -> [Effect]? {
        switch press.key {
        case .character("["), .left: return turn(to: .day(day - 1))
        case .character("]"), .right: return turn(to: .day(day + 1))
        case .character("0"): return turn(to: .day(today))
        case .character("s"):
            guard let item = current?.item else { return [] }
            dialog = .menu(statusMenu(of: item.id, item.text("title")))
            return []
        case .character("t"): return current?.item.map { [.prepare(.eta(appointment: $0.id))] } ?? []
        case .character("p"): return sendPosition()
        case .character("v"):
            dialog = .menu(presenceMenu)
            return []
        default: return nil
        }
    }

    /// What happened on the road, one key each.
    func statusMenu(of appointment: RowID, _ title: String) -> Menu {
        let states: [(Character, String)] = [
            ("r", "en_route"), ("s", "on_site"), ("w", "in_progress"), ("c", "completed"), ("n", "cannot_complete"),
        ]
        return Menu(title: title, items: states.map { key, state in
            let values: [String: Value] = ["appointment": .reference(appointment), "state": .text(state), "happened_at": .integer(now)]
            return Menu.Entry(key: key, label: language.choice(state), effects: [.write([.create("status_event", values)])] + presence(with: state))
        })
    }

    /// Planners see at once what the technician does now; a dispatcher who notes it for her is not on the road.
    private func presence(with state: String) -> [Effect] {
        guard person.role == "technician" else { return [] }
        switch state {
        case "en_route": return [.presence("driving")]
        case "on_site", "in_progress": return [.presence("working")]
        default: return [.presence("available")]
        }
    }

    private var presenceMenu: Menu {
        let states: [(Character, String)] = [("f", "available"), ("d", "driving"), ("w", "working"), ("p", "pause"), ("a", "away")]
        return Menu(title: language.heading(.presence), items: states.map { key, state in
            Menu.Entry(key: key, label: language.choice(state), effects: [.presence(state)])
        })
    }

    /// She is at the selected site: planners see it on their board.
    private func sendPosition() -> [Effect] {
        guard let item = current?.item, let latitude = item.real("latitude"), let longitude = item.real("longitude") else { return [] }
        return [.signal("position", person.id, ["latitude": .real(latitude), "longitude": .real(longitude)])]
    }
}
