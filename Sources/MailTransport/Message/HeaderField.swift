/// A field of a header, as words between which its lines may be folded. Words have no line breaks: they are made of what has been parsed.
struct HeaderField {
    let name: String
    let words: [String]

    init(_ name: String, _ words: [String]) {
        self.name = name
        self.words = words
    }

    init(_ name: String, _ word: String) { self.init(name, [word]) }

    /// A text without any structure, such as a subject.
    init(_ name: String, text: String) {
        self.init(name, EncodedWords.isPlain(text) ? text.split(separator: " ").map(String.init) : EncodedWords.of(text))
    }

    /// A list of mailboxes.
    init(_ name: String, mailboxes: [Mailbox]) {
        var words: [String] = []
        for (index, mailbox) in mailboxes.enumerated() {
            words += Self.phrase(mailbox.name)
            let address = mailbox.name == nil ? mailbox.address.text : "<\(mailbox.address.text)>"
            words.append(address + (index < mailboxes.count - 1 ? "," : ""))
        }
        self.init(name, words)
    }

    private static func phrase(_ name: String?) -> [String] {
        guard let name else { return [] }
        guard EncodedWords.isPlain(name) else { return EncodedWords.of(name) }
        let words = name.split(separator: " ")
        if words.allSatisfy({ $0.utf8.allSatisfy(EmailAddress.isAtomText) }) { return words.map(String.init) }
        // A quoted name is folded nowhere: some readers keep the line's end.
        return name.utf8.count <= MailLimits.wordBytes ? [quoted(name)] : EncodedWords.of(name)
    }

    static func quoted(_ text: String) -> String {
        "\"" + text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
    }

    /// Appends the lines. A word that is too long for a line stands on one of its own.
    func write(to bytes: inout [UInt8]) {
        bytes += Array(name.utf8) + [UInt8(ascii: ":")]
        var column = name.utf8.count + 1
        for (index, word) in words.enumerated() {
            let width = word.utf8.count + 1
            // Never directly behind the name: a first line without any value is taken for an empty field by some.
            if index > 0, column + width > MailLimits.foldAt {
                bytes += [0x0D, 0x0A]
                column = 0
            }
            bytes.append(UInt8(ascii: " "))
            bytes += word.utf8
            column += width
        }
        bytes += [0x0D, 0x0A]
    }
}
