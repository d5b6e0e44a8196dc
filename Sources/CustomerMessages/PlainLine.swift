/// Texts of one line, for values of anybody.
enum PlainLine {
    /// The text as one line: runs of white space, line breaks and controls are a space, and marks that turn the direction of what follows are gone, for
    /// with them a value could show what it is not. Cut at a number of characters.
    static func of(_ text: String, limit: Int) -> String {
        var line = String.UnicodeScalarView()
        var isSpaceDue = false
        // What lies far beyond the limit cannot be shown, and is not looked at.
        for scalar in text.unicodeScalars.prefix(limit * MessageLimits.characterBytes) {
            if turnsDirection(scalar) { continue }
            if isSpace(scalar) {
                isSpaceDue = !line.isEmpty
                continue
            }
            if isSpaceDue { line.append(" ") }
            isSpaceDue = false
            line.append(scalar)
        }
        return cut(String(line), limit: limit)
    }

    /// At most so many characters and bytes, with `…` for what is cut off.
    static func cut(_ line: String, limit: Int, bytes: Int? = nil) -> String {
        let most = bytes ?? limit * MessageLimits.characterBytes
        guard line.count > limit || line.utf8.count > most else { return line }
        var kept = ""
        var used = "…".utf8.count
        for character in line.prefix(limit - 1) where character.utf8.count <= MessageLimits.characterBytes {
            used += character.utf8.count
            if used > most { break }
            kept.append(character)
        }
        while kept.last?.isWhitespace == true { kept.removeLast() }
        return kept + "…"
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x20, 0x7F...0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFF9...0xFFFC: true
        // No characters at all, and errors in HTML (WHATWG HTML, section 13.2.3.5).
        case 0xFDD0...0xFDEF: true
        case let value where value & 0xFFFE == 0xFFFE: true
        default: scalar.properties.isWhitespace
        }
    }

    private static func turnsDirection(_ scalar: Unicode.Scalar) -> Bool {
        (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }
}
