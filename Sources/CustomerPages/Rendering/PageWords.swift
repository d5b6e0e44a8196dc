/// What the pages say in one language.
struct PageWords: Sendable {
    /// BCP 47.
    let language: String
    /// By key. Templates name them as `w.key`.
    let texts: [String: String]

    /// By language.
    static let all: [String: PageWords] = PageFiles.words.reduce(into: [:]) { all, file in
        all[file.key] = PageWords(language: file.key, texts: read(file.value))
    }

    /// The words for the first language of which there are any; English for others.
    static func best(for languages: [String]) -> PageWords {
        for language in languages {
            var tag = language.lowercased()[...]
            while !tag.isEmpty {
                if let words = all[String(tag)] { return words }
                tag = tag[..<(tag.lastIndex(of: "-") ?? tag.startIndex)]
            }
        }
        return all["en"] ?? PageWords(language: "en", texts: [:])
    }

    /// A text with values put in. A key that is missing is shown: a test compares the files.
    func callAsFunction(_ key: String, _ values: [String: String] = [:]) -> String {
        guard let text = texts[key] else { return key }
        // One pass, so that a value with braces stays as it is.
        var out = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            out += rest[..<open]
            let name = String(rest[rest.index(after: open)..<close])
            out += values[name].map(PageEscaping.isolated) ?? "{\(name)}"
            rest = rest[rest.index(after: close)...]
        }
        return out + rest
    }

    /// Lines of `key = text`; `#` begins a comment.
    static func read(_ file: String) -> [String: String] {
        file.split(separator: "\n").reduce(into: [:]) { texts, line in
            guard !line.hasPrefix("#"), let sign = line.firstRange(of: " = ") else { return }
            texts[String(line[..<sign.lowerBound])] = String(line[sign.upperBound...])
        }
    }

    /// Of writing, as HTML's `dir` names it.
    static func direction(_ language: String) -> String {
        let primary = language.lowercased().prefix { $0 != "-" && $0 != "_" }
        return ["ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"].contains(String(primary)) ? "rtl" : "ltr"
    }

    /// As HTML's `lang` takes it; empty, which is "unknown" there, for what is no tag.
    static func tag(_ language: String) -> String {
        let tag = language.split(whereSeparator: { $0 == "_" || $0 == "-" }).joined(separator: "-")
        return tag.utf8.count <= 35 && tag.wholeMatch(of: /[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*/) != nil ? tag : ""
    }
}
