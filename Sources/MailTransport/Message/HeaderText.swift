/// A text of one line for a header: a subject, the name of a person or of a file, in any script.
enum HeaderText {
    /// Characters that end a line or are no characters of a text, for somebody who reads it: the controls of ASCII and Latin-1, and Unicode's
    /// separators of lines and paragraphs.
    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: true
        default: false
        }
    }

    /// Characters that turn the direction of what follows: with them a name can show an address that is not its own.
    private static func turnsDirection(_ scalar: Unicode.Scalar) -> Bool {
        (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }

    /// - Parameter what: begins the message of an error: "The subject".
    static func check(_ text: String, _ what: String, limit: Int) throws(MailError) {
        guard text.utf8.count <= limit else {
            throw MailError(.tooLarge, "\(what) has \(text.utf8.count) bytes; \(limit) are allowed. Shorten it.")
        }
        for scalar in text.unicodeScalars where isControl(scalar) || turnsDirection(scalar) {
            let digits = String(scalar.value, radix: 16, uppercase: true)
            let number = String(repeating: "0", count: 4 - digits.count) + digits
            throw MailError(.invalidHeader, "\(what) has the control character U+\(number), such as a line break, which a header must not have. Remove it.")
        }
    }
}
