/// Texts as they can be printed: what could not be seen, or would change what stands around it, becomes visible.
enum PrintableText {
    /// Control characters, noncharacters and the overrides of direction, by which text shows in another order than it is in,
    /// become U+FFFD. Line ends become U+000A.
    ///
    /// Pango's work grows with the square of a word's length, so that one of a megabyte would take it hours: a line ends within
    /// words longer than `word` bytes, where a page would have ended it many times, and after a space in lines longer than `line`.
    static func of(_ text: String, word: Int = 1_024, line: Int = 8_192) -> String {
        var result = String.UnicodeScalarView()
        var previous: Unicode.Scalar = " "
        var lineLength = 0, wordLength = 0
        for scalar in text.unicodeScalars {
            defer { previous = scalar }
            if scalar == "\n", previous == "\r" { continue }
            let printable = printable(scalar)
            // Letters keep their accents, unless there is no end of them.
            let isEndless = wordLength >= word && (!scalar.properties.isGraphemeExtend || wordLength >= 2 * word)
            if isEndless || lineLength >= line && wordLength == 0 {
                result.append("\n")
                (lineLength, wordLength) = (0, 0)
            }
            result.append(printable)
            let length = UTF8.width(printable)
            lineLength = printable == "\n" ? 0 : lineLength + length
            wordLength = printable.properties.isWhitespace ? 0 : wordLength + length
        }
        return String(result)
    }

    private static func printable(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0x0A...0x0D, 0x85, 0x2028, 0x2029: "\n"
        case 0x09: " "
        case 0...0x1F, 0x7F...0x9F, 0x202D, 0x202E, 0xFDD0...0xFDEF, 0xFFF9...0xFFFC: "\u{FFFD}"
        case let value where value & 0xFFFE == 0xFFFE: "\u{FFFD}"
        default: scalar
        }
    }

    /// The paragraphs of a text, which are parted by empty lines.
    static func paragraphs(of text: String) -> [String] {
        var paragraphs: [[Substring]] = [[]]
        for line in of(text).split(separator: "\n", omittingEmptySubsequences: false) {
            if line.allSatisfy(\.isWhitespace) {
                if paragraphs.last?.isEmpty == false { paragraphs.append([]) }
            } else {
                paragraphs[paragraphs.count - 1].append(line)
            }
        }
        return paragraphs.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }
    }
}
