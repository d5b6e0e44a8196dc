/// The text of a set's column: a JSON array of strings, for readers with any SQL tool.
enum SetColumn {
    /// Escapes only what JSON demands, so that the text stays readable.
    static func json(_ elements: [String]) -> String {
        var out = "["
        for (index, element) in elements.enumerated() { out += (index == 0 ? "" : ",") + string(element) }
        return out + "]"
    }

    /// A text with its quotes.
    static func string(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
