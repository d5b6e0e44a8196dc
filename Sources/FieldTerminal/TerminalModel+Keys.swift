import ReplicationCore
import TerminalScreen

/// Keys on a page. What a page does not know by itself means the same everywhere.
extension TerminalModel {
    mutating func handle(_ press: KeyPress) -> [Effect] {
        if let effects = handleOnPage(press) { return effects }
        guard press.modifiers.subtracting(.shift).isEmpty else { return [] }
        switch press.key {
        case .character(let character): return handle(character)
        case .up: moveSelection(-1)
        case .down: moveSelection(1)
        case .pageUp: moveSelection(-max(size.rows - 8, 1))
        case .pageDown: moveSelection(max(size.rows - 8, 1))
        case .home: state.selected = 0
        case .end: moveSelection(.max / 2)
        case .escape, .backspace: return goBack()
        case .tab: turnTab(press.modifiers.contains(.shift) ? -1 : 1)
        case .left: turnTab(-1)
        case .right: turnTab(1)
        case .enter: return openCurrent()
        case .function(1): return help()
        default: break
        }
        return []
    }

    private mutating func handle(_ character: Character) -> [Effect] {
        switch character {
        case "q": return stack.count > 1 ? goBack() : [.quit]
        case "?": return help()
        case "k": moveSelection(-1)
        case "j": moveSelection(1)
        case "g": state.selected = 0
        case "G": moveSelection(.max / 2)
        case "o":
            let goesOnline = status.connection == .offline
            return [.connect(goesOnline)]
        case "n": dialog = .menu(networkMenu)
        case "r": return [.load(state.key), .sync]
        case "/":
            // Where there is nothing to filter, that is said in the line of the filter, so that what is typed for it is no command.
            state.isFiltering = true
        case "x":
            guard let target = current?.target else { return [] }
            return [.explain(target)]
        case "e": if let target = current?.target { return edit(target) }
        case "1"..."9":
            let index = Int(String(character)).map { $0 - 1 } ?? 0
            if mainPages.indices.contains(index) { return show(mainPages[index]) }
        default: break
        }
        return []
    }

    /// The selected line.
    var current: Entry? { page.table?.current }

    mutating func moveSelection(_ by: Int) {
        let count = page.table?.count ?? 0
        state.selected = max(0, min(state.selected + by, count - 1))
    }

    private mutating func turnTab(_ by: Int) {
        let count = page.tabs.count
        guard count > 0 else { return }
        state.tab = (state.tab + by + count) % count
    }

    private mutating func openCurrent() -> [Effect] {
        guard let entry = current else { return [] }
        if let target = entry.target { return edit(target) }
        guard let item = entry.item else { return [] }
        switch item.collection {
        case "work_order": return open(.order(item.id))
        case "appointment": return item.row("work_order").map { open(.order($0)) } ?? []
        case "account": return open(.account(item.id))
        default: return []
        }
    }

    private mutating func edit(_ target: FieldTarget) -> [Effect] {
        guard let why = FieldEditing.refusal(of: target, by: schema.role(named: person.role)?.number, in: schema, language) else { return [.prepare(.field(target))] }
        say(why, isBad: true)
        return []
    }

    private var networkMenu: Menu {
        Menu(title: language(.link), items: [
            .init(key: "o", label: language(.reconnect), effects: [.connect(status.connection == .offline)]),
            .init(key: "c", label: language(.fast), effects: [.weather("clear")]),
            .init(key: "s", label: language(.slow), effects: [.weather("slow")]),
            .init(key: "l", label: language(.lossy), effects: [.weather("lossy")]),
            .init(key: "h", label: language(.halfOpen), effects: [.weather("half-open")]),
            .init(key: "x", label: language(.noNetwork), effects: [.weather("offline")]),
            .init(key: "0", label: language(.clockRight), effects: [.clock(0)]),
            .init(key: "+", label: language(.clockAhead), effects: [.clock(365 * 86_400_000)]),
            .init(key: "-", label: language(.clockBehind), effects: [.clock(-2 * 86_400_000)]),
            .init(key: "p", label: language(.previewSync), effects: [.preview]),
            .init(key: "v", label: language(.verify), effects: [.verify]),
            .init(key: "K", label: language(.restart), effects: [.restart]),
        ])
    }

    private mutating func help() -> [Effect] {
        dialog = .text(TextDialog(title: language.heading(.help), lines: Help.lines(for: self)))
        return []
    }

    /// A click selects a line, a second one opens it; tabs and pages open at once.
    mutating func click(_ point: Point) -> [Effect] {
        for hit in draw().hits.reversed() where hit.rect.contains(point) {
            switch hit.target {
            case .main(let index): return mainPages.indices.contains(index) ? show(mainPages[index]) : []
            case .tab(let index):
                state.tab = index
                return []
            case .line(let index):
                if state.selected == index { return openCurrent() }
                state.selected = index
                return []
            }
        }
        return []
    }
}
