import Foundation
import TerminalScreen

/// A pick-list in a form: arrows go through it, and what is typed looks for a label.
struct ChoiceInput: Sendable, Equatable {
    let choices: [FormField.Choice]
    /// The chosen one; nil until one is chosen.
    private(set) var index: Int?
    /// Arrows alone change it: of a choice with weight in law nothing that is typed may make another.
    let isDeliberate: Bool
    /// What was typed to find one.
    private(set) var search = ""
    /// No label holds what was typed, so that the choice from before it stands.
    private(set) var isLost = false
    /// Something was typed where only arrows choose.
    private(set) var wasTypedOn = false
    /// What was chosen before anything was typed.
    private var former: Int?

    /// More than any label that is looked for.
    static let searchAtMost = 80

    init(_ choices: [FormField.Choice], _ index: Int?, isDeliberate: Bool = false) {
        self.choices = choices
        self.index = index.flatMap { choices.indices.contains($0) ? $0 : nil }
        self.isDeliberate = isDeliberate
    }

    var chosen: FormField.Choice? { index.map { choices[$0] } }

    mutating func take(_ press: KeyPress) {
        switch (press.key, press.modifiers.contains(.control)) {
        case (.left, _): move(-1)
        case (.right, _): move(1)
        case (.character(" "), false) where search.isEmpty && !isDeliberate: move(1)
        case (.character("u"), true): find("")
        case (.backspace, _): if !search.isEmpty { find(String(search.dropLast())) }
        case (.character(let character), false) where !press.modifiers.contains(.alt): type(String(character))
        default: break
        }
    }

    mutating func type(_ text: String) {
        guard !isDeliberate else {
            wasTypedOn = true
            return
        }
        find(String((search + text.filter { !$0.isNewline }).prefix(Self.searchAtMost)))
    }

    mutating func choose(_ index: Int) {
        guard choices.indices.contains(index) else { return }
        self.index = index
        endSearch()
    }

    /// The field is left or entered: what was found is chosen. What was not found stays to be seen.
    mutating func settle() {
        if !isLost { endSearch() }
    }

    private mutating func move(_ by: Int) {
        guard !choices.isEmpty else { return }
        choose(index.map { ($0 + by + choices.count) % choices.count } ?? (by > 0 ? 0 : choices.count - 1))
    }

    private mutating func endSearch() {
        (search, former, isLost, wasTypedOn) = ("", nil, false, false)
    }

    private mutating func find(_ text: String) {
        if search.isEmpty { former = index }
        search = text
        guard !text.isEmpty else {
            index = former
            return endSearch()
        }
        let found = best(Self.folded(text))
        index = found ?? former
        isLost = found == nil
    }

    /// Labels that begin so come before those of which a word does, and these before those that hold it anywhere.
    private func best(_ text: String) -> Int? {
        let labels = choices.map { Self.folded($0.label) }
        return labels.firstIndex { $0.hasPrefix(text) } ?? labels.firstIndex { $0.contains(" " + text) } ?? labels.firstIndex { $0.contains(text) }
    }

    private static func folded(_ text: String) -> String { text.folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil) }
}
