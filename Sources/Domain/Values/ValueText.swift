import ReplicationCore

/// Reads values as people write them in files.
enum ValueText {
    /// What is wrong with a text.
    struct Mistake: Error, Hashable {
        let problem: String
        let remedy: String
    }

    /// The value of a type that a text stands for. References are not read here, because what names a row differs
    /// between files; nor are values by key, whose type a definition says.
    static func read(_ text: String, as type: FieldType) throws(Mistake) -> Value {
        switch type {
        case .text(let maximum):
            if text.utf8.count > maximum {
                throw Mistake(problem: "the text has \(text.utf8.count) bytes and may have \(maximum)", remedy: "Shorten it.")
            }
            return .text(text)
        case .integer(let minimum, let maximum):
            guard let number = Int64(text), minimum <= number, number <= maximum else {
                throw Mistake(problem: "`\(text)` is not a whole number from \(minimum) to \(maximum)", remedy: "Write one.")
            }
            return .integer(number)
        case .real:
            guard let number = Double(text), let value = Value.normalized(real: number) else {
                throw Mistake(problem: "`\(text)` is not a number", remedy: "Write one such as `-73.85`.")
            }
            return value
        case .boolean:
            switch text {
            case "true", "yes": return .boolean(true)
            case "false", "no": return .boolean(false)
            default: throw Mistake(problem: "`\(text)` is neither true nor false", remedy: "Write `true` or `false`.")
            }
        case .timestamp:
            guard let time = DatePattern.instant.read(text), let zone = time.offsetSeconds else {
                throw Mistake(problem: "`\(text)` is not a time", remedy: "Write it as `2026-06-15T08:30:00Z`.")
            }
            return .integer((time.local - zone) * 1000)
        case .date:
            guard let time = DatePattern.day.read(text) else {
                throw Mistake(problem: "`\(text)` is not a day", remedy: "Write it as `2026-06-15`.")
            }
            return .integer(DatePattern.wholeDays(time.local))
        case .choice(let choices):
            guard choices.contains(text) else {
                let near = Suggestion.nearest(to: text, among: choices).map { "Did you mean `\($0)`?" }
                throw Mistake(
                    problem: "there is no choice `\(text)`",
                    remedy: near ?? "Use one of \(choices.map { "`\($0)`" }.joined(separator: ", ")).")
            }
            return .text(text)
        case .bytes(let maximum):
            return .bytes(try bytes(text, 0...maximum))
        case .blob(let maximum):
            guard let reference = BlobReference(text: text), max(reference.blob.size, reference.thumbnail?.size ?? 0) <= maximum else {
                throw Mistake(
                    problem: "`\(text.prefix(20))` is no reference to a blob of at most \(maximum) bytes",
                    remedy: "Write its SHA-256, its size in bytes and its media type, with one space between them.")
            }
            return .text(text)
        case .reference, .anyReference, .custom:
            preconditionFailure("References are resolved by whoever knows what names a row, and values by key by their definition.")
        }
    }

    private static func bytes(_ text: String, _ count: ClosedRange<Int>) throws(Mistake) -> [UInt8] {
        guard let bytes = Hexadecimal.bytes(text), count.contains(bytes.count) else {
            throw Mistake(problem: "`\(text.prefix(20))` is not a run of \(count.lowerBound) to \(count.upperBound) bytes", remedy: "Write two hexadecimal digits for each byte.")
        }
        return bytes
    }
}
