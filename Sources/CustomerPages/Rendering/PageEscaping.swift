import Mustache

/// How values are written into pages.
///
/// The renderer's own escaping looks at characters as readers see them. A quotation mark with a combining mark behind it is another character to it,
/// and would end an attribute; so this one looks at the scalars.
struct PageEscaping: MustacheContentType {
    private static let name = "PAGE"

    /// What a template begins with to be escaped so.
    static let pragma: String = {
        MustacheContentTypes.register(PageEscaping(), named: name)
        return "{{% CONTENT_TYPE:\(name)}}"
    }()

    func escapeText(_ text: String) -> String { Self.escape(text) }

    static func escape(_ text: String) -> String {
        var out = ""
        out.reserveCapacity(text.utf8.count + 16)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            // Browsers drop the line's end that stands first in an element that keeps lines.
            case "\n": out += "&#10;"
            case "\t": out.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}": out.unicodeScalars.append("\u{fffd}")
            // HTML has no such characters (WHATWG HTML, section 13.2.3.5).
            case _ where (0xfdd0...0xfdef).contains(scalar.value): out.unicodeScalars.append("\u{fffd}")
            case _ where scalar.value & 0xfffe == 0xfffe: out.unicodeScalars.append("\u{fffd}")
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// A value within a sentence: one line, without marks that turn the direction of what follows, and set apart from what is around it (Unicode UAX #9).
    static func isolated(_ value: String) -> String {
        let plain = value.unicodeScalars.filter { !("\u{202a}"..."\u{202e}" ~= $0) && !("\u{2066}"..."\u{2069}" ~= $0) }
        let line = String(String.UnicodeScalarView(plain)).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return "\u{2068}\(line)\u{2069}"
    }
}
