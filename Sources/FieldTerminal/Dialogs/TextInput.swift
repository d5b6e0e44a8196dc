import TerminalScreen

/// A line of text that is typed. It holds no line breaks.
struct TextInput: Sendable, Equatable {
    private(set) var characters: [Character]
    private(set) var cursor: Int
    /// All of it is marked: what is typed takes its place.
    private(set) var isMarked = false

    /// What a field of the schema may hold at most, and more than anybody types.
    static let limit = 8_000

    init(_ text: String = "") {
        characters = Array(text.replacing("\n", with: " "))
        cursor = characters.count
    }

    var text: String { String(characters) }

    /// Where a field with a value in it is entered.
    mutating func mark() {
        cursor = characters.count
        isMarked = !characters.isEmpty
    }

    mutating func unmark() { isMarked = false }

    mutating func insert(_ text: String) {
        if isMarked { (characters, cursor, isMarked) = ([], 0, false) }
        let new = text.map { $0.isNewline || $0 == "\t" ? " " : $0 }.prefix(max(Self.limit - characters.count, 0))
        characters.insert(contentsOf: new, at: cursor)
        cursor += new.count
    }

    /// - Returns: false for a key that means nothing in a text.
    mutating func take(_ press: KeyPress) -> Bool {
        switch (press.key, press.modifiers.contains(.control)) {
        case (.character("a"), true), (.home, _): cursor = 0
        case (.character("e"), true), (.end, _): cursor = characters.count
        case (.character("u"), true):
            characters.removeFirst(cursor)
            cursor = 0
        case (.character("w"), true):
            let start = characters[..<cursor].lastIndex { $0 != " " }.flatMap { characters[..<$0].lastIndex(of: " ") }.map { $0 + 1 } ?? 0
            characters.removeSubrange(start..<cursor)
            cursor = start
        case (.character(let character), false) where !press.modifiers.contains(.alt): insert(String(character))
        case (.left, _): cursor = max(cursor - 1, 0)
        case (.right, _): cursor = min(cursor + 1, characters.count)
        case (.backspace, _):
            if cursor > 0 {
                cursor -= 1
                characters.remove(at: cursor)
            }
        case (.delete, _): if cursor < characters.count { characters.remove(at: cursor) }
        default: return false
        }
        unmark()
        return true
    }

    /// As much as fits, with the cursor in it, and in which column that is.
    func window(_ columns: Int) -> (text: String, cursor: Int) {
        guard columns > 1 else { return ("", 0) }
        var start = cursor, used = 0
        while start > 0, used + CharacterWidth.of(characters[start - 1]) < columns {
            start -= 1
            used += CharacterWidth.of(characters[start])
        }
        return (String(characters[start...].prefix(columns)), used)
    }
}
