import Foundation

/// What stands for a character where only ASCII can be shown.
enum PlainCharacters {
    private static let others: [Character: Character] = [
        "─": "-", "│": "|", "╭": "+", "╮": "+", "╰": "+", "╯": "+", "├": "+", "┤": "+", "┬": "+", "┴": "+", "┼": "+", "━": "=", "┃": "|",
        "…": "~", "·": ".", "•": "*", "●": "*", "○": "o", "◐": "%", "◌": ".", "▸": ">", "▾": "v", "▏": "|", "▎": "|", "█": "#", "▓": "#", "▒": "=", "░": "-",
        "↑": "^", "↓": "v", "←": "<", "→": ">", "✓": "x", "✗": "!", "✔": "x", "⚠": "!", "–": "-", "—": "-", "“": "\"", "”": "\"", "‘": "'", "’": "'",
        "×": "x", "±": "~", "€": "E", "£": "L", "ß": "s", "ø": "o", "Ø": "O", "ł": "l", "æ": "a", "¿": "?", "¡": "!", "«": "\"", "»": "\"", "Δ": "d",
    ]

    /// One of ASCII: the letter without its marks, something alike, or a question mark.
    static func of(_ character: Character) -> Character {
        if character.isASCII { return character }
        if let other = others[character] { return other }
        guard let base = String(character).decomposedStringWithCanonicalMapping.unicodeScalars.first, base.isASCII else { return "?" }
        return Character(base)
    }
}
