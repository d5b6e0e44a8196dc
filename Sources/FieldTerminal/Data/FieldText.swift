import Foundation
import ReplicationCore

/// Values of fields as people read and type them.
struct FieldText: Sendable {
    let language: Language
    let moments: Moments

    /// How a value is shown.
    func text(_ value: Value, _ field: Field, name: (RowID) -> String?) -> String {
        switch (field.type, value) {
        case (_, .null): return ""
        case (.timestamp, .integer(let milliseconds)): return moments.dateTime(milliseconds)
        case (.date, .integer(let day)): return Moments.date(Int(clamping: day))
        case (.boolean, _): return language.choice((value.boolean ?? (value.integer != 0)) ? "true" : "false")
        case (.choice, .text(let text)): return language.choice(text)
        case (.integer, .integer(let number)): return field.name.hasSuffix("_cents") ? Self.money(number) : "\(number)"
        case (.real, _): return value.real.map { "\($0)" } ?? ValueJSON.text(of: value)
        case (.reference, _): return value.row.map { name($0) ?? "…\($0.short)" } ?? ""
        case (.blob, .text(let text)): return text.isEmpty ? "" : "■"
        case (.bytes, .bytes(let bytes)): return "\(bytes.count) bytes"
        case (_, .text(let text)):
            return Self.elements(text).map { $0.joined(separator: ", ") } ?? text
        default: return ValueJSON.text(of: value)
        }
    }

    /// The elements of a set as queries give it; nil for other texts.
    static func elements(_ text: String) -> [String]? {
        guard text.hasPrefix("[") else { return nil }
        // A text that begins like an array and is none is a text.
        return try? JSONDecoder().decode([String].self, from: Data(text.utf8))
    }

    /// `1,234.50`
    static func money(_ cents: Int64) -> String {
        let whole = String(cents.magnitude / 100), part = cents.magnitude % 100
        var grouped = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % 3 == 0 { grouped += "," }
            grouped.append(digit)
        }
        return "\(cents < 0 ? "-" : "")\(grouped).\(part < 10 ? "0" : "")\(part)"
    }

    /// How a value is typed: what `parse` reads back.
    func typed(_ value: Value, _ field: Field) -> String {
        switch (field.type, value) {
        case (.timestamp, .integer), (.date, .integer), (.integer, .integer), (.real, _): text(value, field) { _ in nil }.replacing(",", with: "")
        case (_, .text(let text)): text
        default: ""
        }
    }

    /// Reads what was typed; empty is nothing.
    /// - Returns: nil for what the field's type cannot be.
    func parse(_ text: String, _ field: Field, day: Int) -> Value? {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if text.isEmpty { return .null }
        switch field.type {
        case .text, .choice, .anyReference, .blob, .custom: return .text(text)
        case .integer:
            if field.name.hasSuffix("_cents") { return Self.cents(text).map { .integer($0) } }
            return Int64(text).map { .integer($0) }
        case .real: return Double(text.replacing(",", with: ".")).flatMap { Value.normalized(real: $0) }
        case .boolean: return nil
        case .timestamp: return moments.parse(text, day: day).map { .integer($0) }
        case .date: return Moments.day(text).map { .integer(Int64($0)) }
        case .reference: return RowID(text).map { .reference($0) }
        case .bytes: return nil
        }
    }

    /// Reads `1,234.5`.
    static func cents(_ text: String) -> Int64? {
        let parts = text.replacing(",", with: "").split(separator: ".", omittingEmptySubsequences: false)
        guard 1...2 ~= parts.count, let whole = Int64(parts[0]), abs(whole) < 1_000_000_000_000 else { return nil }
        let fraction = parts.count == 2 ? String(parts[1]) : ""
        guard fraction.count <= 2, fraction.allSatisfy(\.isNumber), let part = Int64((fraction + "00").prefix(2)) else { return nil }
        return parts[0].hasPrefix("-") ? whole * 100 - part : whole * 100 + part
    }

    /// What is wrong with what was typed, by the schema's rules; nil if nothing is.
    func problem(_ text: String, _ field: Field, isMandatory: Bool, schema: Schema, day: Int) -> String? {
        guard let value = parse(text, field, day: day) else {
            switch field.type {
            case .timestamp: return language == .english ? "A time is typed as 08:30 or 2026-06-15 08:30." : "Una hora se escribe 08:30 o 2026-06-15 08:30."
            case .date: return language == .english ? "A date is typed as 2026-06-15." : "Una fecha se escribe 2026-06-15."
            default: return language == .english ? "\(field.label) takes \(field.type.words)." : "\(language.label(field.label)): \(field.type.words)."
            }
        }
        if value.isNull { return isMandatory ? language.missing(language.label(field.label)) : nil }
        return field.refusal(of: value, in: schema)?.detail
    }
}

extension Item {
    /// Kilometres as the crow flies to another one with a position.
    func kilometres(to other: Item) -> Double? {
        guard let latitude = real("latitude"), let longitude = real("longitude"), let otherLatitude = other.real("latitude"), let otherLongitude = other.real("longitude") else { return nil }
        func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }
        let a = pow(sin(radians(otherLatitude - latitude) / 2), 2)
            + cos(radians(latitude)) * cos(radians(otherLatitude)) * pow(sin(radians(otherLongitude - longitude) / 2), 2)
        // The mean radius of the Earth.
        return 6_371 * 2 * asin(min(1, a.squareRoot()))
    }
}
