/// The fields of a form that was handed in, as `application/x-www-form-urlencoded` (WHATWG URL, section 5).
struct FormFields: Equatable {
    private var values: [String: [String]] = [:]

    /// Nil for bytes that are no such form, for fields that the form has not, and for fields that are there twice.
    /// - Parameters:
    ///   - known: the names of the form's fields.
    ///   - repeated: of those, the ones that may be there several times.
    init?(_ bytes: [UInt8], known: Set<String>, repeated: Set<String> = [], limits: PageLimits) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let pairs = text.isEmpty ? [] : text.split(separator: "&", omittingEmptySubsequences: false)
        guard pairs.count <= limits.fields else { return nil }
        for pair in pairs {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, let name = PercentCoding.decode(halves[0], isForm: true), known.contains(name),
                let value = PercentCoding.decode(halves[1], isForm: true), values[name] == nil || repeated.contains(name)
            else { return nil }
            // Browsers send each end of a line as two characters, and count it as one.
            values[name, default: []].append(value.split(separator: "\r\n", omittingEmptySubsequences: false).joined(separator: "\n"))
        }
    }

    /// Without white space at both ends; empty if it is not there.
    func text(_ name: String) -> String {
        guard let value = values[name]?.first, let start = value.firstIndex(where: { !$0.isWhitespace }), let end = value.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(value[start...end])
    }

    /// The same in one line.
    func line(_ name: String) -> String { text(name).split(whereSeparator: \.isWhitespace).joined(separator: " ") }

    func all(_ name: String) -> [String] { values[name] ?? [] }
}
