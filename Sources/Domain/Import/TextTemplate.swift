/// A text with the names of columns in braces, such as `{Complaint Type}: {Descriptor}`. `{{` and `}}` stand
/// for single braces.
struct TextTemplate: Hashable, Sendable {
    enum Part: Hashable, Sendable {
        case literal(String)
        case column(String)
    }

    let parts: [Part]

    var columns: [String] { parts.compactMap { if case .column(let name) = $0 { name } else { nil } } }

    /// Nil if a brace has no partner.
    init?(_ text: String) {
        var parts: [Part] = []
        var literal = "", column: String?
        var rest = text[...]
        while let first = rest.popFirst() {
            switch (first, column) {
            case ("{", nil) where rest.first == "{", ("}", nil) where rest.first == "}":
                literal.append(first)
                rest.removeFirst()
            case ("{", nil):
                if !literal.isEmpty { parts.append(.literal(literal)) }
                literal = ""
                column = ""
            case ("}", let name?):
                if name.isEmpty { return nil }
                parts.append(.column(name))
                column = nil
            case ("{", _), ("}", nil): return nil
            case (_, nil): literal.append(first)
            case (_, let name?): column = name + String(first)
            }
        }
        if column != nil { return nil }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        self.parts = parts
    }

    /// The text with all columns filled in; nil if one of them is empty.
    func filled(_ value: (String) -> String?) -> String? {
        var text = ""
        for part in parts {
            switch part {
            case .literal(let literal): text += literal
            case .column(let name):
                guard let found = value(name), !found.isEmpty else { return nil }
                text += found
            }
        }
        return text
    }
}

/// What can be done to a text on its way in.
enum TextConversion: String, CaseIterable, Sendable {
    /// No blanks at the ends, one blank between words.
    case tidy
    case upper
    case lower
    /// Every word with a capital, the rest of it small.
    case title
    /// One capital at the beginning.
    case sentence

    /// One look at the bytes of what is almost always tidy already.
    private static func isTidy(_ text: String) -> Bool {
        var last = UInt8(ascii: " ")
        for byte in text.utf8 {
            let isPlain = (0x21...0x7E).contains(byte) || byte == UInt8(ascii: " ") && last != UInt8(ascii: " ")
            if !isPlain { return false }
            last = byte
        }
        return last != UInt8(ascii: " ")
    }

    func apply(_ text: String) -> String {
        switch self {
        case .tidy: return Self.isTidy(text) ? text : text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        case .upper: return text.uppercased()
        case .lower: return text.lowercased()
        case .sentence: return text.prefix(1).uppercased() + text.dropFirst().lowercased()
        case .title:
            var result = "", isInside = false
            for character in text {
                // A digit begins a word as well, so that "34TH" becomes "34th".
                let isPart = character.isLetter || character.isNumber || character == "'"
                result += isInside ? character.lowercased() : character.uppercased()
                isInside = isPart
            }
            return result
        }
    }
}
