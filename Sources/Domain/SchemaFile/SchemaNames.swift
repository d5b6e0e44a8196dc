/// What collections, groups, fields and roles may be called.
enum SchemaNames {
    /// Reports a name that cannot be used.
    static func check(_ name: Located, _ what: String, log: MistakeLog) {
        let text = name.text
        if text.hasPrefix("_") || text.hasPrefix("sqlite_") {
            log.add(name.place, "the \(what) name `\(text)` is reserved", "Names beginning with `_` or `sqlite_` belong to the store; choose another.")
        } else if !isWellFormed(text) {
            log.add(name.place, "the \(what) name `\(text)` is not usable",
                "Use lower-case letters, digits and underscores, a letter first, at most 63.")
        }
    }

    /// Reports a name that SQL or the store keeps for itself.
    static func checkColumn(_ name: Located, _ what: String, log: MistakeLog) {
        check(name, what, log: log)
        if storeColumns.contains(name.text) {
            log.add(name.place, "the \(what) name `\(name.text)` is reserved", "The store has a column of this name; choose another.")
        } else if sqlWords.contains(name.text) {
            log.add(name.place, "the \(what) name `\(name.text)` is a word of SQL", "Choose another, so that people can query it without quotes.")
        }
    }

    static func isWellFormed(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 63, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else {
            return false
        }
        return name.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
            default: false
            }
        }
    }

    /// Choices are values, not names, so codes such as `EUR` are welcome.
    static func isChoice(_ text: String) -> Bool {
        isWellFormed(text.lowercased().replacing("-", with: "_"))
    }

    /// Columns that every table has beside its fields.
    static let storeColumns: Set = ["id", "clock", "sequence", "rowid", "oid"]

    /// The words that SQLite does not take as names without quotes. Its other keywords, such as `conflict`,
    /// it does (https://www.sqlite.org/lang_keywords.html and the fallbacks of its grammar).
    static let sqlWords = Set(
        """
        add all alter and as autoincrement between case check collate commit constraint create current_date
        current_time current_timestamp default deferrable delete distinct drop else escape except exists
        foreign from group having in index indexed insert intersect into is isnull join limit not nothing
        notnull null on or order primary references returning select set table then to transaction union
        unique update using values when where
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}
