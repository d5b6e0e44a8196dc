/// Text within HTML, in elements and in quoted attributes.
enum HTMLText {
    /// Escaped scalar by scalar: a mark that combines with a quotation mark makes another character of it for Swift, and none for a browser, so an escape
    /// that goes by characters lets it through.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
