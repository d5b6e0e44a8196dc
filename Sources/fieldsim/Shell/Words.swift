import Foundation
import ReplicationCore

/// Reads the words of a command line.
enum Words {
    /// Splits at spaces; double quotes keep spaces, and a backslash keeps the next character.
    static func split(_ text: String) throws -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false, isWord = false, isEscaped = false
        for character in text {
            if isEscaped {
                word.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
                isWord = true
            } else if character == "\"" {
                isQuoted.toggle()
                isWord = true
            } else if character == " ", !isQuoted {
                if isWord { words.append(word) }
                word = ""
                isWord = false
            } else {
                word.append(character)
                isWord = true
            }
        }
        guard !isQuoted else { throw ShellError("A quote is not closed.") }
        if isWord { words.append(word) }
        return words
    }

    /// A word as `split` reads it back.
    static func quoted(_ word: String) -> String {
        "\"" + word.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
    }

    /// `+2d`, `-15m`, `3h`, `20s` in milliseconds.
    static func duration(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let last = text.last, let unit = units[last], let number = Int64(text.dropLast()) else { return nil }
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : milliseconds
    }

    /// A value as its field takes it; the field's own rules are asked when it is written.
    static func value(_ text: String, for field: Field) throws -> Value {
        if text == "null" { return .null }
        func wrong() -> ShellError { ShellError("\(field.name) takes \(field.type.words), not '\(text)'.") }
        switch field.type {
        case .text, .choice, .anyReference, .blob: return .text(text)
        case .integer:
            guard let number = Int64(text) else { throw wrong() }
            return .integer(number)
        case .real:
            guard let number = Double(text), let value = Value.normalized(real: number) else { throw wrong() }
            return value
        case .boolean:
            guard ["true", "false", "yes", "no"].contains(text) else { throw wrong() }
            return .boolean(text == "true" || text == "yes")
        case .timestamp:
            guard let milliseconds = time(text) else { throw wrong() }
            return .integer(milliseconds)
        case .date:
            guard let milliseconds = time(text + "T00:00:00Z") ?? Int64(text).map({ $0 * 86_400_000 }) else { throw wrong() }
            return .integer(milliseconds / 86_400_000)
        case .reference:
            guard let row = RowID(text) else { throw wrong() }
            return .reference(row)
        // What type it has is known from the definition of its key.
        case .custom: return .text(text)
        case .bytes:
            guard let bytes = bytes(text) else { throw wrong() }
            return .bytes(bytes)
        }
    }

    private static func time(_ text: String) -> Int64? {
        if text.hasPrefix("now") {
            let now = Int64(Date().timeIntervalSince1970 * 1_000)
            let rest = text.dropFirst(3)
            return rest.isEmpty ? now : duration(String(rest)).map { now + $0 }
        }
        return ISO8601DateFormatter().date(from: text).map { Int64($0.timeIntervalSince1970 * 1_000) } ?? Int64(text)
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        if text.hasPrefix("random:") {
            guard let count = Int(text.dropFirst(7)), 0...1_000_000 ~= count else { return nil }
            return (0..<count).map { _ in UInt8.random(in: 0...255) }
        }
        return text.hasPrefix("hex:") ? Hexadecimal.bytes(text.dropFirst(4)) : nil
    }
}
