/// Texts as they can be printed: what could not be seen, or would change what stands around it, becomes visible.
enum PrintableText {
    /// Control characters, noncharacters and the overrides of direction, by which text shows in another order than it is in,
    /// become U+FFFD. Line ends become U+000A.
    static func of(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var previous: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            defer { previous = scalar }
            switch scalar.value {
            case 0x0A where previous == "\r": continue
            case 0x0A, 0x0D, 0x85, 0x0B, 0x0C, 0x2028, 0x2029: result.append("\n")
            case 0x09: result.append(" ")
            case 0...0x1F, 0x7F...0x9F, 0x202D, 0x202E, 0xFFFE, 0xFFFF, 0xFDD0...0xFDEF, 0xFFF9...0xFFFC: result.append("\u{FFFD}")
            case let value where value & 0xFFFE == 0xFFFE: result.append("\u{FFFD}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// The paragraphs of a text, which are parted by empty lines. A paragraph that is longer than Pango breaks into lines in
    /// good time goes on in another, from a space on if there is one.
    static func paragraphs(of text: String, longest: Int = 8_192) -> [String] {
        var paragraphs: [[Substring]] = [[]]
        for line in of(text).split(separator: "\n", omittingEmptySubsequences: false) {
            if line.allSatisfy(\.isWhitespace) {
                if paragraphs.last?.isEmpty == false { paragraphs.append([]) }
            } else {
                paragraphs[paragraphs.count - 1].append(line)
            }
        }
        return paragraphs.filter { !$0.isEmpty }.flatMap { pieces(of: $0.joined(separator: "\n"), longest: longest) }
    }

    private static func pieces(of text: String, longest: Int) -> [String] {
        guard text.utf8.count > longest else { return [text] }
        var pieces: [String] = []
        var rest = Substring(text)
        while rest.utf8.count > longest {
            // Characters, so that no letter is parted from its accents; a character of thousands of accents is taken whole.
            var end = rest.startIndex, space: Substring.Index?
            while end < rest.endIndex, rest.utf8.distance(from: rest.startIndex, to: end) < longest {
                if rest[end].isWhitespace { space = rest.index(after: end) }
                end = rest.index(after: end)
            }
            let cut = space ?? end
            pieces.append(String(rest[..<cut]))
            rest = rest[cut...]
        }
        if !rest.isEmpty { pieces.append(String(rest)) }
        return pieces
    }
}
