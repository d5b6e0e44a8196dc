/// Text on its way to a screen.
public enum ShownText {
    /// A character that a terminal only shows. What it would obey (controls, among them those that begin sequences) and what
    /// reorders the text around it becomes a space or a mark: the values of rows come from anywhere.
    static func harmless(_ character: Character) -> Character {
        guard let first = character.unicodeScalars.first else { return " " }
        if first.value >= 0x20 && first.value < 0x7F { return character.unicodeScalars.count == 1 ? character : limited(character) }
        if first == "\n" || first == "\t" || first == "\r" || character == "\r\n" { return " " }
        if character.unicodeScalars.contains(where: isObeyed) { return "\u{FFFD}" }
        return limited(character)
    }

    /// Of a character with heaps of marks, the first few.
    private static func limited(_ character: Character) -> Character {
        guard character.unicodeScalars.count > 8 else { return character }
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: character.unicodeScalars.prefix(8))
        return String(scalars).first ?? " "
    }

    private static func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFFF9...0xFFFB: true
        default: false
        }
    }

    /// As much of a text as fits, with the mark behind it if it is not all.
    public static func cut(_ text: String, to columns: Int, mark: Character = "…") -> String {
        if CharacterWidth.of(text) <= columns { return text }
        guard columns > 0 else { return "" }
        let room = columns - CharacterWidth.of(mark)
        var used = 0, shown = ""
        for character in text {
            let width = CharacterWidth.of(character)
            if used + width > room { break }
            used += width
            shown.append(character)
        }
        while shown.last == " " { shown.removeLast() }
        return shown + String(mark)
    }

    /// Breaks a text into lines at spaces, and within words that are longer than a line.
    public static func wrapped(_ text: String, to columns: Int) -> [String] {
        guard columns > 0 else { return [] }
        return text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { wrappedLine(String($0), columns) }
    }

    private static func wrappedLine(_ text: String, _ columns: Int) -> [String] {
        // Columns within a line that fits stay as they are.
        if CharacterWidth.of(text) <= columns { return [text] }
        var indent = String(text.prefix { $0 == " " }.prefix(columns / 2)), line = indent, words = text[...]
        // Indented, a word and a gap: a line of a list, in which what follows stays in its column.
        if let head = text.prefixMatch(of: #/ {2,}\S+(?: \S+)? {2,}/#)?.0, CharacterWidth.of(head) <= columns / 3 {
            line = String(head)
            indent = String(repeating: " ", count: CharacterWidth.of(head))
            words = text.dropFirst(head.count)
        }
        var lines: [String] = [], isFresh = true
        func flush() { lines.append(line); line = indent; isFresh = true }
        for word in words.split(separator: " ") {
            var rest = String(word)
            if !isFresh, CharacterWidth.of(line) + 1 + CharacterWidth.of(rest) > columns { flush() }
            while CharacterWidth.of(line) + CharacterWidth.of(rest) > columns, isFresh {
                let part = cutExactly(rest, to: columns - CharacterWidth.of(line))
                guard !part.isEmpty else { break }
                line += part
                rest.removeFirst(part.count)
                flush()
            }
            if rest.isEmpty { continue }
            line += isFresh ? rest : " " + rest
            isFresh = false
        }
        if !isFresh || lines.isEmpty { lines.append(line) }
        return lines
    }

    private static func cutExactly(_ text: String, to columns: Int) -> String {
        var used = 0
        return String(text.prefix { character in
            used += CharacterWidth.of(character)
            return used <= columns
        })
    }
}
