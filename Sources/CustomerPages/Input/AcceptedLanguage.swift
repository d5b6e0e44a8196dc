/// Which language a browser would like (RFC 9110, section 12.5.4).
enum AcceptedLanguage {
    /// The wanted languages, the most wanted first.
    static func parse(_ header: String?) -> [String] {
        guard let header, header.utf8.count <= 500 else { return [] }
        let ranges = header.split(separator: ",").prefix(20).compactMap { range -> (language: String, weight: Double)? in
            let parts = range.split(separator: ";").map { String($0.filter { !$0.isWhitespace }) }
            guard let language = parts.first, language != "*" else { return nil }
            let weight = parts.dropFirst().first.flatMap { $0.hasPrefix("q=") ? Double($0.dropFirst(2)) : nil } ?? 1
            return weight > 0 ? (language, weight) : nil
        }
        // Sorting is not stable by promise: of two that are wanted alike the first one counts.
        return ranges.enumerated().sorted { ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset) }.map(\.element.language)
    }
}
