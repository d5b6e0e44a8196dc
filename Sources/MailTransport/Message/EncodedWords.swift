/// Texts in headers that are not plain ASCII (RFC 2047).
enum EncodedWords {
    /// The text as words that a header's lines are made of, each at most `MailLimits.wordBytes` long and with whole characters of Unicode. White space between
    /// them means nothing, so a line may be folded between any two.
    static func of(_ text: String) -> [String] {
        let quotedLength = text.unicodeScalars.reduce(0) { $0 + quoted($1).utf8.count }
        let isShorterQuoted = quotedLength <= (text.utf8.count + 2) / 3 * 4
        let prefix = isShorterQuoted ? "=?UTF-8?Q?" : "=?UTF-8?B?"
        let room = MailLimits.wordBytes - prefix.utf8.count - 2
        var words: [String] = []
        var piece = String.UnicodeScalarView()
        var length = 0
        func end() {
            let body = isShorterQuoted ? piece.map(quoted).joined() : Base64.text(Array(String(piece).utf8))
            words.append(prefix + body + "?=")
            piece = String.UnicodeScalarView()
            length = 0
        }
        for scalar in text.unicodeScalars {
            // In base 64 three bytes are four characters, and the last ones are filled up.
            let more = isShorterQuoted ? quoted(scalar).utf8.count : String(scalar).utf8.count
            let isFull = isShorterQuoted ? length + more > room : (length + more + 2) / 3 * 4 > room
            if isFull { end() }
            piece.append(scalar)
            length += more
        }
        end()
        return words
    }

    /// Whether a text can stand as it is: printable, with single spaces inside, no word too long for a line, and nothing that looks encoded.
    static func isPlain(_ text: String) -> Bool {
        guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), !text.contains("=?") else { return false }
        return text.split(separator: " ", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty && $0.utf8.count <= MailLimits.wordBytes }
    }

    /// The Q encoding with the characters that are safe within a person's name too (section 5, rule 3).
    private static func quoted(_ scalar: Unicode.Scalar) -> String {
        if scalar == " " { return "_" }
        if scalar.isASCII, HostName.isAlphanumeric(UInt8(scalar.value)) || "!*+-/".unicodeScalars.contains(scalar) { return String(scalar) }
        return Escape.bytes(String(scalar).utf8, with: "=")
    }
}
