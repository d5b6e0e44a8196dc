/// The types that a custom field may have, in the notation of a schema file.
public enum CustomType {
    /// What cannot be read as a type.
    public struct Mistake: Error, Hashable, CustomStringConvertible {
        public let description: String
    }

    /// The types that there are, for people.
    public static let forms = "text <bytes>, integer [<least>..<most>], real, boolean, timestamp, date, choice a | b"

    /// Reads a type. Nothing of the text is taken on trust: it may come from anywhere.
    public static func read(_ text: String) throws(Mistake) -> FieldType {
        guard text.utf8.count <= CustomLimits.typeBytes else { throw Mistake(description: "The type has more than \(CustomLimits.typeBytes) bytes.") }
        let words = text.split(separator: " ").map(String.init)
        guard let first = words.first else { throw Mistake(description: "The type is empty. The types are: \(forms).") }
        let rest = Array(words.dropFirst())
        switch first {
        case "text":
            guard rest.count == 1, let bytes = Int(rest[0]), 1...CustomLimits.textBytes ~= bytes else {
                throw Mistake(description: "A text says how many bytes it may have, 1 to \(CustomLimits.textBytes), such as `text 200`.")
            }
            return .text(maximumBytes: bytes)
        case "integer": return try integer(rest)
        case "choice": return try choice(rest)
        case "real", "boolean", "timestamp", "date":
            guard rest.isEmpty else { throw Mistake(description: "`\(first)` takes nothing behind it.") }
            switch first {
            case "real": return .real
            case "boolean": return .boolean
            case "timestamp": return .timestamp
            default: return .date
            }
        default: throw Mistake(description: "There is no such type. The types are: \(forms).")
        }
    }

    /// A type as `read` takes it; nil for those that no custom field has.
    public static func text(of type: FieldType) -> String? {
        switch type {
        case .text(let bytes): "text \(bytes)"
        case .integer(safeIntegers.lowerBound, safeIntegers.upperBound): "integer"
        case .integer(let least, let most): "integer \(least)..\(most)"
        case .real: "real"
        case .boolean: "boolean"
        case .timestamp: "timestamp"
        case .date: "date"
        case .choice(let choices): "choice \(choices.joined(separator: " | "))"
        case .reference, .anyReference, .bytes, .blob, .custom: nil
        }
    }

    /// The value that a text from a file stands for; nil if it stands for none of the type. A time is written as
    /// `2026-06-15T08:30:00Z` or in Unix milliseconds, a date as `2026-06-15`.
    public static func value(_ text: String, as type: FieldType) -> Value? {
        switch type {
        case .text, .choice: return .text(text)
        case .integer: return Int64(text).map { .integer($0) }
        case .real: return Double(text).flatMap { Value.normalized(real: $0) }
        case .boolean:
            return ["true": true, "yes": true, "false": false, "no": false][text].map { .boolean($0) }
        case .date: return day(text[...]).map { .integer($0) }
        case .timestamp: return (Int64(text) ?? instant(text)).map { .integer($0) }
        case .reference, .anyReference, .bytes, .blob, .custom: return nil
        }
    }

    private static func day(_ text: Substring) -> Int64? {
        guard text.utf8.count == 10, let bucket = CalendarBucket(text), bucket.unit == .day, bucket.description == text else { return nil }
        return bucket.number
    }

    private static func instant(_ text: String) -> Int64? {
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        guard parts.count == 2, let day = day(parts[0]), parts[1].utf8.count == 9, parts[1].hasSuffix("Z") else { return nil }
        let clock = parts[1].dropLast().split(separator: ":", omittingEmptySubsequences: false).map { $0.utf8.count == 2 ? Int64($0) : nil }
        guard clock.count == 3, let hours = clock[0], let minutes = clock[1], let seconds = clock[2], 0..<24 ~= hours, 0..<60 ~= minutes,
            0..<60 ~= seconds
        else { return nil }
        return ((day * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1_000
    }

    /// True if both take values of one kind, whatever their limits are.
    static func areAlike(_ a: FieldType, _ b: FieldType) -> Bool {
        switch (a, b) {
        case (.text, .text), (.integer, .integer), (.real, .real), (.boolean, .boolean), (.timestamp, .timestamp), (.date, .date),
            (.choice, .choice): true
        default: false
        }
    }

    /// Integers that every JSON reader holds exactly.
    private static let safeIntegers: ClosedRange<Int64> = -9_007_199_254_740_991...9_007_199_254_740_991

    private static func integer(_ words: [String]) throws(Mistake) -> FieldType {
        if words.isEmpty { return .integer(minimum: safeIntegers.lowerBound, maximum: safeIntegers.upperBound) }
        let bounds = words[0].split(separator: ".", omittingEmptySubsequences: false)
        guard words.count == 1, bounds.count == 3, bounds[1].isEmpty, let least = Int64(bounds[0]), let most = Int64(bounds[2]), least <= most
        else { throw Mistake(description: "The range cannot be read. Write `integer <least>..<most>`, such as `integer 0..100`.") }
        return .integer(minimum: least, maximum: most)
    }

    private static func choice(_ words: [String]) throws(Mistake) -> FieldType {
        let names = words.joined(separator: " ").split(separator: "|", omittingEmptySubsequences: false).map { part in
            part.split(separator: " ").joined(separator: " ")
        }
        guard 2...CustomLimits.choices ~= names.count else {
            throw Mistake(description: "A choice has 2 to \(CustomLimits.choices) values with | between them, such as `choice gold | silver`.")
        }
        guard names.allSatisfy(CustomLimits.isChoice) else {
            throw Mistake(description: "A value of a choice has at most \(CustomLimits.choiceBytes) letters, digits, hyphens and underscores, a letter first.")
        }
        guard Set(names).count == names.count else { throw Mistake(description: "A value stands twice in the choice.") }
        return .choice(names)
    }
}
