import Foundation
import ReplicationCore
import TerminalScreen

extension TerminalModel {
    /// What is to be seen now.
    var page: Page {
        switch (state.key, state.data) {
        case (.frames, _): framesPage
        case (_, nil): Page(title: "", panes: [Pane(title: name(of: state.key), body: .text([Span(""), Span(language(.loading), .dim)]))], hints: [])
        case (.day(let day), .list(let items)): dayPage(day, items)
        case (.orders, .list(let items)): ordersPage(items)
        case (.accounts, .list(let items)): accountsPage(items)
        case (.conflicts, .list(let items)): conflictsPage(items)
        case (.refused, .refused(let items)): refusedPage(items)
        case (.reviews, .list(let items)): reviewsPage(items)
        case (.order, .order(let data)): orderPage(data)
        case (.account, .account(let data)): accountPage(data)
        case (.board, .board(let data)): boardPage(data)
        default: Page(title: "", panes: [Pane(title: name(of: state.key), body: .text([Span("")]))], hints: [])
        }
    }

    /// Keys that mean something of their own on the shown page; nil for all others.
    mutating func handleOnPage(_ press: KeyPress) -> [Effect]? {
        guard press.modifiers.subtracting(.shift).isEmpty else { return nil }
        switch (state.key, state.data) {
        case (.day(let day), .list): return dayKey(press, day)
        case (.order, .order(let data)): return orderKey(press, data)
        case (.conflicts, .list): return conflictKey(press)
        case (.refused, .refused(let items)): return refusedKey(press, items)
        case (.reviews, .list): return reviewKey(press)
        case (.board(let day), .board(let data)): return boardKey(press, day, data)
        case (.account, .account(let data)): return accountKey(press, data)
        default: return nil
        }
    }

    /// The tone in which a status is told.
    static func tone(of status: String) -> Tone {
        switch status {
        case "en_route", "dispatched": .warning
        case "on_site", "in_progress", "active", "granted", "signed", "opened": .good
        case "completed", "posted", "closed", "solved", "done": .dim
        case "canceled", "cannot_complete", "urgent", "at_risk", "terminated", "withdrawn", "declined", "failed", "expired": .bad
        case "high", "suspended", "waiting": .warning
        default: .normal
        }
    }

    func status(_ value: String) -> Span { Span(value.isEmpty ? "" : language.choice(value), Self.tone(of: value)) }

    /// The items in which every word of the filter stands.
    func filtered(_ items: [Item]) -> [Item] {
        let words = state.filter.text.lowercased().split(separator: " ").map { Array($0.utf8) }
        guard !words.isEmpty else { return items }
        return items.filter { item in words.allSatisfy { item.search.holds($0) } }
    }

    func when(_ milliseconds: Int64?) -> String { milliseconds.map { moments.short($0, now: now) } ?? "" }
}

extension [UInt8] {
    /// Whether the bytes stand in it, next to each other.
    func holds(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first else { return true }
        return withUnsafeBytes { here in
            bytes.withUnsafeBytes { part in
                var rest = here[...]
                while rest.count >= part.count, let start = rest.firstIndex(of: first) {
                    rest = rest[start...]
                    if rest.count >= part.count, rest.prefix(part.count).elementsEqual(part) { return true }
                    rest = rest.dropFirst()
                }
                return false
            }
        }
    }
}
