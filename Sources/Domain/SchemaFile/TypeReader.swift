import ReplicationCore

/// Reads what stands behind `type:`.
struct TypeReader {
    let log: MistakeLog
    let lattices: [String: Lattice]
    /// Names and numbers of all collections.
    let collections: [(name: String, number: UInt32)]

    /// Integers that every JSON reader holds exactly: the default domain.
    static let safeIntegers: ClosedRange<Int64> = -9_007_199_254_740_991...9_007_199_254_740_991
    static let names = ["text", "integer", "real", "boolean", "timestamp", "date", "choice", "reference", "bytes", "blob", "custom"]

    /// Nil if the type cannot be read, which has been reported then.
    func read(_ text: Located) -> FieldType? {
        let words = text.text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let first = words.first else {
            log.add(text.place, "the type is empty", "Write one, such as `text 200`.")
            return nil
        }
        let rest = Array(words.dropFirst())
        switch first {
        case "text": return size(rest, text, 1...1_048_576).map { .text(maximumBytes: $0) }
        case "bytes": return size(rest, text, 1...1_048_576).map { .bytes(maximum: $0) }
        case "integer": return integer(rest, text)
        case "choice": return choice(rest, text)
        case "reference": return reference(rest, text)
        case "blob": return blob(rest, text)
        case "real", "boolean", "timestamp", "date", "custom":
            if !rest.isEmpty {
                log.add(text.place, "`\(first)` takes nothing behind it", "Write just `\(first)`.")
                return nil
            }
            switch first {
            case "real": return .real
            case "boolean": return .boolean
            case "timestamp": return .timestamp
            case "custom": return .custom
            default: return .date
            }
        default:
            log.addUnknown(Located(text: first, place: text.place), "type", known: Self.names)
            return nil
        }
    }

    private func size(_ words: [String], _ text: Located, _ range: ClosedRange<Int>) -> Int? {
        guard words.count == 1, let size = Int(words[0]), range.contains(size) else {
            log.add(text.place, "the type `\(text.text)` does not say how many bytes it may have",
                "Write a number from \(range.lowerBound) to \(range.upperBound) behind it, such as `text 200`.")
            return nil
        }
        return size
    }

    /// `blob 20 MiB`, `blob 500 KiB`.
    private func blob(_ words: [String], _ text: Located) -> FieldType? {
        let units: [String: UInt64] = ["KiB": 1 << 10, "MiB": 1 << 20]
        guard words.count == 2, let number = UInt64(words[0]), let unit = units[words[1]], number > 0,
            number <= BlobReference.largestSize / unit
        else {
            log.add(text.place, "the type `\(text.text)` does not say how large a blob may be",
                "Write the size behind it, such as `blob 20 MiB` or `blob 500 KiB`; at most \(BlobReference.largestSize >> 20) MiB.")
            return nil
        }
        return .blob(maximumBytes: number * unit)
    }

    private func integer(_ words: [String], _ text: Located) -> FieldType? {
        if words.isEmpty {
            return .integer(minimum: Self.safeIntegers.lowerBound, maximum: Self.safeIntegers.upperBound)
        }
        let bounds = words[0].split(separator: ".", omittingEmptySubsequences: false)
        guard words.count == 1, bounds.count == 3, bounds[1].isEmpty, let least = Int64(bounds[0]),
            let most = Int64(bounds[2]), least <= most
        else {
            log.add(text.place, "the range of `\(text.text)` cannot be read", "Write `integer <least>..<most>`, such as `integer 0..100`.")
            return nil
        }
        return .integer(minimum: least, maximum: most)
    }

    /// Words separated by `|`; nil, and reported, where it is anything else.
    private func alternatives(_ words: [String], _ text: Located) -> [Located]? {
        let names = words.joined(separator: " ").split(separator: "|", omittingEmptySubsequences: false)
            .map { $0.trimmingSpaces }
        guard !words.isEmpty, names.allSatisfy({ !$0.isEmpty && !$0.contains(" ") }) else {
            log.add(text.place, "the type `\(text.text)` cannot be read", "Write the names with ` | ` between them.")
            return nil
        }
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            log.add(text.place, "`\(name)` stands twice in `\(text.text)`", "Remove one of them.")
        }
        return names.map { Located(text: $0, place: text.place) }
    }

    private func choice(_ words: [String], _ text: Located) -> FieldType? {
        guard let names = alternatives(words, text) else { return nil }
        if names.count == 1 {
            if let lattice = lattices[names[0].text] { return .choice(lattice.states) }
            log.addUnknown(names[0], "lattice", known: lattices.keys.sorted())
            return nil
        }
        for name in names where !SchemaNames.isChoice(name.text) {
            log.add(name.place, "the choice `\(name.text)` is not usable", "Use letters, digits, hyphens and underscores, a letter first.")
        }
        return .choice(names.map(\.text))
    }

    private func reference(_ words: [String], _ text: Located) -> FieldType? {
        if words.first == "any" {
            guard words.count > 1 else { return .anyReference(collections: collections.map(\.number).sorted()) }
            guard words[1] == "but" else {
                log.add(text.place, "the type `\(text.text)` cannot be read", "Write `reference any` or `reference any but a | b`.")
                return nil
            }
            guard let excluded = alternatives(Array(words.dropFirst(2)), text) else { return nil }
            let numbers = excluded.compactMap(number)
            return .anyReference(collections: collections.map(\.number).filter { !numbers.contains($0) }.sorted())
        }
        guard let names = alternatives(words, text) else { return nil }
        let numbers = names.compactMap(number)
        guard numbers.count == names.count else { return nil }
        return numbers.count == 1 ? .reference(collection: numbers[0]) : .anyReference(collections: numbers.sorted())
    }

    private func number(_ name: Located) -> UInt32? {
        if let found = collections.first(where: { $0.name == name.text }) { return found.number }
        log.addUnknown(name, "collection", known: collections.map(\.name))
        return nil
    }
}
